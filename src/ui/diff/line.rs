//! One attribute of the diff, on two lines.

use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{
    Align2, Color32, FontId, Popup, PopupCloseBehavior, Rect, Role, Sense, Ui, WidgetInfo, pos2,
    vec2,
};

use crate::model::Scope;
use crate::review::{DiffClass, DiffRow};
use crate::ui::diff::{DiffPanel, menu};
use crate::ui::intent::Intent;
use crate::ui::session::Session;
use crate::ui::strings;
use crate::ui::text::{elided, one_line};
use crate::ui::theme::{self, Tone, tone};

/// An attribute as its two lines show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// What is done, as one letter.
    pub letter: String,
    /// Keyword, or what stands for it.
    pub title: String,
    /// VR and path.
    pub place: String,
    /// The value in the input.
    pub before: String,
    /// The value afterwards; `None` where it stays.
    pub after: Option<String>,
    /// Code, layer and rule.
    pub origin: String,
    /// Its class, for its colour.
    pub class: DiffClass,
    /// Its accessible name.
    pub name: String,
}

impl Line {
    /// Puts a row into words.
    pub fn of(row: &DiffRow) -> Self {
        let title = if row.keyword.is_empty() { "Private attribute" } else { row.keyword };
        let path = row.path.to_string();
        let before = row
            .before
            .as_ref()
            .map_or_else(|| "(not there)".to_owned(), |value| shown(value.expose()));
        let after = match row.class {
            DiffClass::Kept | DiffClass::KeptOnPurpose => None,
            _ => Some(match &row.after {
                None => "(removed)".to_owned(),
                Some(value) => shown(value.expose()),
            }),
        };
        let code = row.code.map(|code| code.to_string()).unwrap_or_default();
        let layer = row.layer.map(|layer| layer.as_str()).unwrap_or_default();
        // A rule of an option begins with that word already.
        let rule = row.rule.strip_prefix(layer).unwrap_or(&row.rule).trim_start();
        let mut origin: Vec<String> = [code, layer.to_owned(), rule.to_owned()]
            .into_iter()
            .filter(|it| !it.is_empty())
            .collect();
        if let Some(scope) = &row.overridden {
            origin.insert(0, format!("overridden for the {}", scope_word(scope)));
        }
        let name = format!("{path} {title}, {}", strings::diff_class(row.class));
        Self {
            letter: row.letter.to_string(),
            title: title.to_owned(),
            place: format!("{:?}  {path}", row.vr),
            before,
            after,
            origin: origin.join(" · "),
            class: row.class,
            name,
        }
    }
}

/// How far an override reaches.
pub(super) const fn scope_word(scope: &Scope) -> &'static str {
    match scope {
        Scope::Frame(..) => "frame",
        Scope::Instance(_) => "instance",
        Scope::Series(_) => "series",
        Scope::Group(_) => "group",
        Scope::Batch => "batch",
    }
}

fn shown(value: &str) -> String {
    let line = one_line(value);
    if line.trim().is_empty() { "(empty)".to_owned() } else { line }
}

const fn class_tone(class: DiffClass) -> Tone {
    match class {
        DiffClass::Removed => Tone::Red,
        DiffClass::Changed => Tone::Amber,
        DiffClass::Added | DiffClass::KeptOnPurpose => Tone::Blue,
        DiffClass::Kept => Tone::Plain,
    }
}

/// Draws a row with its menu.
pub(super) fn draw(
    ui: &mut Ui,
    row: &DiffRow,
    (session, panel): (&Session, &mut DiffPanel),
    out: &mut Vec<Intent>,
) {
    let line = Line::of(row);
    let size = vec2(ui.available_width(), theme::TALL_ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &line.name));
    if response.hovered() {
        ui.painter().rect_filled(rect, 3.0, ui.visuals().faint_bg_color);
    }
    let indent = 10.0 * row.path.depth().min(8) as f32;
    let inner = Rect::from_min_max(rect.min + vec2(indent, 0.0), rect.max - vec2(34.0, 0.0));
    first_line(ui, &line, inner);
    second_line(ui, &line, (inner, row.overridden.is_some()));
    let button = Rect::from_min_size(pos2(rect.max.x - 30.0, rect.min.y + 8.0), vec2(26.0, 23.0));
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(button));
    // Choosing a scope leaves the menu open: the action comes after it.
    let stays = PopupCloseBehavior::CloseOnClickOutside;
    let (opened, _) = MenuButton::new("⋯")
        .config(MenuConfig::new().close_behavior(stays))
        .ui(&mut child, |ui| menu::menu(ui, row, (session, panel), out));
    opened.accessible_name(format!("Actions for {}", row.path));
    Popup::context_menu(&response)
        .close_behavior(stays)
        .show(|ui| menu::menu(ui, row, (session, panel), out));
    response.on_hover_ui(|ui| hover(ui, &line));
}

fn hover(ui: &mut Ui, line: &Line) {
    ui.set_max_width(480.0);
    ui.strong(&line.title);
    ui.label(&line.place);
    ui.label(format!("before  {}", line.before));
    if let Some(after) = &line.after {
        ui.label(format!("after  {after}"));
    }
    ui.label(&line.origin);
}

fn first_line(ui: &Ui, line: &Line, inner: Rect) {
    let painter = ui.painter();
    let class = tone(ui, class_tone(line.class));
    let chip = Rect::from_min_size(inner.min + vec2(3.0, 3.0), vec2(16.0, 16.0));
    painter.rect_stroke(chip, 3.0, (1.0, class), egui::StrokeKind::Inside);
    let mono = FontId::monospace(theme::SMALL);
    painter.text(chip.center(), Align2::CENTER_CENTER, &line.letter, mono, class);
    let left = chip.max.x + 7.0;
    let room = inner.max.x - left;
    let plain = tone(ui, Tone::Plain);
    let body = FontId::proportional(theme::BODY);
    let title = elided(painter, &line.title, (body, plain), room);
    let width = title.size().x;
    painter.galley(pos2(left, inner.min.y + 2.0), title, plain);
    let weak = tone(ui, Tone::Weak);
    let mono = FontId::monospace(theme::SMALL - 1.0);
    if room - width > 60.0 {
        let place = elided(painter, &line.place, (mono, weak), room - width - 10.0);
        painter.galley(pos2(left + width + 10.0, inner.min.y + 4.0), place, weak);
    }
}

fn second_line(ui: &Ui, line: &Line, (inner, overridden): (Rect, bool)) {
    let painter = ui.painter();
    let (left, y) = (inner.min.x + 26.0, inner.min.y + 20.0);
    let room = (inner.max.x - left).max(40.0);
    let weak = tone(ui, Tone::Weak);
    let origin_colour = if overridden { tone(ui, Tone::Accent) } else { weak };
    let small = FontId::proportional(theme::SMALL - 0.5);
    let origin = elided(painter, &line.origin, (small, origin_colour), room * 0.42);
    let taken = origin.size().x;
    painter.galley(pos2(inner.max.x - taken, y + 1.0), origin, origin_colour);
    values(ui, line, (left, y), room - taken - 12.0);
}

fn values(ui: &Ui, line: &Line, (left, y): (f32, f32), room: f32) {
    let class = tone(ui, class_tone(line.class));
    let plain = tone(ui, Tone::Plain);
    let font = || FontId::proportional(theme::SMALL + 0.5);
    let write = |words: &str, x: f32, colour: Color32, width: f32| {
        let galley = elided(ui.painter(), words, (font(), colour), width);
        let end = x + galley.size().x;
        ui.painter().galley(pos2(x, y), galley, colour);
        end
    };
    let Some(after) = &line.after else {
        write(&line.before, left, if line.class == DiffClass::Kept { plain } else { class }, room);
        return;
    };
    let gone = line.class == DiffClass::Removed;
    let end = write(&line.before, left, if gone { class } else { plain }, room * 0.5);
    if gone {
        let middle = y + theme::SMALL * 0.7;
        ui.painter().hline(left..=end, middle, (1.0, class));
    }
    let arrow = write("→", end + 5.0, tone(ui, Tone::Weak), 16.0);
    write(after, arrow + 5.0, class, left + room - arrow - 5.0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Action, ActionCode, AttributePath, Layer, Phi, Tag, VR};

    #[test]
    fn a_row_says_what_stood_there_what_will_and_who_says_so() {
        let row = DiffRow {
            path: AttributePath::root(Tag(0x0010, 0x0010)),
            keyword: "PatientName",
            vr: VR::PN,
            before: Some(Phi::new("DOE^JANE".to_owned())),
            after: Some(Phi::new(String::new())),
            letter: 'Z',
            code: Some(ActionCode::Z),
            action: Action::Empty,
            rule: "E.1-1 (0010,0010)".into(),
            layer: Some(Layer::Standard),
            class: DiffClass::Removed,
            overridden: Some(Scope::Batch),
        };
        let line = Line::of(&row);
        assert_eq!(line.place, "PN  (0010,0010)");
        assert_eq!(line.after.as_deref(), Some("(empty)"));
        assert_eq!(line.origin, "overridden for the batch · Z · standard · E.1-1 (0010,0010)");
        assert_eq!(line.name, "(0010,0010) PatientName, removed");
    }
}
