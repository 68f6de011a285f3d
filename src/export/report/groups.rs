//! Groups of instances that look alike: of one kind, size and make. Their names hold nothing that
//! does not stand in a released file or in the standard.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::export::report::counts::Tally;
use crate::export::run::Exported;
use crate::index::{Batch, Instance};

/// Modalities of PS3.3 C.7.3.1.1.1 that images and documents have; any other is not printed for a file
/// that was not released.
const MODALITIES: &str = "AR ASMT AU BDUS BI BMD CFM CR CT CTPROTOCOL DMS DG DOC DX ECG EEG EMG EOG EPS \
    ES FID GM HC HD IO IOL IVOCT IVUS KER KO LEN LS M3D MG MR NM OAM OCT OP OPM OPT OPTBSV OPTENF OPV OSS \
    OT PLAN POS PR PT PX REG RESP RF RG RTDOSE RTIMAGE RTINTENT RTPLAN RTRAD RTRECORD RTSEGANN RTSTRUCT \
    RWV SEG SM SMR SR SRF STAIN TEXTUREMAP TG US VA XA XAPROTOCOL XC";
/// Longest maker's name that is printed, in characters.
const LONGEST_MAKER: usize = 48;

/// Storage SOP Classes with their names.
const CLASSES: &str = include_str!("../../../assets/tables/storage_classes.tsv");
/// What their UIDs begin with.
const CLASS_ROOT: &str = "1.2.840.10008.5.1.4.1.1.";

/// What instances of one group have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Look<'a> {
    modality: &'a str,
    class: &'a str,
    size: (u32, u32),
    is_film: bool,
    origin: Option<&'static str>,
    maker: &'a str,
}

impl<'a> Look<'a> {
    fn of(instance: &'a Instance) -> Self {
        Self {
            modality: &instance.modality,
            class: &instance.sop_class,
            size: instance.image_size,
            is_film: instance.frames > 1,
            origin: origin(&instance.image_type),
            maker: &instance.manufacturer,
        }
    }

    fn name(&self, stated: Option<(&str, &str)>) -> String {
        let known = MODALITIES.split_whitespace().find(|word| *word == self.modality);
        let modality = stated.map(|(modality, _)| modality).or(known).unwrap_or("other modality");
        let class = class_name(self.class);
        let mut parts =
            vec![modality.to_owned(), class.unwrap_or("class not of the standard").into()];
        let (columns, rows) = self.size;
        if columns > 0 {
            parts.push(format!("{columns} × {rows}"));
        }
        parts.extend(self.is_film.then(|| "several frames".to_owned()));
        parts.extend(self.origin.map(str::to_owned));
        let maker = stated.map(|(_, maker)| maker).filter(|maker| !maker.is_empty());
        parts.extend(maker.map(|maker| maker.chars().take(LONGEST_MAKER).collect()));
        parts.join(" · ")
    }
}

/// The name that the standard gives a Storage SOP Class.
fn class_name(uid: &str) -> Option<&'static str> {
    let wanted = uid.strip_prefix(CLASS_ROOT)?;
    let rows = CLASSES.lines().filter_map(|line| line.split_once('\t'));
    rows.into_iter().find(|(arc, _)| *arc == wanted).map(|(_, name)| name)
}

/// What Image Type (0008,0008) says of where pixels come from, where it is no ordinary picture.
fn origin(image_type: &str) -> Option<&'static str> {
    let mut values = image_type.split('\\').map(str::trim);
    match (values.next(), values.next()) {
        (Some("DERIVED"), Some("SECONDARY")) => Some("derived, secondary"),
        (Some("DERIVED"), _) => Some("derived"),
        (_, Some("SECONDARY")) => Some("secondary"),
        _ => None,
    }
}

/// How the instances of one group ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupRow {
    /// Its number in this report, counted from 1.
    pub number: usize,
    /// What it is.
    pub name: String,
    /// Counts by outcome.
    #[serde(flatten)]
    pub tally: Tally,
    /// Released instances with a mask.
    pub masked: usize,
}

/// What is counted of one group.
#[derive(Default)]
struct Counted<'a> {
    tally: Tally,
    masked: usize,
    /// Modality and maker, as a released file says.
    stated: Option<(&'a str, &'a str)>,
}

/// The groups of a batch.
pub(super) struct LookGroups<'a> {
    batch: &'a Batch,
    numbers: BTreeMap<Look<'a>, usize>,
}

impl<'a> LookGroups<'a> {
    /// Sorts all instances into groups.
    pub(super) fn of(batch: &'a Batch) -> Self {
        let looks: BTreeMap<Look<'a>, ()> =
            batch.instances.values().map(|instance| (Look::of(instance), ())).collect();
        let numbers = looks.into_keys().zip(1..).collect();
        Self { batch, numbers }
    }

    /// The number of an entry's group; `None` for what is no instance.
    pub(super) fn number(&self, entry: &Exported) -> Option<usize> {
        let instance = self.batch.instances.get(&entry.path)?;
        self.numbers.get(&Look::of(instance)).copied()
    }

    /// How each group ended.
    pub(super) fn rows(&self, exported: &[Exported]) -> Vec<GroupRow> {
        let mut rows: BTreeMap<usize, Counted<'_>> = BTreeMap::new();
        for entry in exported {
            let Some(number) = self.number(entry) else { continue };
            let row = rows.entry(number).or_default();
            row.tally.add(&entry.outcome);
            if let Some(told) = &entry.told {
                row.masked += usize::from(told.masks.frames > 0);
                let said = &told.alike.stated;
                row.stated.get_or_insert((&said.modality, &said.manufacturer));
            }
        }
        let looks: BTreeMap<usize, &Look<'_>> =
            self.numbers.iter().map(|(look, number)| (*number, look)).collect();
        let mut named: BTreeMap<String, usize> = BTreeMap::new();
        let mut all = Vec::new();
        for (number, row) in rows {
            let look = looks.get(&number);
            let mut name = look.map(|look| look.name(row.stated)).unwrap_or_default();
            let times = named.entry(name.clone()).or_default();
            *times += 1;
            if *times > 1 {
                name = format!("{name} · make {times}");
            }
            all.push(GroupRow { number, name, tally: row.tally, masked: row.masked });
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_that_was_not_released_is_named_by_nothing_that_a_file_says_freely() {
        let look = Look {
            modality: "MILLER",
            class: "1.2.840.10008.5.1.4.1.1.2",
            size: (512, 384),
            is_film: false,
            origin: origin("DERIVED\\SECONDARY\\MILLER"),
            maker: "Miller Hospital",
        };
        assert_eq!(
            look.name(None),
            "other modality · CT Image Storage · 512 × 384 · derived, secondary"
        );
        assert_eq!(
            Look { modality: "CT", size: (0, 0), class: "1.2.3", ..look }
                .name(Some(("CT", "Acme"))),
            "CT · class not of the standard · derived, secondary · Acme"
        );
    }
}
