//! What a rule says, what will be done, and which layer said it.

use std::fmt;

/// The action code of a rule (PS3.15 Table E.1-1a); compounds are settled by the attribute's Type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionCode {
    /// Replace with a non-empty dummy value.
    D,
    /// Replace with a zero-length value, or a dummy.
    Z,
    /// Remove.
    X,
    /// Keep; sequences are still cleaned inside.
    K,
    /// Clean: replace with a value of similar meaning known not to identify.
    C,
    /// Replace the UID with another, consistently.
    U,
    /// Z unless D is needed (Type 1).
    ZD,
    /// X unless Z is needed (Type 2).
    XZ,
    /// X unless D is needed (Type 1).
    XD,
    /// X unless Z (Type 2) or D (Type 1) is needed.
    XZD,
    /// X unless Z or the replacement of contained instance UIDs is needed.
    XZU,
}

impl ActionCode {
    /// Every code with its spelling in the standard.
    pub const ALL: [(Self, &'static str); 11] = [
        (Self::D, "D"),
        (Self::Z, "Z"),
        (Self::X, "X"),
        (Self::K, "K"),
        (Self::C, "C"),
        (Self::U, "U"),
        (Self::ZD, "Z/D"),
        (Self::XZ, "X/Z"),
        (Self::XD, "X/D"),
        (Self::XZD, "X/Z/D"),
        (Self::XZU, "X/Z/U*"),
    ];

    /// Reads the spelling of the standard; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, name)| *name == text).map(|(code, _)| code)
    }

    /// The spelling of the standard.
    pub fn as_str(self) -> &'static str {
        Self::ALL.into_iter().find(|(code, _)| *code == self).map_or("?", |(_, name)| name)
    }
}

impl fmt::Display for ActionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What will be done to one attribute: an [`ActionCode`] settled for one instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// The bytes stay.
    Keep,
    /// The attribute goes, with all that is in it.
    Remove,
    /// The value becomes zero-length.
    Empty,
    /// A dummy that is valid for the VR takes its place.
    Dummy,
    /// The identifying parts of the value go.
    Clean,
    /// Each UID becomes the keyed one that stands for it everywhere.
    ReplaceUid,
    /// The date moves by the patient's offset.
    ShiftDate,
    /// The date becomes the one that the project key picks for it.
    HashDate,
    /// The date keeps its year only: month and day become 1 January.
    YearOnly,
    /// The pseudonym of the patient takes its place.
    Pseudonym,
    /// An age over 89 years becomes 90.
    CapAge,
    /// A given value takes its place, or the attribute is added.
    Set,
}

impl Action {
    /// One letter that tells the change without colour: K, X, Z, D, C, U, T, P, A or S.
    pub const fn letter(self) -> char {
        match self {
            Self::Keep => 'K',
            Self::Remove => 'X',
            Self::Empty => 'Z',
            Self::Dummy => 'D',
            Self::Clean => 'C',
            Self::ReplaceUid => 'U',
            Self::ShiftDate | Self::HashDate | Self::YearOnly => 'T',
            Self::Pseudonym => 'P',
            Self::CapAge => 'A',
            Self::Set => 'S',
        }
    }
}

/// Where a rule comes from; a later layer wins over an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// PS3.15 Table E.1-1, column Basic Profile, and what the product adds for attributes that
    /// the table does not name.
    Standard,
    /// A column of one of the ten options.
    Option,
    /// The shipped profile.
    Profile,
    /// A profile of the site.
    Site,
    /// An override of a reviewer in this review.
    Review,
}

impl Layer {
    /// The word shown to people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Option => "option",
            Self::Profile => "profile",
            Self::Site => "site",
            Self::Review => "review",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ActionCode;

    #[test]
    fn every_code_round_trips() {
        for (code, text) in ActionCode::ALL {
            assert_eq!(ActionCode::parse(text), Some(code));
            assert_eq!(code.as_str(), text);
        }
        assert_eq!(ActionCode::parse("x"), None);
    }
}
