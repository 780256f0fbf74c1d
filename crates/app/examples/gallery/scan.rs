//! Filming the request, and showing the result.

use egui::{Rect, Ui, pos2, vec2};
use vitrine_app::components::{
    Ink, Mark, Meter, PartCell, PartStrip, Pen, ProofMark, QrPanel, Step, Words, labelled_row, meter, panel_head,
    part_map, part_strip, progress_bar, proof_mark, qr_panel,
};
use vitrine_app::icons::Icon;
use vitrine_app::keys::KeyCap;
use vitrine_app::tokens::{Tone, Type};

use crate::values::{bars, rect};

pub fn page(ui: &mut Ui) {
    bars(
        ui,
        Step::Scan,
        &[
            (KeyCap::Letter('M'), "another camera"),
            (KeyCap::Letter('Z'), "zoom to the QR"),
            (KeyCap::Escape, "abort with a reason"),
        ],
    );
    let pen = Pen::new(ui);
    pen.fill(rect(783.0, 40.0, 1280.0, 770.0), Tone::Bg1);
    pen.upright(783.0, 40.0, 770.0, Tone::Line);
    pen.fill(rect(16.0, 90.0, 768.0, 585.0), Tone::Bg3);
    pen.fill(rect(16.0, 585.0, 768.0, 588.0), Tone::Caution);
    pen.icon(pos2(53.0, 621.0), 40.0, Icon::Closer, Tone::Caution);
    pen.line(88.0, 598.0, Ink::strong(Type::TITLE), "Move 10 cm closer");
    pen.line(
        88.0,
        625.0,
        Ink::text(Type::LABEL).tone(Tone::T2),
        "One module covers 2.4 camera pixels. Reading is reliable from 3.0.",
    );
    meters(ui);
    pen.line(804.0, 58.0, Ink::text(Type::LABEL).tone(Tone::T2), "Parts of this request");
    let x = pen.on_baseline(804.0, 114.0, Ink::data(Type::PARTS), "22");
    pen.on_baseline(x + 24.0, 114.0, Ink::data(Type::ADDRESS).tone(Tone::T2), "of 31");
    progress_bar(ui, rect(804.0, 130.0, 1260.0, 138.0), 0.71);
    panel_head(ui, pos2(804.0, 235.0), 456.0, "Part map", "7 missing, 2 in a mixed part");
    let parts: Vec<PartCell> = (1..=31)
        .map(|part| match part {
            5 | 17 => PartCell::Mixed,
            8 | 12 | 20 | 25 | 28 | 30 | 31 => PartCell::Missing,
            _ => PartCell::Read,
        })
        .collect();
    part_map(ui, rect(804.0, 263.0, 1260.0, 573.0), &parts);
    labelled_row(ui, pos2(804.0, 653.0), 456.0, 118.0, "Says it is", &"Bitcoin PSBT".into());
    proof_mark(ui, pos2(1000.0, 653.0), 260.0, &ProofMark::new(Mark::Claimed, "by the QR, nothing decoded yet"));
    labelled_row(
        ui,
        pos2(804.0, 675.0),
        456.0,
        118.0,
        "Format",
        &Words::default().data("ur:crypto-psbt").then(", fountain parts"),
    );
}

fn meters(ui: &mut Ui) {
    let meters = [
        ("Module size", 0.48, "2.4 of 3.0 px", false),
        ("Brightness", 0.7, "not clipped", true),
        ("Sharpness", 0.77, "0.71, sharp", true),
        ("Angle", 0.81, "12° off axis", true),
    ];
    for (place, (label, share, reading, good)) in meters.into_iter().enumerate() {
        let corner = pos2(if place < 2 { 16.0 } else { 405.0 }, if place % 2 == 0 { 665.0 } else { 692.0 });
        let view = Meter { label: label.to_owned(), share, threshold: 0.6, reading: reading.to_owned(), good };
        meter(ui, Rect::from_min_size(corner, vec2(360.0, 26.0)), &view);
    }
}

pub fn present_page(ui: &mut Ui) {
    bars(
        ui,
        Step::Present,
        &[
            (KeyCap::Space, "pause"),
            (KeyCap::Letter('Z'), "QR only, whole screen"),
            (KeyCap::Escape, "close with a reason"),
        ],
    );
    let text = "UR:CRYPTO-PSBT/7-14/LPADAXCFAXIACYVWHDFHNDHKADCLHKAXHNLKKO".repeat(6);
    let area = rect(0.0, 40.0, 701.0, 724.0);
    match vitrine_qr::Modules::encode(&text) {
        Ok(modules) => drop(qr_panel(ui, area.shrink(14.0), &QrPanel { modules: &modules })),
        Err(error) => eprintln!("{error}"),
    }
    part_strip(ui, rect(402.0, 724.0, 679.0, 742.0), PartStrip { parts: 14, present: 6 });
    let pen = Pen::new(ui);
    pen.fill(rect(701.0, 40.0, 1280.0, 770.0), Tone::Bg1);
    pen.icon(pos2(743.0, 78.0), 44.0, Icon::Seal, Tone::Proven);
    pen.line(775.0, 56.0, Ink::strong(Type::TITLE), "Signed and verified");
    pen.words(
        pos2(748.0, 116.0),
        500.0,
        Type::LABEL,
        Tone::T2,
        &Words::name("3 signatures valid").then(" for the digest that was approved"),
    );
}
