//! Axial CT of a thorax.

use crate::demo::canvas::{Canvas, Ellipse};
use crate::demo::rng::Rng;

/// One slice in Hounsfield units; `level` runs from 0 (apex) to 1 (base), `size` is both sides in
/// pixels.
pub fn thorax(size: usize, level: f32, seed: u64) -> Canvas {
    let unit = size as f32 / 256.0;
    let at = |x: f32, y: f32| (x * unit, y * unit);
    let mut canvas = Canvas::new(size, size, -1000.0);
    let oval = |x: f32, y: f32, rx: f32, ry: f32| Ellipse::new(at(x, y), (rx * unit, ry * unit));
    let wide = 100.0 + 8.0 * level;
    canvas.fill(oval(128.0, 126.0, wide, 78.0), -95.0);
    canvas.fill(oval(128.0, 126.0, wide - 8.0, 70.0), 45.0);
    canvas.fill(oval(128.0, 126.0, wide - 18.0, 60.0), 35.0);
    lungs(&mut canvas, &oval, level);
    vessels(&mut canvas, (unit, level), seed);
    middle(&mut canvas, &oval, level);
    bones(&mut canvas, &oval, (wide, level));
    table(&mut canvas, unit);
    let mut rng = Rng::lane(seed, &format!("thorax {level}"));
    let mut grain = Canvas::new(size, size, 0.0);
    grain.noise(&mut rng, 42.0);
    grain.blur(1);
    for (pixel, noise) in canvas.data.iter_mut().zip(grain.data) {
        *pixel += noise;
    }
    canvas
}

fn lungs(canvas: &mut Canvas, oval: &impl Fn(f32, f32, f32, f32) -> Ellipse, level: f32) {
    let grow = 0.62 + 0.38 * (level * std::f32::consts::PI * 0.75 + 0.2).sin();
    canvas.fill(oval(83.0, 126.0, 36.0 * grow, 51.0 * grow).turned(0.08), -860.0);
    canvas.fill(oval(173.0, 126.0, 36.0 * grow, 51.0 * grow).turned(-0.08), -860.0);
    if level > 0.7 {
        // The dome of the liver comes up on the viewer's left.
        let dome = (level - 0.7) / 0.3;
        canvas.fill(oval(84.0, 128.0, 32.0 * dome, 40.0 * dome), 70.0);
    }
}

fn vessels(canvas: &mut Canvas, (unit, level): (f32, f32), seed: u64) {
    let mut rng = Rng::lane(seed, "vessels");
    for _ in 0..260 {
        let (middle, spread) = (rng.unit(), rng.unit());
        let side = if rng.unit() < 0.5 { 83.0 } else { 173.0 };
        let (turn, far) = (rng.between(0.0, 6.3), rng.unit().sqrt());
        let drift = (level - middle) * rng.between(-60.0, 60.0);
        let x = side + turn.cos() * far * 27.0 + drift * 0.3;
        let y = 126.0 + turn.sin() * far * 40.0 + drift * 0.4;
        let seen = 1.0 - (level - middle).abs() / (0.15 + 0.3 * spread);
        let dark = canvas.data.get((y * unit) as usize * canvas.width + (x * unit) as usize);
        if seen > 0.0 && dark.is_some_and(|pixel| *pixel < -700.0) {
            let radius = (0.7 + 2.2 * spread * (1.2 - far)) * unit * seen.sqrt();
            canvas.fill(Ellipse::new((x * unit, y * unit), (radius, radius * 1.3)), -40.0);
        }
    }
}

fn middle(canvas: &mut Canvas, oval: &impl Fn(f32, f32, f32, f32) -> Ellipse, level: f32) {
    canvas.fill(oval(128.0, 122.0, 21.0, 44.0), 20.0);
    let heart = super::smooth(0.35, 0.7, level);
    if heart > 0.0 {
        canvas.fill(oval(139.0, 111.0, 41.0 * heart, 31.0 * heart).turned(0.45), 60.0);
        canvas.fill(oval(151.0, 116.0, 19.0 * heart, 14.0 * heart).turned(0.45), 215.0);
        canvas.fill(oval(122.0, 104.0, 15.0 * heart, 12.0 * heart).turned(0.3), 240.0);
    } else {
        canvas.fill(oval(117.0, 105.0, 10.0, 9.0), 265.0);
    }
    if level < 0.3 {
        canvas.fill(oval(139.0, 118.0, 15.0, 25.0).turned(0.25), 235.0);
    } else {
        canvas.fill(oval(126.0 - 9.0 * (1.0 - heart), 104.0, 12.0, 11.0), 240.0);
    }
    canvas.fill(oval(145.0, 150.0, 10.0, 10.0), 235.0);
    if level < 0.45 {
        canvas.fill(oval(128.0, 133.0, 7.5, 7.0), -990.0);
    } else if level < 0.62 {
        canvas.fill(oval(118.0, 135.0, 5.0, 4.5), -980.0);
        canvas.fill(oval(139.0, 135.0, 5.0, 4.5), -980.0);
    }
    canvas.fill(oval(132.0, 147.0, 4.5, 4.0), 30.0);
}

fn bones(canvas: &mut Canvas, oval: &impl Fn(f32, f32, f32, f32) -> Ellipse, at: (f32, f32)) {
    let (wide, level) = at;
    canvas.fill(oval(128.0, 164.0, 16.5, 14.0), 480.0);
    canvas.fill(oval(128.0, 164.0, 13.5, 11.0), 230.0);
    canvas.fill(oval(128.0, 186.0, 3.5, 13.0), 420.0);
    canvas.fill(oval(111.0, 181.0, 14.0, 4.0).turned(0.35), 430.0);
    canvas.fill(oval(145.0, 181.0, 14.0, 4.0).turned(-0.35), 430.0);
    canvas.fill(oval(128.0, 180.0, 8.0, 6.5), 40.0);
    canvas.fill(oval(128.0, 61.0, 13.0, 4.5), 430.0);
    canvas.fill(oval(128.0, 61.0, 10.5, 2.5), 190.0);
    for rib in 0..9 {
        let turn = 0.5 + rib as f32 * 0.36 + (level * 9.0 + rib as f32 * 0.13).fract() * 0.3 - 0.7;
        for side in [-1.0, 1.0] {
            let x = 128.0 + side * turn.sin() * (wide - 13.5);
            let y = 126.0 - turn.cos() * 65.0;
            let along = side * (turn.sin() * 65.0).atan2(turn.cos() * (wide - 13.5));
            canvas.fill(oval(x, y, 10.0, 3.9).turned(along), 520.0);
            canvas.fill(oval(x, y, 7.6, 1.9).turned(along), 210.0);
        }
    }
}

fn table(canvas: &mut Canvas, unit: f32) {
    let width = canvas.width as f32;
    canvas.paint(|x, y, pixel| {
        let bow = 213.0 + ((x - width / 2.0) / width).powi(2) * -26.0;
        let off = (y / unit - bow).abs();
        let inside = (x / unit - 128.0).abs() < 104.0;
        if inside && off < 1.2 { -380.0 } else { pixel }
    });
}
