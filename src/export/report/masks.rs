//! What was painted over, series by series, and which released frames the page shows.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::export::report::groups::LookGroups;
use crate::export::run::Exported;
use crate::index::Batch;
use crate::model::Region;

/// Most pictures of one page.
const MOST_PICTURES: usize = 60;

/// What was painted over in one series.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MaskRow {
    /// Number of its group in this report.
    pub group: usize,
    /// Its new Series Instance UID.
    pub series: String,
    /// Released instances with a mask.
    pub instances: usize,
    /// Frames with a mask.
    pub frames: u64,
    /// Painted areas in all these frames together.
    pub areas: u64,
    /// Instances that are stored uncompressed since.
    pub stored_uncompressed: usize,
}

/// A released frame to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Its file, below the output folder.
    pub path: String,
    /// What the file must still be, in hexadecimal digits.
    pub sha256: String,
    /// The frame, counted from 0.
    pub frame: u32,
    /// What was painted over; image pixels.
    pub regions: Vec<Region>,
    /// Number of its group in this report.
    pub group: usize,
    /// What it looks like, once somebody drew it.
    pub drawn: Option<Drawn>,
}

/// A small picture of a frame.
#[derive(Clone, PartialEq, Eq)]
pub struct Drawn {
    /// A PNG file.
    pub png: Vec<u8>,
    /// Its columns and rows.
    pub size: (u32, u32),
    /// Columns and rows of the frame.
    pub of: (u32, u32),
}

impl std::fmt::Debug for Drawn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Drawn({} bytes)", self.png.len())
    }
}

/// What was painted over in each series.
pub(super) fn rows(exported: &[Exported], groups: &LookGroups<'_>) -> Vec<MaskRow> {
    let mut rows: BTreeMap<(usize, &str), MaskRow> = BTreeMap::new();
    for entry in exported {
        let (Some(told), Some(file)) = (&entry.told, &entry.file) else { continue };
        if told.masks.frames == 0 {
            continue;
        }
        let (group, series) = (groups.number(entry).unwrap_or_default(), &told.alike.stated.series);
        let fresh = || MaskRow { group, series: series.clone(), ..MaskRow::default() };
        let row = rows.entry((group, series)).or_insert_with(fresh);
        row.instances += 1;
        row.frames += told.masks.frames;
        row.areas += told.masks.areas;
        row.stored_uncompressed += usize::from(file.stored_uncompressed);
    }
    rows.into_values().collect()
}

/// The frames to show, the weightiest first: one of each series before a second of any, and the groups
/// by turns. What may show a face is not shown: a report is given to more people than an export.
pub(super) fn pictures(
    batch: &Batch,
    exported: &[Exported],
    groups: &LookGroups<'_>,
) -> (Vec<Picture>, usize) {
    let mut series: BTreeMap<(usize, &str), Vec<Picture>> = BTreeMap::new();
    let mut faces = 0;
    for entry in exported {
        let (Some(told), Some(file)) = (&entry.told, &entry.file) else { continue };
        let may_show_face = batch.instances.get(&entry.path).is_none_or(|it| it.has_face_risk());
        if may_show_face {
            faces += usize::from(told.masks.frames > 0);
            continue;
        }
        let group = groups.number(entry).unwrap_or_default();
        let of_series = series.entry((group, &told.alike.stated.series)).or_default();
        of_series.extend(told.masks.looks.iter().map(|(frame, regions)| Picture {
            path: file.path.clone(),
            sha256: file.sha256.clone(),
            frame: *frame,
            regions: regions.clone(),
            group,
            drawn: None,
        }));
    }
    let mut turns: BTreeMap<usize, usize> = BTreeMap::new();
    let mut all = Vec::new();
    for ((group, _), mut pictures) in series.into_iter().filter(|(_, it)| !it.is_empty()) {
        let turn = turns.entry(group).or_default();
        pictures.sort_by(|a, b| (&a.path, a.frame).cmp(&(&b.path, b.frame)));
        all.extend(pictures.into_iter().enumerate().map(|(at, it)| ((at, *turn, group), it)));
        *turn += 1;
    }
    all.sort_by_key(|(place, _)| *place);
    all.truncate(MOST_PICTURES);
    (all.into_iter().map(|(_, picture)| picture).collect(), faces)
}
