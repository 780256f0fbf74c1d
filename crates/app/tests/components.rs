//! What components put on the window, read back from the shapes they paint.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

use egui::{Context, Rect, Shape, Ui, pos2, vec2};
use vitrine_app::components::{
    AddressBlock, Amount, ByteMap, ByteOwnerView, Cell, Comparison, DeviceMirror, DeviceStep, EffectRow, FindingCard,
    FindingKind, GateView, Hint, HoldView, Leaving, Mark, PartCell, Pen, ProofMark, State, Step, StepState, TitleBar,
    VerdictStrip, Words, address_block, amount, byte_map, compared_addresses, device_mirror, device_steps, effect_row,
    finding_card, gate_bar, hint_bar, hold_button, measure, part_map, proof_mark, title_bar, verdict_strip,
};
use vitrine_app::fonts;
use vitrine_app::icons::Icon;
use vitrine_app::keys::KeyCap;
use vitrine_app::tokens::{Theme, Type};

/// Text that was painted, and where.
fn painted(theme: Theme, mut ui: impl FnMut(&mut Ui)) -> Vec<(Rect, String)> {
    let ctx = Context::default();
    fonts::install(&ctx, theme);
    let input = egui::RawInput {
        screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), vec2(1920.0, 1080.0))),
        ..egui::RawInput::default()
    };
    let mut output = ctx.run_ui(input, |root| ui(root));
    output.textures_delta.clear();
    let mut texts = Vec::new();
    output.shapes.iter().for_each(|clipped| gather(&clipped.shape, &mut texts));
    texts
}

fn gather(shape: &Shape, texts: &mut Vec<(Rect, String)>) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| gather(shape, texts)),
        Shape::Text(text) => texts.push((text.visual_bounding_rect(), text.galley.text().to_owned())),
        _ => {}
    }
}

fn joined(texts: &[(Rect, String)]) -> String {
    texts.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\u{1f}")
}

fn assert_shows(texts: &[(Rect, String)], icon: Icon, word: &str) {
    let all = joined(texts);
    assert!(all.contains(icon.glyph()), "no {icon:?} in {all:?}");
    assert!(all.contains(word), "no {word:?} in {all:?}");
}

const ADDRESS: &str = "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx";

fn block(address: &str, kind: Type) -> AddressBlock {
    let characters: Vec<char> = address.chars().collect();
    AddressBlock::new(characters.chunks(4).map(String::from_iter), kind)
}

#[test]
fn no_character_of_an_address_is_lost() {
    for kind in [Type::MIRROR, Type::ADDRESS, Type::REFERENCE, Type::LABEL] {
        let texts = painted(Theme::Dark, |ui| {
            address_block(ui, pos2(10.0, 10.0), &block(ADDRESS, kind));
        });
        let groups: String = texts.iter().map(|(_, text)| text.as_str()).filter(|text| text.len() > 1).collect();
        assert_eq!(groups, ADDRESS);
        let rows: Vec<&str> = texts.iter().map(|(_, text)| text.as_str()).filter(|text| text.len() == 1).collect();
        assert_eq!(rows, ["1", "2", "3"], "rows are numbered");
    }
}

#[test]
fn a_look_alike_is_shown_whole_beside_the_book() {
    let other = ADDRESS.replace("vary", "v0ry");
    let view = Comparison {
        ours: block(ADDRESS, Type::ADDRESS),
        book: block(&other, Type::ADDRESS),
        book_label: "Kestrel Custody".to_owned(),
    };
    let texts = painted(Theme::Dark, |ui| {
        compared_addresses(ui, pos2(10.0, 10.0), 560.0, &view);
    });
    let all: String = texts.iter().map(|(_, text)| text.as_str()).collect();
    for part in ["tb1q", "zarv", "zsx", "Kestrel Custody", "differ"] {
        assert!(all.contains(part), "{part} in {all}");
    }
    assert!(all.contains("row 2 group 3"), "{all}");
}

#[test]
fn in_a_narrow_window_equal_rows_are_said_to_be_equal() {
    let other = ADDRESS.replace("vary", "v0ry");
    let view = Comparison {
        ours: block(ADDRESS, Type::ADDRESS),
        book: block(&other, Type::ADDRESS),
        book_label: "Kestrel Custody".to_owned(),
    };
    let texts = painted(Theme::Dark, |ui| {
        compared_addresses(ui, pos2(10.0, 10.0), 470.0, &view);
    });
    assert!(texts.iter().all(|(rect, _)| rect.right() <= 480.0), "{texts:?}");
    assert_eq!(texts.iter().filter(|(_, text)| text == "same in both").count(), 2);
    assert_eq!(texts.iter().filter(|(_, text)| text == "this request" || text == "Kestrel Custody").count(), 2);
}

#[test]
fn a_badge_is_never_broken_nor_left_without_its_ground() {
    let words = Words::plain("Sends 0.01150000 tBTC to an address without a name. ").caution("NEW, never paid");
    for width in 90..400u16 {
        let ctx = Context::default();
        fonts::install(&ctx, Theme::Dark);
        let row = EffectRow { sentence: words.clone(), ..EffectRow::default() };
        let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
            effect_row(ui, pos2(0.0, 0.0), f32::from(width) + 32.0, &row);
        });
        output.textures_delta.clear();
        let caution = vitrine_app::tokens::Tone::Caution.colour(Theme::Dark);
        let grounds =
            output.shapes.iter().filter(|clipped| matches!(&clipped.shape, Shape::Rect(rect) if rect.fill == caution));
        let count = grounds.count();
        assert!(count == 1 || (count > 1 && width < 150), "{count} grounds at {width}");
    }
}

#[test]
fn no_digit_of_an_amount_is_left_out() {
    let texts = painted(Theme::Dark, |ui| {
        amount(ui, pos2(300.0, 10.0), Type::LEDGER, &Amount::new("0.00018420"));
    });
    let mut parts: Vec<_> = texts.iter().filter(|(_, text)| !text.is_empty()).collect();
    parts.sort_by(|one, other| one.0.left().total_cmp(&other.0.left()));
    assert_eq!(parts.iter().map(|(_, text)| text.as_str()).collect::<String>(), "0.00018420");
}

#[test]
fn decimal_points_stand_in_one_column() {
    let edge = |number: &str| {
        let number = number.to_owned();
        let texts = painted(Theme::Dark, move |ui| {
            amount(ui, pos2(300.0, 10.0), Type::LEDGER, &Amount::new(number.clone()));
        });
        texts.iter().map(|(rect, _)| rect.right()).fold(0.0, f32::max)
    };
    assert!((edge("1.25000000") - edge("21.84217180")).abs() < 1.0);
}

fn strip() -> VerdictStrip {
    let cell = |value: &str, state, detail: &str| Cell { value: value.to_owned(), state, detail: detail.to_owned() };
    VerdictStrip {
        chain: "Bitcoin".to_owned(),
        network: "testnet4".to_owned(),
        leaving_label: "Leaves this treasury, fee included".to_owned(),
        leaving: Leaving::Known {
            number: "1234.75018420".to_owned(),
            unit: "tBTC".to_owned(),
            worst: "Worst case 1234.75018420 tBTC, the same".to_owned(),
            worst_is_caution: false,
        },
        policy: cell("Passes", State::Good, "9 of 9 rules"),
        findings: cell("12 cautions", State::Caution, "0 refusals, 4 facts"),
        explained: "102,381".to_owned(),
        total: "102,381".to_owned(),
        decoders: "two decoders agree".to_owned(),
        decoders_agree: true,
        words: ["tissue", "company", "breadline", "monument", "payday", "maverick"].map(str::to_owned).to_vec(),
        words_label: "Digest, words 1 to 6 of 32".to_owned(),
        refused: false,
    }
}

#[test]
fn no_cell_of_the_strip_is_cut_off_in_a_smaller_window() {
    for width in [896.0, 1024.0, 1100.0, 1280.0, 1920.0] {
        let area = Rect::from_min_size(pos2(0.0, 40.0), vec2(width, 84.0));
        let texts = painted(Theme::Dark, |ui| verdict_strip(ui, area, &strip()));
        for (rect, text) in &texts {
            assert!(area.expand(1.0).contains_rect(*rect), "{text:?} at {rect:?} in a window of {width}");
        }
        for (place, (rect, text)) in texts.iter().enumerate() {
            for (other, second) in &texts[place + 1..] {
                assert!(!rect.shrink(3.0).intersects(other.shrink(3.0)), "{text:?} over {second:?} at {width}");
            }
        }
        assert!(joined(&texts).contains("1234.75018420"), "the total is whole at {width}");
    }
}

#[test]
fn the_words_of_the_digest_are_shown_or_their_key_is_named() {
    for width in [700.0, 896.0, 1280.0] {
        let area = Rect::from_min_size(pos2(0.0, 0.0), vec2(width, 84.0));
        let all = joined(&painted(Theme::Dark, |ui| verdict_strip(ui, area, &strip())));
        let words = ["tissue", "company", "breadline", "monument", "payday", "maverick"];
        let shown = words.iter().filter(|word| all.contains(**word)).count();
        assert!(shown == 6 || (shown == 0 && all.contains("all 32")), "{shown} words at {width}");
    }
}

#[test]
fn a_state_is_told_by_shape_and_word_without_colour() {
    let theme = Theme::Monochrome;
    for (mark, icon) in [(Mark::Proven, Icon::Proven), (Mark::Claimed, Icon::Claimed), (Mark::Unknown, Icon::Unknown)] {
        let texts = painted(theme, |ui| {
            proof_mark(ui, pos2(10.0, 10.0), 400.0, &ProofMark::new(mark, "by what"));
        });
        assert_shows(&texts, icon, mark.word());
        assert_shows(&texts, icon, "by what");
    }
    for (kind, icon, title) in
        [(FindingKind::Caution, Icon::Caution, "Caution 1 of 2"), (FindingKind::Refuse, Icon::Refuse, "Refused")]
    {
        let card = FindingCard {
            kind,
            title: title.to_owned(),
            code: "btc.recipient-new".to_owned(),
            truth: "No earlier ceremony paid payee 2.".into(),
            action: Words::default(),
            acknowledge: true,
            focused: false,
        };
        let texts = painted(theme, |ui| {
            finding_card(ui, pos2(10.0, 10.0), 360.0, &card);
        });
        assert_shows(&texts, icon, title);
        assert_shows(&texts, icon, "btc.recipient-new");
        assert_shows(&texts, icon, "acknowledge");
    }
    let gates = [("Policy passes", true, Icon::Done), ("0 of 2 witnesses", false, Icon::Circle)];
    for (label, done, icon) in gates {
        let gates = [GateView { label: label.to_owned(), done }];
        let bar = Rect::from_min_size(pos2(0.0, 0.0), vec2(800.0, 64.0));
        let texts = painted(theme, |ui| {
            gate_bar(ui, bar, &gates, 200.0);
        });
        assert_shows(&texts, icon, label);
    }
    for (state, icon) in
        [(StepState::Done, Icon::Tick), (StepState::Present, Icon::Hand), (StepState::Pending, Icon::Circle)]
    {
        let steps = [DeviceStep { label: "Payee 1, address".to_owned(), state }];
        let texts = painted(theme, |ui| {
            device_steps(ui, pos2(0.0, 0.0), 260.0, &steps);
        });
        assert_shows(&texts, icon, "Payee 1, address");
    }
}

#[test]
fn a_part_is_told_by_its_mark_without_colour() {
    let area = Rect::from_min_size(pos2(0.0, 0.0), vec2(456.0, 300.0));
    let marks = |part| {
        let texts = painted(Theme::Monochrome, |ui| {
            part_map(ui, area, &[part]);
        });
        texts.into_iter().map(|(_, text)| text).collect::<Vec<_>>()
    };
    assert_eq!(marks(PartCell::Read), ["01".to_owned(), Icon::Tick.glyph().to_string()]);
    assert_eq!(marks(PartCell::Mixed), ["01".to_owned(), Icon::Plus.glyph().to_string()]);
    assert_eq!(marks(PartCell::Missing), ["01".to_owned()]);
}

#[test]
fn the_hold_button_says_in_words_what_it_waits_for() {
    let rect = Rect::from_min_size(pos2(10.0, 10.0), vec2(330.0, 44.0));
    let texts = |view| painted(Theme::Monochrome, move |ui| hold_button(ui, rect, view));
    assert_shows(&texts(HoldView::Locked { steps_left: 3 }), Icon::Lock, "3 steps left");
    assert!(joined(&texts(HoldView::Armed)).contains("Hold Space 2 s to sign"));
    assert!(joined(&texts(HoldView::Held { held_ms: 800, needed_ms: 2_000 })).contains("1.2 s"));
}

#[test]
fn a_click_or_a_key_never_presses_the_hold_button() {
    let ctx = Context::default();
    fonts::install(&ctx, Theme::Dark);
    let rect = Rect::from_min_size(pos2(10.0, 10.0), vec2(330.0, 44.0));
    for _ in 0..3 {
        let mut input = egui::RawInput::default();
        let press = |key| egui::Event::Key {
            key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: egui::Modifiers::NONE,
        };
        input.events = vec![press(egui::Key::Tab), press(egui::Key::Enter)];
        let mut output = ctx.run_ui(input, |ui| hold_button(ui, rect, HoldView::Armed));
        output.textures_delta.clear();
        assert_eq!(ctx.memory(|memory| memory.focused()), None, "the keyboard's focus is nowhere");
    }
}

#[test]
fn the_last_hint_is_always_there() {
    let hints: Vec<Hint> = ["next field", "findings", "bytes", "what others can change", "what the device shows"]
        .iter()
        .map(|verb| Hint::new(KeyCap::Letter('F'), *verb))
        .chain([Hint::new(KeyCap::Escape, "abort with a reason")])
        .collect();
    for width in [300.0, 480.0, 683.0, 1280.0] {
        let bar = Rect::from_min_size(pos2(0.0, 0.0), vec2(width, 30.0));
        let texts = painted(Theme::Dark, |ui| hint_bar(ui, bar, &hints));
        assert!(joined(&texts).contains("abort with a reason"));
        assert!(texts.iter().all(|(rect, _)| rect.right() <= width), "{width}: {texts:?}");
    }
}

#[test]
fn a_small_window_still_names_the_step_and_the_seat() {
    let view = TitleBar {
        title: "Ceremony 0042 · November treasury payments".to_owned(),
        step: Step::Review,
        seat: "Signer".to_owned(),
        clock: "14:24".to_owned(),
    };
    for (width, step) in [(1280.0, "Review"), (683.0, "3 of 7  Review"), (512.0, "3 of 7  Review")] {
        let bar = Rect::from_min_size(pos2(0.0, 0.0), vec2(width, 40.0));
        let all = joined(&painted(Theme::Dark, |ui| title_bar(ui, bar, &view)));
        assert!(all.split('\u{1f}').any(|text| text == step), "{step} in {all:?}");
        assert!(all.contains("Signer") && all.contains("14:24"));
    }
}

#[test]
fn the_device_mirror_breaks_rows_as_the_device_does() {
    let rows = ["tb1q w508 d6qe", "jxtd g4y5"].map(str::to_owned).to_vec();
    let view = DeviceMirror {
        title: "Recipient #1".to_owned(),
        rows,
        address: false,
        left: String::new(),
        right: "Continue".to_owned(),
    };
    let area = Rect::from_min_size(pos2(0.0, 0.0), vec2(426.0, 320.0));
    let texts = painted(Theme::Light, |ui| device_mirror(ui, area, &view));
    let all = joined(&texts);
    assert!(all.contains("tb1q w508 d6qe") && all.contains("jxtd g4y5"), "{all:?}");
}

#[test]
fn what_is_measured_is_what_is_painted() {
    let row = EffectRow {
        amount: Some(Amount::new("1.25000000")),
        role: "Payee 1".to_owned(),
        sentence: Words::plain("Sends to ").strong("Halden Freight AS").caution("NEW, never paid"),
        address: Some(block(ADDRESS, Type::ADDRESS)),
        proof: Some(ProofMark::new(Mark::Proven, "by the address book")),
        provenance: vec!["Added 2026-03-14 by M. Okafor".into()],
        ..EffectRow::default()
    };
    for width in [420.0, 740.0, 1100.0] {
        let mut heights = (0.0, 0.0);
        let texts = painted(Theme::Dark, |ui| {
            heights.0 = measure(ui, |ui| effect_row(ui, pos2(0.0, 0.0), width, &row));
            heights.1 = effect_row(ui, pos2(0.0, 0.0), width, &row);
        });
        assert!((heights.0 - heights.1).abs() < f32::EPSILON);
        let lowest = texts.iter().map(|(rect, _)| rect.bottom()).fold(0.0, f32::max);
        assert!(lowest <= heights.1, "text at {lowest} below a row of {}", heights.1);
        assert!(texts.iter().all(|(rect, _)| rect.right() <= width), "nothing leaves a row of {width}: {texts:?}");
        assert_eq!(texts.iter().filter(|(_, text)| text.contains("Payee 1")).count(), 1, "measuring leaves no marks");
    }
}

#[test]
fn bytes_without_a_meaning_are_hatched() {
    let owners = |explained| vec![ByteOwnerView { start: 0, end: 40, explained, focused: false }];
    let lines = |explained| {
        let ctx = Context::default();
        fonts::install(&ctx, Theme::Monochrome);
        let view = ByteMap { total: 40, owners: owners(explained) };
        let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
            byte_map(ui, pos2(0.0, 0.0), 340.0, &view);
        });
        output.textures_delta.clear();
        output.shapes.iter().filter(|clipped| matches!(clipped.shape, Shape::LineSegment { .. })).count()
    };
    assert_eq!(lines(true), 0);
    assert!(lines(false) > 20);
}

#[test]
fn a_pen_that_is_unseen_leaves_no_marks() {
    let texts = painted(Theme::Dark, |ui| {
        Pen::new(ui).unseen().line(0.0, 0.0, vitrine_app::components::Ink::text(Type::BODY), "never shown");
    });
    assert!(!joined(&texts).contains("never shown"));
}
