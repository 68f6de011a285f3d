//! All colours and measures of the window, dark and light.

use egui::{Color32, CornerRadius, FontDefinitions, FontFamily, Stroke, Style, Theme, Visuals};

/// A meaning that has a colour; a letter or word always stands beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// Ordinary text.
    Plain,
    /// Text of second rank.
    Weak,
    /// Goes, rejected, failed.
    Red,
    /// Changes, open, stale.
    Amber,
    /// New, kept on purpose, held.
    Blue,
    /// Stays, approved.
    Green,
    /// The selection.
    Accent,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// The colour of a meaning on the panels of a theme.
pub(super) const fn colour(dark: bool, tone: Tone) -> Color32 {
    match (tone, dark) {
        (Tone::Plain, true) => rgb(0xE4_E7_EB),
        (Tone::Plain, false) => rgb(0x1C_21_28),
        (Tone::Weak, true) => rgb(0x9A_A4_B2),
        (Tone::Weak, false) => rgb(0x5A_63_70),
        (Tone::Red, true) => rgb(0xFF_7B_72),
        (Tone::Red, false) => rgb(0xB4_23_18),
        (Tone::Amber, true) => rgb(0xF2_B8_4B),
        (Tone::Amber, false) => rgb(0x8A_57_00),
        (Tone::Blue, true) => rgb(0x79_B8_FF),
        (Tone::Blue, false) => rgb(0x0B_5C_AD),
        (Tone::Green, true) => rgb(0x6C_D4_8F),
        (Tone::Green, false) => rgb(0x1A_6B_38),
        (Tone::Accent, true) => rgb(0x4C_C2_D8),
        (Tone::Accent, false) => rgb(0x00_6A_80),
    }
}

/// The colour of a meaning in the theme of `ui`.
pub(super) fn tone(ui: &egui::Ui, tone: Tone) -> Color32 {
    colour(ui.visuals().dark_mode, tone)
}

/// What is drawn over an image: the image is dark in both themes, so these do not change.
pub(super) mod overlay {
    use super::{Color32, rgb};

    /// Around the image.
    pub const SURROUND: Color32 = rgb(0x0B_0D_10);
    /// A finding nobody answered.
    pub const OPEN: Color32 = rgb(0xFF_C2_47);
    /// A finding that stays.
    pub const KEPT: Color32 = rgb(0x5A_D6_8A);
    /// What is painted over.
    pub const MASK: Color32 = rgb(0xFF_6B_62);
    /// What is selected.
    pub const SELECTED: Color32 = rgb(0xFF_FF_FF);
    /// Under text.
    pub const TEXT_BACK: Color32 = Color32::from_rgba_premultiplied(0, 0, 0, 205);
    /// Text.
    pub const TEXT: Color32 = rgb(0xF2_F4_F7);
    /// The fill of a mask.
    pub const FILL: Color32 = Color32::BLACK;
    /// The hatching of a mask.
    pub const HATCH: Color32 = Color32::from_rgba_premultiplied(120, 48, 44, 150);
    /// A picture that is about to be replaced.
    pub const FADED: Color32 = Color32::from_gray(90);
    /// A picture as it is.
    pub const WHOLE: Color32 = Color32::WHITE;
}

/// Height of a row of the outline and of lists, in points.
pub(super) const ROW: f32 = 24.0;
/// Height of a row of two lines, in points.
pub(super) const TALL_ROW: f32 = 40.0;
/// Size of text of second rank, in points.
pub(super) const SMALL: f32 = 11.5;
/// Size of text, in points.
pub(super) const BODY: f32 = 13.0;

/// Gives a context both themes.
pub(super) fn install(ctx: &egui::Context) {
    ctx.set_visuals_of(Theme::Dark, visuals(true));
    ctx.set_visuals_of(Theme::Light, visuals(false));
    ctx.all_styles_mut(measures);
    ctx.set_fonts(fonts());
}

/// The built-in fonts, each family with the other's signs to fall back on.
fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    for (family, other) in
        [(FontFamily::Proportional, "Hack"), (FontFamily::Monospace, "Ubuntu-Light")]
    {
        let names = fonts.families.entry(family).or_default();
        if !names.iter().any(|name| name == other) {
            names.push(other.to_owned());
        }
    }
    fonts
}

/// Whether there is a font for every character of a text.
pub(super) fn can_draw(ctx: &egui::Context, words: &str) -> bool {
    // Most are plain: for them no font is asked.
    words.is_ascii() || {
        let font = egui::FontId::proportional(BODY);
        let drawn: String = words.chars().filter(|c| !c.is_control()).collect();
        ctx.fonts_mut(|fonts| fonts.has_glyphs(&font, &drawn))
    }
}

fn measures(style: &mut Style) {
    style.spacing.item_spacing = egui::vec2(6.0, 5.0);
    style.spacing.button_padding = egui::vec2(8.0, 3.0);
    style.spacing.interact_size.y = ROW;
    for (kind, font) in &mut style.text_styles {
        font.size = match kind {
            egui::TextStyle::Heading => 18.0,
            egui::TextStyle::Small => SMALL,
            _ => BODY,
        };
    }
    // Names of patients are not copied by chance.
    style.interaction.selectable_labels = false;
}

fn visuals(dark: bool) -> Visuals {
    let mut visuals = if dark { Visuals::dark() } else { Visuals::light() };
    let plain = colour(dark, Tone::Plain);
    visuals.override_text_color = Some(plain);
    visuals.weak_text_color = Some(colour(dark, Tone::Weak));
    visuals.panel_fill = if dark { rgb(0x16_1A_1F) } else { rgb(0xF6_F7_F9) };
    visuals.window_fill = if dark { rgb(0x1D_22_29) } else { rgb(0xFF_FF_FF) };
    visuals.extreme_bg_color = if dark { rgb(0x0E_11_15) } else { rgb(0xFF_FF_FF) };
    visuals.faint_bg_color = if dark { rgb(0x1C_21_28) } else { rgb(0xEC_EF_F3) };
    visuals.error_fg_color = colour(dark, Tone::Red);
    visuals.warn_fg_color = colour(dark, Tone::Amber);
    visuals.selection.bg_fill = if dark { rgb(0x1B_4B_57) } else { rgb(0xBF_E6_EE) };
    visuals.selection.stroke = Stroke::new(1.0, colour(dark, Tone::Accent));
    visuals.hyperlink_color = colour(dark, Tone::Accent);
    let line = if dark { rgb(0x2C_33_3C) } else { rgb(0xD3_D8_DF) };
    visuals.widgets.noninteractive.bg_stroke = Stroke::new(1.0, line);
    visuals.widgets.noninteractive.bg_fill = visuals.panel_fill;
    let rest = if dark { rgb(0x29_30_39) } else { rgb(0xE1_E5_EA) };
    visuals.widgets.inactive.weak_bg_fill = rest;
    visuals.widgets.inactive.bg_fill = rest;
    let over = if dark { rgb(0x38_41_4C) } else { rgb(0xD2_D8_E0) };
    visuals.widgets.hovered.weak_bg_fill = over;
    visuals.widgets.hovered.bg_fill = over;
    for widget in [
        &mut visuals.widgets.noninteractive,
        &mut visuals.widgets.inactive,
        &mut visuals.widgets.hovered,
        &mut visuals.widgets.active,
        &mut visuals.widgets.open,
    ] {
        widget.corner_radius = CornerRadius::same(4);
    }
    visuals
}

#[cfg(test)]
mod tests {
    use super::{Tone, colour, visuals};
    use egui::Color32;

    fn luminance(colour: Color32) -> f32 {
        let [r, g, b, _] = egui::Rgba::from(colour).to_array();
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    fn contrast(a: Color32, b: Color32) -> f32 {
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        a.max(b) / a.min(b)
    }

    #[test]
    fn every_tone_can_be_read_on_the_panels_of_its_theme() {
        let tones = [
            Tone::Plain,
            Tone::Weak,
            Tone::Red,
            Tone::Amber,
            Tone::Blue,
            Tone::Green,
            Tone::Accent,
        ];
        for dark in [true, false] {
            let visuals = visuals(dark);
            for back in [visuals.panel_fill, visuals.faint_bg_color, visuals.window_fill] {
                for tone in tones {
                    let found = contrast(colour(dark, tone), back);
                    assert!(found >= 4.5, "{tone:?} dark={dark}: {found}");
                }
            }
        }
    }
}
