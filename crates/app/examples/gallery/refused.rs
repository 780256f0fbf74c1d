//! A refusal.

use egui::{Ui, pos2};
use vitrine_app::components::{
    AddressBlock, Button, FactList, Ink, Mark, Pen, ProofMark, RefusalBand, Step, Words, address_block, button,
    fact_list, gate_bar, panel_head, proof_mark, refusal_band,
};
use vitrine_app::icons::Icon;
use vitrine_app::keys::KeyCap;
use vitrine_app::tokens::{Tone, Type};

use crate::values::{bars, rect, strip};

pub fn page(ui: &mut Ui) {
    let keys = [
        (KeyCap::Letter('V'), "decoded fields"),
        (KeyCap::Letter('Q'), "request as QR"),
        (KeyCap::Enter, "record and close"),
    ];
    bars(ui, Step::Review, &keys);
    strip(ui, true);
    let band = RefusalBand {
        title: "Refused. This will not be signed.".to_owned(),
        detail: "No key, role or setting in this ceremony can override a refusal.".to_owned(),
    };
    let inside = refusal_band(ui, rect(16.0, 140.0, 808.0, 690.0), &band);
    let pen = Pen::new(ui);
    let sentence = Words::plain("The Safe would run ").strong_toned(Tone::Refuse, "unknown code as itself").then(".");
    let title = Type { size: 20.0, pitch: 26.0 };
    pen.words(inside.min, inside.width(), title, Tone::T1, &sentence);
    let why = "The code at this address could send every asset the Safe owns and replace its owners and its own code, all in one transaction.";
    pen.paragraph(inside.min + egui::vec2(0.0, 38.0), 640.0, Ink::text(Type::SENTENCE).tone(Tone::T2), why);
    let target = rect(39.0, 335.0, 785.0, 515.0);
    pen.card(target, Tone::Bg0, Tone::Line);
    panel_head(ui, pos2(54.0, 347.0), 300.0, "Target of the DELEGATECALL", "");
    proof_mark(ui, pos2(457.0, 349.0), 320.0, &ProofMark::new(Mark::Unknown, "not in the ceremony folder, not pinned"));
    let groups = ["0x8e", "7514", "82d7", "6B6E", "3056", "ecE5", "d656", "B2c4", "Ec85", "a6AA", "70"];
    address_block(ui, pos2(54.0, 376.0), &AddressBlock::new(groups, Type::MIRROR));
    let facts = FactList {
        facts: vec![
            "The request carries no data output.".into(),
            Words::plain("Lock time ").data("921,344").then(", already past."),
        ],
    };
    fact_list(ui, pos2(837.0, 160.0), 400.0, &facts);
    let control = gate_bar(ui, rect(0.0, 706.0, 1280.0, 770.0), &[], 277.0);
    button(
        ui,
        rect(16.0, 721.0, 260.0, 757.0),
        &Button::plain(Icon::Eye, KeyCap::Letter('V'), "See all 38 decoded fields"),
    );
    button(
        ui,
        rect(276.0, 721.0, 615.0, 757.0),
        &Button::plain(Icon::QrCode, KeyCap::Letter('Q'), "Show request as QR for the investigators"),
    );
    button(ui, control.shrink2(egui::vec2(0.0, 4.0)), &Button::primary(Icon::Notebook, "Record refusal and close"));
}
