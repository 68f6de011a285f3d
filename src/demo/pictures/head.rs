//! Axial MR of a head, T2 weighted.

use super::smooth;
use crate::demo::canvas::{Canvas, Ellipse};
use crate::demo::rng::Rng;

/// Folds of the cortex: how far the rim moves at an angle.
fn fold(turn: f32, level: f32) -> f32 {
    0.035 * (turn * 17.0 + level * 9.0).sin()
        + 0.025 * (turn * 29.0 - level * 14.0).sin()
        + 0.02 * (turn * 43.0 + level * 21.0).cos()
}

/// One slice, brightness 0 to 1; `level` runs from 0 (base) to 1 (vertex).
pub fn head(size: usize, level: f32, seed: u64) -> Canvas {
    let unit = size as f32 / 256.0;
    let shrink = (1.0 - (level - 0.35).powi(2) * 1.1).max(0.3).sqrt();
    let middle = (128.0 * unit, 130.0 * unit);
    let oval = |rx: f32, ry: f32| Ellipse::new(middle, (rx * unit * shrink, ry * unit * shrink));
    let (skin, skull) = (oval(91.0, 112.0), oval(84.0, 105.0));
    let (inner, brain) = (oval(77.0, 97.0), oval(74.0, 94.0));
    let mut canvas = Canvas::new(size, size, 0.0);
    canvas.paint(|x, y, _| {
        let turn = (y - middle.1).atan2(x - middle.0);
        let fat = 0.72 * (1.0 - smooth(0.985, 1.0, skin.radius(x, y)));
        let bone = 1.0 - smooth(0.97, 1.0, skull.radius(x, y));
        let fluid = 1.0 - smooth(0.98, 1.0, inner.radius(x, y));
        let depth = brain.radius(x, y) - fold(turn, level);
        let grey = 1.0 - smooth(0.95, 0.99, depth);
        let white = 1.0 - smooth(0.80, 0.86, depth - 2.0 * fold(turn * 1.02, level + 0.4));
        let mut shade = fat + (0.06 - fat) * bone;
        shade += (0.95 - shade) * fluid;
        shade += (0.56 - shade) * grey;
        shade + (0.36 - shade) * white
    });
    sulci(&mut canvas, (middle, unit * shrink), (level, seed));
    deep(&mut canvas, (middle, unit * shrink), level);
    finish(&mut canvas, &skin, (seed, level));
    canvas
}

/// Furrows that reach inwards, filled with fluid, with grey matter on both sides.
fn sulci(canvas: &mut Canvas, ((cx, cy), unit): ((f32, f32), f32), (level, seed): (f32, u64)) {
    let mut rng = Rng::lane(seed, "sulci");
    let mut furrows = Vec::new();
    for number in 0..38 {
        let turn = number as f32 / 38.0 * std::f32::consts::TAU + rng.between(-0.06, 0.06);
        let (deep, bend) = (rng.between(0.68, 0.9), rng.between(-0.2, 0.2));
        let swing = bend + 0.1 * (level * 11.0 + number as f32).sin();
        let points: Vec<(f32, f32)> = (0..=12)
            .map(|step| {
                let part = step as f32 / 12.0;
                let far = 0.97 + (deep - 0.97) * part;
                let at = turn + swing * part + 0.035 * (part * 9.0 + number as f32 * 1.7).sin();
                (cx + at.cos() * 75.0 * unit * far, cy + at.sin() * 95.0 * unit * far)
            })
            .collect();
        furrows.push(points);
    }
    // The fissure between the halves, front and back.
    let line = |from: f32, to: f32| vec![(cx, cy + from * unit), (cx, cy + to * unit)];
    furrows.push(line(-94.0, -42.0));
    furrows.push(line(94.0, 50.0));
    for (width, shade) in [(4.0, 0.56), (1.15, 0.88)] {
        for points in &furrows {
            stroke(canvas, points, (width * unit, shade));
        }
    }
}

fn stroke(canvas: &mut Canvas, points: &[(f32, f32)], (width, shade): (f32, f32)) {
    for pair in points.windows(2) {
        let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
        let steps = ((bx - ax).hypot(by - ay) / (width * 0.4)).ceil().max(1.0) as usize;
        for step in 0..=steps {
            let part = step as f32 / steps as f32;
            let at = (ax + (bx - ax) * part, ay + (by - ay) * part);
            canvas.fill(Ellipse::new(at, (width, width)), shade);
        }
    }
}

/// Ventricles and the grey kernels beside them.
fn deep(canvas: &mut Canvas, ((cx, cy), unit): ((f32, f32), f32), level: f32) {
    let open = (1.0 - ((level - 0.5) / 0.38).powi(2)).max(0.0).sqrt();
    if open <= 0.05 {
        return;
    }
    for side in [-1.0, 1.0] {
        let oval = |x: f32, y: f32, rx: f32, ry: f32| {
            let at = (cx + side * x * unit, cy + y * unit);
            Ellipse::new(at, (rx * unit * open, ry * unit * open))
        };
        canvas.fill(oval(22.0, 4.0, 9.0, 15.0).turned(side * 0.3), 0.47);
        canvas.fill(oval(19.0, -15.0, 6.5, 11.0).turned(-side * 0.3), 0.5);
        canvas.fill(oval(9.0, -17.0, 4.6, 16.0).turned(-side * 0.38), 0.96);
        canvas.fill(oval(17.0, 27.0, 5.0, 19.0).turned(-side * 0.55), 0.96);
        canvas.fill(oval(9.0, 8.0, 3.0, 14.0).turned(side * 0.15), 0.93);
    }
    canvas.fill(Ellipse::new((cx, cy + 6.0 * unit), (1.6 * unit, 11.0 * unit * open)), 0.93);
}

/// Coil shading, the noise of a magnitude image, and air around.
fn finish(canvas: &mut Canvas, skin: &Ellipse, (seed, level): (u64, f32)) {
    let mut rng = Rng::lane(seed, &format!("head {level}"));
    let (width, height) = (canvas.width as f32, canvas.height as f32);
    canvas.blur(if width > 200.0 { 1 } else { 0 });
    canvas.paint(|x, y, pixel| {
        let bias = 0.86 + 0.22 * (x / width - 0.4).abs() + 0.16 * (y / height - 0.5).abs();
        let (real, other) = (pixel * bias + 0.022 * rng.normal(), 0.022 * rng.normal());
        let ghost = if skin.radius(x, y) > 1.02 { 0.012 * (y * 0.21).sin().abs() } else { 0.0 };
        real.hypot(other) + ghost
    });
}
