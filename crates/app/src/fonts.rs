//! The typefaces, compiled in, and the style that keeps the window still.

use std::sync::{Arc, LazyLock};

use egui::epaint::FontColorTransferFunction;
use egui::{Context, FontData, FontDefinitions, FontFamily, FontId};

use crate::tokens::{Theme, Tone};

/// A typeface in one weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// Atkinson Hyperlegible Next 400: sentences and labels.
    Text,
    /// Atkinson Hyperlegible Next 600: names and headings.
    Strong,
    /// Atkinson Hyperlegible Mono 400: addresses, amounts, hex, words to compare.
    Data,
    /// Atkinson Hyperlegible Mono 600: differences, key caps.
    DataStrong,
    /// Phosphor Bold: ticks, arrows, signs.
    Mark,
    /// Phosphor Fill: states.
    State,
}

static STRONG: LazyLock<FontFamily> = LazyLock::new(|| FontFamily::Name("strong".into()));
static DATA_STRONG: LazyLock<FontFamily> = LazyLock::new(|| FontFamily::Name("data-strong".into()));
static MARK: LazyLock<FontFamily> = LazyLock::new(|| FontFamily::Name("mark".into()));
static STATE: LazyLock<FontFamily> = LazyLock::new(|| FontFamily::Name("state".into()));

impl Face {
    /// Every typeface.
    pub const ALL: [Self; 6] = [Self::Text, Self::Strong, Self::Data, Self::DataStrong, Self::Mark, Self::State];

    /// The file under `assets/fonts`.
    pub const fn file(self) -> &'static str {
        match self {
            Self::Text => "AtkinsonHyperlegibleNext-400.ttf",
            Self::Strong => "AtkinsonHyperlegibleNext-600.ttf",
            Self::Data => "AtkinsonHyperlegibleMono-400.ttf",
            Self::DataStrong => "AtkinsonHyperlegibleMono-600.ttf",
            Self::Mark => "Phosphor-Bold-subset.ttf",
            Self::State => "Phosphor-Fill-subset.ttf",
        }
    }

    /// The file's bytes (TrueType).
    pub const fn bytes(self) -> &'static [u8] {
        match self {
            Self::Text => include_bytes!("../../../assets/fonts/AtkinsonHyperlegibleNext-400.ttf"),
            Self::Strong => include_bytes!("../../../assets/fonts/AtkinsonHyperlegibleNext-600.ttf"),
            Self::Data => include_bytes!("../../../assets/fonts/AtkinsonHyperlegibleMono-400.ttf"),
            Self::DataStrong => include_bytes!("../../../assets/fonts/AtkinsonHyperlegibleMono-600.ttf"),
            Self::Mark => include_bytes!("../../../assets/fonts/Phosphor-Bold-subset.ttf"),
            Self::State => include_bytes!("../../../assets/fonts/Phosphor-Fill-subset.ttf"),
        }
    }

    /// The typeface as egui names it.
    pub fn family(self) -> FontFamily {
        match self {
            Self::Text => FontFamily::Proportional,
            Self::Strong => STRONG.clone(),
            Self::Data => FontFamily::Monospace,
            Self::DataStrong => DATA_STRONG.clone(),
            Self::Mark => MARK.clone(),
            Self::State => STATE.clone(),
        }
    }

    /// The typeface at a size in points.
    pub fn at(self, size: f32) -> FontId {
        FontId::new(size, self.family())
    }
}

/// The typefaces for egui. Each family has one face: a character that it lacks is drawn as a box, never in another face.
pub fn definitions() -> FontDefinitions {
    let mut definitions = FontDefinitions::empty();
    for face in Face::ALL {
        let data = FontData::from_static(face.bytes());
        definitions.font_data.insert(face.file().to_owned(), Arc::new(data));
        definitions.families.insert(face.family(), vec![face.file().to_owned()]);
    }
    definitions
}

/// Installs typefaces, theme and a style in which nothing fades, blinks or slides.
///
/// The fonts act from the next pass on, so a shell calls this before its first.
pub fn install(ctx: &Context, theme: Theme) {
    ctx.set_fonts(definitions());
    set_theme(ctx, theme);
    ctx.options_mut(|options| options.zoom_with_keyboard = false);
}

/// Changes the theme.
pub fn set_theme(ctx: &Context, theme: Theme) {
    ctx.data_mut(|data| data.insert_temp(theme_id(), Chosen(theme)));
    ctx.set_theme(if theme == Theme::Light { egui::Theme::Light } else { egui::Theme::Dark });
    ctx.all_styles_mut(|style| still(style, theme));
}

/// The theme in use.
pub fn theme(ctx: &Context) -> Theme {
    ctx.data(|data| data.get_temp::<Chosen>(theme_id())).unwrap_or_default().0
}

#[derive(Clone, Copy, Default)]
struct Chosen(Theme);

fn theme_id() -> egui::Id {
    egui::Id::unique("vitrine theme")
}

/// Light text on a dark ground looks thinner than it is, so its edges are lifted a little.
fn coverage(theme: Theme) -> FontColorTransferFunction {
    match theme {
        Theme::Light => FontColorTransferFunction::Off,
        Theme::Dark | Theme::Monochrome => FontColorTransferFunction::Gamma(0.8),
    }
}

fn still(style: &mut egui::Style, theme: Theme) {
    style.animation_time = 0.0;
    style.scroll_animation = egui::style::ScrollAnimation::none();
    style.spacing.item_spacing = egui::Vec2::ZERO;
    style.override_font_id = Some(Face::Text.at(crate::tokens::Type::BODY.size));
    let visuals = &mut style.visuals;
    visuals.text_options.color_transfer_function = coverage(theme);
    visuals.text_cursor.blink = false;
    visuals.text_cursor.stroke = egui::Stroke::new(2.0, Tone::Act.colour(theme));
    visuals.selection.bg_fill = Tone::Bg3.colour(theme);
    visuals.selection.stroke = egui::Stroke::new(1.0, Tone::T1.colour(theme));
    visuals.panel_fill = Tone::Bg0.colour(theme);
    visuals.window_fill = Tone::Bg1.colour(theme);
    visuals.override_text_color = Some(Tone::T1.colour(theme));
}
