//! Frontal radiograph of a chest: sums of what rays meet.

use super::smooth;
use crate::demo::canvas::{Canvas, Ellipse};
use crate::demo::rng::Rng;

/// A chest, brightness 0 (air) to 1 (bone); `size` is both sides in pixels.
pub fn chest(size: usize, seed: u64) -> Canvas {
    let unit = size as f32 / 512.0;
    let oval = |x: f32, y: f32, rx: f32, ry: f32| {
        Ellipse::new((x * unit, y * unit), (rx * unit, ry * unit))
    };
    let mut canvas = Canvas::new(size, size, 0.02);
    body(&mut canvas, &oval);
    let mut air = Canvas::new(size, size, 0.0);
    for (side, wide) in [(166.0, 78.0), (350.0, 72.0)] {
        air.project(oval(side, 250.0, wide, 168.0), 1.0);
    }
    diaphragm(&mut air, unit);
    air.blur((2.0 * unit) as usize);
    for (pixel, lung) in canvas.data.iter_mut().zip(&air.data) {
        // Blurring leaves what is a little less than nothing, and no power of that is a number.
        *pixel -= 0.36 * lung.max(0.0).powf(0.75);
    }
    bones(&mut canvas, unit);
    canvas.project(oval(288.0, 330.0, 78.0, 82.0).turned(0.5), 0.24);
    canvas.project(oval(240.0, 300.0, 30.0, 92.0), 0.16);
    canvas.project(oval(292.0, 196.0, 24.0, 24.0), 0.12);
    canvas.project(oval(258.0, 250.0, 27.0, 240.0), 0.12);
    trunks(&mut canvas, unit, seed);
    canvas.blur((0.8 * unit) as usize);
    let mut rng = Rng::lane(seed, "chest");
    canvas.noise(&mut rng, 0.012);
    let far = size as f32;
    canvas.paint(|x, y, pixel| {
        // The collimator's edge.
        let edge = (x.min(far - x)).min(y.min(far - y)) / unit;
        pixel * smooth(3.0, 7.0, edge)
    });
    canvas
}

fn body(canvas: &mut Canvas, oval: &impl Fn(f32, f32, f32, f32) -> Ellipse) {
    canvas.project(oval(256.0, 330.0, 238.0, 330.0), 0.34);
    canvas.project(oval(256.0, 480.0, 205.0, 230.0), 0.26);
    canvas.project(oval(256.0, 60.0, 66.0, 150.0), 0.22);
    canvas.project(oval(120.0, 110.0, 130.0, 62.0).turned(-0.35), 0.2);
    canvas.project(oval(392.0, 110.0, 130.0, 62.0).turned(0.35), 0.2);
    canvas.project(oval(20.0, 220.0, 62.0, 170.0).turned(-0.12), 0.24);
    canvas.project(oval(492.0, 220.0, 62.0, 170.0).turned(0.12), 0.24);
}

/// Cuts the lungs off below two domes.
fn diaphragm(air: &mut Canvas, unit: f32) {
    air.paint(|x, y, pixel| {
        let (x, y) = (x / unit, y / unit);
        let dome = |middle: f32, top: f32| top + ((x - middle) / 74.0).powi(2) * 34.0;
        let floor = if x < 258.0 { dome(170.0, 368.0) } else { dome(352.0, 384.0) };
        pixel * (1.0 - smooth(floor - 2.0, floor + 3.0, y))
    });
}

fn bones(canvas: &mut Canvas, unit: f32) {
    let mut bone = Canvas::new(canvas.width, canvas.height, 0.0);
    for rib in 0..9 {
        let top = 88.0 + rib as f32 * 35.0;
        let wide = 98.0 + 34.0 * (rib as f32 / 8.0).sqrt();
        for side in [-1.0, 1.0] {
            let arc = |from: f32, to: f32, drop: f32, thick: f32| {
                (0..=24)
                    .map(|step| {
                        let part = from + (to - from) * step as f32 / 24.0;
                        let x = 256.0 + side * (26.0 + (wide + 22.0) * part.sin());
                        let y = top + drop * (1.0 - part.cos()) + 14.0 * part;
                        (x * unit, y * unit, thick * unit)
                    })
                    .collect::<Vec<_>>()
            };
            bone.tube(&arc(0.05, 1.57, 46.0, 7.0), 0.10);
            bone.tube(&arc(1.57, 0.62, 104.0, 6.0), 0.055);
        }
    }
    for side in [-1.0_f32, 1.0] {
        let point = |x: f32, y: f32, r: f32| ((256.0 + side * x) * unit, y * unit, r * unit);
        bone.tube(
            &[point(24.0, 104.0, 9.0), point(84.0, 84.0, 7.5), point(164.0, 66.0, 8.5)],
            0.15,
        );
        bone.tube(
            &[point(206.0, 96.0, 22.0), point(214.0, 190.0, 15.0), point(218.0, 300.0, 14.0)],
            0.2,
        );
        bone.tube(
            &[point(176.0, 86.0, 9.0), point(150.0, 150.0, 8.0), point(128.0, 232.0, 5.0)],
            0.07,
        );
    }
    for level in 0..16 {
        let at = (256.0 * unit, (30.0 + level as f32 * 30.0) * unit);
        bone.project(Ellipse::new(at, (22.0 * unit, 14.5 * unit)), 0.11);
        bone.project(Ellipse::new((at.0, at.1 + 3.0 * unit), (3.0 * unit, 9.0 * unit)), 0.08);
    }
    for (pixel, cover) in canvas.data.iter_mut().zip(bone.data) {
        *pixel += cover;
    }
}

/// Vessels that spread from both hila.
fn trunks(canvas: &mut Canvas, unit: f32, seed: u64) {
    let mut rng = Rng::lane(seed, "hila");
    let mut blood = Canvas::new(canvas.width, canvas.height, 0.0);
    for (x, y, side) in [(216.0, 246.0, -1.0_f32), (306.0, 238.0, 1.0)] {
        for branch in 0..11 {
            let mut turn = -1.25 + branch as f32 * 0.27 + rng.between(-0.1, 0.1);
            let (mut px, mut py, mut thick) = (x, y, rng.between(4.0, 6.5));
            let mut points = vec![(px * unit, py * unit, thick * unit)];
            for _ in 0..7 {
                turn += rng.between(-0.2, 0.2);
                px += side * turn.cos() * 15.0;
                py += turn.sin() * 17.0;
                thick *= 0.74;
                points.push((px * unit, py * unit, (thick * unit).max(0.6)));
            }
            blood.tube(&points, 0.055);
        }
    }
    for (pixel, cover) in canvas.data.iter_mut().zip(blood.data) {
        *pixel += cover.min(0.12);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_is_a_number() {
        for (size, seed) in [(512, 1), (768, 2), (1000, 3)] {
            assert!(chest(size, seed).data.iter().all(|pixel| pixel.is_finite()), "{size}");
        }
    }
}
