//! Where the panels stand.

use egui::{CentralPanel, Panel, Ui};

use crate::review::Screen;
use crate::ui::app::App;
use crate::ui::diff::{DiffPanel, diff_panel};
use crate::ui::findings::{FindingsView, findings_panel};
use crate::ui::gate::{gate_panel, report_panel};
use crate::ui::intent::Intent;
use crate::ui::menu::menu_bar;
use crate::ui::outline::{outline_panel, problems_panel};
use crate::ui::session::Session;
use crate::ui::start::start_panel;
use crate::ui::verdict::{status_bar, verdict_bar};
use crate::ui::viewer::{Scene, Viewer, canvas, viewer_bar};

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
        Panel::bottom("status").show(ui, |ui| status_bar(ui, session));
        Panel::bottom("verdict").show(ui, |ui| {
            verdict_bar(ui, session, (&mut self.panels.reason, &moment), queue);
        });
        left(ui, session, queue);
        match session.state.view().screen {
            Screen::Gate => {
                CentralPanel::default()
                    .show(ui, |ui| gate_panel(ui, &mut self.panels.gate, session, queue));
            }
            Screen::Report => {
                CentralPanel::default()
                    .show(ui, |ui| report_panel(ui, &mut self.panels.gate, session));
            }
            Screen::Wall | Screen::Review => {
                right(ui, &mut self.panels.diff, session, queue);
                middle(ui, &mut self.viewer, session, queue);
            }
        }
    }
}

fn left(ui: &mut Ui, session: &Session, out: &mut Vec<Intent>) {
    let width = (ui.available_width() * 0.19).clamp(180.0, 300.0);
    let panel = Panel::left("outline").default_size(width).size_range(150.0..=520.0);
    panel.show(ui, |ui| {
        let rows = session.state.problem_rows();
        let height = if rows.is_empty() { 56.0 } else { 160.0 };
        let lane = Panel::bottom("problems").resizable(true).default_size(height);
        lane.frame(egui::Frame::NONE).show(ui, |ui| {
            problems_panel(ui, &rows);
        });
        CentralPanel::no_frame().show(ui, |ui| outline_panel(ui, session, out));
    });
}

fn right(ui: &mut Ui, diff: &mut DiffPanel, session: &Session, out: &mut Vec<Intent>) {
    let width = (ui.available_width() * 0.38).clamp(300.0, 520.0);
    let panel = Panel::right("facts").default_size(width).size_range(280.0..=900.0);
    panel.show(ui, |ui| {
        let view = FindingsView::of(session);
        if session.state.view().diff {
            let found = Panel::top("findings").resizable(true).default_size(210.0);
            found.frame(egui::Frame::NONE).show(ui, |ui| {
                findings_panel(ui, view.as_ref(), out);
            });
            CentralPanel::no_frame().show(ui, |ui| diff_panel(ui, diff, session, out));
        } else {
            CentralPanel::no_frame().show(ui, |ui| findings_panel(ui, view.as_ref(), out));
        }
    });
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
