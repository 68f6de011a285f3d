//! Inputs that a first run starts from. All are made here, or by the demo's code.

mod dicom;
mod files;
mod messages;

/// Inputs, each with the name of its target.
pub fn first_inputs() -> Vec<(&'static str, Vec<u8>)> {
    let mut all = dicom::inputs();
    all.extend(files::inputs());
    all.extend(messages::inputs());
    all
}
