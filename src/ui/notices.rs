//! Words for the reader: news goes by itself, what failed stays until it is put away.

use egui::{Align2, Area, Context, Frame, Id, Order, RichText, Stroke, vec2};

use crate::review::{Notice, NoticeLevel};
use crate::ui::theme::{Tone, tone};

/// Most notices kept.
const MOST: usize = 6;

struct Shown {
    notice: Notice,
    number: u64,
    /// When it goes, in seconds of the window's clock; `None` for one that has not been drawn.
    until: Option<f64>,
}

/// The notices on the screen.
#[derive(Default)]
pub(super) struct Notices {
    shown: Vec<Shown>,
    numbers: u64,
}

/// Seconds for which a notice stays: as long as it takes to read it.
fn seconds(notice: &Notice) -> Option<f64> {
    let reading = notice.text.len() as f64 / 15.0;
    match notice.level {
        NoticeLevel::News => Some(4.0 + reading),
        NoticeLevel::Refused => Some(6.0 + reading),
        NoticeLevel::Failed => None,
    }
}

impl Notices {
    /// Shows one; the same words are not shown twice.
    pub fn push(&mut self, notice: Notice) {
        self.shown.retain(|other| other.notice != notice);
        self.numbers += 1;
        self.shown.push(Shown { notice, number: self.numbers, until: None });
        if self.shown.len() > MOST {
            self.shown.remove(0);
        }
    }

    /// Tells news.
    pub fn news(&mut self, text: String) {
        self.push(Notice { level: NoticeLevel::News, text });
    }

    /// Says that something was not done.
    pub fn refused(&mut self, text: String) {
        self.push(Notice { level: NoticeLevel::Refused, text });
    }

    /// Says that something failed.
    pub fn failed(&mut self, text: String) {
        self.push(Notice { level: NoticeLevel::Failed, text });
    }

    /// Draws them in the corner at the bottom right.
    pub fn draw(&mut self, ctx: &Context) {
        let now = ctx.input(|input| input.time);
        for shown in &mut self.shown {
            if let (None, Some(stay)) = (shown.until, seconds(&shown.notice)) {
                shown.until = Some(now + stay);
            }
        }
        self.shown.retain(|shown| shown.until.is_none_or(|until| until > now));
        let next = self.shown.iter().filter_map(|shown| shown.until).fold(f64::MAX, f64::min);
        if next < f64::MAX {
            ctx.request_repaint_after(std::time::Duration::from_secs_f64((next - now).max(0.05)));
        }
        if self.shown.is_empty() {
            return;
        }
        let mut gone = None;
        Area::new(Id::unique("notices"))
            .order(Order::Foreground)
            .anchor(Align2::RIGHT_BOTTOM, vec2(-14.0, -78.0))
            .show(ctx, |ui| {
                for shown in &self.shown {
                    if one(ui, shown) {
                        gone = Some(shown.number);
                    }
                }
            });
        if let Some(number) = gone {
            self.shown.retain(|shown| shown.number != number);
        }
    }
}

fn one(ui: &mut egui::Ui, shown: &Shown) -> bool {
    let (word, kind) = match shown.notice.level {
        NoticeLevel::News => ("News", Tone::Blue),
        NoticeLevel::Refused => ("Not done", Tone::Amber),
        NoticeLevel::Failed => ("Failed", Tone::Red),
    };
    let stroke = Stroke::new(1.0, tone(ui, kind));
    let mut gone = false;
    Frame::popup(ui.style()).stroke(stroke).show(ui, |ui| {
        ui.set_max_width(380.0);
        ui.horizontal_top(|ui| {
            ui.label(RichText::new(word).strong().color(tone(ui, kind)));
            ui.vertical(|ui| {
                ui.set_width(290.0);
                ui.add(egui::Label::new(&shown.notice.text).wrap());
            });
            let close = ui.button("×");
            gone = close.accessible_name(format!("Put away notice {}", shown.number)).clicked();
        });
    });
    gone
}
