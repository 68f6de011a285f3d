//! What the index knows of one instance.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::dicom::pixels::{PixelError, image_shape};
use crate::dicom::{NodeId, Scan, text};
use crate::index::person::{self, Person};
use crate::index::{Identifier, is_dummy_id};
use crate::model::{
    Cause, Digest256, GroupId, InstanceUid, Lies, LookAlike, PatientKey, Phi, SeriesUid, StudyUid,
    Tag,
};

/// SOP Class of a DICOMDIR (PS3.4 B.5, PS3.10).
const MEDIA_DIRECTORY: &str = "1.2.840.10008.1.3.10";
/// Most frames of one instance, whatever a header claims.
const MOST_FRAMES: u32 = 1_000_000;
/// Longest label that is read, in bytes.
const LONGEST_LABEL: u64 = 1024;

/// Words that a list shows of an instance; as sensitive as the input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstanceLabels {
    /// Patient's Name (0010,0010).
    pub patient_name: Phi<String>,
    /// Patient ID (0010,0020).
    pub patient_id: Phi<String>,
    /// Study Description (0008,1030).
    pub study_description: Phi<String>,
    /// Study Date (0008,0020).
    pub study_date: Phi<String>,
    /// Series Description (0008,103E).
    pub series_description: Phi<String>,
    /// Series Number (0020,0011).
    pub series_number: Phi<String>,
    /// Instance Number (0020,0013); absent or odd ones sort first.
    pub instance_number: i64,
}

/// One instance of the batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Path below the batch's folder.
    pub path: PathBuf,
    /// Length of the file in bytes.
    pub bytes: u64,
    /// SHA-256 of the file.
    pub digest: Digest256,
    /// Whose it is.
    pub patient: PatientKey,
    /// Its study.
    pub study: StudyUid,
    /// Its series.
    pub series: SeriesUid,
    /// Itself.
    pub uid: InstanceUid,
    /// SOP Class UID (0008,0016).
    pub sop_class: String,
    /// Modality (0008,0060).
    pub modality: String,
    /// Transfer Syntax UID.
    pub transfer_syntax: String,
    /// Columns and rows; zeros without an image.
    pub image_size: (u32, u32),
    /// Number of frames; 0 without pixel data.
    pub frames: u32,
    /// Its look-alike group.
    pub group: GroupId,
    /// Manufacturer (0008,0070).
    pub manufacturer: String,
    /// Manufacturer's Model Name (0008,1090), for look-alike groups.
    pub model: String,
    /// Software Versions (0018,1020), for look-alike groups.
    pub software: String,
    /// Photometric Interpretation (0028,0004), for look-alike groups.
    pub photometric: String,
    /// Conversion Type (0008,0064), for look-alike groups.
    pub conversion_type: String,
    /// Image Type (0008,0008).
    pub image_type: String,
    /// Body Part Examined (0018,0015), for the face-risk flag.
    pub body_part: String,
    /// Burned In Annotation (0028,0301) as the file says.
    pub burned_in: String,
    /// What lists show.
    pub labels: InstanceLabels,
    /// What else tells its patient from others.
    pub person: Person,
}

impl Instance {
    /// Its series and look-alike group.
    pub const fn lies(&self) -> Lies<'_> {
        Lies { series: &self.series, group: self.group }
    }

    /// The group of instances that look like this one.
    pub fn look_alike(&self) -> LookAlike {
        let words = |text: &str| text.trim().to_owned();
        LookAlike {
            modality: self.modality.clone(),
            sop_class: self.sop_class.clone(),
            image_size: (self.frames > 0).then_some(self.image_size),
            photometric: self.photometric.clone(),
            image_type: Phi::new(words(&self.image_type)),
            conversion_type: self.conversion_type.clone(),
            burned_in: self.burned_in.to_ascii_uppercase(),
            device: Phi::new([&self.manufacturer, &self.model, &self.software].map(|it| words(it))),
        }
    }

    /// Whether a face might be rendered from it: heads in CT, MR or PT, photographs, ophthalmic and
    /// dermoscopic images. Careful: an unknown body part of CT, MR or PT does not count as a head,
    /// a description is not read.
    pub fn has_face_risk(&self) -> bool {
        let part = self.body_part.to_ascii_uppercase();
        let head =
            ["HEAD", "BRAIN", "SKULL", "FACE", "NECK", "ORBIT", "SINUS", "JAW", "TMJ", "HEADNECK"];
        match self.modality.as_str() {
            "CT" | "MR" | "PT" => head.iter().any(|word| part.contains(word)),
            "XC" | "OP" | "OPT" | "DMS" => true,
            _ => false,
        }
    }
}

/// Reads what the index keeps of a scanned file and the strings that identify its subject.
///
/// A missing SOP Instance, Study or Series Instance UID is derived from what is there, so that the
/// instance stands alone; a missing Modality from the SOP Class. The plan then adds them.
///
/// # Errors
/// [`Cause::MissingIdentity`] when neither dataset nor file meta names a SOP Class;
/// [`Cause::MediaDirectory`] for a DICOMDIR; [`Cause::ImageLimits`] for a million frames
/// and more, and for a picture beyond the decoder's limits; [`Cause::Truncated`] for native pixel
/// data that are shorter than claimed, and for a dataset that ends in front of its study;
/// [`Cause::Malformed`] for two images in one file;
/// [`Cause::Unreadable`] when the file cannot be read.
pub fn read_instance(
    scan: &Scan,
    path: &Path,
    digest: Digest256,
) -> Result<(Instance, Vec<Identifier>), Cause> {
    if scan.meta.sop_class == MEDIA_DIRECTORY || scan.find(Tag(0x0004, 0x1220)).is_some() {
        return Err(Cause::MediaDirectory);
    }
    if scan.nodes.is_empty() {
        return Err(Cause::MissingIdentity);
    }
    if ends_early(scan) {
        return Err(Cause::Truncated);
    }
    if is_ambiguous(scan) {
        return Err(Cause::Malformed);
    }
    let header = Header { scan };
    let present = |tag| header.text(tag).filter(|text| !text.is_empty());
    let from_meta = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let sop_class = present(Tag(0x0008, 0x0016))
        .or_else(|| from_meta(&scan.meta.sop_class))
        .ok_or(Cause::MissingIdentity)?;
    let uid = present(Tag(0x0008, 0x0018))
        .or_else(|| from_meta(&scan.meta.sop_instance))
        .unwrap_or_else(|| format!("file {digest}"));
    // Without a study or series of its own an instance stands alone: strangers are never joined.
    let study = present(Tag(0x0020, 0x000D)).unwrap_or_else(|| format!("study of {uid}"));
    let series = present(Tag(0x0020, 0x000E)).unwrap_or_else(|| format!("series of {uid}"));
    let modality =
        present(Tag(0x0008, 0x0060)).unwrap_or_else(|| modality_of(&sop_class).to_owned());
    let (uid, study, series) =
        (InstanceUid::new(&uid), StudyUid::new(&study), SeriesUid::new(&series));
    let mut identifiers = Vec::new();
    crate::index::dictionary::collect(scan, &mut identifiers).map_err(|_io| Cause::Unreadable)?;
    let has_pixels =
        [0x0010, 0x0008, 0x0009].iter().any(|&element| scan.find(Tag(0x7FE0, element)).is_some());
    let frames = if has_pixels { header.frames() } else { 0 };
    if frames > MOST_FRAMES {
        return Err(Cause::ImageLimits);
    }
    // Half an image, or one that nobody can ever look at, is not passed on.
    if let Err(error @ (PixelError::Short | PixelError::TooLarge)) = image_shape(scan) {
        return Err(error.cause());
    }
    let mut instance = Instance {
        path: path.to_owned(),
        bytes: scan.file.len(),
        digest,
        patient: patient_key(&header, &study),
        study,
        series,
        uid,
        sop_class,
        modality,
        transfer_syntax: scan.meta.transfer_syntax.clone(),
        image_size: if has_pixels {
            (header.number(0x0028, 0x0011), header.number(0x0028, 0x0010))
        } else {
            (0, 0)
        },
        frames,
        group: GroupId(Digest256([0; 32])),
        manufacturer: header.word(0x0008, 0x0070),
        model: header.word(0x0008, 0x1090),
        software: header.word(0x0018, 0x1020),
        photometric: header.word(0x0028, 0x0004),
        conversion_type: header.word(0x0008, 0x0064),
        image_type: header.word(0x0008, 0x0008),
        body_part: header.word(0x0018, 0x0015),
        burned_in: header.word(0x0028, 0x0301),
        labels: labels(&header),
        person: person(&header),
    };
    instance.group = instance.look_alike().id();
    Ok((instance, identifiers))
}

/// Whether a dataset ends in front of the study and series UIDs that every instance has: a file cut
/// between two elements reads as a whole one.
fn ends_early(scan: &Scan) -> bool {
    scan.children(None).all(|(_, node)| node.tag < Tag(0x0020, 0x000D))
}

/// Whether there is more than one image, or two words on how to read it: one program would show and
/// mask the first, another the last.
fn is_ambiguous(scan: &Scan) -> bool {
    let mut seen = BTreeSet::new();
    let mut decisive = scan.children(None).filter_map(|(_, node)| match node.tag {
        Tag(0x7FE0, 0x0008..=0x0010) => Some(Tag(0x7FE0, 0x0010)),
        tag @ Tag(0x0008, 0x0005 | 0x0016) | tag @ Tag(0x0028, 0x0002..=0x0103) => Some(tag),
        _ => None,
    });
    !decisive.all(|tag| seen.insert(tag))
}

/// The modality of a SOP Class (PS3.3 C.7.3.1.1.1); `OT` where the class does not tell.
fn modality_of(sop_class: &str) -> &'static str {
    let Some(rest) = sop_class.strip_prefix("1.2.840.10008.5.1.4.1.1.") else { return "OT" };
    let is = |prefix: &str| rest == prefix || rest.starts_with(&format!("{prefix}."));
    let table = [
        ("1.1", "DX"),
        ("1.2", "MG"),
        ("1.3", "IO"),
        ("1", "CR"),
        ("2", "CT"),
        ("3.1", "US"),
        ("4", "MR"),
        ("6", "US"),
        ("12.1", "XA"),
        ("12.2", "RF"),
        ("20", "NM"),
        ("128", "PT"),
        ("66.4", "SEG"),
        ("88", "SR"),
        ("481.3", "RTSTRUCT"),
        ("481.5", "RTPLAN"),
        ("481.2", "RTDOSE"),
        ("481.1", "RTIMAGE"),
        ("11", "PR"),
        ("77.1.6", "SM"),
        ("104", "DOC"),
    ];
    table.into_iter().find(|(prefix, _)| is(prefix)).map_or("OT", |(_, modality)| modality)
}

/// Issuer and ID. An ID that is empty or a dummy names nobody: then name and birth date do. Where one
/// of them is missing, or the name is a single word, it is the study: twins share a family name and
/// a birthday, and strangers are never joined.
fn patient_key(header: &Header<'_>, study: &StudyUid) -> PatientKey {
    let id = header.word(0x0010, 0x0020);
    if !is_dummy_id(&id) {
        return PatientKey::new(&format!("{}\u{1f}{id}", header.word(0x0010, 0x0021)));
    }
    let name = person::distinct_name(&header.word(0x0010, 0x0010));
    let name = name.filter(|name| name.contains(' '));
    let born = person::day(&header.word(0x0010, 0x0030));
    PatientKey::new(&match (name, born) {
        (Some(name), Some(born)) => format!("\u{1f}\u{1f}{name}\u{1f}{born}"),
        _ => format!("\u{1f}\u{1f}{}", study.as_str()),
    })
}

fn person(header: &Header<'_>) -> Person {
    Person {
        issuer: header.word(0x0010, 0x0021).into(),
        birth_date: header.word(0x0010, 0x0030).into(),
        sex: header.word(0x0010, 0x0040).into(),
        institution: header.word(0x0008, 0x0080).into(),
    }
}

fn labels(header: &Header<'_>) -> InstanceLabels {
    InstanceLabels {
        patient_name: header.word(0x0010, 0x0010).into(),
        patient_id: header.word(0x0010, 0x0020).into(),
        study_description: header.word(0x0008, 0x1030).into(),
        study_date: header.word(0x0008, 0x0020).into(),
        series_description: header.word(0x0008, 0x103E).into(),
        series_number: header.word(0x0020, 0x0011).into(),
        instance_number: header.word(0x0020, 0x0013).parse().unwrap_or(i64::MIN),
    }
}

struct Header<'a> {
    scan: &'a Scan,
}

impl Header<'_> {
    fn element(&self, tag: Tag) -> Option<NodeId> {
        self.scan.find(tag).filter(|&id| {
            let range = &self.scan.node(id).value;
            range.end - range.start <= LONGEST_LABEL
        })
    }

    fn text(&self, tag: Tag) -> Option<String> {
        let decoded = text::text_value(self.scan, self.element(tag)?).ok()?;
        Some(decoded.text.trim_matches([' ', '\0']).to_owned())
    }

    fn word(&self, group: u16, element: u16) -> String {
        self.text(Tag(group, element)).unwrap_or_default()
    }

    fn number(&self, group: u16, element: u16) -> u32 {
        let bytes = self.element(Tag(group, element)).and_then(|id| self.scan.value(id, 2).ok());
        match bytes.as_deref() {
            Some(&[a, b]) if self.scan.encoding.big_endian => u16::from_be_bytes([a, b]).into(),
            Some(&[a, b]) => u16::from_le_bytes([a, b]).into(),
            _ => 0,
        }
    }

    fn frames(&self) -> u32 {
        self.word(0x0028, 0x0008).parse().unwrap_or(1).max(1)
    }
}

#[cfg(test)]
impl Instance {
    /// One of which a test says what matters to it.
    pub(crate) fn blank() -> Self {
        Self {
            path: PathBuf::new(),
            bytes: 1,
            digest: Digest256([0; 32]),
            patient: PatientKey::new("p"),
            study: StudyUid::new("1.2.3"),
            series: SeriesUid::new("1.2.3.4"),
            uid: InstanceUid::new("1.2.3.4.5"),
            sop_class: String::new(),
            modality: String::new(),
            transfer_syntax: String::new(),
            image_size: (0, 0),
            frames: 0,
            group: GroupId(Digest256([0; 32])),
            manufacturer: String::new(),
            model: String::new(),
            software: String::new(),
            photometric: String::new(),
            conversion_type: String::new(),
            image_type: String::new(),
            body_part: String::new(),
            burned_in: String::new(),
            labels: InstanceLabels::default(),
            person: Person::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dicom::{Limits, Source, scan};

    /// A file of these elements, each with a value of two bytes.
    fn read(tags: &[(u16, u16, &[u8; 2])]) -> Result<InstanceUid, Cause> {
        let mut bytes = vec![0; 128];
        bytes.extend(b"DICM\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0");
        for (group, element, vr) in tags {
            bytes.extend([group.to_le_bytes(), element.to_le_bytes()].concat());
            bytes.extend(*vr);
            match *vr {
                b"OW" => bytes.extend([0, 0, 2, 0, 0, 0]),
                _ => bytes.extend([2, 0]),
            }
            bytes.extend(b"1\0");
        }
        let scanned = scan(Source::from_bytes(bytes), &Limits::default()).unwrap();
        let digest = Digest256([0; 32]);
        read_instance(&scanned, Path::new("file"), digest).map(|(instance, _)| instance.uid)
    }

    const CLASS: (u16, u16, &[u8; 2]) = (0x0008, 0x0016, b"UI");
    const INSTANCE: (u16, u16, &[u8; 2]) = (0x0008, 0x0018, b"UI");
    const MODALITY: (u16, u16, &[u8; 2]) = (0x0008, 0x0060, b"CS");
    const NAME: (u16, u16, &[u8; 2]) = (0x0010, 0x0010, b"PN");
    const STUDY: (u16, u16, &[u8; 2]) = (0x0020, 0x000D, b"UI");
    const PIXELS: (u16, u16, &[u8; 2]) = (0x7FE0, 0x0010, b"OW");

    #[test]
    fn a_dataset_that_ends_in_front_of_its_study_was_cut() {
        assert_eq!(read(&[CLASS, INSTANCE, MODALITY, NAME]), Err(Cause::Truncated));
        assert!(read(&[CLASS, INSTANCE, MODALITY, NAME, STUDY]).is_ok());
        assert!(read(&[CLASS, INSTANCE, MODALITY, NAME, (0x0028, 0x0010, b"US")]).is_ok());
    }

    #[test]
    fn two_images_in_one_file_are_refused() {
        let some = [CLASS, INSTANCE, STUDY];
        assert!(read(&[&some[..], &[PIXELS]].concat()).is_ok());
        for more in [
            [PIXELS, PIXELS],
            [(0x7FE0, 0x0008, b"OW"), PIXELS],
            [(0x0028, 0x0010, b"US"), (0x0028, 0x0010, b"US")],
            [CLASS, PIXELS],
        ] {
            assert_eq!(read(&[&some[..], &more].concat()), Err(Cause::Malformed));
        }
    }
}
