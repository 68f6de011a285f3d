//! What instances have in common that look alike.

use sha2::{Digest, Sha256};

use crate::model::{Digest256, Phi};

/// What images that look alike have in common: where text is burned into one of them, it is burned into the
/// others at the same place, or somebody should look why it is not. A *group* is all instances of a batch
/// with one of these. A screen save among the slices of a CT is of another group than they.
///
/// Words of devices are as sensitive as the input: people write names of sites into them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct LookAlike {
    /// Modality (0008,0060).
    pub modality: String,
    /// SOP Class UID (0008,0016).
    pub sop_class: String,
    /// Columns and rows; `None` without an image.
    pub image_size: Option<(u32, u32)>,
    /// Photometric Interpretation (0028,0004).
    pub photometric: String,
    /// Image Type (0008,0008).
    pub image_type: Phi<String>,
    /// Conversion Type (0008,0064).
    pub conversion_type: String,
    /// Burned In Annotation (0028,0301).
    pub burned_in: String,
    /// Manufacturer (0008,0070), Manufacturer's Model Name (0008,1090), Software Versions (0018,1020).
    pub device: Phi<[String; 3]>,
}

/// Names a look-alike group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub Digest256);

impl LookAlike {
    /// Its name, the same in every batch.
    pub fn id(&self) -> GroupId {
        let (columns, rows) = self.image_size.unwrap_or((0, 0));
        let size = format!("{columns}x{rows} {}", self.image_size.is_some());
        let [maker, model, software] = self.device.expose();
        let mut hash = Sha256::new();
        for part in [
            "veridact look-alike 1",
            &self.modality,
            &self.sop_class,
            &size,
            &self.photometric,
            self.image_type.expose(),
            &self.conversion_type,
            &self.burned_in,
            maker,
            model,
            software,
        ] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        GroupId(Digest256(hash.finalize().into()))
    }

    /// Manufacturer and model in one line; nothing where neither is known.
    pub fn device_words(&self) -> Phi<String> {
        let [maker, model, _software] = self.device.expose();
        Phi::new(format!("{maker} {model}").trim().to_owned())
    }
}
