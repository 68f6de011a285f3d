//! The new head of a file.

use crate::dicom::splice::SpliceError;

/// Names the writer in each file (0002,0012).
pub const IMPLEMENTATION_CLASS: &str = "2.25.288030931742385019316481672341057803251";
/// Names the writer's version in each file (0002,0013).
pub const IMPLEMENTATION_VERSION: &str = "VERIDACT_0_1";

/// What the new File Meta Information says; the rest of it is constant.
#[derive(Clone, PartialEq, Eq)]
pub struct NewMeta {
    /// Transfer Syntax UID (0002,0010).
    pub transfer_syntax: String,
    /// Media Storage SOP Class UID (0002,0002).
    pub sop_class: String,
    /// Media Storage SOP Instance UID (0002,0003).
    pub sop_instance: String,
}

impl std::fmt::Debug for NewMeta {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewMeta(…)")
    }
}

/// Preamble, prefix and File Meta Information (PS3.10 7.1).
pub(super) fn encode(meta: &NewMeta) -> Result<Vec<u8>, SpliceError> {
    let mut group = b"\x02\0\x01\0OB\0\0\x02\0\0\0\0\x01".to_vec();
    let mut put = |element: u16, vr: &[u8; 2], text: &str| {
        let padding = text.len() % 2;
        // At most 64 bytes: checked below.
        let length = (text.len() + padding) as u16;
        group.extend([2, 0]);
        group.extend(element.to_le_bytes());
        group.extend(vr);
        group.extend(length.to_le_bytes());
        group.extend(text.as_bytes());
        group.extend(std::iter::repeat_n(if vr == b"UI" { 0 } else { b' ' }, padding));
    };
    for (element, uid) in
        [(0x02, &meta.sop_class), (0x03, &meta.sop_instance), (0x10, &meta.transfer_syntax)]
    {
        let well_formed = uid.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if !well_formed || uid.is_empty() || uid.len() > 64 {
            return Err(SpliceError::BadUid);
        }
        put(element, b"UI", uid);
    }
    put(0x12, b"UI", IMPLEMENTATION_CLASS);
    put(0x13, b"SH", IMPLEMENTATION_VERSION);
    let mut head = vec![0; 128];
    head.extend(b"DICM\x02\0\0\0UL\x04\0");
    head.extend((group.len() as u32).to_le_bytes());
    head.extend(group);
    Ok(head)
}
