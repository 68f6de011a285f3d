//! The window: drains events, runs commands, and lays out the panels.

use std::path::{Path, PathBuf};

use egui::{CentralPanel, Context, Key, Panel, Ui};

use crate::jobs::backend::{Backend, JobEvent};
use crate::model::{InstanceUid, Verdict};
use crate::render::{Rendering, Window};
use crate::review::{Command, Effect, MaskCommand, Screen, ViewCommand};
use crate::ui::diff::{DiffPanel, diff_panel};
use crate::ui::findings::{FindingsView, findings_panel};
use crate::ui::gate::{GatePanel, gate_panel, report_panel};
use crate::ui::intent::{Ask, Intent, Tool, UiIntent};
use crate::ui::keys::{self, Moment};
use crate::ui::menu::{help_sheet, menu_bar};
use crate::ui::notices::Notices;
use crate::ui::outline::{outline_panel, problems_panel};
use crate::ui::picker::FolderPicker;
use crate::ui::session::{Export, Session};
use crate::ui::start::{StartPanel, start_panel};
use crate::ui::verdict::{ReasonPrompt, status_bar, verdict_bar};
use crate::ui::viewer::{Rendered, Scene, Viewer, canvas, nudged, peeks, viewer_bar};
use crate::ui::{strings, theme};

/// The window's state: the session, the panels' own state, and what waits to be run.
pub struct App {
    backend: Box<dyn Backend>,
    picker: Box<dyn FolderPicker>,
    asked: Option<Ask>,
    session: Option<Session>,
    viewer: Viewer,
    panels: Panels,
    notices: Notices,
    queue: Vec<Intent>,
    quitting: bool,
}

/// What panels keep between frames.
#[derive(Default)]
struct Panels {
    start: StartPanel,
    diff: DiffPanel,
    gate: GatePanel,
    reason: Option<ReasonPrompt>,
    help: bool,
}

impl App {
    /// A window on `backend`; `folder` is opened at once.
    pub fn new(
        ctx: &Context,
        mut backend: Box<dyn Backend>,
        picker: Box<dyn FolderPicker>,
        folder: Option<&Path>,
    ) -> Self {
        theme::install(ctx);
        let mut panels = Panels::default();
        if let Some(folder) = folder {
            panels.start.opening = Some(folder.to_owned());
            backend.open(folder);
        }
        Self {
            backend,
            picker,
            asked: None,
            session: None,
            viewer: Viewer::default(),
            panels,
            notices: Notices::default(),
            queue: Vec::new(),
            quitting: false,
        }
    }

    /// The state of the open review, for tests.
    pub fn review(&self) -> Option<&crate::review::ReviewState> {
        self.session.as_ref().map(|session| &session.state)
    }

    // What comes in.

    fn drain(&mut self, ctx: &Context) {
        for event in self.backend.poll() {
            self.take(event);
            ctx.request_repaint();
        }
        if let Some(answer) = self.picker.answer() {
            match (self.asked.take(), answer) {
                (Some(Ask::Input), Some(folder)) => self.open(&folder),
                (Some(Ask::Destination), Some(folder)) => {
                    self.panels.gate.destination = folder.display().to_string();
                }
                _ => {}
            }
        }
        self.say_painted();
    }

    fn take(&mut self, event: JobEvent) {
        match event {
            JobEvent::Opened(opened) => {
                let folder = self.panels.start.opening.take().unwrap_or_default();
                self.panels = Panels::default();
                self.viewer = Viewer::default();
                self.session = Some(Session::new(folder, *opened));
            }
            JobEvent::Failed { why } => {
                if self.panels.start.opening.take().is_some() && self.session.is_none() {
                    self.panels.start.failed = Some(why);
                } else {
                    self.notices.failed(why);
                }
            }
            JobEvent::Shown { instance, frame, picture, window } => {
                self.viewer.take(Rendered { instance, frame, picture, window });
            }
            event => {
                let exported = matches!(event, JobEvent::Exported { .. });
                let Some(session) = &mut self.session else { return };
                let effects = session.take(event);
                self.carry_out(effects);
                if exported {
                    self.run(Command::View(ViewCommand::Screen(Screen::Report)));
                }
            }
        }
    }

    /// Tells the review what was on the screen in the last frame.
    fn say_painted(&mut self) {
        let drawn = self.viewer.drawn.take();
        let Some(session) = &mut self.session else { return };
        let selection = session.state.selection();
        let Some(instance) = selection.instance.clone().filter(|_| !selection.painted) else {
            return;
        };
        let frame = selection.frame;
        let entry = session.state.outline().instance(&instance);
        let judged_by_metadata = entry.is_some_and(|entry| !entry.has_pixels());
        let planned = session.plan_shown().is_some() && session.state.view().diff;
        let looked = session.state.view().screen != Screen::Gate
            && session.state.view().screen != Screen::Report;
        if drawn.as_ref() == Some(&(instance.clone(), frame))
            || (judged_by_metadata && planned && looked)
        {
            session.painted(&instance, frame);
        }
    }

    // What goes out.

    fn open(&mut self, folder: &Path) {
        if matches!(&self.session, Some(session) if matches!(session.export, Export::Running { .. }))
        {
            return self.notices.failed("Wait for the export, or cancel it first".to_owned());
        }
        self.panels.start.failed = None;
        self.panels.start.opening = Some(folder.to_owned());
        self.backend.open(folder);
    }

    fn run(&mut self, command: Command) {
        let Some(session) = &mut self.session else { return };
        let effects = session.handle(command);
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Show { instance, frame } => self.show(&instance, frame),
                Effect::Notify(notice) => self.notices.push(notice),
                Effect::Quit => self.quitting = true,
                effect => {
                    if let (Effect::Export(_), Some(session)) = (&effect, &mut self.session) {
                        session.export = Export::Running { steps: (0, 0), cancelled: false };
                    }
                    self.backend.run(effect);
                }
            }
        }
    }

    fn show(&mut self, instance: &InstanceUid, frame: u32) {
        let Some(session) = &self.session else { return };
        self.viewer.enter(session.state.outline().series_of(instance));
        self.panels.diff.leave();
        self.panels.reason = None;
        let entry = session.state.outline().instance(instance);
        if entry.is_some_and(|entry| entry.has_pixels()) {
            self.backend.show(instance, frame, self.viewer.rendering);
        }
    }

    /// Renders the frame shown anew, after its window changed.
    fn render_again(&mut self, rendering: Rendering) {
        self.viewer.rendering = rendering;
        let Some(session) = &self.session else { return };
        let selection = session.state.selection();
        if let Some(instance) = &selection.instance
            && self.viewer.has(instance, selection.frame)
        {
            self.backend.show(instance, selection.frame, rendering);
        }
    }

    fn run_queue(&mut self, ctx: &Context) {
        for intent in std::mem::take(&mut self.queue) {
            match intent {
                Intent::Review(command) => self.run(command),
                Intent::Ui(intent) => self.of_window(intent, ctx),
            }
            ctx.request_repaint();
        }
        if let Some(session) = &mut self.session {
            session.refresh();
        }
    }

    fn of_window(&mut self, intent: UiIntent, ctx: &Context) {
        match intent {
            UiIntent::AskFolder(ask) => {
                self.asked = Some(ask);
                self.picker.ask(match ask {
                    Ask::Input => strings::OPEN_FOLDER,
                    Ask::Destination => strings::CHOOSE,
                });
            }
            UiIntent::Open(folder) => self.open(&folder),
            UiIntent::AskReason(verdict) => self.ask_reason(verdict),
            UiIntent::Search => self.panels.diff.focus = true,
            UiIntent::Help => self.panels.help = !self.panels.help,
            UiIntent::Theme => {
                let dark = ctx.global_style().visuals.dark_mode;
                ctx.set_theme(if dark { egui::Theme::Light } else { egui::Theme::Dark });
            }
            UiIntent::Focus => {
                ctx.memory_mut(|memory| memory.move_focus(egui::FocusDirection::Next));
            }
            UiIntent::CancelExport => {
                if let Some(Session { export: Export::Running { cancelled, .. }, .. }) =
                    &mut self.session
                {
                    *cancelled = true;
                    self.backend.cancel_export();
                }
            }
            intent => self.of_image(intent),
        }
    }

    fn of_image(&mut self, intent: UiIntent) {
        match intent {
            UiIntent::Tool(tool) => self.viewer.tool = tool,
            UiIntent::Escape if self.panels.help => self.panels.help = false,
            UiIntent::Escape => {
                self.viewer.tool = Tool::Select;
                self.viewer.mask = None;
            }
            UiIntent::AutoWindow => self.render_again(Rendering::Default),
            UiIntent::FullRange => self.render_again(Rendering::FullRange),
            UiIntent::Window(center, width) => {
                self.render_again(Rendering::Window(Window { center, width }));
            }
            UiIntent::Invert => self.viewer.invert(),
            UiIntent::Fit => self.viewer.camera.fit(),
            UiIntent::Zoom(factor) => self.viewer.zoom_middle(factor),
            UiIntent::Nudge(x, y) => self.nudge((x, y)),
            UiIntent::DeleteMask => {
                if let Some(id) = self.viewer.mask.take() {
                    self.run(Command::Mask(MaskCommand::Remove(id)));
                }
            }
            _ => {}
        }
    }

    fn nudge(&mut self, by: (i64, i64)) {
        let (Some(session), Some(id)) = (&self.session, self.viewer.mask) else { return };
        let selection = session.state.selection();
        let Some(instance) = &selection.instance else { return };
        let size = session.state.outline().instance(instance).and_then(|entry| entry.image_size);
        let rows = session.state.mask_rows(instance, selection.frame);
        let Some((row, size)) = rows.iter().find(|row| row.id == id).zip(size) else { return };
        let region = nudged(row.region, by, size);
        if region != row.region {
            self.run(Command::Mask(MaskCommand::Change(id, region)));
        }
    }

    fn ask_reason(&mut self, verdict: Verdict) {
        self.panels.reason = self.on_screen().map(|shown| ReasonPrompt::new(verdict, shown));
    }

    /// The instance whose image (or metadata, where it has none) is on the screen, or that is
    /// known not to be showable.
    fn on_screen(&self) -> Option<InstanceUid> {
        let state = &self.session.as_ref()?.state;
        let selection = state.selection();
        let shown = selection.painted || selection.unpaintable;
        // Behind the gate or the report nothing is looked at, so nothing is decided.
        let in_front = matches!(state.view().screen, Screen::Wall | Screen::Review);
        selection.instance.clone().filter(|_| shown && in_front)
    }

    fn moment(&self) -> Moment {
        let shown = self.on_screen();
        let mask = shown.is_some() && self.viewer.mask.is_some();
        Moment { shown, mask, repeat: false }
    }

    // Input and layout.

    fn keys(&mut self, ui: &Ui) {
        let ctx = ui.ctx();
        let reveal = peeks(ui) && !ctx.text_edit_focused();
        let view = self.session.as_ref().map(|session| session.state.view());
        if view.is_some_and(|view| view.reveal != reveal) {
            self.queue.push(Command::View(ViewCommand::Reveal(reveal)).into());
        }
        self.dropped(ui);
        if ctx.text_edit_focused() || egui::Popup::is_any_open(ctx) {
            return;
        }
        let moment = self.moment();
        let pressed = ui.input(|input| input.events.clone());
        for event in pressed {
            let egui::Event::Key { key, pressed: true, repeat, modifiers, .. } = event else {
                continue;
            };
            if self.is_of_a_widget(ctx, key) {
                continue;
            }
            let moment = Moment { repeat, ..moment.clone() };
            let action = keys::action_for(key, modifiers, repeat);
            self.queue.extend(action.and_then(|action| keys::intent(action, &moment)));
        }
    }

    /// Whether a key belongs to a button or field that has the focus.
    fn is_of_a_widget(&self, ctx: &Context, key: Key) -> bool {
        let focused = ctx.memory(|memory| memory.focused());
        let elsewhere = focused.is_some() && focused != self.viewer.id;
        elsewhere && matches!(key, Key::Tab | Key::Space | Key::Enter)
    }

    fn dropped(&mut self, ui: &Ui) {
        let dropped: Option<PathBuf> =
            ui.input(|input| input.raw.dropped_files.first().map(|file| file.path().to_owned()));
        self.queue.extend(dropped.map(|folder| UiIntent::Open(folder).into()));
    }

    fn layout(&mut self, ui: &mut Ui) {
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

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        if ctx.input(|input| input.viewport().close_requested()) && !self.quitting {
            if self.session.is_some() {
                // The window closes when all is on disk.
                ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
                self.run(Command::Quit);
            } else {
                self.quitting = true;
            }
        }
        self.drain(ctx);
        self.run_queue(ctx);
        if self.quitting {
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.keys(ui);
        self.layout(ui);
        if self.panels.help {
            help_sheet(ui.ctx(), &mut self.panels.help);
        }
        self.notices.draw(ui.ctx());
        if ui.input(|input| !input.raw.hovered_files.is_empty()) {
            let painter = ui.ctx().layer_painter(egui::LayerId::new(
                egui::Order::Foreground,
                egui::Id::unique("drop"),
            ));
            drop_hint(&painter, ui);
        }
        if !self.queue.is_empty() || self.viewer.drawn_is_news(self.session.as_ref()) {
            ui.ctx().request_repaint();
        }
    }
}

fn drop_hint(painter: &egui::Painter, ui: &Ui) {
    let rect = ui.ctx().content_rect();
    painter.rect_filled(rect, 0.0, theme::overlay::TEXT_BACK);
    let font = egui::FontId::proportional(22.0);
    let middle = egui::Align2::CENTER_CENTER;
    painter.text(rect.center(), middle, strings::DROP_HERE, font, theme::overlay::TEXT);
}
