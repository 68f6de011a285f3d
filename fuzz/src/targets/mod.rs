//! What must hold of every input, one function for each door through which bytes of strangers come
//! in. They panic where it does not hold.
//!
//! The fuzzers call them with what they make up, and `make test` with the inputs in `fuzz/seeds`.

mod devices;
pub mod first;
#[path = "../../../tests/verify/fixture.rs"]
#[allow(dead_code, clippy::duplicate_mod, reason = "the tests of `verify` use more of it")]
mod fixture;
mod folder;
mod names;
mod profile;
mod review;
mod scanner;
mod splice;
mod verifier;
mod worker;

/// A door, and what must hold of what comes through it.
pub struct Target {
    /// Its name: that of a binary, and of a folder in `fuzz/seeds`.
    pub name: &'static str,
    /// Panics where something does not hold.
    pub run: fn(&[u8]),
}

/// All of them.
pub const ALL: [Target; 12] = [
    Target { name: "scanner", run: scanner::scanner },
    Target { name: "splice", run: splice::splice },
    Target { name: "verifier", run: verifier::verifier },
    Target { name: "profile", run: profile::profile },
    Target { name: "device_rules", run: devices::device_rules },
    Target { name: "device_import", run: devices::device_import },
    Target { name: "crosswalk", run: names::crosswalk },
    Target { name: "identifiers", run: names::identifiers },
    Target { name: "identity_answers", run: names::identity_answers },
    Target { name: "review_log", run: review::review_log },
    Target { name: "output_folder", run: folder::output_folder },
    Target { name: "worker", run: worker::worker },
];

/// Runs a target by its name.
///
/// # Panics
/// Where something does not hold, and where there is no such target.
pub fn run(name: &str, data: &[u8]) {
    let target = ALL.iter().find(|target| target.name == name).expect("there is such a target");
    (target.run)(data);
}

/// Reads twice: the same is found both times, or it is refused in the same words.
pub(crate) fn read_twice<T: PartialEq, E: std::fmt::Display>(
    read: impl Fn() -> Result<T, E>,
) -> Option<T> {
    match (read(), read()) {
        (Ok(found), Ok(again)) => {
            assert!(found == again, "read in two ways");
            Some(found)
        }
        (Err(first), Err(again)) => {
            assert_eq!(first.to_string(), again.to_string(), "refused in two ways");
            None
        }
        _ => panic!("read once only"),
    }
}

/// The first bytes of an input say how it is used; the rest is what comes through the door.
pub(crate) struct Head<'a> {
    rest: &'a [u8],
}

impl<'a> Head<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self { rest: data }
    }

    /// The next byte; 0 where there is none.
    pub(crate) fn byte(&mut self) -> u8 {
        match self.rest.split_first() {
            Some((first, rest)) => {
                self.rest = rest;
                *first
            }
            None => 0,
        }
    }

    /// A number of two bytes.
    pub(crate) fn number(&mut self) -> usize {
        usize::from(self.byte()) << 8 | usize::from(self.byte())
    }

    /// As many bytes, or what is left.
    pub(crate) fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (first, rest) = self.rest.split_at(count.min(self.rest.len()));
        self.rest = rest;
        first
    }

    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }
}
