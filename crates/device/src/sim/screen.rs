//! The simulated screen: what a person would have been shown, made from what arrived over the link alone.

use std::sync::{Arc, Mutex, PoisonError};

use bitcoin::bip32::ChildNumber;
use trezor_client::protos::OutputScriptType;

use super::Button;
use super::consent::Whole;
use crate::device::DeviceScreen;

/// Everything a simulated screen has shown, in order.
#[derive(Debug, Clone, Default)]
pub struct ScreenLog(Arc<Mutex<Vec<DeviceScreen>>>);

impl ScreenLog {
    /// Returns the screens shown so far.
    pub fn shown(&self) -> Vec<DeviceScreen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn show(&self, screen: DeviceScreen) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(screen);
    }

    pub(super) fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

const HIGH_FEE: i32 = 2;
const CONFIRM_OUTPUT: i32 = 3;
const SIGN_TX: i32 = 8;
const ADDRESS: i32 = 10;
const UNUSUAL_PATH: i32 = 15;
const WARNING: i32 = 18;

/// Data on one page.
const DATA_PAGE_BYTES: usize = 63;

/// The last words of a warning.
const CONTINUE: &str = "Continue anyway?";

/// Questions for an output to somebody: first where to, then how much.
pub(super) fn output(who: String, title: String, address: &str, sat: u64, unit: &str, grouped: bool) -> [Button; 2] {
    let lines = if grouped { rows_of_groups(address) } else { vec![address.to_owned()] };
    let first = DeviceScreen { step: format!("{who}, address"), title: title.clone(), lines, address: true };
    let second = plain(format!("{who}, amount"), &title, vec![money(sat, unit)]);
    [first, second].map(|screen| button(CONFIRM_OUTPUT, "confirm_output", vec![screen]))
}

/// What stands above an own output that is shown: the account's name, or its path.
pub(super) fn account(path: &[u32], form: OutputScriptType) -> String {
    const HARDENED: u32 = 1 << 31;
    let known = match (path, form) {
        ([purpose, _, account, _, _], OutputScriptType::PAYTOADDRESS) => Some((44, "Legacy", purpose, account)),
        ([purpose, _, account, _, _], OutputScriptType::PAYTOP2SHWITNESS) => Some((49, "L. SegWit", purpose, account)),
        ([purpose, _, account, _, _], OutputScriptType::PAYTOWITNESS) => Some((84, "SegWit", purpose, account)),
        ([purpose, _, account, _, _], OutputScriptType::PAYTOTAPROOT) => Some((86, "Taproot", purpose, account)),
        _ => None,
    };
    match known {
        Some((number, name, purpose, account)) if *purpose == HARDENED | number => {
            format!("{name} #{}", (account & !HARDENED).saturating_add(1))
        }
        _ => path_text(path),
    }
}

/// A path as it is shown.
pub(super) fn path_text(path: &[u32]) -> String {
    let mut text = "m".to_owned();
    for child in path.iter().map(|step| ChildNumber::from(*step)) {
        text.push('/');
        text.push_str(&child.to_string());
    }
    text
}

/// The question for data.
pub(super) fn data(bytes: &[u8]) -> Button {
    let step = format!("Data output, {} bytes", bytes.len());
    if let Some((what, how_much)) = omni(bytes) {
        let screen = plain(step, "OMNI transaction", vec![format!("{what}{how_much}")]);
        return button(CONFIRM_OUTPUT, "omni_transaction", vec![screen]);
    }
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines = digits.chunks(8).map(<[String]>::concat).collect();
    let screen = plain(step, "OP_RETURN", lines);
    let pages = u32::try_from(bytes.len().div_ceil(DATA_PAGE_BYTES).max(1)).unwrap_or(u32::MAX);
    // After the data there is a page to agree on.
    Button { pages: pages.saturating_add(1), ..button(CONFIRM_OUTPUT, "op_return", vec![screen]) }
}

/// An Omni transaction in data: what it does, and how much of which currency.
pub(super) fn omni(bytes: &[u8]) -> Option<(&'static str, String)> {
    if bytes.len() < 8 || !bytes.starts_with(b"omni") {
        return None;
    }
    let number = |from: usize, to: usize| {
        let part = bytes.get(from..to).unwrap_or_default();
        part.iter().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte))
    };
    if bytes.len() != 20 || number(4, 8) != 0 {
        return Some(("Unknown transaction", String::new()));
    }
    let amount = number(12, 20);
    let shown = match number(8, 12) {
        1 => money(amount, "OMNI"),
        2 => money(amount, "tOMNI"),
        3 => format!("{} MAID", grouped_by_thousand(amount)),
        31 => money(amount, "USDT"),
        _ => format!("{} UNKN", grouped_by_thousand(amount)),
    };
    Some(("Simple send of ", shown))
}

/// The warning of a path of another form.
pub(super) fn path_warning(path: &[u32]) -> Button {
    let words = "Wrong derivation path for selected account.".to_owned();
    let lines = vec![words, path_text(path), "Cancel and exit".to_owned()];
    button(UNUSUAL_PATH, "path_warning", vec![plain("Unusual derivation path".to_owned(), "Warning", lines)])
}

/// Every question about the whole transaction.
pub(super) fn whole(whole: &Whole) -> Vec<Button> {
    let mut buttons = Vec::new();
    if whole.has_unverified {
        let words = "The transaction contains unverified external inputs.";
        buttons.push(warning("unverified_external_input", "Inputs of others", words, CONTINUE));
    }
    if whole.several_accounts {
        let lines = vec!["Sending from multiple accounts.".to_owned(), "Cancel transaction".to_owned()];
        let screen = plain("Several accounts".to_owned(), "Warning", lines);
        buttons.push(button(SIGN_TX, "sending_from_multiple_accounts", vec![screen]));
    }
    if whole.high_fee {
        let fee = money(whole.fee_sat, whole.unit);
        let asked = warning("fee_over_threshold", "High fee", "Unusually high fee.", &fee);
        buttons.push(Button { code: HIGH_FEE, ..asked });
    }
    if let Some(count) = whole.change_count {
        let (name, step) = ("change_count_over_threshold", "Number of change outputs");
        buttons.push(warning(name, step, "A lot of change-outputs.", &format!("{count} outputs")));
    }
    buttons.extend(whole.lock.map(|time| lock_time(time, whole.lock_has_effect)));
    buttons.push(total(whole));
    buttons
}

fn warning(name: &'static str, step: &str, first: &str, second: &str) -> Button {
    let lines = vec![first.to_owned(), second.to_owned()];
    button(SIGN_TX, name, vec![plain(step.to_owned(), "Important", lines)])
}

/// The question for a lock time.
fn lock_time(lock_time: u32, has_effect: bool) -> Button {
    if !has_effect {
        let words = "Locktime is set but will have no effect.";
        return warning("nondefault_locktime", "Lock time, without effect", words, CONTINUE);
    }
    let (step, shown, is_height) = lock_words(lock_time);
    let words = if is_height { "Locktime set to blockheight" } else { "Locktime set to" };
    let screen = plain(step, "Confirm Locktime", vec![words.to_owned(), shown]);
    button(SIGN_TX, "nondefault_locktime", vec![screen])
}

/// The step's name, what is shown, and whether that is a height.
pub(super) fn lock_words(lock_time: u32) -> (String, String, bool) {
    const FIRST_TIMESTAMP: u32 = 500_000_000;
    if lock_time < FIRST_TIMESTAMP {
        let step = format!("Lock time, block {}", grouped_by_thousand(u64::from(lock_time)));
        return (step, lock_time.to_string(), true);
    }
    let moment = moment(u64::from(lock_time));
    (format!("Lock time, {moment} UTC"), moment, false)
}

/// The last question: total and fee, or the own part and the total; on its second page the signature.
fn total(whole: &Whole) -> Button {
    let total = money(whole.total_sat, whole.unit);
    let (name, step, title, lines) = if whole.others_sat > 0 {
        let own = money(whole.total_sat.saturating_sub(whole.others_sat), whole.unit);
        let lines = ["You are contributing:".to_owned(), own, "To the total amount:".to_owned(), total];
        ("confirm_joint_total", "Own part and total", "Joint transaction", lines)
    } else {
        let fee = money(whole.fee_sat, whole.unit);
        let lines = ["Total amount".to_owned(), total, "incl. Transaction fee".to_owned(), fee];
        ("confirm_total", "Total and fee", "Summary", lines)
    };
    let summary = plain(step.to_owned(), title, lines.to_vec());
    let hold = plain("Hold to sign".to_owned(), "Sign transaction", vec!["Hold to sign".to_owned()]);
    button(SIGN_TX, name, vec![summary, hold])
}

/// The warning before an own address of several keys.
pub(super) fn multisig_warning() -> Button {
    let lines = vec!["Receiving to a multisig address.".to_owned(), "Cancel and exit".to_owned()];
    button(WARNING, "warning_multisig", vec![plain("Multisig".to_owned(), "Important", lines)])
}

/// The question for an own address.
pub(super) fn own_address(address: &str, grouped: bool) -> Button {
    let lines = if grouped { rows_of_groups(address) } else { vec![address.to_owned()] };
    let (step, title) = ("Own address".to_owned(), "Receive address".to_owned());
    // Its second page asks whether it was seen.
    Button { pages: 2, ..button(ADDRESS, "show_address", vec![DeviceScreen { step, title, lines, address: true }]) }
}

fn button(code: i32, name: &'static str, screens: Vec<DeviceScreen>) -> Button {
    let pages = u32::try_from(screens.len()).unwrap_or(1);
    Button { code, name, pages, screens }
}

pub(super) fn plain(step: String, title: &str, lines: Vec<String>) -> DeviceScreen {
    DeviceScreen { step, title: title.to_owned(), lines, address: false }
}

pub(super) fn rows_of_groups(address: &str) -> Vec<String> {
    let mut rows = Vec::new();
    let mut row = String::new();
    for (place, character) in address.chars().enumerate() {
        match place {
            0 => {}
            _ if place.is_multiple_of(16) => rows.push(core::mem::take(&mut row)),
            _ if place.is_multiple_of(4) => row.push(' '),
            _ => {}
        }
        row.push(character);
    }
    rows.push(row);
    rows
}

pub(super) fn money(sat: u64, unit: &str) -> String {
    let mut digits = format!("{sat:09}");
    let fraction = digits.split_off(digits.len().saturating_sub(8));
    let whole = grouped_by_thousand(digits.parse().unwrap_or(0));
    match fraction.trim_end_matches('0') {
        "" => format!("{whole} {unit}"),
        fraction => format!("{whole}.{fraction} {unit}"),
    }
}

pub(super) fn grouped_by_thousand(number: u64) -> String {
    match number.checked_div(1000) {
        Some(0) | None => number.to_string(),
        Some(thousands) => format!("{},{:03}", grouped_by_thousand(thousands), number % 1000),
    }
}

/// Writes seconds since 1970 as a calendar moment, UTC.
fn moment(seconds: u64) -> String {
    let (mut day, clock) = (seconds / 86_400, seconds % 86_400);
    let mut year = 1970_u64;
    while day >= year_days(year) {
        day = day.saturating_sub(year_days(year));
        year = year.saturating_add(1);
    }
    let february = year_days(year).saturating_sub(337);
    let mut month = 1;
    for days in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < days {
            break;
        }
        day = day.saturating_sub(days);
        month = 1_u64.saturating_add(month);
    }
    let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
    format!("{year:04}-{month:02}-{:02} {hour:02}:{minute:02}:{second:02}", day.saturating_add(1))
}

const fn year_days(year: u64) -> u64 {
    if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) { 366 } else { 365 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_simulated_screen_writes_as_the_firmware_does() {
        assert_eq!(money(60_000, "TEST"), "0.0006 TEST");
        assert_eq!(money(123_456_700_000_000, "BTC"), "1,234,567 BTC");
        assert_eq!(money(1, "BTC"), "0.00000001 BTC");
        assert_eq!(moment(951_827_696), "2000-02-29 12:34:56");
        assert_eq!(moment(1_767_225_599), "2025-12-31 23:59:59");
    }
}
