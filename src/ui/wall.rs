//! The triage wall: one card for each look-alike group, the riskiest first.

use egui::{
    Align2, FontId, Key, Modifiers, Painter, Pos2, Rect, Role, ScrollArea, Sense, Stroke,
    StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use crate::model::LookAlike;
use crate::review::{Command, GroupRow, SelectCommand, SeriesState};
use crate::ui::intent::Intent;
use crate::ui::outline::state_tone;
use crate::ui::session::{Session, Thumb};
use crate::ui::strings;
use crate::ui::text::{elided, one_line};
use crate::ui::theme::{self, Tone, overlay, tone};
use crate::ui::viewer::Tiles;

/// Size of a card and of its picture, in points.
const CARD: egui::Vec2 = vec2(236.0, 244.0);
const PICTURE: f32 = 140.0;
/// Between cards.
const GAP: f32 = 10.0;

/// Which groups are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
enum Shown {
    #[default]
    All,
    Undecided,
    Decided,
    WithText,
    Risky,
}

impl Shown {
    const ALL: [Self; 5] = [Self::All, Self::Undecided, Self::Decided, Self::WithText, Self::Risky];

    const fn words(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Undecided => "To decide",
            Self::Decided => "Decided",
            Self::WithText => "With text",
            Self::Risky => "With risk",
        }
    }

    fn lists(self, row: &GroupRow) -> bool {
        match self {
            Self::All => true,
            Self::Undecided => row.undecided() > 0,
            Self::Decided => row.undecided() == 0,
            Self::WithText => row.findings.iter().any(|count| *count > 0),
            Self::Risky => !row.risks.is_empty(),
        }
    }
}

/// What the wall keeps between frames.
#[derive(Default)]
pub(super) struct WallPanel {
    shown: Shown,
    /// `None`: every modality.
    modality: Option<String>,
    /// The card that the keyboard is at.
    cursor: usize,
    /// What the keyboard asked for since the wall was drawn last.
    asked: Option<Move>,
}

/// A step of the keyboard over the cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Move {
    By(i64),
    Rows(i64),
    Open,
    NextOpen,
}

impl WallPanel {
    /// Takes a key that belongs to the wall.
    pub fn key(&mut self, key: Key, held: Modifiers) {
        if held.any() {
            return;
        }
        self.asked = match key {
            Key::ArrowLeft => Some(Move::By(-1)),
            Key::ArrowRight => Some(Move::By(1)),
            Key::ArrowUp => Some(Move::Rows(-1)),
            Key::ArrowDown => Some(Move::Rows(1)),
            Key::Home => Some(Move::By(i64::MIN)),
            Key::End => Some(Move::By(i64::MAX)),
            Key::Enter => Some(Move::Open),
            Key::Space => Some(Move::NextOpen),
            _ => return,
        };
    }

    /// Moves the cursor over `count` cards, so many in a row.
    fn walk(&mut self, step: Move, (count, columns): (usize, usize)) {
        let by = match step {
            Move::By(by) => by,
            Move::Rows(rows) => rows.saturating_mul(columns as i64),
            Move::Open | Move::NextOpen => return,
        };
        let last = count.saturating_sub(1) as i64;
        let to = (self.cursor as i64).saturating_add(by).clamp(0, last);
        self.cursor = usize::try_from(to).unwrap_or(0);
    }
}

/// Draws the wall.
pub(super) fn wall_panel(
    ui: &mut Ui,
    panel: &mut WallPanel,
    session: &mut Session,
    out: &mut Vec<Intent>,
) {
    head(ui, panel, session);
    let rows = &session.rows.groups;
    let listed: Vec<&GroupRow> = rows.iter().filter(|row| lists(panel, row)).collect();
    if listed.is_empty() {
        return nothing(ui, session);
    }
    let columns = (((ui.available_width() + GAP) / (CARD.x + GAP)).floor() as usize).max(1);
    let size = (listed.len(), columns);
    panel.cursor = panel.cursor.min(listed.len() - 1);
    let moved = panel.asked.take();
    if let Some(step) = moved {
        panel.walk(step, size);
        let wanted = match step {
            Move::Open => listed.get(panel.cursor).copied(),
            Move::NextOpen => listed.iter().find(|row| row.undecided() > 0).copied(),
            _ => None,
        };
        out.extend(wanted.map(open));
    }
    let mut area = ScrollArea::vertical().id_salt("wall").auto_shrink(false);
    if moved.is_some() {
        let top = (panel.cursor / columns) as f32 * (CARD.y + GAP);
        let above = (ui.available_height() - CARD.y) / 2.0;
        area = area.vertical_scroll_offset((top - above).max(0.0));
    }
    ui.spacing_mut().item_spacing = vec2(GAP, GAP);
    let thumbs = &mut session.thumbs;
    area.show_rows(ui, CARD.y, listed.len().div_ceil(columns), |ui, range| {
        for line in range {
            ui.horizontal(|ui| {
                let first = line * columns;
                for (at, row) in listed.iter().enumerate().skip(first).take(columns) {
                    let thumb = thumbs.get_mut(&row.look);
                    if card(ui, (at, row), thumb, at == panel.cursor) {
                        panel.cursor = at;
                        out.push(open(row));
                    }
                }
            });
        }
    });
}

fn open(row: &GroupRow) -> Intent {
    Command::Select(SelectCommand::Group(Some(row.look.clone()))).into()
}

fn lists(panel: &WallPanel, row: &GroupRow) -> bool {
    let of_kind = panel.modality.as_ref().is_none_or(|it| *it == row.look.modality);
    of_kind && panel.shown.lists(row)
}

fn head(ui: &mut Ui, panel: &mut WallPanel, session: &Session) {
    let rows = &session.rows.groups;
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        ui.heading(strings::WALL);
        let open = rows.iter().filter(|row| row.undecided() > 0).count();
        let groups = strings::count(rows.len() as u64, "look-alike group", "look-alike groups");
        let words = format!("{groups}, {} to decide", strings::grouped(open as u64));
        ui.label(egui::RichText::new(words).color(tone(ui, Tone::Weak)));
        ui.separator();
        for each in Shown::ALL {
            let button = ui.selectable_label(panel.shown == each, each.words());
            if button.accessible_name(format!("List {}", each.words())).clicked() {
                (panel.shown, panel.cursor) = (each, 0);
            }
        }
        ui.separator();
        let all = panel.modality.as_deref().unwrap_or(strings::EVERY_MODALITY).to_owned();
        let chosen = egui::ComboBox::from_id_salt("modality").selected_text(all);
        let answer = chosen.show_ui(ui, |ui| {
            let mut kinds: Vec<&str> = rows.iter().map(|row| row.look.modality.as_str()).collect();
            kinds.sort_unstable();
            kinds.dedup();
            ui.selectable_value(&mut panel.modality, None, strings::EVERY_MODALITY);
            for kind in kinds {
                ui.selectable_value(&mut panel.modality, Some(kind.to_owned()), one_line(kind));
            }
        });
        answer.response.accessible_name(strings::MODALITY);
    });
    ui.label(egui::RichText::new(strings::WALL_RULE).color(tone(ui, Tone::Weak)));
    ui.add_space(4.0);
}

fn nothing(ui: &mut Ui, session: &Session) {
    let words = match (session.rows.groups.is_empty(), session.index.is_some()) {
        (true, true) => strings::READING,
        (true, false) => strings::NO_SERIES_HERE,
        (false, _) => strings::NO_GROUP_LISTED,
    };
    ui.add_space(24.0);
    ui.vertical_centered(|ui| ui.label(words));
}

/// The lines of a card: what it is, how much, whose device.
fn lines(row: &GroupRow) -> [String; 3] {
    let look: &LookAlike = &row.look;
    let size = match look.image_size {
        Some((columns, rows)) => format!("{columns} × {rows}"),
        None => strings::WITHOUT_IMAGE.to_owned(),
    };
    let kind = if look.modality.is_empty() { "?" } else { look.modality.as_str() };
    let mut count = strings::count(row.series.len() as u64, "series", "series");
    count.push_str(&format!(", {}", strings::count(row.instances as u64, "instance", "instances")));
    if row.frames > row.instances as u64 {
        count.push_str(&format!(", {}", strings::count(row.frames, "frame", "frames")));
    }
    let device = one_line(look.device_words().expose());
    let device = if device.is_empty() { strings::UNKNOWN_DEVICE.to_owned() } else { device };
    [format!("{}  {size}", one_line(kind)), count, device]
}

/// What was found, in words.
fn found(row: &GroupRow) -> (String, Tone) {
    let [open, masked, kept] = row.findings;
    let mut words = Vec::new();
    if (open, masked, kept) == (0, 0, 0) {
        return match row.unsearched {
            0 => (strings::NO_TEXT_FOUND.to_owned(), Tone::Weak),
            all if all == row.frames => (strings::NOT_SEARCHED.to_owned(), Tone::Amber),
            some => {
                let some = strings::count(some, "frame", "frames");
                (format!("no text found; {some} not searched"), Tone::Amber)
            }
        };
    }
    for (count, word) in [(open, "open"), (masked, "masked"), (kept, "kept")] {
        if count > 0 {
            words.push(format!("{} {word}", strings::grouped(count)));
        }
    }
    let kind = if open > 0 { Tone::Amber } else { Tone::Plain };
    (format!("text: {}", words.join(", ")), kind)
}

/// How its series stand, in words.
fn standing(row: &GroupRow) -> String {
    let [undecided, stale, approved, held, rejected] = row.states;
    let counts = [
        (undecided, "undecided"),
        (stale, "stale"),
        (approved, "approved"),
        (held, "held"),
        (rejected, "rejected"),
    ];
    let there = counts.into_iter().filter(|(count, _)| *count > 0);
    there.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}

/// Draws a card; says whether it was clicked.
fn card(
    ui: &mut Ui,
    (at, row): (usize, &GroupRow),
    thumb: Option<&mut Thumb>,
    is_cursor: bool,
) -> bool {
    let (rect, response) = ui.allocate_exact_size(CARD, Sense::click());
    let [title, count, device] = lines(row);
    let (text, text_tone) = found(row);
    let stands = standing(row);
    let risks: Vec<&str> = row.risks.iter().map(|risk| risk.as_str()).collect();
    let name = format!("Group {}, {title}, {count}, {stands}", at + 1);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, row.selected, &name));
    if !ui.is_rect_visible(rect) {
        return false;
    }
    let visuals = ui.visuals();
    let over = response.hovered() || response.has_focus();
    let back = if over { visuals.widgets.hovered.weak_bg_fill } else { visuals.faint_bg_color };
    ui.painter().rect_filled(rect, 6.0, back);
    let edge = match (is_cursor, row.selected) {
        (true, _) => Stroke::new(2.0, tone(ui, Tone::Accent)),
        (_, true) => Stroke::new(1.0, tone(ui, Tone::Accent)),
        _ => visuals.widgets.noninteractive.bg_stroke,
    };
    ui.painter().rect_stroke(rect, 6.0, edge, StrokeKind::Inside);
    let picture = Rect::from_min_size(rect.min + vec2(6.0, 6.0), vec2(CARD.x - 12.0, PICTURE));
    draw_picture(ui, (picture, row), thumb);
    ring(ui, (rect.right_bottom() - vec2(26.0, 26.0), 13.0), row);
    let plain = tone(ui, Tone::Plain);
    let weak = tone(ui, Tone::Weak);
    let width = CARD.x - 20.0;
    let line = |y: f32, words: &str, (size, colour): (f32, egui::Color32), width: f32| {
        let font = FontId::proportional(size);
        let galley = elided(ui.painter(), words, (font, colour), width);
        ui.painter().galley(pos2(rect.min.x + 10.0, rect.min.y + y), galley, colour);
    };
    let small = theme::SMALL;
    line(PICTURE + 12.0, &title, (theme::BODY, plain), width);
    line(PICTURE + 31.0, &count, (small, weak), width);
    line(PICTURE + 47.0, &device, (small, weak), width);
    line(PICTURE + 63.0, &text, (small, tone(ui, text_tone)), width - 40.0);
    let kind = if row.risks.is_empty() { Tone::Weak } else { Tone::Amber };
    let risk = if risks.is_empty() { strings::NO_RISK.to_owned() } else { risks.join(" · ") };
    line(PICTURE + 79.0, &risk, (small, tone(ui, kind)), width - 40.0);
    let hover = format!("{title}\n{count}\n{device}\n{stands}\n{text}\n{risk}");
    response.on_hover_text(hover).clicked()
}

fn draw_picture(ui: &Ui, (rect, row): (Rect, &GroupRow), thumb: Option<&mut Thumb>) {
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    painter.rect_filled(rect, 4.0, overlay::SURROUND);
    let Some(thumb) = thumb else {
        let words = match row.look.image_size {
            Some(_) => strings::LOADING,
            None => strings::NO_PICTURE,
        };
        let font = FontId::proportional(theme::SMALL);
        painter.text(rect.center(), Align2::CENTER_CENTER, words, font, overlay::TEXT);
        return;
    };
    let size = vec2(thumb.picture.width.max(1) as f32, thumb.picture.height.max(1) as f32);
    let scale = (rect.width() / size.x).min(rect.height() / size.y);
    let place = Rect::from_center_size(rect.center(), size * scale);
    let tiles = thumb.tiles.get_or_insert_with(|| Tiles::load(ui.ctx(), &thumb.picture, false));
    tiles.paint(&painter, place, scale, overlay::WHOLE);
    if thumb.folded {
        let font = FontId::proportional(theme::SMALL);
        let at = rect.right_top() + vec2(-5.0, 4.0);
        let galley = painter.layout_no_wrap("max".to_owned(), font, overlay::TEXT);
        let back = Rect::from_min_size(
            at - vec2(galley.size().x + 6.0, 0.0),
            galley.size() + vec2(6.0, 2.0),
        );
        painter.rect_filled(back, 2.0, overlay::TEXT_BACK);
        painter.galley(back.min + vec2(3.0, 1.0), galley, overlay::TEXT);
    }
}

/// A ring of how its series stand, and how many are decided of how many.
fn ring(ui: &Ui, (middle, radius): (Pos2, f32), row: &GroupRow) {
    let whole: usize = row.states.iter().sum();
    let states = [
        SeriesState::Undecided,
        SeriesState::Stale { was: crate::model::Verdict::Approved },
        SeriesState::Approved,
        SeriesState::Held { reason: String::new() },
        SeriesState::Rejected { reason: String::new() },
    ];
    let mut from = 0.0;
    for (state, count) in states.iter().zip(row.states).filter(|(_, count)| *count > 0) {
        let part = count as f32 / whole.max(1) as f32;
        let colour = tone(ui, state_tone(state));
        arc(ui.painter(), (middle, radius), (from, from + part), Stroke::new(4.0, colour));
        from += part;
    }
    let font = FontId::proportional(9.5);
    let decided = whole - row.undecided().min(whole);
    let words = if whole > 99 {
        format!("{}%", decided * 100 / whole)
    } else {
        format!("{decided}/{whole}")
    };
    ui.painter().text(middle, Align2::CENTER_CENTER, words, font, tone(ui, Tone::Plain));
}

/// A part of a circle, in turns clockwise from the top.
fn arc(painter: &Painter, (middle, radius): (Pos2, f32), (from, to): (f32, f32), stroke: Stroke) {
    let steps = (((to - from) * 48.0).ceil() as usize).max(1);
    let point = |step: usize| {
        let turn = (from + (to - from) * step as f32 / steps as f32) * std::f32::consts::TAU;
        middle + radius * vec2(turn.sin(), -turn.cos())
    };
    painter.line((0..=steps).map(point).collect(), stroke);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keyboard_walks_the_cards_and_stays_on_them() {
        let mut panel = WallPanel::default();
        for (step, at) in [
            (Move::By(1), 1),
            (Move::Rows(1), 5),
            (Move::Rows(1), 9),
            (Move::Rows(1), 9),
            (Move::Rows(-1), 5),
            (Move::By(i64::MIN), 0),
            (Move::Rows(-1), 0),
            (Move::By(i64::MAX), 9),
        ] {
            panel.walk(step, (10, 4));
            assert_eq!(panel.cursor, at, "{step:?}");
        }
    }

    #[test]
    fn only_keys_of_the_wall_are_taken() {
        let mut panel = WallPanel::default();
        panel.key(Key::P, Modifiers::NONE);
        panel.key(Key::Enter, Modifiers::COMMAND);
        assert_eq!(panel.asked, None);
        panel.key(Key::Enter, Modifiers::NONE);
        assert_eq!(panel.asked, Some(Move::Open));
    }
}
