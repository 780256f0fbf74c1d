//! The faces draw what they are given: every character exists, and none changes because of its neighbour.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

use egui::text::LayoutJob;
use egui::{Color32, Context, RawInput};
use vitrine_app::fonts::{self, Face};
use vitrine_app::icons::Icon;
use vitrine_app::tokens::{Theme, Type};

fn with_fonts<R>(look: impl Fn(&egui::Ui) -> R) -> R {
    let ctx = Context::default();
    fonts::install(&ctx, Theme::Dark);
    let mut seen = None;
    let mut output = ctx.run_ui(RawInput::default(), |ui| seen = Some(look(ui)));
    output.textures_delta.clear();
    seen.unwrap()
}

fn printable() -> impl Iterator<Item = char> {
    (' '..='~').chain(['·', '×', '°', '…', '–', '−', '“', '”', '’', '²', 'é', 'ü', 'ß', 'Å'])
}

#[test]
fn a_character_of_data_never_moves_or_changes_because_of_its_neighbour() {
    with_fonts(|ui| {
        for kind in [Type::ORDINAL, Type::ADDRESS, Type::MIRROR] {
            for face in [Face::Data, Face::DataStrong] {
                let layout = |text: String| {
                    ui.painter().layout_job(LayoutJob::simple_singleline(text, face.at(kind.size), Color32::WHITE))
                };
                let advance = layout("00000000".to_owned()).rows[0].glyphs[0].advance_width;
                for first in '!'..='~' {
                    let alone = layout(first.to_string()).rows[0].glyphs[0];
                    for second in '!'..='~' {
                        let pair = layout(format!("{first}{second}"));
                        let glyphs = &pair.rows[0].glyphs;
                        assert_eq!(glyphs.len(), 2, "{first}{second}");
                        assert_eq!(
                            glyphs[0].uv_rect.min, alone.uv_rect.min,
                            "{first} before {second} is another glyph"
                        );
                        for glyph in glyphs {
                            assert!(
                                (glyph.advance_width - advance).abs() < 0.01,
                                "{first}{second}: {}",
                                glyph.advance_width
                            );
                        }
                    }
                }
            }
        }
    });
}

#[test]
fn every_character_and_icon_that_is_used_exists() {
    with_fonts(|ui| {
        ui.fonts_mut(|fonts| {
            for face in [Face::Text, Face::Strong, Face::Data, Face::DataStrong] {
                for character in printable() {
                    assert!(fonts.has_glyph(&face.at(14.0), character), "{face:?} lacks {character:?}");
                }
            }
            for icon in Icon::ALL {
                assert!(fonts.has_glyph(&icon.face().at(14.0), icon.glyph()), "{icon:?}");
            }
        });
    });
}

#[test]
fn characters_that_people_confuse_have_glyphs_of_their_own() {
    with_fonts(|ui| {
        let layout = |text: &str| {
            ui.painter().layout_job(LayoutJob::simple_singleline(text.to_owned(), Face::Data.at(28.0), Color32::WHITE))
        };
        let places: Vec<_> = layout("0OoQ1lI|i5S2Z8B").rows[0].glyphs.iter().map(|glyph| glyph.uv_rect.min).collect();
        for (place, glyph) in places.iter().enumerate() {
            assert!(!places[place + 1..].contains(glyph), "two characters share a glyph");
        }
    });
}

#[test]
fn an_arrow_is_never_asked_of_a_text_face() {
    with_fonts(|ui| {
        ui.fonts_mut(|fonts| {
            for missing in ['→', '↓', '✓', '≠', '│'] {
                assert!(!fonts.has_glyph(&Face::Text.at(14.0), missing), "use the icon face for {missing}");
            }
        });
    });
}
