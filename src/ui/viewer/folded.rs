//! A stack as one picture, in the place of a frame: what was found on any of its frames, and the way to it.

use std::sync::Arc;

use egui::{Align2, Pos2, Response, Ui};

use crate::model::{FoldKind, LookAlike, SeriesUid};
use crate::render::Folded;
use crate::review::{Command, FoldBox, SelectCommand};
use crate::ui::intent::Intent;
use crate::ui::session::{FoldedStack, Session};
use crate::ui::strings;
use crate::ui::theme::overlay as colours;
use crate::ui::viewer::canvas::{Scene, mouse};
use crate::ui::viewer::{FoldTiles, Tiles, Viewer, overlay};

/// What the canvas shows of a stack.
pub(in crate::ui) struct FoldScene {
    of: (SeriesUid, Arc<LookAlike>, FoldKind),
    /// The pictures, and the frames they are of, once they are there.
    folded: Option<FoldedStack>,
    /// What was found on its frames, where boxes are shown.
    boxes: Vec<FoldBox>,
}

impl FoldScene {
    /// What to show now; `None` where frames are shown.
    pub fn of(session: &Session) -> Option<Self> {
        let (series, look, kind) = session.state.fold_shown()?;
        let (_, found) = session.fold_shown()?;
        let folded = found.cloned();
        let boxes = session.state.view().findings.then(|| session.rows.fold_boxes.clone());
        Some(Self { of: (series, look, kind), folded, boxes: boxes.unwrap_or_default() })
    }

    /// The command that leads to the frame which put there what is seen at a pixel: on a box the first frame
    /// that has it.
    pub fn frame_at(&self, pixel: Pos2) -> Option<Command> {
        if pixel.x < 0.0 || pixel.y < 0.0 {
            return None;
        }
        let (x, y) = (pixel.x as u32, pixel.y as u32);
        let hit = self.boxes.iter().filter(|it| it.region.contains(x, y));
        if let Some(found) = hit.min_by_key(|it| it.region.area()) {
            let (instance, frame) = found.first.clone();
            return Some(Command::Select(SelectCommand::One(instance, frame)));
        }
        let found = self.folded.as_ref()?;
        let at = found.folded.frame_at(self.of.2, (x, y))?;
        let (instance, frame) = found.stack.get(at as usize)?.clone();
        Some(Command::Select(SelectCommand::One(instance, frame)))
    }
}

/// Draws a projection over the canvas.
pub(super) fn folded(
    ui: &Ui,
    viewer: &mut Viewer,
    (scene, fold): (&Scene, &FoldScene),
    (response, out): (&Response, &mut Vec<Intent>),
) {
    let painter = ui.painter().with_clip_rect(response.rect);
    let Some(FoldedStack { folded, .. }) = &fold.folded else {
        return overlay::badge(&painter, Align2::CENTER_CENTER, strings::FOLDING);
    };
    let is_there =
        viewer.fold.as_ref().is_some_and(|it| it.of == fold.of && it.inverted == viewer.inverted);
    if !is_there {
        let picture = folded.picture(fold.of.2);
        let tiles = Tiles::load(ui.ctx(), &picture, viewer.inverted);
        viewer.fold = Some(FoldTiles { of: fold.of.clone(), inverted: viewer.inverted, tiles });
    }
    let place = viewer.camera.place(response.rect, folded.size);
    // The pictures of large frames have fewer pixels.
    let scale = place.scale * folded.size.0 as f32 / folded.folded.0.max(1) as f32;
    if let Some(it) = &viewer.fold {
        it.tiles.paint(&painter, place.image(), scale, colours::WHOLE);
    }
    viewer.drawn_fold = Some(fold.of.clone());
    viewer.placed = Some(place);
    mouse(ui, viewer, (response, scene), (&place, out));
    overlay::fold_boxes(&painter, (&fold.boxes, scene.reveal), &place);
    let pointer = response.interact_pointer_pos();
    overlay::masks(&painter, viewer, (&scene.masks, pointer, scene.reveal), &place);
    overlay::badge(&painter, Align2::CENTER_BOTTOM, &words(fold.of.2, folded));
}

/// What is seen, in words.
fn words(kind: FoldKind, folded: &Folded) -> String {
    let name = match kind {
        FoldKind::Max => "Brightest values",
        FoldKind::Min => "Darkest values",
        FoldKind::Mean => "Mean",
        FoldKind::Sigma => "Deviation (σ)",
    };
    let frames = strings::count(folded.frames.into(), "frame", "frames");
    let out = match folded.left_out {
        0 => String::new(),
        1 => "; 1 frame is not in it".to_owned(),
        more => format!("; {} frames are not in it", strings::grouped(more.into())),
    };
    format!("{name} of {frames}{out}. Click a spot to see its frame")
}
