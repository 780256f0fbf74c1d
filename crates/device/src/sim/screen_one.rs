//! The screen of the first model: six rows, one question for address and amount together, no name of a question.

use super::Button;
use super::consent::Whole;
use super::multisig::Multisig;
use super::screen::{grouped_by_thousand, lock_words, money, omni, path_text, plain};
use crate::device::DeviceScreen;

const HIGH_FEE: i32 = 2;
const CONFIRM_OUTPUT: i32 = 3;
const SIGN_TX: i32 = 8;
const ADDRESS: i32 = 10;
const UNUSUAL_PATH: i32 = 15;
const HARDENED: u32 = 1 << 31;

/// Rows between the title and the buttons.
const ROWS: usize = 4;

fn ask(code: i32, step: &str, title: &str, lines: Vec<String>) -> Button {
    Button { code, name: "", pages: 0, screens: vec![plain(step.to_owned(), title, lines)] }
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

/// Breaks text after so many characters.
fn broken(text: &str, row: usize) -> Vec<String> {
    let mut rows = vec![String::new()];
    for character in text.chars() {
        if rows.last().is_some_and(|last| last.chars().count() == row) {
            rows.push(String::new());
        }
        rows.iter_mut().last().into_iter().for_each(|last| last.push(character));
    }
    rows
}

pub(super) fn path_warning() -> Button {
    let lines = texts(["for selected coin.", "Continue at your", "own risk!"]);
    ask(UNUSUAL_PATH, "Unusual derivation path", "Wrong address path", lines)
}

/// The question for an output; below an own address there is its account, if there is room.
pub(super) fn output(who: &str, address: &str, path: &[u32], sat: u64, unit: &str) -> Button {
    let rows = if address.len() > 42 { 3 } else { 2 };
    let length = (address.len().saturating_sub(1) / rows).saturating_add(1);
    let mut lines = vec![format!("{} to", money(sat, unit))];
    lines.extend(broken(address, length.min(21)));
    if !path.is_empty() && lines.len() <= ROWS {
        lines.push(account(path, unit));
    }
    ask(CONFIRM_OUTPUT, &format!("{who}, amount and address"), "Confirm sending", lines)
}

fn account(path: &[u32], unit: &str) -> String {
    let name = match path {
        [purpose, _, account, _, _] if *account >= HARDENED => match purpose ^ HARDENED {
            44 => Some(("Legacy", account)),
            49 => Some(("L.SegWit", account)),
            84 => Some(("SegWit", account)),
            86 => Some(("Taproot", account)),
            _ => None,
        },
        _ => None,
    };
    match name {
        Some((name, account)) => format!("{unit} {name} account #{}", (account ^ HARDENED).saturating_add(1)),
        None => format!("Path: {}", path_text(path)),
    }
}

/// The question for data: four rows of it.
pub(super) fn data(bytes: &[u8]) -> Button {
    let step = format!("Data output, {} bytes", bytes.len());
    if let Some((what, how_much)) = omni(bytes) {
        let lines = [what.to_owned(), how_much].into_iter().filter(|line| !line.is_empty()).collect();
        return ask(CONFIRM_OUTPUT, &step, "Confirm OMNI Transaction:", lines);
    }
    let is_text = bytes.iter().all(|byte| *byte == b' ' || byte.is_ascii_graphic());
    let lines = if is_text {
        let mut text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        if text.len() > 80 {
            text.replace_range(77.., "...");
        }
        broken(&text, 20)
    } else {
        let mut digits: String = bytes.iter().take(32).map(|byte| format!("{byte:02X}")).collect();
        if bytes.len() > 32 {
            digits.replace_range(62..64, "..");
        }
        broken(&digits, 16)
    };
    ask(
        CONFIRM_OUTPUT,
        &step,
        "Confirm OP_RETURN:",
        lines.into_iter().take(ROWS).filter(|row| !row.is_empty()).collect(),
    )
}

/// Every question about the whole transaction.
pub(super) fn whole(whole: &Whole) -> Vec<Button> {
    let mut buttons = Vec::new();
    if whole.has_unverified {
        let lines = texts(["The transaction", "contains unverified", "external inputs.", "Continue?"]);
        buttons.push(ask(SIGN_TX, "Inputs of others", "Warning!", lines));
    }
    let fee = money(whole.fee_sat, whole.unit);
    if whole.high_fee {
        buttons.push(ask(HIGH_FEE, "High fee", "Fee", texts([&fee, "is unexpectedly high.", "Send anyway?"])));
    }
    if let Some(count) = whole.change_count {
        let lines = texts([&format!("There are {count}"), "change-outputs.", "Continue?"]);
        buttons.push(ask(SIGN_TX, "Number of change outputs", "Warning!", lines));
    }
    buttons.extend(whole.lock.map(|time| lock_time(time, whole.lock_has_effect)));
    let total = money(whole.total_sat, whole.unit);
    let lines = texts([&total, "including fee:", &fee, &format!("({})", fee_rate(whole))]);
    buttons.push(ask(SIGN_TX, "Total and fee", "Confirm sending:", lines));
    buttons
}

/// Hundredths of a satoshi per virtual byte, rounded.
fn fee_rate(whole: &Whole) -> String {
    let vbytes = whole.vbytes.max(1);
    let hundredths = whole.fee_sat.saturating_mul(100).saturating_add(vbytes / 2) / vbytes;
    let (whole, rest) = (grouped_by_thousand(hundredths / 100), format!("{:02}", hundredths % 100));
    match rest.trim_end_matches('0') {
        "" => format!("{whole} sat/vB"),
        rest => format!("{whole}.{rest} sat/vB"),
    }
}

fn lock_time(time: u32, has_effect: bool) -> Button {
    if !has_effect {
        let lines = texts(["Locktime is set but", "will have no effect.", "Continue?"]);
        return ask(SIGN_TX, "Lock time, without effect", "Warning!", lines);
    }
    let (step, shown, is_height) = lock_words(time);
    let kind = if is_height { "blockheight:" } else { "timestamp (UTC):" };
    ask(SIGN_TX, &step, "Locktime for this", texts(["transaction is set to", kind, &shown, "Continue?"]))
}

/// The question for an own address, its account below it.
pub(super) fn own_address(address: &str, path: &[u32], unit: &str, multisig: Option<&Multisig>) -> Button {
    let title = match multisig {
        None => "Address:".to_owned(),
        Some(multisig) => {
            let order = if multisig.sorted { " (sorted)" } else { "" };
            format!("Multisig {:>2} of {:>2}{order}:", multisig.threshold, multisig.keys.len())
        }
    };
    let rows = match address.len() {
        0..=42 => 2,
        43..=63 => 3,
        _ => 4,
    };
    let mut lines = broken(address, (address.len().saturating_sub(1) / rows).saturating_add(1));
    lines.push(account(path, unit));
    let screen = DeviceScreen { step: "Own address".to_owned(), title, lines, address: false };
    Button { code: ADDRESS, name: "", pages: 0, screens: vec![screen] }
}
