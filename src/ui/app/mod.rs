//! The window: drains events, runs commands, and lays out the panels.

mod act;
mod layout;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui::{Context, Key, Ui};

use crate::jobs::backend::{Backend, JobEvent};
use crate::model::InstanceUid;
use crate::review::{Command, Screen, ViewCommand};
use crate::ui::diff::DiffPanel;
use crate::ui::gate::GatePanel;
use crate::ui::intent::{Ask, Intent, UiIntent};
use crate::ui::keys::{self, Moment};
use crate::ui::menu::help_sheet;
use crate::ui::notices::Notices;
use crate::ui::offer::offer_window;
use crate::ui::palette::{Palette, palette_window};
use crate::ui::picker::FolderPicker;
use crate::ui::report::ReportPanel;
use crate::ui::session::{Export, Session};
use crate::ui::start::{StartPanel, path_window};
use crate::ui::verdict::ReasonPrompt;
use crate::ui::viewer::{Rendered, Viewer, peeks};
use crate::ui::wall::WallPanel;
use crate::ui::{strings, theme};

/// A dialog that is answered sooner was never seen: the desktop has none.
const NO_DIALOG: Duration = Duration::from_millis(400);

/// The window's state: the session, the panels' own state, and what waits to be run.
pub struct App {
    backend: Box<dyn Backend>,
    picker: Box<dyn FolderPicker>,
    asked: Option<Ask>,
    asked_at: Option<Instant>,
    session: Option<Session>,
    viewer: Viewer,
    panels: Panels,
    notices: Notices,
    queue: Vec<Intent>,
    /// The folder that is opened when all of the one before is on disk.
    next: Option<PathBuf>,
    /// Whether the reader was told that a font is missing.
    font_told: bool,
    quitting: bool,
}

/// What panels keep between frames.
#[derive(Default)]
struct Panels {
    start: StartPanel,
    diff: DiffPanel,
    gate: GatePanel,
    wall: WallPanel,
    report: ReportPanel,
    reason: Option<ReasonPrompt>,
    palette: Option<Palette>,
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
            asked_at: None,
            session: None,
            viewer: Viewer::default(),
            panels,
            notices: Notices::default(),
            queue: Vec::new(),
            next: None,
            font_told: false,
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
            let at_once = self.asked_at.is_some_and(|at| at.elapsed() < NO_DIALOG);
            match (self.asked.take(), answer) {
                (Some(Ask::Input), Some(folder)) => self.open(&folder),
                (Some(Ask::Destination), Some(folder)) => {
                    self.panels.gate.destination = folder.display().to_string();
                }
                (Some(Ask::Input), None) if at_once => {
                    (self.panels.start.asks, self.panels.start.fresh) = (true, true);
                }
                (Some(Ask::Destination), None) if at_once => {
                    self.notices.refused(strings::NO_DIALOG.to_owned());
                }
                _ => {}
            }
        }
        self.say_painted();
    }

    fn take(&mut self, event: JobEvent) {
        match event {
            JobEvent::Opened(opened) => {
                if let Some(words) = opened.news.clone().filter(|_| self.session.is_none()) {
                    self.notices.news(words);
                }
                self.panels = Panels::default();
                self.viewer = Viewer::default();
                self.session = Some(Session::new(*opened));
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
            event => self.take_of_session(event),
        }
    }

    fn take_of_session(&mut self, event: JobEvent) {
        if matches!(event, JobEvent::AppendFailed { .. }) {
            // What is not on disk is not left behind.
            self.next = None;
        }
        let exported = matches!(event, JobEvent::Exported { .. });
        if exported || matches!(event, JobEvent::ExportFailed { .. }) {
            self.panels.gate.look_again();
        }
        let Some(session) = &mut self.session else { return };
        let effects = session.take(event);
        self.carry_out(effects);
        if exported {
            self.panels.report = ReportPanel::default();
            self.run(Command::View(ViewCommand::Screen(Screen::Report)));
        }
    }

    /// Tells the review what was on the screen in the last frame.
    fn say_painted(&mut self) {
        let drawn = self.viewer.drawn.take();
        if let Some((series, look, kind)) = self.viewer.drawn_fold.take()
            && let Some(session) = &mut self.session
            && !session.state.selection().painted
        {
            let effects = session.painted_fold(&series, &look, kind);
            self.carry_out(effects);
        }
        let Some(session) = &mut self.session else { return };
        let selection = session.state.selection();
        let Some(instance) = selection.instance.clone().filter(|_| !selection.painted) else {
            return;
        };
        let frame = selection.frame;
        let entry = session.state.outline().instance(&instance);
        let judged_by_metadata = entry.is_some_and(|entry| !entry.has_pixels());
        let planned = session.plan_shown().is_some();
        let looked = session.state.view().screen == Screen::Review;
        if drawn.as_ref() == Some(&(instance.clone(), frame))
            || (judged_by_metadata && planned && looked)
        {
            session.painted(&instance, frame);
        }
    }

    /// The instance whose image (or metadata, where it has none) is on the screen, or that is
    /// known not to be showable.
    fn on_screen(&self) -> Option<InstanceUid> {
        let state = &self.session.as_ref()?.state;
        let selection = state.selection();
        let shown = selection.painted || selection.unpaintable;
        // Behind another screen nothing is looked at, so nothing is decided.
        selection.instance.clone().filter(|_| shown && self.in_front())
    }

    /// Whether the review is on the screen, and not another in front of it.
    pub(super) fn in_front(&self) -> bool {
        let screen = self.session.as_ref().map(|session| session.state.view().screen);
        matches!(screen, None | Some(Screen::Review))
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
        if egui::Popup::is_any_open(ctx) {
            return;
        }
        let typing = ctx.text_edit_focused();
        let moment = self.moment();
        let pressed = ui.input(|input| input.events.clone());
        for event in pressed {
            let egui::Event::Key { key, pressed: true, repeat, modifiers, .. } = event else {
                continue;
            };
            // While one types only those keys count that no text is typed with.
            if self.is_of_a_widget(ctx, key) || (typing && !keys::types_nothing(key, modifiers)) {
                continue;
            }
            let moment = Moment { repeat, ..moment.clone() };
            let action = keys::action_for(key, modifiers, repeat);
            // Behind another screen nothing is walked: they have lists of their own.
            let action = action.filter(|action| self.in_front() || keys::is_everywhere(*action));
            if view.is_some_and(|view| view.screen == Screen::Wall) && !typing {
                self.panels.wall.key(key, modifiers);
            }
            self.queue.extend(action.and_then(|action| keys::intent(action, &moment)));
        }
    }

    /// Whether a key belongs to a button or field that has the focus.
    fn is_of_a_widget(&self, ctx: &Context, key: Key) -> bool {
        let focused = ctx.memory(|memory| memory.focused());
        let elsewhere = focused.is_some() && focused != self.viewer.id;
        elsewhere && matches!(key, Key::Tab | Key::Space | Key::Enter)
    }

    /// Says once that some names cannot be drawn: a curator must not take boxes for a name.
    fn say_missing_font(&mut self, ctx: &Context) {
        let Some(session) = self.session.as_ref().filter(|_| !self.font_told) else { return };
        let rows = &session.rows.series;
        let shown = rows.iter().flat_map(|row| [&row.patient_label, &row.study_label, &row.label]);
        if shown.into_iter().any(|words| !theme::can_draw(ctx, words.expose())) {
            self.font_told = true;
            self.notices.failed(strings::NO_FONT.to_owned());
        }
    }

    fn palette(&mut self, ctx: &Context) {
        let Some(mut palette) = self.panels.palette.take() else { return };
        let moment = self.moment();
        let about = (self.session.as_ref(), &moment);
        if palette_window(ctx, &mut palette, about, &mut self.queue) {
            self.panels.palette = Some(palette);
        }
    }

    fn dropped(&mut self, ui: &Ui) {
        let dropped: Option<PathBuf> =
            ui.input(|input| input.raw.dropped_files.first().map(|file| file.path().to_owned()));
        self.queue.extend(dropped.map(|folder| UiIntent::Open(folder).into()));
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        if ctx.input(|input| input.viewport().close_requested()) && !self.quitting {
            let export = self.session.as_ref().map(|session| &session.export);
            if matches!(export, Some(Export::Running { .. })) {
                ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
                self.notices.failed(strings::WAIT_FOR_EXPORT.to_owned());
            } else if self.session.is_some() {
                // The window closes when all is on disk.
                ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
                self.run(Command::Quit);
            } else {
                self.quitting = true;
            }
        }
        self.drain(ctx);
        self.play(ctx);
        self.run_queue(ctx);
        if self.quitting {
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.keys(ui);
        self.layout(ui);
        if self.panels.start.asks && self.session.is_some() {
            path_window(ui.ctx(), &mut self.panels.start, &mut self.queue);
        }
        self.palette(ui.ctx());
        if let Some(session) = self.session.as_mut().filter(|session| session.offers) {
            let stays = offer_window(ui.ctx(), session, &mut self.queue);
            session.show_offer(stays);
        }
        if self.panels.help {
            help_sheet(ui.ctx(), &mut self.panels.help);
        }
        self.say_missing_font(ui.ctx());
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
