//! The review of a payment.

use egui::{Rect, Ui, pos2};
use vitrine_app::components::{
    AddressBlock, Amount, ByteMap, ByteOwnerView, Comparison, EffectRow, EffectState, FindingCard, FindingKind,
    GateView, HexRow, HoldView, Ink, Mark, Pen, ProofMark, Rail, RailItem, Step, Tab, Words, byte_map, effect_row,
    finding_card, gate_bar, group_field, hex_rows, hold_button, panel_head, rail, tab_bar,
};
use vitrine_app::icons::Icon;
use vitrine_app::keys::KeyCap;
use vitrine_app::tokens::{Tone, Type};

use crate::values::{BOOK_2, CHANGE, PAYEE_1, PAYEE_2, bars, rect, strip};

pub fn page(ui: &mut Ui) {
    let keys = [
        (KeyCap::Down, "next field"),
        (KeyCap::Letter('F'), "findings"),
        (KeyCap::Letter('B'), "bytes"),
        (KeyCap::Letter('O'), "what others can change"),
        (KeyCap::Letter('D'), "what the device shows"),
        (KeyCap::Sign('?'), "what is this"),
        (KeyCap::Letter('W'), "all words"),
        (KeyCap::Escape, "abort with a reason"),
    ];
    bars(ui, Step::Review, &keys);
    strip(ui, false);
    groups(ui);
    ledger(ui);
    inspector(ui);
    let gates = gates(
        &["Policy passes", "Decoders agree"],
        &["28 of 66 fields seen", "0 of 2 cautions acknowledged", "0 of 2 witnesses"],
    );
    let hold = HoldView::Locked { steps_left: 3 };
    let width = hold.width(ui);
    let control = gate_bar(ui, rect(0.0, 706.0, 1280.0, 770.0), &gates, width);
    hold_button(ui, control, hold);
}

pub fn gates(done: &[&str], pending: &[&str]) -> Vec<GateView> {
    let done = done.iter().map(|label| GateView { label: (*label).to_owned(), done: true });
    done.chain(pending.iter().map(|label| GateView { label: (*label).to_owned(), done: false })).collect()
}

fn groups(ui: &mut Ui) {
    let items = [
        ("Effects", 4, 6),
        ("Outputs", 21, 25),
        ("Inputs", 0, 24),
        ("Fee", 3, 3),
        ("Time locks", 0, 4),
        ("Commitments", 0, 3),
        ("Raw bytes", 0, 1),
    ];
    let items =
        items.into_iter().map(|(label, seen, total)| RailItem { label: label.to_owned(), seen, total }).collect();
    rail(ui, rect(0.0, 124.0, 148.0, 706.0), &Rail { items, chosen: 0, seen: 28, total: 66 });
}

fn ledger(ui: &mut Ui) {
    let area = rect(148.0, 124.0, 888.0, 706.0);
    let pen = Pen::new(ui);
    pen.fill(area, Tone::Bg1);
    pen.line(164.0, 135.0, Ink::strong(Type::BODY), "What this transaction does");
    pen.line_right(872.0, 136.0, Ink::text(Type::LABEL).tone(Tone::T2), "6 effects · amounts in BTC, every digit");
    pen.rule(148.0, 888.0, 164.0, Tone::Line);
    pen.upright(888.0, 124.0, 706.0, Tone::Line);
    let mut top = 165.0;
    for row in rows() {
        top += effect_row(ui, pos2(148.0, top), 740.0, &row);
    }
}

/// Rows of the ledger in the widths of smaller windows.
pub fn narrow_page(ui: &mut Ui) {
    let pen = Pen::new(ui);
    pen.fill(rect(0.0, 0.0, 1280.0, 800.0), Tone::Bg1);
    for (left, width) in [(0.0, 512.0), (540.0, 683.0)] {
        let mut top = 0.0;
        for row in rows() {
            top += effect_row(ui, pos2(left, top), width, &row);
        }
    }
}

fn rows() -> [EffectRow; 4] {
    let address = |groups: &[&str], kind| Some(AddressBlock::new(groups.iter().copied(), kind));
    [
        EffectRow {
            amount: Some(Amount::new("1.25000000")),
            role: "Payee 1".to_owned(),
            sentence: Words::plain("Sends to ").strong("Halden Freight AS"),
            address: address(&PAYEE_1, Type::ADDRESS),
            proof: Some(ProofMark::new(Mark::Proven, "by the address book")),
            provenance: vec!["Added 2026-03-14 by M. Okafor".into(), "Approved by J. Lindqvist, paid 6 times".into()],
            ..EffectRow::default()
        },
        EffectRow {
            amount: Some(Amount::new("2.50000000")),
            role: "Payee 2".to_owned(),
            sentence: Words::plain("Sends to an address that was").caution("NEW, never paid"),
            comparison: Some(Comparison {
                ours: AddressBlock::new(PAYEE_2, Type::ADDRESS),
                book: AddressBlock::new(BOOK_2, Type::ADDRESS),
                book_label: "Kestrel Custody".to_owned(),
            }),
            state: EffectState::Focused,
            ..EffectRow::default()
        },
        EffectRow {
            amount: Some(Amount::new("0.84217180")),
            role: "Change".to_owned(),
            sentence: "Returns to this treasury as change".into(),
            address: address(&CHANGE, Type::REFERENCE),
            proof: Some(ProofMark::new(Mark::Proven, "by wallet Treasury 2-of-3")),
            provenance: vec![
                "Script rebuilt from 3 keys, equal".into(),
                "Path m/48'/0'/0'/2'/1/88".into(),
                "1 past the highest index seen".into(),
            ],
            ..EffectRow::default()
        },
        EffectRow {
            amount: Some(Amount::new("0.00018420")),
            sentence: Words::plain("Pays the network ").strong("fee"),
            proof: Some(ProofMark::new(Mark::Unknown, "not in the ceremony folder")),
            ..EffectRow::default()
        },
    ]
}

fn inspector(ui: &mut Ui) {
    let tab = |label: &str, icon| Tab { label: label.to_owned(), icon };
    let tabs = [
        tab("Findings 6", Some(Icon::Caution)),
        tab("Bytes", None),
        tab("Others can", None),
        tab("Device shows", None),
    ];
    tab_bar(ui, rect(889.0, 124.0, 1280.0, 160.0), &tabs, 0);
    let mut card = FindingCard {
        kind: FindingKind::Caution,
        title: "Caution 1 of 2".to_owned(),
        code: "btc.lookalike-of-book".to_owned(),
        truth: "Payee 2 looks like Kestrel Custody but is a different address. Coins sent there cannot be called back."
            .into(),
        action: "To acknowledge, type these two groups from the payee's own letter, not from this screen.".into(),
        acknowledge: false,
        focused: false,
    };
    let mut top = 170.0 + finding_card(ui, pos2(901.0, 170.0), 367.0, &card);
    card = FindingCard {
        title: "Caution 2 of 2".to_owned(),
        code: "btc.recipient-new".to_owned(),
        truth: "No earlier ceremony paid payee 2.".into(),
        action: Words::default(),
        acknowledge: true,
        focused: true,
        ..card
    };
    top += 8.0;
    top += finding_card(ui, pos2(901.0, top), 367.0, &card);
    let mut text = "hy".to_owned();
    group_field(ui, Rect::from_min_size(pos2(1010.0, top + 6.0), egui::vec2(58.0, 26.0)), "group", &mut text);
    bytes(ui, 407.0);
}

fn bytes(ui: &mut Ui, top: f32) {
    let pen = Pen::new(ui);
    pen.card(rect(901.0, top, 1268.0, 699.0), Tone::Bg1, Tone::Line);
    panel_head(ui, pos2(914.0, top + 9.0), 341.0, "Bytes of payee 2", "output index 1, 0x00aa to 0x00d4");
    let sizes = [3, 20, 1, 40, 8, 2, 3, 32, 60, 8, 43, 12, 1, 4, 24, 30, 300, 20, 9, 200, 400, 30, 90, 400, 250, 391];
    let mut start = 0;
    let owners = sizes.into_iter().enumerate().map(|(place, size)| {
        start += size;
        ByteOwnerView { start: start - size, end: start, explained: place != 20, focused: place == 10 }
    });
    byte_map(ui, pos2(914.0, top + 31.0), 341.0, &ByteMap { total: 2381, owners: owners.collect() });
    let row = |offset, bytes: &[u8], meaning: &str, lit, refused| HexRow {
        offset,
        bytes: bytes.to_vec(),
        meaning: meaning.to_owned(),
        lit,
        refused,
    };
    let rows = [
        row(0xa5, &[0xe1, 0xad, 0x92, 0x54, 0xca], "output 0, end", false, false),
        row(0xaa, &[0x80, 0xb2, 0xe6, 0x0e, 0, 0, 0, 0], "250,000,000 sat", true, false),
        row(0xb2, &[0x22], "34-byte script", true, false),
        row(0xb3, &[0x51, 0x20], "taproot, 32 bytes", true, false),
        row(0xb5, &[0xbb, 0xd4, 0x58, 0x7d, 0xe1, 0xf7, 0x0b, 0x81], "the key paid", true, false),
        row(0xbd, &[0xaf, 0x73, 0x27, 0xfc, 0x9b, 0x93, 4, 0x16], "", true, false),
        row(0xd5, &[0x5c, 0x0d, 5, 5, 0, 0, 0, 0], "output 2 amount", false, false),
        row(0x13c, &[0, 0, 0, 0, 0, 0, 0, 1], "1 is DELEGATECALL", false, true),
    ];
    hex_rows(ui, pos2(914.0, top + 80.0), 341.0, &rows);
}
