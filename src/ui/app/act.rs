//! Carrying out what was asked for: commands of the review, effects, and what is the window's own.

use std::path::Path;
use std::time::Duration;

use egui::Context;

use crate::model::{InstanceUid, Verdict};
use crate::render::{Rendering, Window};
use crate::review::{Command, Effect, MaskCommand, SelectCommand};
use crate::ui::app::App;
use crate::ui::intent::{Ask, Intent, Tool, UiIntent};
use crate::ui::palette::Palette;
use crate::ui::session::{Export, Session};
use crate::ui::strings;
use crate::ui::verdict::ReasonPrompt;
use crate::ui::viewer::nudged;

/// Seconds that a frame is shown while the series is played.
const EACH: f64 = 0.1;

impl App {
    /// Opens a folder; one that is open is left when all of it is on disk.
    pub(super) fn open(&mut self, folder: &Path) {
        let export = self.session.as_ref().map(|session| &session.export);
        if matches!(export, Some(Export::Running { .. })) {
            return self.notices.failed(strings::WAIT_FOR_EXPORT.to_owned());
        }
        self.panels.start.failed = None;
        self.next = Some(folder.to_owned());
        match self.session {
            Some(_) => self.run(Command::Quit),
            None => self.open_next(),
        }
    }

    fn open_next(&mut self) {
        if let Some(folder) = self.next.take() {
            self.panels.start.opening = Some(folder.clone());
            self.backend.open(&folder);
        }
    }

    pub(super) fn run(&mut self, command: Command) {
        let Some(session) = &mut self.session else { return };
        let effects = session.handle(command);
        self.carry_out(effects);
    }

    pub(super) fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Show { instance, frame } => self.show(&instance, frame),
                Effect::Notify(notice) => self.notices.push(notice),
                Effect::Quit if self.next.is_some() => self.open_next(),
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

    pub(super) fn show(&mut self, instance: &InstanceUid, frame: u32) {
        let Some(session) = &self.session else { return };
        self.viewer.enter(session.state.outline().series_of(instance));
        self.panels.diff.leave();
        self.panels.reason = None;
        let entry = session.state.outline().instance(instance);
        if entry.is_some_and(|entry| entry.has_pixels()) {
            self.backend.show(instance, frame, self.viewer.rendering);
        }
        self.look_ahead();
    }

    /// Goes on by a frame when it is due and the one before was on the screen; behind the last comes the
    /// first.
    pub(super) fn play(&mut self, ctx: &Context) {
        let Some(due) = self.viewer.playing else { return };
        let Some(session) = &self.session else { return };
        if !self.in_front() || session.state.fold_shown().is_some() || session.rows.marks.len() < 2
        {
            self.viewer.playing = None;
            return;
        }
        ctx.request_repaint_after(Duration::from_secs_f64(EACH / 4.0));
        let now = ctx.input(|input| input.time);
        let selection = session.state.selection();
        if now < due || !(selection.painted || selection.unpaintable) {
            return;
        }
        self.viewer.playing = Some(now + EACH);
        let before = (selection.instance.clone(), selection.frame);
        self.run(Command::Select(SelectCommand::StepFrames(1)));
        let after = self.session.as_ref().map(|session| session.state.selection());
        if after.is_some_and(|after| (after.instance.clone(), after.frame) == before) {
            self.run(Command::Select(SelectCommand::FirstFrame));
        }
    }

    /// Says what is likely to be shown next; other series begin with a window of their own.
    fn look_ahead(&mut self) {
        let Some(session) = &self.session else { return };
        let (state, shown) = (&session.state, &session.state.selection().series);
        let as_shown = |(instance, frame): (InstanceUid, u32)| {
            let same = state.outline().series_of(&instance) == shown.as_ref();
            let rendering = if same { self.viewer.rendering } else { Rendering::Default };
            (instance, frame, rendering)
        };
        let frames = state.ahead().into_iter().map(as_shown).collect();
        self.backend.ahead(frames);
    }

    /// Renders the frame shown anew, after its window changed.
    pub(super) fn render_again(&mut self, rendering: Rendering) {
        self.viewer.rendering = rendering;
        let Some(session) = &self.session else { return };
        let selection = session.state.selection();
        if let Some(instance) = &selection.instance
            && self.viewer.has(instance, selection.frame)
        {
            self.backend.show(instance, selection.frame, rendering);
        }
    }

    pub(super) fn run_queue(&mut self, ctx: &Context) {
        for intent in std::mem::take(&mut self.queue) {
            match intent {
                Intent::Review(command) => self.run(command),
                Intent::Ui(intent) => self.of_window(intent, ctx),
            }
            ctx.request_repaint();
        }
        if let Some(session) = &mut self.session {
            session.refresh();
            if let Some((series, look)) = session.fold_wanted() {
                self.backend.fold(&series, &look);
            }
        }
    }

    pub(super) fn of_window(&mut self, intent: UiIntent, ctx: &Context) {
        match intent {
            UiIntent::AskFolder(ask) => {
                self.asked = Some(ask);
                self.asked_at = Some(std::time::Instant::now());
                self.picker.ask(match ask {
                    Ask::Input => strings::OPEN_FOLDER,
                    Ask::Destination => strings::CHOOSE,
                });
            }
            UiIntent::Open(folder) => self.open(&folder),
            UiIntent::AskReason(verdict) => self.ask_reason(verdict),
            UiIntent::Search => self.panels.diff.focus = true,
            UiIntent::Offer => {
                if let Some(session) = &mut self.session {
                    session.show_offer(!session.offers);
                }
            }
            UiIntent::Palette => {
                self.panels.palette = match self.panels.palette {
                    Some(_) => None,
                    None => Some(Palette::default()),
                };
            }
            UiIntent::Help => self.panels.help = !self.panels.help,
            UiIntent::Theme => {
                let dark = ctx.global_style().visuals.dark_mode;
                ctx.set_theme(if dark { egui::Theme::Light } else { egui::Theme::Dark });
            }
            UiIntent::Focus => {
                ctx.memory_mut(|memory| memory.move_focus(egui::FocusDirection::Next));
            }
            UiIntent::LookInto(destination) => self.backend.look_into(&destination),
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

    pub(super) fn of_image(&mut self, intent: UiIntent) {
        match intent {
            UiIntent::Tool(tool) => self.viewer.tool = tool,
            UiIntent::Escape if self.panels.help => self.panels.help = false,
            UiIntent::Play => {
                self.viewer.playing = match self.viewer.playing {
                    Some(_) => None,
                    None => Some(0.0),
                };
            }
            UiIntent::Escape => {
                self.viewer.playing = None;
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
            UiIntent::SelectMask(id) => self.viewer.mask = Some(id),
            UiIntent::MaskFromFinding => self.mask_from_finding(),
            UiIntent::ExceptMask(level) => {
                if let Some(id) = self.viewer.mask {
                    self.run(Command::Mask(MaskCommand::Except(id, level)));
                }
            }
            UiIntent::DeleteMask => {
                if let Some(id) = self.viewer.mask.take() {
                    self.run(Command::Mask(MaskCommand::Remove(id)));
                }
            }
            _ => {}
        }
    }

    /// A mask of its own on the selected finding: it can be moved and resized.
    fn mask_from_finding(&mut self) {
        let Some(session) = &self.session else { return };
        let selection = session.state.selection();
        let Some(instance) = selection.instance.clone() else { return };
        let frame = selection.frame;
        let rows = session.state.finding_rows(&instance, frame);
        let Some(row) = rows.into_iter().find(|row| row.selected) else {
            return self.notices.refused("Select a finding first (Tab)".to_owned());
        };
        let region = row.finding.region;
        self.run(Command::Mask(MaskCommand::FromFinding(row.finding)));
        let rows = self.session.as_ref().map(|it| it.state.mask_rows(&instance, frame));
        let drawn = rows.into_iter().flatten().filter(|row| row.region == region);
        self.viewer.mask = drawn.map(|row| row.id).max().or(self.viewer.mask);
    }

    pub(super) fn nudge(&mut self, by: (i64, i64)) {
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

    pub(super) fn ask_reason(&mut self, verdict: Verdict) {
        self.panels.reason = self.on_screen().map(|shown| ReasonPrompt::new(verdict, shown));
    }
}
