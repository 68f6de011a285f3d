//! The metadata diff of the instance shown: what stood there, what will, and who says so.

mod line;
mod menu;

use egui::{Key, RichText, ScrollArea, TextEdit, Ui};

use crate::model::{AttributePath, Override, Phi, VR};
use crate::review::{AttributeCommand, Command, DiffClass, DiffRow, override_fault};
use crate::ui::intent::Intent;
use crate::ui::session::Session;
use crate::ui::strings;
use crate::ui::theme::{self, Tone, tone};

/// The chips of the filter, in their order.
const CHIPS: [(&str, DiffClass); 4] = [
    ("Removed", DiffClass::Removed),
    ("Changed", DiffClass::Changed),
    ("Added", DiffClass::Added),
    ("Kept", DiffClass::Kept),
];

/// An attribute whose new value is being typed.
#[derive(Clone, Debug)]
pub(super) struct Replacing {
    path: AttributePath,
    keyword: String,
    vr: VR,
    text: String,
    fresh: bool,
}

/// What the panel keeps between frames.
pub(super) struct DiffPanel {
    search: String,
    shown: [bool; 4],
    overridden: bool,
    every_depth: bool,
    replacing: Option<Replacing>,
    /// Whether the caret shall go into the search.
    pub focus: bool,
}

impl Default for DiffPanel {
    fn default() -> Self {
        Self {
            search: String::new(),
            shown: [true; 4],
            overridden: false,
            every_depth: false,
            replacing: None,
            focus: false,
        }
    }
}

/// The chip that a class belongs to.
fn chip(class: DiffClass) -> usize {
    let class = if class == DiffClass::KeptOnPurpose { DiffClass::Kept } else { class };
    CHIPS.iter().position(|(_, of)| *of == class).unwrap_or(0)
}

impl DiffPanel {
    /// The rows that pass the filters.
    fn passing<'a>(&self, rows: &'a [DiffRow]) -> Vec<&'a DiffRow> {
        let wanted = self.search.trim().to_lowercase();
        rows.iter()
            .filter(|row| self.shown.get(chip(row.class)).copied().unwrap_or(true))
            .filter(|row| !self.overridden || row.overridden.is_some())
            .filter(|row| wanted.is_empty() || matches(row, &wanted))
            .collect()
    }

    /// Forgets what was being typed: another instance is shown.
    pub fn leave(&mut self) {
        self.replacing = None;
    }
}

/// Whether path, keyword, value or rule of a row holds `wanted` (in lower case).
fn matches(row: &DiffRow, wanted: &str) -> bool {
    let holds = |text: &str| text.to_lowercase().contains(wanted);
    let value = |value: &Option<Phi<String>>| value.as_ref().is_some_and(|it| holds(it.expose()));
    holds(row.keyword)
        || holds(&row.path.to_string())
        || value(&row.before)
        || value(&row.after)
        || holds(&row.rule)
}

/// Draws the diff.
pub(super) fn diff_panel(
    ui: &mut Ui,
    panel: &mut DiffPanel,
    session: &Session,
    out: &mut Vec<Intent>,
) {
    ui.add_space(4.0);
    let plan = session.plan_shown();
    let rows = plan.map_or(&[][..], |plan| &plan.rows);
    filters(ui, panel, rows);
    if plan.is_some_and(|plan| plan.provisional) {
        ui.label(RichText::new(strings::PROVISIONAL).color(tone(ui, Tone::Amber)));
    }
    replacement(ui, panel, out);
    ui.separator();
    let passing = panel.passing(rows);
    let empty = match (session.state.selection().instance.is_some(), plan.is_some()) {
        (false, _) => Some(strings::DIFF_SELECT),
        (true, false) => Some(strings::PLANNING),
        (true, true) if passing.is_empty() => Some(strings::DIFF_EMPTY),
        _ => None,
    };
    if let Some(words) = empty {
        ui.label(RichText::new(words).color(tone(ui, Tone::Weak)));
        return;
    }
    ui.spacing_mut().item_spacing.y = 1.0;
    ScrollArea::vertical().id_salt("diff").auto_shrink(false).show_rows(
        ui,
        theme::TALL_ROW,
        passing.len(),
        |ui, range| {
            for row in passing.get(range).unwrap_or(&[]) {
                line::draw(ui, row, (session, panel), out);
            }
        },
    );
}

fn filters(ui: &mut Ui, panel: &mut DiffPanel, rows: &[DiffRow]) {
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(strings::METADATA).strong());
        ui.spacing_mut().button_padding.x = 5.0;
        ui.spacing_mut().item_spacing.x = 3.0;
        for (at, (words, _)) in CHIPS.into_iter().enumerate() {
            let count = rows.iter().filter(|row| chip(row.class) == at).count();
            let Some(shown) = panel.shown.get_mut(at) else { continue };
            let words_of = RichText::new(format!("{words} {count}")).small();
            let chip = ui.selectable_label(*shown, words_of);
            if chip.accessible_name(format!("Show {}", words.to_lowercase())).clicked() {
                *shown = !*shown;
            }
        }
        let count = rows.iter().filter(|row| row.overridden.is_some()).count();
        let words = format!("{} {count}", strings::OVERRIDDEN);
        let chip = ui.selectable_label(panel.overridden, RichText::new(words).small());
        if chip.accessible_name("Show overridden only").clicked() {
            panel.overridden = !panel.overridden;
        }
    });
    ui.horizontal(|ui| {
        let width = ui.available_width() - 30.0;
        let edit = TextEdit::singleline(&mut panel.search)
            .hint_text(strings::SEARCH_HINT)
            .desired_width(width);
        let edit = ui.add(edit).accessible_name(strings::SEARCH);
        if edit.has_focus() && ui.input(|input| input.key_pressed(Key::Escape)) {
            edit.surrender_focus();
        }
        if std::mem::take(&mut panel.focus) {
            edit.request_focus();
        }
        let clear = ui.add_enabled(!panel.search.is_empty(), egui::Button::new("×"));
        if clear.accessible_name(strings::CLEAR_SEARCH).clicked() {
            panel.search.clear();
        }
    });
}

/// The line in which a replacement is typed.
fn replacement(ui: &mut Ui, panel: &mut DiffPanel, out: &mut Vec<Intent>) {
    let every_depth = panel.every_depth;
    let Some(replacing) = &mut panel.replacing else { return };
    let mut done = false;
    ui.horizontal_wrapped(|ui| {
        ui.label(format!("Replace {} with", replacing.keyword));
        let edit = TextEdit::singleline(&mut replacing.text).desired_width(150.0);
        let edit = ui.add(edit).accessible_name(strings::REPLACEMENT);
        if std::mem::take(&mut replacing.fresh) {
            edit.request_focus();
        }
        let entered = edit.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let action = Override::ReplaceWith(Phi::new(replacing.text.clone()));
        let fault = override_fault(replacing.path.tag(), replacing.vr, &action);
        let ready = fault.is_none();
        let button = ui.add_enabled(ready, egui::Button::new(strings::REPLACE_NOW));
        if ready && (entered || button.clicked()) {
            out.push(set(&replacing.path, every_depth, action));
            done = true;
        }
        let cancel = ui.button(strings::CANCEL).accessible_name("Cancel replacement");
        done |= cancel.clicked();
        if let Some(why) = fault.filter(|_| !replacing.text.is_empty()) {
            ui.label(RichText::new(why).color(tone(ui, Tone::Amber)));
        }
    });
    if done {
        panel.replacing = None;
    }
}

/// An override at the current scope, of this place or of the attribute wherever it stands.
fn set(path: &AttributePath, every_depth: bool, action: Override) -> Intent {
    let tag = path.tag();
    let path = (!every_depth).then(|| path.clone());
    Command::Attribute(AttributeCommand::Set { tag, path, action }).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Action, Tag, VR};

    fn row(class: DiffClass, keyword: &'static str, before: &str) -> DiffRow {
        DiffRow {
            path: AttributePath::root(Tag(0x0010, 0x0010)),
            keyword,
            vr: VR::PN,
            before: Some(Phi::new(before.to_owned())),
            after: None,
            letter: 'X',
            code: None,
            action: Action::Remove,
            rule: "E.1-1".into(),
            layer: None,
            class,
            overridden: None,
        }
    }

    #[test]
    fn filters_and_search_work_together() {
        let rows = [
            row(DiffClass::Removed, "PatientName", "DOE^JANE"),
            row(DiffClass::KeptOnPurpose, "Modality", "CT"),
            row(DiffClass::Changed, "StudyDate", "20200101"),
        ];
        let mut panel = DiffPanel::default();
        assert_eq!(panel.passing(&rows).len(), 3);
        panel.search = "doe^".to_owned();
        assert_eq!(panel.passing(&rows).len(), 1);
        panel.search = "(0010,0010)".to_owned();
        panel.shown = [true, false, true, false];
        assert_eq!(panel.passing(&rows)[0].keyword, "PatientName");
        assert_eq!(panel.passing(&rows).len(), 1);
        panel.overridden = true;
        assert!(panel.passing(&rows).is_empty());
    }

    #[test]
    fn an_override_names_its_place_unless_every_depth_is_meant() {
        let path = AttributePath::root(Tag(0x0008, 0x1140)).child(0, Tag(0x0008, 0x1155));
        let Intent::Review(Command::Attribute(AttributeCommand::Set { path: one, .. })) =
            set(&path, false, Override::Keep)
        else {
            panic!("an override");
        };
        assert_eq!(one, Some(path.clone()));
        let Intent::Review(Command::Attribute(AttributeCommand::Set { path: all, tag, .. })) =
            set(&path, true, Override::Keep)
        else {
            panic!("an override");
        };
        assert_eq!((all, tag), (None, Tag(0x0008, 0x1155)));
    }
}
