//! A picture on the graphics card, in tiles where it is larger than a texture may be.

use egui::{Color32, ColorImage, Context, Rect, TextureHandle, TextureOptions, pos2};

use crate::model::Picture;

/// One tile and where it lies in the image, in pixels.
struct Tile {
    place: Rect,
    texture: TextureHandle,
}

/// A picture on the graphics card.
#[derive(Default)]
pub(in crate::ui) struct Tiles(Vec<Tile>);

impl Tiles {
    /// Puts a picture there, its samples turned around where `inverted`.
    pub fn load(ctx: &Context, picture: &Picture, inverted: bool) -> Self {
        let most = ctx.input(|input| input.max_texture_side).max(256) as u32;
        let options =
            TextureOptions { magnification: egui::TextureFilter::Nearest, ..Default::default() };
        let mut tiles = Vec::new();
        for (x, y, width, height) in cut(picture.width, picture.height, most) {
            let image = part(picture, (x, y, width, height), inverted);
            let name = format!("picture {x} {y}");
            let place = Rect::from_min_max(
                pos2(x as f32, y as f32),
                pos2((x + width) as f32, (y + height) as f32),
            );
            tiles.push(Tile { place, texture: ctx.load_texture(name, image, options) });
        }
        Self(tiles)
    }

    /// Paints them where the image lies.
    pub fn paint(&self, painter: &egui::Painter, image: Rect, scale: f32, tint: Color32) {
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        for tile in &self.0 {
            let min = image.min + tile.place.min.to_vec2() * scale;
            let rect = Rect::from_min_size(min, tile.place.size() * scale);
            painter.image(tile.texture.id(), rect, whole, tint);
        }
    }

    /// Whether there is nothing to paint.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Rectangles (x, y, width, height) of at most `most` on a side that cover an image.
fn cut(width: u32, height: u32, most: u32) -> Vec<(u32, u32, u32, u32)> {
    let steps = |length: u32| {
        (0..length.div_ceil(most)).map(move |at| (at * most, most.min(length - at * most)))
    };
    steps(height)
        .flat_map(|(y, height)| steps(width).map(move |(x, width)| (x, y, width, height)))
        .collect()
}

fn part(
    picture: &Picture,
    (x, y, width, height): (u32, u32, u32, u32),
    inverted: bool,
) -> ColorImage {
    let flip = if inverted { 255 } else { 0 };
    let channels = usize::from(picture.channels.max(1));
    let stride = picture.width as usize * channels;
    let mut pixels = Vec::with_capacity(width as usize * height as usize);
    for row in y..y + height {
        let from = row as usize * stride + x as usize * channels;
        let line = picture.samples.get(from..from + width as usize * channels).unwrap_or(&[]);
        match channels {
            3 => pixels.extend(
                line.chunks_exact(3)
                    .map(|rgb| match *rgb {
                        [r, g, b] => [r ^ flip, g ^ flip, b ^ flip],
                        _ => [0; 3],
                    })
                    .map(|[r, g, b]| Color32::from_rgb(r, g, b)),
            ),
            _ => pixels.extend(line.iter().map(|grey| Color32::from_gray(grey ^ flip))),
        }
    }
    // A picture with too few samples shows black where they are missing.
    pixels.resize(width as usize * height as usize, Color32::BLACK);
    ColorImage::new([width as usize, height as usize], pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_the_image_once() {
        let tiles = cut(5000, 2048, 2048);
        assert_eq!(tiles, [(0, 0, 2048, 2048), (2048, 0, 2048, 2048), (4096, 0, 904, 2048)]);
        let area: u32 = cut(777, 1301, 256).iter().map(|(_, _, w, h)| w * h).sum();
        assert_eq!(area, 777 * 1301);
    }

    #[test]
    fn a_part_holds_the_right_pixels_and_inverts() {
        let samples = (0..12).collect();
        let picture = Picture { width: 4, height: 3, channels: 1, samples };
        let image = part(&picture, (2, 1, 2, 2), false);
        let greys: Vec<u8> = image.pixels.iter().map(|pixel| pixel.r()).collect();
        assert_eq!(greys, [6, 7, 10, 11]);
        let image = part(&picture, (0, 0, 1, 1), true);
        assert_eq!(image.pixels, [Color32::WHITE]);
    }

    #[test]
    fn a_picture_that_lies_about_its_size_is_black_there() {
        let picture = Picture { width: 2, height: 2, channels: 3, samples: vec![9; 6] };
        let image = part(&picture, (0, 0, 2, 2), false);
        assert_eq!(image.pixels.len(), 4);
        assert_eq!(image.pixels[3], Color32::BLACK);
    }
}
