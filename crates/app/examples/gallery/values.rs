//! Values for the pictures; every one is invented.

use egui::{Rect, Ui, pos2};
use vitrine_app::components::{
    Cell, Hint, Leaving, Pen, State, Step, TitleBar, VerdictStrip, hint_bar, title_bar, verdict_strip,
};
use vitrine_app::keys::KeyCap;
use vitrine_app::tokens::Tone;

pub const PAYEE_2: [&str; 16] = [
    "bc1p", "h029", "sl0p", "7u9c", "rtmn", "yl7f", "hycy", "zcxm", "dyhl", "h4am", "queh", "zv20", "56jn", "wccq",
    "68ut", "97",
];
pub const BOOK_2: [&str; 16] = [
    "bc1p", "h029", "sl0p", "7u9c", "rtmn", "yl7f", "uz0g", "zcxm", "dyhl", "jjum", "queh", "zv20", "56jn", "wccq",
    "68ut", "97",
];
pub const PAYEE_1: [&str; 11] = ["bc1q", "5zx7", "ja4c", "55kg", "ujel", "ygnl", "tj6y", "uxke", "y4x2", "yrs5", "c0"];
pub const CHANGE: [&str; 16] = [
    "bc1q", "mcgj", "yav9", "vv8u", "6kn5", "avp8", "avyn", "cq4h", "5gwu", "f4wp", "5382", "nr5q", "ajew", "hdzs",
    "ljlx", "qa",
];
pub const WORDS: [&str; 32] = [
    "tissue",
    "company",
    "breadline",
    "monument",
    "payday",
    "maverick",
    "upset",
    "speculate",
    "sawdust",
    "sensation",
    "Trojan",
    "unify",
    "apple",
    "publisher",
    "Dupont",
    "vacancy",
    "tonic",
    "customer",
    "breadline",
    "narrative",
    "chisel",
    "Eskimo",
    "classic",
    "Medusa",
    "goggles",
    "Waterloo",
    "uncut",
    "distortion",
    "sterling",
    "embezzle",
    "beaming",
    "retrieval",
];

pub fn rect(left: f32, top: f32, right: f32, bottom: f32) -> Rect {
    Rect::from_min_max(pos2(left, top), pos2(right, bottom))
}

pub fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The window's ground, its title bar and its hint bar.
pub fn bars(ui: &mut Ui, step: Step, hints: &[(KeyCap, &str)]) {
    let pen = Pen::new(ui);
    pen.fill(rect(0.0, 0.0, 1280.0, 800.0), Tone::Bg0);
    let view = TitleBar {
        title: "Ceremony 0042 · November treasury payments".to_owned(),
        step,
        seat: "Signer".to_owned(),
        clock: "14:24".to_owned(),
    };
    title_bar(ui, rect(0.0, 0.0, 1280.0, 40.0), &view);
    let hints: Vec<Hint> = hints.iter().map(|(key, verb)| Hint::new(*key, *verb)).collect();
    hint_bar(ui, rect(0.0, 770.0, 1280.0, 800.0), &hints);
}

fn cell(value: &str, state: State, detail: &str) -> Cell {
    Cell { value: value.to_owned(), state, detail: detail.to_owned() }
}

pub fn strip(ui: &mut Ui, refused: bool) {
    let leaving = if refused {
        Leaving::Unknown { worst: "Worst case: everything the Safe owns".to_owned() }
    } else {
        Leaving::Known {
            number: "3.75018420".to_owned(),
            unit: "BTC".to_owned(),
            worst: "Worst case 3.75018420 BTC, the same".to_owned(),
            worst_is_caution: false,
        }
    };
    let (policy, findings) = if refused {
        (cell("Refuses", State::Refused, "rule 3 of 14"), cell("1 refusal", State::Refused, "1 caution, 4 facts"))
    } else {
        (cell("Passes", State::Good, "9 of 9 rules"), cell("2 cautions", State::Caution, "0 refusals, 4 facts"))
    };
    let view = VerdictStrip {
        chain: if refused { "Ethereum" } else { "Bitcoin" }.to_owned(),
        network: if refused { "mainnet, chain 1" } else { "mainnet" }.to_owned(),
        leaving_label: "Leaves this treasury, fee included".to_owned(),
        leaving,
        policy,
        findings,
        explained: "2,381".to_owned(),
        total: "2,381".to_owned(),
        decoders: "two decoders agree".to_owned(),
        decoders_agree: true,
        words: strings(&WORDS[..6]),
        words_label: "Digest, words 1 to 6 of 32".to_owned(),
        refused,
    };
    verdict_strip(ui, rect(0.0, 40.0, 1280.0, 124.0), &view);
}
