//! The canvas: draws the image with what lies over it, and takes the mouse.

use egui::{
    Align2, EventFilter, Key, PointerButton, Pos2, Rect, Response, Role, Sense, Ui, WidgetInfo,
};

use crate::model::{InstanceUid, Region};
use crate::render::Window;
use crate::review::{Command, FindingRow, MaskRow, SelectCommand};
use crate::ui::intent::{Intent, Tool, UiIntent};
use crate::ui::session::Session;
use crate::ui::strings;
use crate::ui::theme::overlay as colours;
use crate::ui::viewer::folded::{FoldScene, folded};
use crate::ui::viewer::gesture::mask_at;
use crate::ui::viewer::{Gesture, Placement, Tiles, Viewer, overlay};

/// What the canvas shows.
pub(in crate::ui) struct Scene {
    /// The selected instance and frame.
    pub target: Option<(InstanceUid, u32)>,
    /// Whether it has an image.
    pub has_pixels: bool,
    /// Why it cannot be shown.
    pub failed: Option<String>,
    /// What to say where nothing is selected.
    pub nothing: &'static str,
    /// Boxes.
    pub findings: Vec<FindingRow>,
    /// Masks.
    pub masks: Vec<MaskRow>,
    /// What else is painted over.
    pub painted: Vec<Region>,
    /// Whether masks are lifted.
    pub reveal: bool,
    /// The projection that is shown in the place of a frame.
    pub fold: Option<FoldScene>,
}

impl Scene {
    /// What to show now.
    pub fn of(session: &Session) -> Self {
        let (state, selection) = (&session.state, session.state.selection());
        let target = selection.instance.clone().map(|instance| (instance, selection.frame));
        let rows = |instance: &InstanceUid| state.finding_rows(instance, selection.frame);
        let shown = target.as_ref().map(|(instance, _)| instance);
        let boxes = shown.filter(|_| state.view().findings).map(rows);
        let masks = shown.map(|instance| state.mask_rows(instance, selection.frame));
        let painted = shown.map(|instance| state.painted_elsewhere(instance, selection.frame));
        Self {
            has_pixels: shown
                .and_then(|it| state.outline().instance(it))
                .is_some_and(|entry| entry.has_pixels()),
            failed: session.failed_frame(),
            nothing: match (session.index.is_some(), session.rows.series.is_empty()) {
                (true, true) => strings::READING,
                (false, true) => strings::NO_SERIES_HERE,
                _ => strings::SELECT_SERIES,
            },
            findings: boxes.unwrap_or_default(),
            masks: masks.unwrap_or_default(),
            painted: painted.unwrap_or_default(),
            reveal: state.view().reveal,
            fold: FoldScene::of(session),
            target,
        }
    }
}

/// Draws the canvas over all that is left of `ui`.
pub(in crate::ui) fn canvas(
    ui: &mut Ui,
    viewer: &mut Viewer,
    scene: &Scene,
    out: &mut Vec<Intent>,
) {
    let rect = ui.available_rect_before_wrap();
    let id = ui.scope_id().with("canvas");
    let response = ui.interact(rect, id, Sense::click_and_drag());
    ui.advance_cursor_after_rect(rect);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, strings::IMAGE));
    viewer.id = Some(id);
    keep_focus(ui, &response);
    ui.painter().rect_filled(rect, 0.0, colours::SURROUND);
    let painter = ui.painter().with_clip_rect(rect);
    let Some((instance, frame)) = &scene.target else {
        return overlay::badge(&painter, Align2::CENTER_CENTER, scene.nothing);
    };
    if !scene.has_pixels {
        return overlay::badge(&painter, Align2::CENTER_CENTER, strings::NO_IMAGE);
    }
    if let Some(why) = &scene.failed {
        let words = format!("This frame cannot be shown: {why}. It can be held or rejected");
        return overlay::badge(&painter, Align2::CENTER_CENTER, &words);
    }
    if let Some(fold) = &scene.fold {
        return folded(ui, viewer, (scene, fold), (&response, out));
    }
    let current = viewer.has(instance, *frame);
    let Some(place) = picture(ui, viewer, (rect, current)) else {
        return overlay::badge(&painter, Align2::CENTER_CENTER, strings::LOADING);
    };
    if !current {
        return overlay::badge(&painter, Align2::CENTER_TOP, strings::LOADING);
    }
    viewer.drawn = Some((instance.clone(), *frame));
    viewer.placed = Some(place);
    mouse(ui, viewer, (&response, scene), (&place, out));
    let pointer = response.interact_pointer_pos();
    overlay::painted(&painter, (&scene.painted, scene.reveal), &place);
    overlay::findings(&painter, (&scene.findings, scene.reveal), &place);
    overlay::masks(&painter, viewer, (&scene.masks, pointer, scene.reveal), &place);
    if scene.reveal {
        overlay::badge(&painter, Align2::CENTER_BOTTOM, strings::PEEKING);
    }
}

/// Keys such as Tab and the arrows belong to the image unless another widget has the focus.
fn keep_focus(ui: &Ui, response: &Response) {
    let focused = ui.memory(|memory| memory.focused());
    if focused.is_none() {
        response.request_focus();
    }
    let filter =
        EventFilter { tab: true, horizontal_arrows: true, vertical_arrows: true, escape: true };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
}

/// Draws the picture there is, faded when it is not the selected one.
fn picture(ui: &Ui, viewer: &mut Viewer, (rect, current): (Rect, bool)) -> Option<Placement> {
    let rendered = viewer.rendered.as_ref()?;
    if viewer.tiles.is_empty() {
        viewer.tiles = Tiles::load(ui.ctx(), &rendered.picture, viewer.inverted);
    }
    let size = (rendered.picture.width, rendered.picture.height);
    let place = viewer.camera.place(rect, size);
    let tint = if current { colours::WHOLE } else { colours::FADED };
    let painter = ui.painter().with_clip_rect(rect);
    viewer.tiles.paint(&painter, place.image(), place.scale, tint);
    Some(place)
}

pub(super) fn mouse(
    ui: &Ui,
    viewer: &mut Viewer,
    (response, scene): (&Response, &Scene),
    (place, out): (&Placement, &mut Vec<Intent>),
) {
    wheel(ui, viewer, response, (place, out));
    if response.double_clicked() {
        viewer.camera.fit();
    }
    if response.dragged_by(PointerButton::Middle) {
        viewer.camera.pan(response.drag_delta(), place);
    }
    if response.dragged_by(PointerButton::Secondary)
        && let Some((centre, width)) = viewer.dragged_window(response.drag_delta())
        && response.drag_delta() != egui::Vec2::ZERO
    {
        // Kept at once, so that the next delta adds to it; the worker renders the latest.
        viewer.rendering = crate::render::Rendering::Window(Window { center: centre, width });
        out.push(UiIntent::Window(centre, width).into());
    }
    left(ui, viewer, (response, scene), (place, out));
    cursor(ui, viewer, (response, scene), place);
}

fn wheel(
    ui: &Ui,
    viewer: &mut Viewer,
    response: &Response,
    (place, out): (&Placement, &mut Vec<Intent>),
) {
    let Some(at) = response.hover_pos() else { return };
    let (zoom, notches) = ui.input(|input| {
        let notches: f32 = input.events.iter().map(wheel_notches).sum();
        (input.zoom_delta(), notches)
    });
    if zoom != 1.0 {
        viewer.camera.zoom(zoom, at, place);
    } else if notches != 0.0 {
        let steps = if notches.abs() < 1.0 { notches.signum() } else { notches.round() };
        out.push(Command::Select(SelectCommand::StepFrames(-steps as i32)).into());
    }
}

fn wheel_notches(event: &egui::Event) -> f32 {
    match event {
        egui::Event::MouseWheel { unit, delta, modifiers, .. } if !modifiers.command => {
            match unit {
                egui::MouseWheelUnit::Point => delta.y / 40.0,
                egui::MouseWheelUnit::Line => delta.y,
                egui::MouseWheelUnit::Page => delta.y * 5.0,
            }
        }
        _ => 0.0,
    }
}

fn left(
    ui: &Ui,
    viewer: &mut Viewer,
    (response, scene): (&Response, &Scene),
    (place, out): (&Placement, &mut Vec<Intent>),
) {
    let pressed = ui.input(|input| input.pointer.press_origin());
    if response.drag_started_by(PointerButton::Primary)
        && let Some(at) = pressed
    {
        let chosen = (viewer.tool, viewer.mask);
        viewer.gesture = Gesture::begin(chosen, &scene.masks, at, place);
        if let Some(id) = viewer.gesture.mask() {
            viewer.mask = Some(id);
        }
    }
    if viewer.gesture == Gesture::Pan && response.dragged_by(PointerButton::Primary) {
        viewer.camera.pan(response.drag_delta(), place);
    }
    if response.drag_stopped_by(PointerButton::Primary) {
        let end = response.interact_pointer_pos().or(pressed);
        let dragged = response.total_drag_delta().map_or(f32::MAX, egui::Vec2::length);
        let command = end.and_then(|at| viewer.gesture.end(at, dragged, place));
        out.extend(command.map(|command| Command::Mask(command).into()));
        viewer.gesture = Gesture::None;
    }
    if response.clicked_by(PointerButton::Primary)
        && let Some(at) = response.interact_pointer_pos()
    {
        click(viewer, scene, (place, at), out);
    }
}

fn click(
    viewer: &mut Viewer,
    scene: &Scene,
    (place, at): (&Placement, Pos2),
    out: &mut Vec<Intent>,
) {
    viewer.mask = mask_at(&scene.masks, at, place);
    if viewer.mask.is_some() {
        return;
    }
    if let Some(fold) = &scene.fold {
        return out.extend(fold.frame_at(place.pixel(at)).map(Intent::from));
    }
    let hit = |row: &&FindingRow| place.rect(row.finding.region).expand(3.0).contains(at);
    let found = scene.findings.iter().filter(hit).min_by_key(|row| row.finding.region.area());
    let select = |row: &FindingRow| Command::Select(SelectCommand::Finding(row.finding.clone()));
    out.extend(found.map(|row| select(row).into()));
}

fn cursor(ui: &Ui, viewer: &Viewer, (response, scene): (&Response, &Scene), place: &Placement) {
    let Some(at) = response.hover_pos() else { return };
    let icon = match viewer.tool {
        Tool::Rectangle => egui::CursorIcon::Crosshair,
        Tool::Select if mask_at(&scene.masks, at, place).is_some() => egui::CursorIcon::Move,
        Tool::Select => egui::CursorIcon::Default,
    };
    ui.set_cursor_icon(icon);
}

/// Whether the key that lifts the masks is held.
pub(in crate::ui) fn peeks(ui: &Ui) -> bool {
    ui.input(|input| input.key_down(Key::Backtick))
}
