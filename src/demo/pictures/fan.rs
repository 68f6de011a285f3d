//! Ultrasound: a sector with speckle, echoes and a moving wall.

use super::smooth;
use crate::demo::canvas::Canvas;
use crate::demo::rng::Rng;

/// Where the sector lies in the picture.
#[derive(Clone, Copy, Debug)]
pub struct Fan {
    /// Columns and rows of the picture.
    pub size: (usize, usize),
    /// Apex of the sector, in pixels.
    pub apex: (f32, f32),
    /// Nearest and farthest echo, in pixels from the apex.
    pub depth: (f32, f32),
    /// Half of the opening angle, in radians.
    pub half: f32,
}

/// Speckle in the beam's own coordinates: fine along it, coarser across.
struct Speckle {
    grain: Canvas,
}

impl Speckle {
    fn new(lane: &mut Rng) -> Self {
        let mut parts = [Canvas::new(220, 420, 0.0), Canvas::new(220, 420, 0.0)];
        for part in &mut parts {
            part.noise(lane, 1.0);
            part.blur(1);
        }
        let [mut grain, other] = parts;
        for (real, imaginary) in grain.data.iter_mut().zip(other.data) {
            *real = real.hypot(imaginary) * 2.4;
        }
        Self { grain }
    }

    /// The echo at `across` and `along`, both 0 to 1, between the nearest four.
    fn at(&self, across: f32, along: f32) -> f32 {
        let x = across.clamp(0.0, 1.0) * (self.grain.width - 2) as f32;
        let y = along.clamp(0.0, 1.0) * (self.grain.height - 2) as f32;
        let (left, top) = (x as usize, y as usize);
        let (fx, fy) = (x - left as f32, y - top as f32);
        let row = |line: usize| {
            let pair = &self.grain.data[line * self.grain.width + left..][..2];
            pair[0] + (pair[1] - pair[0]) * fx
        };
        row(top) + (row(top + 1) - row(top)) * fy
    }
}

/// The sector at one moment, brightness 0 to 1; `phase` runs from 0 to 1 through a heart beat.
pub fn fan(fan: &Fan, phase: f32, seed: u64) -> Canvas {
    let mut still = Rng::lane(seed, "tissue");
    let tissue = Speckle::new(&mut still);
    let mut moving = Rng::lane(seed, &format!("blood {phase}"));
    let blood = Speckle::new(&mut moving);
    let beat = (phase * std::f32::consts::TAU).sin();
    let mut canvas = Canvas::new(fan.size.0, fan.size.1, 0.0);
    canvas.paint(|x, y, _| {
        let (dx, dy) = (x - fan.apex.0, y - fan.apex.1);
        let (far, turn) = (dx.hypot(dy), dx.atan2(dy));
        let along = (far - fan.depth.0) / (fan.depth.1 - fan.depth.0);
        let across = turn / fan.half;
        let inside = smooth(0.0, 0.006, along)
            * smooth(0.0, 0.004, 1.0 - along)
            * smooth(0.0, 0.008, 1.0 - across.abs());
        if inside <= 0.0 {
            return 0.0;
        }
        let echo = scatter(across, along, beat);
        let grain = tissue.at((across + 1.0) / 2.0, along - 0.012 * beat);
        let noise = blood.at((across + 1.0) / 2.0, along) * 0.035;
        let gain = 1.0 - 0.35 * along * along;
        inside * ((echo * grain * 0.95 + noise) * gain).clamp(0.0, 0.98)
    });
    canvas
}

/// How strongly tissue answers: chambers are dark, walls and the far wall bright.
fn scatter(across: f32, along: f32, beat: f32) -> f32 {
    let chamber = |ax: f32, ay: f32, rx: f32, ry: f32| {
        (((across - ax) / rx).powi(2) + ((along - ay) / ry).powi(2)).sqrt()
    };
    let left = chamber(0.17, 0.47, 0.30 - 0.05 * beat, 0.22 - 0.035 * beat);
    let right = chamber(-0.36, 0.42, 0.20 - 0.02 * beat, 0.16 - 0.02 * beat);
    let upper = chamber(0.12, 0.80, 0.27 + 0.03 * beat, 0.095 + 0.01 * beat);
    let mut echo = 0.42 + 0.10 * (along * 23.0 + across * 4.0).sin();
    for wall in [left, right, upper] {
        let bright = 0.55 * (-((wall - 1.06) / 0.07).powi(2)).exp();
        echo = (echo + bright) * (0.05 + 0.95 * smooth(0.9, 1.04, wall));
    }
    let leaf = 0.66 + 0.05 * beat;
    let valve = (-((along - leaf - 0.12 * (across - 0.1).abs()) / 0.012).powi(2)).exp();
    if (across - 0.12).abs() < 0.26 {
        echo += 0.9 * valve;
    }
    echo += 1.1 * (-((along - 0.93 + 0.05 * across * across) / 0.012).powi(2)).exp();
    echo + 0.8 * (-(along / 0.035).powi(2)).exp()
}
