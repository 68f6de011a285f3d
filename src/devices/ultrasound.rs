//! Where an ultrasound device says that its pictures hold image, not banner.

use crate::devices::Hindrance;
use crate::devices::attributes::Attributes;
use crate::dicom::pixels::values::is_big_endian;
use crate::dicom::{NodeId, NodeKind, Scan};
use crate::model::{Region, Tag, VR};

/// Sequence of Ultrasound Regions.
const REGIONS: Tag = Tag(0x0018, 0x6011);
/// Region Location Min X0, Min Y0, Max X1 and Max Y1.
const CORNERS: [Tag; 4] =
    [Tag(0x0018, 0x6018), Tag(0x0018, 0x601A), Tag(0x0018, 0x601C), Tag(0x0018, 0x601E)];
/// Most regions; devices write a handful.
const MOST: usize = 64;

/// The regions of Sequence of Ultrasound Regions (0018,6011) in a picture of `columns` × `rows`.
///
/// The last row and column of a region belong to it in the file. One past the edge of the picture is
/// taken for its edge: some devices count the end exclusively.
///
/// # Errors
/// [`Hindrance`] when there are none, too many, or any makes no sense: then no region of the file is
/// believed.
///
/// Source: PS3.3 C.8.5.5.1.
pub(crate) fn regions(
    scan: &Scan,
    attributes: &Attributes<'_>,
    size: (u32, u32),
) -> Result<Vec<Region>, Hindrance> {
    let sequence = match attributes.elements(REGIONS) {
        [] => return Err(Hindrance::NoRegions),
        &[one] if scan.node(one).kind == NodeKind::Sequence => one,
        _ => return Err(Hindrance::AbsurdRegion),
    };
    let items = scan.children(Some(sequence)).filter(|(_, node)| node.kind == NodeKind::Item);
    let items: Vec<NodeId> = items.map(|(id, _)| id).take(MOST + 1).collect();
    match items.len() {
        0 => Err(Hindrance::NoRegions),
        1..=MOST => {
            let found: Option<Vec<_>> =
                items.into_iter().map(|item| region(scan, item, size)).collect();
            found.ok_or(Hindrance::AbsurdRegion)
        }
        _ => Err(Hindrance::TooManyRegions),
    }
}

/// The regions of an ultrasound picture as [`regions`] tells them; none where none can be believed.
pub(crate) fn ultrasound_regions(scan: &Scan, size: (u32, u32)) -> Vec<Region> {
    regions(scan, &Attributes::new(scan), size).unwrap_or_default()
}

/// The region of an item; `None` where it cannot be read, is inverted or a mere line, or leaves the
/// picture.
fn region(scan: &Scan, item: NodeId, (columns, rows): (u32, u32)) -> Option<Region> {
    let [x0, y0, x1, y1] = CORNERS.map(|tag| number(scan, item, tag));
    let end = |last: u32, edge: u32| (last <= edge).then(|| last.saturating_add(1).min(edge));
    let region = Region { x0: x0?, y0: y0?, x1: end(x1?, columns)?, y1: end(y1?, rows)? };
    (region.width() > 1 && region.height() > 1).then_some(region)
}

/// A number directly in an item, where it stands once.
fn number(scan: &Scan, item: NodeId, tag: Tag) -> Option<u32> {
    let mut found = scan.children(Some(item)).filter(|(_, node)| node.tag == tag);
    let (Some((id, node)), None) = (found.next(), found.next()) else { return None };
    if node.kind != NodeKind::Element || node.value.end.checked_sub(node.value.start)? > 4 {
        return None;
    }
    let bytes = scan.value(id, 4).ok()?;
    let big = is_big_endian(scan, id);
    match (node.vr, &bytes[..]) {
        (VR::UL | VR::UN, &[a, b, c, d]) if big => Some(u32::from_be_bytes([a, b, c, d])),
        (VR::UL | VR::UN, &[a, b, c, d]) => Some(u32::from_le_bytes([a, b, c, d])),
        (VR::US, &[a, b]) if big => Some(u16::from_be_bytes([a, b]).into()),
        (VR::US, &[a, b]) => Some(u16::from_le_bytes([a, b]).into()),
        _ => None,
    }
}
