//! What every layer says of one attribute, and which of them is heard.

use crate::model::Layer;
use crate::profile::private::{Disposition, disposition};
use crate::profile::table::{self, AttributeType, Row};
use crate::profile::{AttributeQuery, Place, Profile, Resolved, Rule, is_protected};

/// What every layer says of one attribute.
#[derive(Debug)]
pub struct Explanation<'a> {
    /// Whether no rule is asked, as the rest cannot be read without it.
    pub is_protected: bool,
    /// The row of Table E.1-1.
    pub row: Option<&'static Row>,
    /// Its Type in the IOD.
    pub kind: Option<AttributeType>,
    /// What the table of private attributes says.
    pub private: Option<Disposition>,
    /// The profile's rules that name it or its VR, in the order in which they are asked.
    pub rules: Vec<(&'a Rule, Standing)>,
    /// What is done.
    pub resolved: Resolved,
}

/// What has become of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It decides.
    Decides,
    /// Another one that is asked before it decides.
    Overruled,
    /// It would decide where the value is as it wants it.
    ByValue,
    /// It is about other instances, or about another VR.
    OtherInstances,
    /// It names the attribute at other places.
    OtherPlaces,
}

impl Standing {
    /// In words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Decides => "decides",
            Self::Overruled => "overruled",
            Self::ByValue => "would decide where the value fits",
            Self::OtherInstances => "only for other instances or VRs",
            Self::OtherPlaces => "only at other places",
        }
    }
}

impl Explanation<'_> {
    /// Why the layer that decided did.
    pub const fn why(&self) -> &'static str {
        if self.is_protected {
            return "no rule is asked: the rest cannot be read without it";
        }
        match self.resolved.layer {
            Layer::Standard if self.row.is_some() => {
                "no rule and no option of the profile speaks: the Basic Profile decides"
            }
            Layer::Standard => "neither a rule nor the table names it: its VR decides",
            Layer::Option => "an option that the profile asks for wins over the Basic Profile",
            Layer::Profile | Layer::Site => {
                "the last rule that fits wins over the options and the table"
            }
            Layer::Review => "a reviewer wins over all rules",
        }
    }
}

impl Profile {
    /// Says what all layers have to say of an attribute.
    pub fn explain(&self, query: &AttributeQuery<'_>) -> Explanation<'_> {
        let tag = query.path.tag();
        let known = query.private.and_then(|private| disposition(tag, query.vr, private));
        Explanation {
            is_protected: is_protected(tag),
            row: table::row_for(tag),
            kind: table::attribute_type(query.sop_class, query.path),
            private: known.filter(|_| tag.element() >= 0x1000),
            rules: self.standings(query),
            resolved: self.resolve(query),
        }
    }

    fn standings(&self, query: &AttributeQuery<'_>) -> Vec<(&Rule, Standing)> {
        let tag = query.path.tag();
        let latest = || self.rules().iter().rev();
        let named =
            latest().filter(|rule| rule.place.as_ref().is_some_and(|place| place.tags().fits(tag)));
        let by_vr = latest().filter(|rule| rule.place.is_none() && rule.vr == Some(query.vr));
        // Rules by VR are not asked where the table has a row.
        let (has_row, mut decided) = (table::row_for(tag).is_some(), is_protected(tag));
        let judge = |rule: &'_ Rule| {
            let standing = Self::standing(rule, query);
            let is_asked = !decided && (rule.place.is_some() || !has_row);
            match standing {
                Standing::Decides | Standing::ByValue if !is_asked => Standing::Overruled,
                Standing::Decides => {
                    decided = true;
                    Standing::Decides
                }
                standing => standing,
            }
        };
        let rules: Vec<&Rule> = named.chain(by_vr).collect();
        let standings: Vec<Standing> = rules.iter().copied().map(judge).collect();
        rules.into_iter().zip(standings).collect()
    }

    /// What would become of a rule that stands alone.
    fn standing(rule: &Rule, query: &AttributeQuery<'_>) -> Standing {
        let creator = query.private.map_or("", |private| private.creator);
        let is_elsewhere = |place: &Place| !place.fits(query.path, creator);
        if rule.place.as_ref().is_some_and(is_elsewhere) {
            Standing::OtherPlaces
        } else if rule.vr.is_some_and(|vr| vr != query.vr)
            || !rule.fits_instance(query.sop_class, query.modality, query.manufacturer)
        {
            Standing::OtherInstances
        } else if rule.value.is_some() {
            Standing::ByValue
        } else {
            Standing::Decides
        }
    }
}
