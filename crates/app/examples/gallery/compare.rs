//! The comparison of words, and the hold.

use egui::{Ui, pos2};
use vitrine_app::components::{
    Button, HoldView, Ink, Pen, Step, Words, button, digest_groups, digest_words, gate_bar, hold_button, labelled_row,
    panel_head, six_words,
};
use vitrine_app::icons::Icon;
use vitrine_app::keys::KeyCap;
use vitrine_app::tokens::{Tone, Type};

use crate::review::gates;
use crate::values::{WORDS, bars, rect, strings, strip};

pub fn page(ui: &mut Ui) {
    let keys = [
        (KeyCap::Letter('Y'), "same words"),
        (KeyCap::Letter('N'), "different, stop"),
        (KeyCap::Escape, "abort with a reason"),
    ];
    bars(ui, Step::Compare, &keys);
    strip(ui, false);
    let pen = Pen::new(ui);
    pen.fill(rect(0.0, 124.0, 639.0, 706.0), Tone::Bg1);
    pen.line(24.0, 140.0, Ink::strong(Type::TITLE), "Do all three screens show these six words?");
    pen.line(
        24.0,
        168.0,
        Ink::text(Type::BODY).tone(Tone::T2),
        "Read them aloud, one person per machine. Any difference, even one letter: press N.",
    );
    six_words(
        ui,
        pos2(24.0, 200.0),
        591.0,
        &strings(&["stagnate", "revenue", "indoors", "glossary", "classic", "revival"]),
    );
    for (key, label, left, right) in
        [('Y', "Same", 264.0, 354.0), ('N', "Different", 362.0, 471.0), ('T', "Own words", 479.0, 602.0)]
    {
        button(ui, rect(left, 629.0, right, 661.0), &Button::choice(KeyCap::Letter(key), label));
    }
    button(ui, rect(24.0, 629.0, 200.0, 661.0), &Button::disabled(Icon::Lock, "Open"));
    panel_head(ui, pos2(660.0, 141.0), 600.0, "The whole digest", "for those who want to compare all of it");
    let hex = strings(&[
        "e331", "2896", "8f8a", "f3d6", "b2d2", "eaed", "0ebb", "52f1", "e43f", "2898", "3357", "388b", "6df9", "ef4e",
        "d550", "18c8",
    ]);
    digest_groups(ui, pos2(660.0, 194.0), Type::ADDRESS, 4, &hex);
    digest_groups(ui, pos2(660.0, 304.0), Type::LABEL, 8, &hex);
    digest_words(ui, pos2(660.0, 356.0), 610.0, &strings(&WORDS));
    labelled_row(
        ui,
        pos2(660.0, 580.0),
        600.0,
        240.0,
        "Leaves the treasury, fee included",
        &Words::default().data("3.75018420 BTC"),
    );
    let all = gates(
        &[
            "Policy passes",
            "Decoders agree",
            "66 of 66 fields seen",
            "2 of 2 cautions acknowledged",
            "2 of 2 witnesses",
        ],
        &[],
    );
    let hold = HoldView::Held { held_ms: 760, needed_ms: 2_000 };
    let width = hold.width(ui);
    let control = gate_bar(ui, rect(0.0, 706.0, 1280.0, 770.0), &all, width);
    hold_button(ui, control, hold);
    hold_button(ui, rect(660.0, 640.0, 990.0, 684.0), HoldView::Armed);
}
