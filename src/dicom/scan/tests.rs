use super::{Limits, ScanError, scan};
use crate::dicom::Source;
use crate::model::Cause;

fn cause(bytes: Vec<u8>) -> Option<Cause> {
    scan(Source::from_bytes(bytes), &Limits::default()).err().map(|error| error.cause())
}

#[test]
fn nothing_and_other_things_are_not_dicom() {
    assert_eq!(cause(Vec::new()), Some(Cause::NotDicom));
    assert_eq!(cause(b"\x89PNG\r\n\x1a\n".repeat(100)), Some(Cause::NotDicom));
    assert_eq!(cause(vec![0; 4096]), Some(Cause::NotDicom));
    assert!(matches!(
        scan(Source::from_bytes(b"hello".to_vec()), &Limits::default()),
        Err(ScanError::NotDicom)
    ));
}
