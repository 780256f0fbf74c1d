//! The window is what `docs/design-language.md` says: tokens, contrast, sizes, keys, typefaces.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

use egui::Color32;
use vitrine_app::fonts::Face;
use vitrine_app::keys::TABLE;
use vitrine_app::tokens::{Theme, Tone, Type, grey, size};

const PAGE: &str = include_str!("../../../docs/design-language.md");
const SOURCE: &str = include_str!("../../../assets/fonts/SOURCE.md");

/// The cells of every table row under a heading.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let section = PAGE.split(&format!("{heading}\n")).nth(1).unwrap();
    let end = section.find("\n#").unwrap_or(section.len());
    let rows = section[..end].lines().filter(|line| line.starts_with("| ") && !line.starts_with("| token"));
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    rows.map(|line| cells(line.trim().trim_start_matches('|').trim_end().strip_suffix('|').unwrap())).collect()
}

fn code(cell: &str) -> &str {
    cell.trim_matches('`')
}

fn colour(cell: &str) -> Color32 {
    let rgb = u32::from_str_radix(code(cell).strip_prefix('#').unwrap(), 16).unwrap();
    let [_, red, green, blue] = rgb.to_be_bytes();
    Color32::from_rgb(red, green, blue)
}

fn tone(name: &str) -> Tone {
    *Tone::ALL.iter().find(|tone| tone.name() == code(name)).unwrap_or_else(|| panic!("no token {name}"))
}

/// Relative luminance (WCAG 2).
fn luminance(colour: Color32) -> f64 {
    let linear = |channel: u8| {
        let channel = f64::from(channel) / 255.0;
        if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
}

fn contrast(one: Color32, other: Color32) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn assert_ratio(stated: &str, computed: f64, what: &str) {
    let stated: f64 = stated.parse().unwrap();
    assert!((stated - computed).abs() < 0.06, "{what}: stated {stated}, computed {computed:.2}");
}

fn colour_rows() -> Vec<Vec<String>> {
    rows("### Colour")
        .into_iter()
        .filter(|row| row.len() == 8 && row[0].starts_with('`') && !row[1].starts_with('`'))
        .collect()
}

fn pair_rows() -> Vec<Vec<String>> {
    rows("### Colour").into_iter().filter(|row| row.len() == 8 && row[1].starts_with('`')).collect()
}

#[test]
fn a_colour_on_the_page_is_the_colour_in_the_window() {
    let rows = colour_rows();
    assert_eq!(rows.len(), 15);
    for row in rows {
        assert_eq!(tone(&row[0]).colour(Theme::Dark), colour(&row[2]), "{} dark", row[0]);
        assert_eq!(tone(&row[0]).colour(Theme::Light), colour(&row[5]), "{} light", row[0]);
    }
    for row in pair_rows() {
        for (name, dark, light) in [(&row[0], &row[2], &row[5]), (&row[1], &row[3], &row[6])] {
            assert_eq!(tone(name).colour(Theme::Dark), colour(dark), "{name} dark");
            assert_eq!(tone(name).colour(Theme::Light), colour(light), "{name} light");
        }
    }
}

#[test]
fn every_token_of_the_code_is_on_the_page() {
    for tone in Tone::ALL {
        let named = PAGE.contains(&format!("`{}`", tone.name()));
        let colour = tone.colour(Theme::Dark);
        let hex = format!("#{:02x}{:02x}{:02x}", colour.r(), colour.g(), colour.b());
        assert!(named || PAGE.contains(&hex), "{}", tone.name());
    }
}

#[test]
fn no_text_is_too_faint_to_read() {
    for (theme, first) in [(Theme::Dark, 2), (Theme::Light, 5)] {
        for row in colour_rows().iter().filter(|row| !row[3].is_empty()) {
            let ink = tone(&row[0]).colour(theme);
            let grounds = if code(&row[0]) == "edge" { 3 } else { 4 };
            let grounds = [Tone::Bg0, Tone::Bg1, Tone::Bg2, Tone::Bg3].into_iter().take(grounds);
            let low = grounds.map(|ground| contrast(ink, ground.colour(theme))).fold(f64::MAX, f64::min);
            assert_ratio(&row[first + 1], contrast(ink, Tone::Bg1.colour(theme)), &row[0]);
            assert_ratio(&row[first + 2], low, &row[0]);
            assert!(low >= if code(&row[0]) == "edge" { 3.0 } else { 4.5 }, "{} {}", row[0], theme.word());
        }
        for row in pair_rows() {
            let ratio = contrast(tone(&row[0]).colour(theme), tone(&row[1]).colour(theme));
            assert_ratio(&row[first + 2], ratio, &row[0]);
            assert!(ratio >= 4.5, "{} on {}", row[0], row[1]);
        }
    }
}

#[test]
fn monochrome_is_the_dark_theme_without_colour() {
    for tone in Tone::ALL {
        let shown = tone.colour(Theme::Monochrome);
        assert!(shown.r() == shown.g() && shown.g() == shown.b(), "{}", tone.name());
        assert_eq!(shown, grey(tone.colour(Theme::Dark)));
    }
    let [card, panel] = [Tone::CautionInk, Tone::Caution].map(|tone| tone.colour(Theme::Monochrome));
    assert!(contrast(card, panel) >= 4.5);
}

#[test]
fn a_size_on_the_page_is_the_size_in_the_window() {
    let stated: Vec<(String, f32, f32)> = rows("### Type")
        .into_iter()
        .filter(|row| row.len() == 3 && row[0] != "use")
        .map(|row| (row[0].clone(), row[1].parse().unwrap(), row[2].parse().unwrap()))
        .collect();
    let used: Vec<(String, f32, f32)> =
        Type::ALL.iter().map(|(name, kind)| ((*name).to_owned(), kind.size, kind.pitch)).collect();
    assert_eq!(stated, used);
    assert!(used.iter().all(|(_, size, pitch)| *size >= 12.0 && pitch > size));
}

#[test]
fn a_measure_on_the_page_is_the_measure_in_the_window() {
    let measures = [
        ("title bar", size::TITLE_BAR),
        ("verdict strip", size::VERDICT_STRIP),
        ("gate bar", size::GATE_BAR),
        ("hint bar", size::HINT_BAR),
        ("rail", size::RAIL),
        ("ledger", size::LEDGER),
        ("inspector", size::INSPECTOR),
        ("ledger amounts", size::LEDGER_AMOUNTS),
    ];
    let stated = rows("### Space").into_iter().filter(|row| row.len() == 2 && row[0] != "measure");
    let stated: Vec<(String, f32)> = stated.map(|row| (row[0].clone(), row[1].parse().unwrap())).collect();
    assert_eq!(stated, measures.map(|(name, points)| (name.to_owned(), points)));
    assert!((size::RAIL + size::LEDGER + size::INSPECTOR - 1280.0).abs() < f32::EPSILON);
}

#[test]
fn every_key_is_on_the_page_and_no_other() {
    let rows = rows("## Keyboard").into_iter().filter(|row| row.len() == 3 && row[0] != "key");
    let mut stated: Vec<String> =
        rows.flat_map(|row| row[0].split(' ').map(|key| code(key).to_owned()).collect::<Vec<_>>()).collect();
    let mut used: Vec<String> = TABLE.iter().map(|meaning| meaning.key.word()).collect();
    stated.sort();
    used.sort();
    assert_eq!(stated, used);
}

#[test]
fn no_typeface_was_exchanged() {
    for face in Face::ALL {
        let row = SOURCE
            .lines()
            .find(|line| line.starts_with(&format!("| `{}`", face.file())))
            .unwrap_or_else(|| panic!("no row for {}", face.file()));
        let digest = vitrine_review::sha256(face.bytes()).hex();
        assert!(row.contains(&digest), "{} is {digest}", face.file());
    }
}
