//! All words of the window: sentence case, no full stop after a single sentence, `…` on what asks
//! for more.

use crate::model::{Coverage, FindingSource, Proposal, Tier};
use crate::review::{DiffClass, FindingState, SeriesState};

pub(super) const APP: &str = "Veridact";
pub(super) const TAGLINE: &str =
    "Verify, correct and export the de-identification of DICOM studies";
pub(super) const OPEN_FOLDER: &str = "Open folder…";
pub(super) const OPEN_PATH: &str = "Open path";
pub(super) const FOLDER_PATH: &str = "Folder path";
pub(super) const FOLDER_HINT: &str = "or type the path of a folder";
pub(super) const DROP_HINT: &str = "You can also drop a folder on this window";
pub(super) const START_PROMISE: &str =
    "Nothing is written into the folder: the review lies beside it";
pub(super) const NO_DIALOG: &str =
    "If no dialog appeared, this desktop has none: type the path, or drop the folder on the window";
pub(super) const DROP_HERE: &str = "Drop to open this folder";

pub(super) const WALL: &str = "Triage";
pub(super) const WALL_RULE: &str = "What looks alike is judged together, the riskiest first. Arrows and Enter, or a click, open a group";
pub(super) const EVERY_MODALITY: &str = "Every modality";
pub(super) const MODALITY: &str = "Modality";
pub(super) const NO_GROUP_LISTED: &str = "No group is of this kind: list all";
pub(super) const WITHOUT_IMAGE: &str = "without an image";
pub(super) const UNKNOWN_DEVICE: &str = "unknown device";
pub(super) const NO_TEXT_FOUND: &str = "no text found";
pub(super) const NOT_SEARCHED: &str = "not searched for text";
pub(super) const NO_RISK: &str = "no known risk";
pub(super) const FOLD_PLACES: &str = "Places with text";
pub(super) const FOLD_PLACES_HINT: &str =
    "Of all frames of this stack; a click shows the first that has it";
pub(super) const FOLD_NO_PLACE: &str = "On no frame of this stack text was found";
pub(super) const NO_PICTURE: &str = "No image";
pub(super) const FOLDING: &str = "Folding the series…";
pub(super) const THROUGH_GROUP: &str = "Group";
pub(super) const LEAVE_GROUP: &str = "All series";
pub(super) const OFFER: &str = "Masks for the look-alike group";
pub(super) const NO_OFFER: &str = "This series has no masks, and its group has none. Draw one for the series (M), or mask a finding (Y)";
pub(super) const OFFER_GIVE: &str = "Give to the group";
pub(super) const OFFER_MOST: &str = "Look at it";
pub(super) const NO_EXCEPTIONS: &str = "In all of them text stands under the masks only";
pub(super) const CLOSE: &str = "Close";
pub(super) const PALETTE: &str = "Command palette";
pub(super) const PALETTE_HINT: &str = "Type what you want, or a series";
pub(super) const PALETTE_NOTHING: &str = "No command and no series is called so";
pub(super) const HISTORY: &str = "History";
pub(super) const HISTORY_RULE: &str = "Every step is in the review's log. A click goes where it was made; your own steps since the last export can be taken back";
pub(super) const NO_HISTORY: &str = "Nothing was decided yet";
pub(super) const TAKEN_BACK: &str = "(taken back)";
pub(super) const TAKE_STEP_BACK: &str = "Take back";
pub(super) const TAKE_BACK_HINT: &str =
    "Takes this step back and all of yours after it; redo (Ctrl+Shift+Z) takes them in again";
pub(super) const REVIEW: &str = "Review";
pub(super) const GATE: &str = "Gate and export";
pub(super) const REPORT: &str = "Report";
pub(super) const MENU: &str = "Menu";

pub(super) const SERIES: &str = "Series";
pub(super) const PROBLEMS: &str = "Problems";
pub(super) const IDENTITY: &str = "Identity";
pub(super) const WHOSE_FILES: &str = "Whose files are these?";
pub(super) const NO_QUESTION: &str =
    "No question of identity: the IDs of this batch tell who is who";
pub(super) const QUESTIONS_LATER: &str =
    "Questions of identity are asked when all files of the folder are read";
pub(super) const QUESTION_BEFORE: &str = "Question before";
pub(super) const NEXT_QUESTION: &str = "Next question";
pub(super) const SAID: [&str; 6] =
    ["Patient ID", "Issuer of the ID", "Name", "Birth date", "Sex", "Institution"];
pub(super) const NOT_GIVEN: &str = "not given";
pub(super) const FILES: &str = "Files";
pub(super) const PSEUDONYM: &str = "Pseudonym";
pub(super) const LEAVE_OPEN: &str = "Leave it open";
pub(super) const STAY_HELD: &str = "Files stay held";
pub(super) const STAY_LISTED: &str = "Nothing is held; the report lists it";
pub(super) const GO_ON: &str = "Go on";
pub(super) const ANOTHER_HOLDS: &str = "Another question holds files";
pub(super) const ANSWER_STANDS: &str =
    "Ctrl+Z takes the last step back; another answer takes the place of this one";
pub(super) const GO_TO_QUESTION: &str = "Go to the question";
pub(super) const ANSWER_FIRST: &str = "Say first whose the approved files are";
pub(super) const READING: &str = "Reading the folder";
pub(super) const NO_SERIES: &str = "No DICOM instance was found in this folder";
pub(super) const SEE_PROBLEMS: &str = "Problems says why";
pub(super) const NO_SERIES_HERE: &str =
    "No DICOM instance was found in this folder. Open another one (Ctrl+O)";
pub(super) const NO_PROBLEMS: &str = "Every file could be read";
pub(super) const NO_PROBLEMS_YET: &str = "None so far";
pub(super) const STALE: &str = "something it rested on changed since; look again and decide anew";
pub(super) const MASKS: &str = "Masks";
pub(super) const MASK_AGAIN: &str = "Mask again";
pub(super) const NOT_ON: &str = "Not on";
pub(super) const DELETE: &str = "Delete";
pub(super) const NO_PIXELS_TO_SEARCH: &str = "There is no image in which text could stand";
pub(super) const NO_FONT: &str = "This machine has no font for some characters, which show as boxes; install one, such as the \
     Debian package fonts-wqy-microhei";
pub(super) const NOT_IN_BATCH: &str = "These files are not part of the batch";

pub(super) const SELECT_SERIES: &str = "Select a series on the left to look at it";
pub(super) const NO_IMAGE: &str = "This instance has no image; judge it by its metadata";
pub(super) const LOADING: &str = "Loading…";
pub(super) const IMAGE: &str = "Image";
pub(super) const FRAME_OF_SERIES: &str = "Frame of the series";
pub(super) const PEEKING: &str = "Masks lifted while ` is held";

pub(super) const FINDINGS: &str = "Findings";
pub(super) const MASK_IT: &str = "Mask";
pub(super) const KEEP_IT: &str = "Keep";
pub(super) const NOTHING_READ: &str = "(nothing could be read)";
pub(super) const NOTHING_FOUND: &str = "The detector looked at this frame and found nothing";
pub(super) const COMPARED: &str =
    "Not searched by itself: compared with the frames around it, and nothing new was seen";
pub(super) const NO_COVERAGE: &str = "The detector has not looked at this frame yet";

pub(super) const METADATA: &str = "Metadata";
pub(super) const PLANNING: &str = "Working out what changes…";
pub(super) const DIFF_EMPTY: &str = "No attribute matches these filters";
pub(super) const DIFF_SELECT: &str = "Select a series to see what changes in its attributes";
pub(super) const PROVISIONAL: &str =
    "Provisional: the names of this patient are still being collected";
pub(super) const SEARCH: &str = "Search attributes";
pub(super) const SEARCH_HINT: &str = "Search keyword, tag or value";
pub(super) const CLEAR_SEARCH: &str = "Clear search";
pub(super) const OVERRIDDEN: &str = "Overridden";
pub(super) const KEEP: &str = "Keep the value";
pub(super) const REMOVE: &str = "Remove the attribute";
pub(super) const EMPTY: &str = "Empty the value";
pub(super) const CLEAN: &str = "Clean the value";
pub(super) const REPLACE: &str = "Replace with…";
pub(super) const TAKE_BACK: &str = "Take override back";
pub(super) const EVERY_DEPTH: &str = "Also inside sequences";
pub(super) const REPLACEMENT: &str = "Replacement value";
pub(super) const REPLACE_NOW: &str = "Replace";
pub(super) const CANCEL: &str = "Cancel";

pub(super) const REASON: &str = "Reason";
pub(super) const HOLD_REASONS: [&str; 3] =
    ["Needs a second reader", "Unsure about text in the image", "Waits for the sender"];
pub(super) const REJECT_REASONS: [&str; 3] =
    ["Screen save with patient data", "Photograph of a person", "Not part of the study"];

pub(super) const BLOCKS: &str = "What stands in the way";
pub(super) const NOTHING_BLOCKS: &str = "Nothing: every series is approved";
pub(super) const DESTINATION: &str = "Destination folder";
pub(super) const DESTINATION_HINT: &str = "path of the output folder";
pub(super) const CHOOSE: &str = "Choose destination…";
pub(super) const EXPORT_NOW: &str = "Export approved series";
pub(super) const WAIT_FOR_EXPORT: &str = "An export is running: wait for it, or cancel it first";
pub(super) const CANCEL_EXPORT: &str = "Cancel export";
pub(super) const CANCELLING: &str = "Stopping; what is published stays whole";
pub(super) const EXPORTING: &str = "Writing, reading back and verifying";
pub(super) const FACES: &str =
    "I have looked: these series may be released though they may show a face";
pub(super) const NEEDS_DESTINATION: &str = "Choose a destination folder first";
pub(super) const GATE_RULE: &str =
    "Only approved series whose approval is not stale are released; all others are held and listed";
pub(super) const MUST_ANSWER: &str = "must be answered";
pub(super) const STAYS_OUT: &str = "stays out";
pub(super) const DEMANDS_FIRST: &str = "Meet what the profile demands, or override it, first";
pub(super) const SEEN_PROBLEMS: &str = "I have seen them";
pub(super) const FACE_MAY_GO: &str = "May go";
pub(super) const DRAW: &str = "Draw a sample";
pub(super) const NEXT_SAMPLED: &str = "Next frame of the sample";
pub(super) const SIGN: &str = "Sign";
pub(super) const STATEMENT: &str =
    "I have reviewed this batch as the profile asks, and answer for what goes out";
pub(super) const SAMPLED: &str = "This frame is in the sample: does anything in it identify?";
pub(super) const NO_LEAK: &str = "Nothing";
pub(super) const LEAK: &str = "Something does";
pub(super) const BENCHMARK_BANNER: &str =
    "Profile for a benchmark only: it keeps what identifies; nothing of it may leave the house";
pub(super) const BENCHMARK_ASK: &str =
    "This profile follows the answer key of a benchmark. To export for one, type benchmark:";
pub(super) const BENCHMARK_WORD: &str = "The word benchmark";
pub(super) const BENCHMARK_SAY: &str = "It is for a benchmark";
pub(super) const OVERRIDE: &str = "Override…";
pub(super) const OVERRIDE_HINT: &str =
    "Lets the next export go without it; your reason stays in the review";
pub(super) const OVERRIDE_WHY: &str = "The profile demands that";
pub(super) const OVERRIDE_REASON: &str = "Why this export may go all the same";
pub(super) const OVERRIDE_NOW: &str = "Override once";
pub(super) const OVERRIDE_NOT: &str = "Leave it";
pub(super) const LOOKING_INTO: &str = "Looking at the destination…";
pub(super) const CHOOSE_ANOTHER: &str = "The destination cannot be used";
pub(super) const CONFIRM_FIRST: &str = "Type the name of the destination first";
pub(super) const CONFIRM_NAME: &str = "Name of the destination";
pub(super) const DESTINATION_FREE: &str = "New or empty";
pub(super) const WILL_CHANGE: &str =
    "Files are added and replaced, and what is not released any more is taken away.";
pub(super) const LAST_EXPORT: &str = "How the last export ended";
pub(super) const NO_REPORT: &str = "Nothing was exported from this review yet; press Ctrl+E";
pub(super) const EARLIER_EXPORT: &str =
    "Exported before this window was opened; the report lies in the output folder";
pub(super) const REPORT_FILE: &str = "Report";
pub(super) const OUTPUT_FOLDER: &str = "Output";
pub(super) const COPY: &str = "Copy";
pub(super) const GO_TO_INSTANCE: &str = "Go to the instance";
pub(super) const RELEASED_WHY: &str = "It passed every check and is in the export";
pub(super) const ACCEPT: &str = "Accept…";
pub(super) const ACCEPT_HINT: &str =
    "Lets this stay in the next export; your reason stands in the log";
pub(super) const ACCEPT_NOW: &str = "Accept";
pub(super) const ACCEPT_REASON: &str = "Reason to accept";
pub(super) const ACCEPTED: &str = "accepted; export again to release it";

pub(super) const HELP: &str = "Keys and mouse";
pub(super) const CLOSE_HELP: &str = "Close help";
pub(super) const SAVING: &str = "saving…";
pub(super) const MOUSE: [(&str, &str); 7] = [
    ("Wheel", "next or previous frame"),
    ("Ctrl+wheel", "zoom"),
    ("Left drag", "draws, moves and resizes masks, else pans"),
    ("Right drag", "window and level"),
    ("Middle drag", "pan"),
    ("Double click", "fit the image"),
    ("Strip of frames", "click or drag to a frame"),
];

/// A number with a noun, such as `1 frame` or `1,204 frames`.
pub(super) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// A number with commas between thousands.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// One letter for a series' state.
pub(super) const fn state_letter(state: &SeriesState) -> &'static str {
    match state {
        SeriesState::Undecided => "?",
        SeriesState::Approved => "A",
        SeriesState::Held { .. } => "H",
        SeriesState::Rejected { .. } => "X",
        SeriesState::Stale { .. } => "S",
    }
}

/// One letter and a word for how a finding stands.
pub(super) const fn finding_state(state: FindingState) -> (&'static str, &'static str) {
    match state {
        FindingState::Open => ("?", "open"),
        FindingState::Masked => ("M", "masked"),
        FindingState::Kept => ("K", "kept"),
    }
}

/// Who found something.
pub(super) const fn source(source: FindingSource) -> &'static str {
    match source {
        FindingSource::Detector => "detector",
        FindingSource::Tesseract => "Tesseract",
        FindingSource::Shape => "shape of letters",
        FindingSource::ShapeOutside => "shape of letters, outside the ultrasound image",
        FindingSource::Device => "device rule",
        FindingSource::Exempt => "detector, exempt by a device rule",
        FindingSource::Unsettled => "device rule that cannot be applied",
        FindingSource::Overlay => "overlay plane",
        FindingSource::Human => "a person",
    }
}

/// What the filter and the accessible names call a class of the diff.
pub(super) const fn diff_class(class: DiffClass) -> &'static str {
    match class {
        DiffClass::Removed => "removed",
        DiffClass::Changed => "changed",
        DiffClass::Added => "added",
        DiffClass::KeptOnPurpose => "kept on purpose",
        DiffClass::Kept => "kept",
    }
}

/// What the profile would do with a finding, in front of other words.
pub(super) fn proposal(proposal: Proposal) -> String {
    let what = match proposal.tier {
        Tier::Mask => "would be masked",
        Tier::Suspected => "suspected",
        Tier::Listed => "listed",
    };
    format!("{what} ({}); ", proposal.why.as_str())
}

/// What is known of a frame in which no finding stands.
pub(super) fn coverage(coverage: Option<&Coverage>) -> String {
    match coverage {
        None => NO_COVERAGE.to_owned(),
        Some(Coverage::NotLookedAt(why)) => format!("Not looked at: {why}"),
        Some(Coverage::Compared) => COMPARED.to_owned(),
        Some(Coverage::NothingFound | Coverage::Found(_)) => NOTHING_FOUND.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{count, grouped};

    #[test]
    fn numbers_are_grouped_and_agree_with_their_noun() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(count(1, "frame", "frames"), "1 frame");
        assert_eq!(count(1000, "frame", "frames"), "1,000 frames");
    }
}
