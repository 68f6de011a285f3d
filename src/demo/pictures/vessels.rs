//! Angiography: a tree of vessels that fills with contrast.

use crate::demo::canvas::{Canvas, Ellipse};
use crate::demo::rng::Rng;

/// A point of a vessel: place, radius, and how far downstream.
type Point = (f32, f32, f32, f32);

/// One frame, brightness 0 (contrast) to 1; `filled` runs from 0 (none) to 1 (all).
pub fn vessels(size: usize, filled: f32, seed: u64) -> Canvas {
    let unit = size as f32 / 512.0;
    let mut canvas = Canvas::new(size, size, 0.66);
    background(&mut canvas, unit);
    let mut rng = Rng::lane(seed, "tree");
    let mut branches = Vec::new();
    grow(&mut branches, &mut rng, ((150.0, 96.0), 0.95, 9.5, 0.0));
    let mut blood = Canvas::new(size, size, 0.0);
    for branch in &branches {
        let seen: Vec<(f32, f32, f32)> = branch
            .iter()
            .take_while(|point| point.3 <= filled * 1.15)
            .map(|(x, y, radius, _)| (x * unit, y * unit, radius * unit))
            .collect();
        blood.tube(&seen, 1.0);
    }
    // The catheter.
    blood.tube(
        &[(30.0, -10.0, 4.0), (92.0, 60.0, 4.0), (150.0, 96.0, 4.0)]
            .map(|(x, y, radius)| (x * unit, y * unit, radius * unit)),
        0.7,
    );
    for (pixel, cover) in canvas.data.iter_mut().zip(blood.data) {
        *pixel -= 0.40 * cover.min(1.25);
    }
    canvas.blur((unit * 1.2) as usize);
    let mut noise = Rng::lane(seed, &format!("quantum {filled}"));
    canvas.noise(&mut noise, 0.03);
    round(&mut canvas);
    canvas
}

fn background(canvas: &mut Canvas, unit: f32) {
    let oval = |x: f32, y: f32, rx: f32, ry: f32| {
        Ellipse::new((x * unit, y * unit), (rx * unit, ry * unit))
    };
    canvas.project(oval(300.0, 330.0, 190.0, 170.0).turned(0.5), -0.20);
    canvas.project(oval(420.0, 120.0, 150.0, 190.0), 0.13);
    canvas.project(oval(260.0, 560.0, 330.0, 130.0), -0.22);
    for level in 0..7 {
        let drop = level as f32 * 78.0;
        canvas.project(oval(86.0 + drop * 0.1, 20.0 + drop, 46.0, 32.0), -0.11);
    }
    for rib in 0..5 {
        let points: Vec<(f32, f32, f32)> = (0..=20)
            .map(|step| {
                let part = step as f32 / 20.0;
                let x = 90.0 + part * 430.0;
                let y = 40.0 + rib as f32 * 100.0 - (part * 3.0).sin() * 46.0 + part * 60.0;
                (x * unit, y * unit, 13.0 * unit)
            })
            .collect();
        canvas.tube(&points, -0.05);
    }
}

fn grow(
    branches: &mut Vec<Vec<Point>>,
    rng: &mut Rng,
    (start, mut turn, mut radius, mut along): ((f32, f32), f32, f32, f32),
) {
    let (mut x, mut y) = start;
    let mut branch = vec![(x, y, radius, along)];
    let curl = rng.between(-0.03, 0.03);
    while radius > 1.1 && branch.len() < 60 {
        turn += curl + rng.between(-0.14, 0.14);
        x += turn.cos() * 9.0;
        y += turn.sin() * 9.0;
        along += 0.018;
        radius *= 0.968;
        branch.push((x, y, radius, along));
        if radius > 2.2 && rng.unit() < 0.13 {
            let side = if rng.unit() < 0.5 { -1.0 } else { 1.0 };
            let fork = turn + side * rng.between(0.45, 0.95);
            let thin = radius * rng.between(0.5, 0.78);
            grow(branches, rng, ((x, y), fork, thin, along));
        }
    }
    branches.push(branch);
}

/// The round field of an image intensifier.
fn round(canvas: &mut Canvas) {
    let half = canvas.width as f32 / 2.0;
    canvas.paint(|x, y, pixel| {
        let far = (x - half).hypot(y - half) / half;
        let rim = 1.0 - super::smooth(0.985, 1.0, far);
        (pixel * (1.04 - 0.18 * far * far)).clamp(0.0, 1.0) * rim
    });
}
