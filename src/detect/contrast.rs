//! Local contrast: faint text on a dark ground looks like plain text on a light one.

/// Standard deviation of the neighbourhood, in pixels: a few lines of small print.
const BOXES: [usize; 3] = [12, 11, 12];
/// Deviation, in grey levels, below which contrast is not raised any more: noise would be text.
const FLOOR: f32 = 12.0;
/// Grey levels for one standard deviation.
const GAIN: f32 = 42.0;
/// Where the neighbourhood's mean comes to lie.
const MIDDLE: f32 = 128.0;

/// One plane with each pixel measured against mean and deviation of what is around it (a Gaussian of
/// about 12 pixels), as `128 + 42·(g − mean)/(deviation + 12)`.
pub(crate) fn normalised(plane: &[u8], width: usize) -> Vec<u8> {
    let plain: Vec<f32> = plane.iter().map(|grey| f32::from(*grey)).collect();
    let squares: Vec<f32> = plain.iter().map(|grey| grey * grey).collect();
    let (means, squares) = (smoothed(plain, width), smoothed(squares, width));
    let around = means.into_iter().zip(squares);
    plane
        .iter()
        .zip(around)
        .map(|(grey, (mean, square))| {
            let deviation = (square - mean * mean).max(0.0).sqrt();
            // The cast saturates.
            (MIDDLE + GAIN * (f32::from(*grey) - mean) / (deviation + FLOOR)).round() as u8
        })
        .collect()
}

/// Three running means in each direction: nearly a Gaussian, at the same cost for any width.
fn smoothed(mut plane: Vec<f32>, width: usize) -> Vec<f32> {
    if width == 0 || plane.is_empty() {
        return plane;
    }
    let height = plane.len() / width;
    for radius in BOXES {
        for row in plane.chunks_exact_mut(width) {
            let means = running_means(row, radius);
            row.copy_from_slice(&means);
        }
        plane = down_the_columns(&plane, (width, height), radius);
    }
    plane
}

/// The mean around each value; at the ends of what is there.
fn running_means(values: &[f32], radius: usize) -> Vec<f32> {
    let mut sums = Vec::with_capacity(values.len() + 1);
    sums.push(0.0_f64);
    let mut sum = 0.0;
    for value in values {
        sum += f64::from(*value);
        sums.push(sum);
    }
    (0..values.len())
        .map(|at| {
            let (from, to) = (at.saturating_sub(radius), (at + radius + 1).min(values.len()));
            ((sums[to] - sums[from]) / (to - from) as f64) as f32
        })
        .collect()
}

/// The same for columns, row by row: what lies far apart is read once.
fn down_the_columns(plane: &[f32], (width, height): (usize, usize), radius: usize) -> Vec<f32> {
    let row = |y: usize| &plane[y * width..(y + 1) * width];
    let mut sums = vec![0.0_f64; width];
    let add = |sums: &mut [f64], y: usize, sign: f64| {
        for (sum, value) in sums.iter_mut().zip(row(y)) {
            *sum += sign * f64::from(*value);
        }
    };
    let (mut from, mut to) = (0, 0);
    let mut out = Vec::with_capacity(plane.len());
    for y in 0..height {
        while to < (y + radius + 1).min(height) {
            add(&mut sums, to, 1.0);
            to += 1;
        }
        while from < y.saturating_sub(radius) {
            add(&mut sums, from, -1.0);
            from += 1;
        }
        let count = (to - from) as f64;
        out.extend(sums.iter().map(|sum| (sum / count) as f32));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faint_strokes_stand_out_and_flat_ground_is_grey() {
        let stroke = |x: usize, y: usize| (40..50).contains(&y) && x % 6 < 2;
        let plane: Vec<u8> = (0..96 * 96)
            .map(|at| (20 + at % 96 / 2) as u8 + if stroke(at % 96, at / 96) { 12 } else { 0 })
            .collect();
        let out = normalised(&plane, 96);
        let at = |x: usize, y: usize| out[y * 96 + x];
        assert!(at(48, 45).abs_diff(at(51, 45)) > 20, "{} {}", at(48, 45), at(51, 45));
        assert!(at(48, 5).abs_diff(128) < 12 && at(48, 90).abs_diff(128) < 12);
    }

    #[test]
    fn rows_and_columns_are_smoothed_alike() {
        let spot = |x: usize, y: usize| if (x, y) == (75, 75) { 1000.0 } else { 0.0 };
        let plane: Vec<f32> = (0..151 * 151).map(|at| spot(at % 151, at / 151)).collect();
        let out = smoothed(plane, 151);
        let total: f32 = out.iter().sum();
        assert!((total - 1000.0).abs() < 0.1, "{total}");
        for away in 0..75 {
            let (across, down) = (out[75 * 151 + 75 + away], out[(75 + away) * 151 + 75]);
            assert!((across - down).abs() < 1e-4, "{away}");
        }
        assert_eq!(smoothed(vec![7.0; 12], 4), vec![7.0; 12]);
        assert!(smoothed(Vec::new(), 0).is_empty());
    }
}
