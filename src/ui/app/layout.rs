//! Where the panels stand.

use egui::{CentralPanel, Panel, RichText, Ui};

use crate::review::Screen;
use crate::ui::app::App;
use crate::ui::diff::{DiffPanel, diff_panel};
use crate::ui::findings::{FindingsView, findings_panel};
use crate::ui::fold_list::fold_list;
use crate::ui::gate::gate_panel;
use crate::ui::history::history_panel;
use crate::ui::identity::{identity_lane, identity_panel};
use crate::ui::intent::Intent;
use crate::ui::menu::menu_bar;
use crate::ui::outline::{outline_panel, problems_panel};
use crate::ui::report::report_panel;
use crate::ui::session::Session;
use crate::ui::start::start_panel;
use crate::ui::strings;
use crate::ui::theme::{Tone, tone};
use crate::ui::verdict::{status_bar, verdict_bar};
use crate::ui::viewer::{Scene, Viewer, canvas, viewer_bar};
use crate::ui::wall::wall_panel;

/// Points that the image has at least, where the window has them.
const IMAGE: f32 = 430.0;

impl App {
    pub(super) fn layout(&mut self, ui: &mut Ui) {
        let moment = self.moment();
        Panel::top("menu").show(ui, |ui| {
            menu_bar(ui, self.session.as_ref(), &moment, &mut self.queue);
        });
        let Some(session) = &self.session else {
            CentralPanel::default().show(ui, |ui| {
                start_panel(ui, &mut self.panels.start, &mut self.queue);
            });
            return;
        };
        let queue = &mut self.queue;
        if session.state.is_for_benchmark() {
            Panel::top("benchmark").show(ui, |ui| {
                let words = RichText::new(strings::BENCHMARK_BANNER).color(tone(ui, Tone::Amber));
                ui.add(egui::Label::new(words.strong()).truncate());
            });
        }
        Panel::bottom("status").show(ui, |ui| status_bar(ui, session));
        let in_front = session.state.view().screen == Screen::Review;
        // Behind another screen no series is decided.
        if in_front {
            Panel::bottom("verdict").show(ui, |ui| {
                verdict_bar(ui, session, (&mut self.panels.reason, &moment), queue);
            });
        }
        left(ui, session, queue);
        match session.state.view().screen {
            Screen::History => {
                CentralPanel::default().show(ui, |ui| history_panel(ui, session, queue));
            }
            Screen::Identity => {
                CentralPanel::default().show(ui, |ui| identity_panel(ui, session, &moment, queue));
            }
            Screen::Gate => {
                CentralPanel::default()
                    .show(ui, |ui| gate_panel(ui, &mut self.panels.gate, session, queue));
            }
            Screen::Report => {
                CentralPanel::default()
                    .show(ui, |ui| report_panel(ui, &mut self.panels.report, session, queue));
            }
            Screen::Wall => {
                let Some(session) = &mut self.session else { return };
                CentralPanel::default()
                    .show(ui, |ui| wall_panel(ui, &mut self.panels.wall, session, queue));
            }
            // Without an image the metadata are all there is to judge: they get the room.
            Screen::Review if !session.has_pixels() => {
                metadata(ui, (&mut self.viewer, &mut self.panels.diff), session, queue);
            }
            Screen::Review => {
                right(ui, (&mut self.panels.diff, &self.viewer), session, queue);
                middle(ui, &mut self.viewer, session, queue);
            }
        }
    }
}

fn left(ui: &mut Ui, session: &Session, out: &mut Vec<Intent>) {
    let width = (ui.available_width() * 0.19).clamp(180.0, 300.0);
    // In a narrow window the image comes first.
    let most = (ui.available_width() * 0.24).max(180.0);
    let panel = Panel::left("outline").default_size(width.min(most)).size_range(150.0..=most);
    panel.show(ui, |ui| {
        let rows = session.state.problem_rows();
        let most = (ui.available_height() * 0.34).max(90.0);
        let height = (48.0 + rows.len() as f32 * crate::ui::theme::TALL_ROW).clamp(56.0, most);
        // It grows with what comes in, until the reader gives it a height.
        let lane = Panel::bottom(("problems", rows.len().min(9))).resizable(true);
        lane.default_size(height).frame(egui::Frame::NONE).show(ui, |ui| {
            problems_panel(ui, &rows, session.index.is_some());
        });
        questions(ui, session, out);
        CentralPanel::no_frame().show(ui, |ui| outline_panel(ui, session, out));
    });
}

/// The questions of identity, where there are any.
fn questions(ui: &mut Ui, session: &Session, out: &mut Vec<Intent>) {
    let count = session.rows.questions.len();
    if count == 0 {
        return;
    }
    let most = (ui.available_height() * 0.4).max(90.0);
    let height = (30.0 + count as f32 * crate::ui::theme::TALL_ROW).clamp(56.0, most);
    let lane = Panel::bottom(("identity", count.min(9))).resizable(true).default_size(height);
    lane.frame(egui::Frame::NONE).show(ui, |ui| identity_lane(ui, session, out));
}

/// The metadata of an instance without an image, over the whole middle.
fn metadata(
    ui: &mut Ui,
    (viewer, diff): (&mut Viewer, &mut DiffPanel),
    session: &Session,
    out: &mut Vec<Intent>,
) {
    CentralPanel::default().show(ui, |ui| {
        viewer_bar(ui, viewer, session, out);
        ui.separator();
        ui.label(strings::NO_IMAGE);
        diff_panel(ui, diff, session, out);
    });
}

fn right(
    ui: &mut Ui,
    (diff, viewer): (&mut DiffPanel, &Viewer),
    session: &Session,
    out: &mut Vec<Intent>,
) {
    let width = (ui.available_width() * 0.38).clamp(300.0, 520.0);
    let most = (ui.available_width() - IMAGE).max(280.0);
    let panel = Panel::right("facts").default_size(width.min(most)).size_range(280.0..=most);
    panel.show(ui, |ui| {
        let view = FindingsView::of(session, viewer.mask);
        if session.state.view().diff {
            let height = (ui.available_height() * 0.36).clamp(150.0, 420.0);
            let found = Panel::top("findings").resizable(true).default_size(height);
            found.frame(egui::Frame::NONE).show(ui, |ui| {
                found_panel(ui, session, (view.as_ref(), out));
            });
            CentralPanel::no_frame().show(ui, |ui| diff_panel(ui, diff, session, out));
        } else {
            CentralPanel::no_frame().show(ui, |ui| found_panel(ui, session, (view.as_ref(), out)));
        }
    });
}

/// What was found: on the frame shown, or on all frames of the stack shown as one picture.
fn found_panel(
    ui: &mut Ui,
    session: &Session,
    (view, out): (Option<&FindingsView>, &mut Vec<Intent>),
) {
    match session.state.fold_shown() {
        Some(_) => fold_list(ui, session, out),
        None => findings_panel(ui, view, out),
    }
}

fn middle(ui: &mut Ui, viewer: &mut Viewer, session: &Session, out: &mut Vec<Intent>) {
    CentralPanel::no_frame().show(ui, |ui| {
        let spacing = std::mem::take(&mut ui.spacing_mut().item_spacing);
        let bar = egui::Frame::new().inner_margin(6.0).fill(ui.visuals().panel_fill);
        bar.show(ui, |ui| {
            ui.spacing_mut().item_spacing = spacing;
            ui.set_min_width(ui.available_width());
            viewer_bar(ui, viewer, session, out);
        });
        canvas(ui, viewer, &Scene::of(session), out);
    });
}
