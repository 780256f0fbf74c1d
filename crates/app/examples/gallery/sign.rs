//! Confirming on the device, and the record.

use egui::{Ui, pos2};
use vitrine_app::components::{
    AddressBlock, DeviceMirror, DeviceStep, FindingCard, FindingKind, Ink, NextScreen, Pen, RecordRow, RecordState,
    Step, StepState, Words, address_block, device_mirror, device_steps, finding_card, next_screens, record_head,
    record_row,
};
use vitrine_app::icons::Icon;
use vitrine_app::keys::KeyCap;
use vitrine_app::tokens::{Tone, Type};

use crate::values::{PAYEE_1, bars, rect, strip};

pub fn page(ui: &mut Ui) {
    bars(
        ui,
        Step::Sign,
        &[(KeyCap::Letter('X'), "device shows something else"), (KeyCap::Escape, "abort with a reason")],
    );
    strip(ui, false);
    let pen = Pen::new(ui);
    pen.fill(rect(275.0, 124.0, 1004.0, 770.0), Tone::Bg1);
    pen.upright(275.0, 124.0, 770.0, Tone::Line);
    let labels = [
        "Payee 1, address",
        "Payee 1, amount",
        "Payee 2, address",
        "Payee 2, amount",
        "Data output, 32 bytes",
        "Lock time, block 921,344",
        "Total and fee",
        "Hold to sign on the device",
    ];
    let state = |place| match place {
        0 | 1 => StepState::Done,
        2 => StepState::Present,
        _ => StepState::Pending,
    };
    let steps: Vec<DeviceStep> = labels
        .iter()
        .enumerate()
        .map(|(place, label)| DeviceStep { label: (*label).to_owned(), state: state(place) })
        .collect();
    device_steps(ui, pos2(10.0, 167.0), 255.0, &steps);
    let title = Type { size: 26.0, pitch: 32.0 };
    pen.line(300.0, 141.0, Ink::strong(title), "Compare, then confirm on the device");
    pen.line(
        300.0,
        174.0,
        Ink::text(Type::SENTENCE).tone(Tone::T2),
        "All four rows, group by group. Only the device's own screen counts.",
    );
    let mirror = DeviceMirror {
        title: "Recipient #2".to_owned(),
        rows: ["bc1p h029 sl0p 7u9c", "rtmn yl7f hycy zcxm", "dyhl h4am queh zv20", "56jn wccq 68ut 97"]
            .map(str::to_owned)
            .to_vec(),
        address: true,
        left: "Cancel".to_owned(),
        right: "Continue".to_owned(),
    };
    device_mirror(ui, rect(300.0, 210.0, 726.0, 530.0), &mirror);
    let card = FindingCard {
        kind: FindingKind::Caution,
        title: "NEW, never paid".to_owned(),
        code: String::new(),
        truth: Words::plain("Not Kestrel Custody. Row 2 group 3 is ").data("hycy"),
        action: Words::default(),
        acknowledge: false,
        focused: false,
    };
    finding_card(ui, pos2(750.0, 284.0), 230.0, &card);
    let next = |number, title: &str, summary: &str| NextScreen {
        number,
        title: title.to_owned(),
        summary: summary.to_owned(),
    };
    let screens = [
        next(4, "Amount", "2.50000000 BTC"),
        next(5, "Data output", "32 bytes, 4 rows"),
        next(6, "Lock time", "block 921,344"),
    ];
    next_screens(ui, rect(300.0, 567.0, 980.0, 621.0), &screens);
    pen.frame(rect(300.0, 680.0, 980.0, 754.0), 2.0, 4.0, Tone::Act);
    pen.icon(pos2(341.0, 717.0), 44.0, Icon::Hand, Tone::Act);
    pen.line(376.0, 693.0, Ink::strong(Type::TITLE), "Waiting for you at the device");
    address_block(ui, pos2(1034.0, 250.0), &AddressBlock::new(PAYEE_1, Type { size: 13.0, pitch: 19.0 }));
}

pub fn record_page(ui: &mut Ui) {
    bars(ui, Step::Record, &[(KeyCap::Letter('R'), "verify again"), (KeyCap::Escape, "close the ceremony")]);
    let pen = Pen::new(ui);
    pen.fill(rect(0.0, 40.0, 771.0, 706.0), Tone::Bg1);
    pen.icon(pos2(31.0, 70.0), 28.0, Icon::Seal, Tone::Proven);
    pen.line(51.0, 56.0, Ink::strong(Type::TITLE), "Chain is whole, 14 of 14 entries");
    let mut top = 116.0;
    top += record_head(ui, pos2(0.0, top), 771.0);
    let entries = [
        ("Opened", "Ceremony 0042, script version 3", "P. Nwosu", RecordState::Plain),
        ("Roll call", "5 people, 5 roles, none doubled", "P. Nwosu", RecordState::Plain),
        ("Environment", "Image and folder digests equal the plan", "R. Tanaka", RecordState::Plain),
        ("Exception 1", "Wallet asked for a PIN twice", "P. Nwosu", RecordState::Exception),
        (
            "Refused",
            "Rule 3 allows DELEGATECALL only to pinned contracts: 3 addresses on chain 1",
            "machine",
            RecordState::Refused,
        ),
    ];
    for (place, (kind, what, who, state)) in entries.into_iter().enumerate() {
        let row = RecordRow {
            number: place + 1,
            witnessed: "13:58:04".to_owned(),
            clock: "0:01:36".to_owned(),
            kind: kind.to_owned(),
            what: what.to_owned(),
            who: who.to_owned(),
            state,
            focused: place == 3,
        };
        top += record_row(ui, pos2(0.0, top), 771.0, &row);
    }
}
