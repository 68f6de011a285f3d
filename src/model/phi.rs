//! Values that may identify a person.

use std::fmt;

/// A value that may identify a person; it never prints itself.
///
/// Logs, errors and panics show `Phi(…)`. Only the curator's own screen, and code that compares or
/// encodes, call [`Phi::expose`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Phi<T>(T);

impl<T> Phi<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Hands out the value: the caller sees to it that it reaches neither log nor error.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// Unwraps the value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Phi<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phi(…)")
    }
}

impl<T> From<T> for Phi<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

#[cfg(test)]
mod tests {
    use super::Phi;

    #[test]
    fn a_wrapped_value_does_not_print() {
        let name = Phi::new(String::from("DOE^JANE"));
        assert_eq!(format!("{name:?} {:?}", Some(&name)), "Phi(…) Some(Phi(…))");
        assert_eq!(name.expose(), "DOE^JANE");
    }
}
