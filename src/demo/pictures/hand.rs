//! Radiograph of a hand.

use crate::demo::canvas::Canvas;
use crate::demo::rng::Rng;

/// Bases, turn (radians from upright) and lengths of a ray's bones.
const RAYS: [((f32, f32), f32, [f32; 4]); 5] = [
    ((196.0, 372.0), -0.82, [78.0, 58.0, 0.0, 42.0]),
    ((222.0, 342.0), -0.24, [104.0, 64.0, 40.0, 28.0]),
    ((252.0, 336.0), -0.04, [102.0, 70.0, 46.0, 30.0]),
    ((280.0, 342.0), 0.15, [94.0, 64.0, 42.0, 29.0]),
    ((304.0, 354.0), 0.36, [84.0, 50.0, 30.0, 26.0]),
];

/// Wrist bones: centre and radius.
const WRIST: [(f32, f32, f32); 8] = [
    (212.0, 384.0, 15.0),
    (236.0, 366.0, 14.0),
    (258.0, 366.0, 17.0),
    (284.0, 370.0, 16.0),
    (228.0, 402.0, 19.0),
    (256.0, 400.0, 16.0),
    (280.0, 398.0, 14.0),
    (296.0, 390.0, 10.0),
];

/// A hand, brightness 0 (air) to 1 (bone); `size` is both sides in pixels.
pub fn hand(size: usize, seed: u64) -> Canvas {
    let unit = size as f32 / 512.0;
    let mut flesh = Canvas::new(size, size, 0.0);
    let mut bone = Canvas::new(size, size, 0.0);
    for (base, turn, lengths) in RAYS {
        ray(&mut flesh, &mut bone, (base, turn, lengths, unit));
    }
    let scale = |points: &[(f32, f32, f32)]| {
        points.iter().map(|(x, y, r)| (x * unit, y * unit, r * unit)).collect::<Vec<_>>()
    };
    flesh.tube(&scale(&[(256.0, 300.0, 62.0), (254.0, 390.0, 66.0), (254.0, 540.0, 62.0)]), 1.0);
    flesh.tube(&scale(&[(196.0, 330.0, 34.0), (232.0, 400.0, 44.0)]), 0.8);
    for (x, y, radius) in WRIST {
        bone.tube(&scale(&[(x, y, radius), (x + 2.0, y + 2.0, radius)]), 0.8);
    }
    bone.tube(&scale(&[(232.0, 430.0, 24.0), (232.0, 452.0, 17.0), (236.0, 540.0, 15.0)]), 1.0);
    bone.tube(&scale(&[(286.0, 428.0, 14.0), (285.0, 450.0, 11.0), (282.0, 540.0, 12.0)]), 1.0);
    flesh.blur((3.0 * unit) as usize);
    bone.blur((0.7 * unit) as usize);
    let mut rng = Rng::lane(seed, "hand");
    let mut grain = Canvas::new(size, size, 0.0);
    grain.noise(&mut rng, 1.0);
    grain.blur((1.0 * unit) as usize);
    let mut canvas = Canvas::new(size, size, 0.0);
    for (at, pixel) in canvas.data.iter_mut().enumerate() {
        let (soft, hard) = (flesh.data[at].min(1.4), bone.data[at].min(1.5));
        // The rim of a tube of compact bone is denser than its middle.
        let shell = (hard * (1.35 - 0.55 * hard)).max(0.0);
        let spongy = 1.0 + 0.10 * grain.data[at];
        *pixel = 0.03 + 0.24 * soft + 0.55 * shell * spongy;
    }
    canvas.noise(&mut rng, 0.008);
    canvas
}

fn ray(flesh: &mut Canvas, bone: &mut Canvas, at: ((f32, f32), f32, [f32; 4], f32)) {
    let ((mut x, mut y), turn, lengths, unit) = at;
    let (dx, dy) = (turn.sin(), -turn.cos());
    let mut thick = 9.5;
    let start = (x * unit, y * unit, 30.0 * unit);
    for length in lengths.into_iter().filter(|length| *length > 0.0) {
        let place = |part: f32, radius: f32| {
            ((x + dx * length * part) * unit, (y + dy * length * part) * unit, radius * unit)
        };
        let shaft = [
            place(0.04, thick * 1.12),
            place(0.25, thick * 0.74),
            place(0.6, thick * 0.66),
            place(0.9, thick * 0.95),
            place(0.95, thick * 0.85),
        ];
        bone.tube(&shaft, 1.0);
        x += dx * (length + 6.0);
        y += dy * (length + 6.0);
        thick *= 0.84;
    }
    let tip = (x * unit, y * unit, 13.0 * unit);
    let knuckle = |part: f32, radius: f32| {
        (start.0 + (tip.0 - start.0) * part, start.1 + (tip.1 - start.1) * part, radius * unit)
    };
    flesh.tube(&[start, knuckle(0.35, 23.0), knuckle(0.7, 18.0), tip], 0.9);
}
