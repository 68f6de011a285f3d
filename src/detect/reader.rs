//! What a region says: Tesseract 5, one line at a time.
//!
//! tesseract-rs hands out iterators that outlive what they point into; none is used here. One
//! reader belongs to one thread at a time (`&mut self`), since its calls lock one by one.

use std::path::{Path, PathBuf};

use image::GrayImage;
use tesseract_rs::{TessPageSegMode, TesseractAPI, TesseractError};

use crate::detect::DetectError;
use crate::detect::crop::{line, readings};
use crate::detect::memory::Memory;
use crate::model::{Phi, Picture, Region};

/// Where distributions keep Tesseract's models.
const FOLDERS: [&str; 3] = [
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
];
const MODEL_FILE: &str = "eng.traineddata";
/// The neural engine only: the older one learns from page to page, and one reading must not
/// depend on another.
const NEURAL_ENGINE: i32 = 1;

/// What was read in a region.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Reading {
    /// The text, trimmed; empty when nothing could be read.
    pub text: Phi<String>,
    /// How sure Tesseract is, 0 to 100; 0 when the text is empty.
    pub confidence: u8,
}

/// Reads regions of pictures. Costs about 0.15 CPU seconds to make, so keep it.
pub struct TextReader {
    api: TesseractAPI,
    memory: Option<Memory>,
}

impl std::fmt::Debug for TextReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TextReader(eng)")
    }
}

impl TextReader {
    /// Opens Tesseract with its English model, from `folder` (what `TESSDATA_PREFIX` says, where
    /// the caller has it) or else from where distributions keep it.
    ///
    /// # Errors
    /// [`DetectError::NoReader`] when no folder has the model, [`DetectError::ReaderFailed`].
    pub fn open(folder: Option<&Path>) -> Result<Self, DetectError> {
        let given = folder.into_iter().flat_map(|folder| [folder.into(), folder.join("tessdata")]);
        let found = given
            .chain(FOLDERS.map(PathBuf::from))
            .find(|folder| folder.join(MODEL_FILE).is_file())
            .ok_or(DetectError::NoReader)?;
        // tesseract-rs panics on NUL; a path that exists has none.
        let datapath = found.to_str().ok_or(DetectError::NoReader)?;
        let api = TesseractAPI::new();
        api.set_variable("debug_file", "/dev/null").map_err(failed)?;
        api.init_2(datapath, "eng", NEURAL_ENGINE).map_err(failed)?;
        // Words of one picture must not help to read the next.
        for (name, value) in [("debug_file", "/dev/null"), ("tessedit_enable_doc_dict", "0")] {
            api.set_variable(name, value).map_err(failed)?;
        }
        api.set_page_seg_mode(TessPageSegMode::PSM_SINGLE_LINE).map_err(failed)?;
        Ok(Self { api, memory: None })
    }

    /// Begins to remember what it reads, for frames of one series, or forgets all.
    pub fn remember(&mut self, series: bool) {
        self.memory = series.then(Memory::default);
    }

    /// What it remembers of a place that looked the same.
    pub(crate) fn recall(&self, picture: &Picture, region: Region) -> Option<Reading> {
        self.memory.as_ref()?.recall(picture, region)
    }

    /// Remembers a reading, if it is to.
    pub(crate) fn keep(&mut self, picture: &Picture, region: Region, reading: &Reading) {
        if let Some(memory) = &mut self.memory {
            memory.keep(picture, region, reading);
        }
    }

    /// Reads one region of a picture; a tall one also with either quarter turn, and the reading
    /// that Tesseract is surest of counts. Nothing readable is an empty reading, not an error.
    ///
    /// # Errors
    /// [`DetectError::ReaderFailed`].
    pub fn read(&mut self, picture: &Picture, region: Region) -> Result<Reading, DetectError> {
        let mut best = Reading::default();
        for turn in readings(region) {
            let Some(line) = line(picture, region, *turn) else { continue };
            let reading = self.read_line(&line)?;
            if reading.confidence > best.confidence || best.text.expose().is_empty() {
                best = reading;
            }
        }
        Ok(best)
    }

    fn read_line(&mut self, line: &GrayImage) -> Result<Reading, DetectError> {
        let (width, height) = (line.width() as i32, line.height() as i32);
        self.api.set_image(line.as_raw(), width, height, 1, width).map_err(failed)?;
        self.api.set_source_resolution(300).map_err(failed)?;
        self.api.recognize().map_err(failed)?;
        let text = self.api.get_utf8_text().map_err(failed)?;
        let confidence = self.api.mean_text_conf().map_err(failed)?;
        self.api.clear().map_err(failed)?;
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.is_empty() {
            return Ok(Reading::default());
        }
        let confidence = confidence.clamp(0, 100) as u8;
        Ok(Reading { text: Phi::new(words.join(" ")), confidence })
    }
}

fn failed(error: TesseractError) -> DetectError {
    DetectError::ReaderFailed(error.to_string())
}
