//! The simulated screen: what a person would have been shown, made from what arrived over the link alone.

use std::sync::{Arc, Mutex, PoisonError};

use super::Button;
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

const CONFIRM_OUTPUT: i32 = 3;
const SIGN_TX: i32 = 8;
const ADDRESS: i32 = 10;

/// Questions for an output to somebody: first where to, then how much.
pub(super) fn output(who: String, number: usize, address: &str, sat: u64, unit: &str, grouped: bool) -> [Button; 2] {
    let title = format!("Recipient #{number}");
    let lines = if grouped { rows_of_groups(address) } else { vec![address.to_owned()] };
    let first = DeviceScreen { step: format!("{who}, address"), title: title.clone(), lines, address: true };
    let second = plain(format!("{who}, amount"), &title, vec![money(sat, unit)]);
    [first, second].map(|screen| button(CONFIRM_OUTPUT, "confirm_output", vec![screen]))
}

/// The question for data.
pub(super) fn data(bytes: &[u8]) -> Button {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines = digits.chunks(8).map(<[String]>::concat).collect();
    let screen = plain(format!("Data output, {} bytes", bytes.len()), "OP_RETURN", lines);
    // The firmware announces two pages, and shows all data on the first when it fits.
    Button { pages: 2, ..button(CONFIRM_OUTPUT, "op_return", vec![screen]) }
}

/// The question for inputs of several accounts.
pub(super) fn several_accounts() -> Button {
    warning("sending_from_multiple_accounts", "Several accounts", "Sending from multiple accounts.", "Continue anyway?")
}

/// The question for many change outputs.
pub(super) fn change_count(count: usize) -> Button {
    let outputs = format!("{count} outputs");
    warning("change_count_over_threshold", "Number of change outputs", "A lot of change-outputs.", &outputs)
}

fn warning(name: &'static str, step: &str, first: &str, second: &str) -> Button {
    let lines = vec![first.to_owned(), second.to_owned()];
    button(SIGN_TX, name, vec![plain(step.to_owned(), "Warning", lines)])
}

/// The question for a lock time.
pub(super) fn lock_time(lock_time: u32, enabled: bool) -> Button {
    const FIRST_TIMESTAMP: u32 = 500_000_000;
    if !enabled {
        let words = "Locktime is set but will have no effect.";
        return warning("nondefault_locktime", "Lock time, without effect", words, "Continue anyway?");
    }
    let screen = if lock_time < FIRST_TIMESTAMP {
        let lines = vec!["Locktime set to blockheight".to_owned(), lock_time.to_string()];
        plain(format!("Lock time, block {}", grouped_by_thousand(u64::from(lock_time))), "Confirm locktime", lines)
    } else {
        let moment = moment(u64::from(lock_time));
        let lines = vec!["Locktime set to".to_owned(), moment.clone()];
        plain(format!("Lock time, {moment} UTC"), "Confirm locktime", lines)
    };
    button(SIGN_TX, "nondefault_locktime", vec![screen])
}

/// The last question: total and fee, and on its second page the signature.
pub(super) fn total(total_sat: u64, fee_sat: u64, unit: &str) -> Button {
    let lines = vec![
        "Total amount".to_owned(),
        money(total_sat, unit),
        "incl. Transaction fee".to_owned(),
        money(fee_sat, unit),
    ];
    let summary = plain("Total and fee".to_owned(), "Summary", lines);
    let hold = plain("Hold to sign".to_owned(), "Sign transaction", vec!["Hold to sign".to_owned()]);
    button(SIGN_TX, "confirm_total", vec![summary, hold])
}

/// The question for an own address.
pub(super) fn own_address(address: &str, grouped: bool) -> Button {
    let lines = if grouped { rows_of_groups(address) } else { vec![address.to_owned()] };
    let (step, title) = ("Own address".to_owned(), "Receive address".to_owned());
    button(ADDRESS, "show_address", vec![DeviceScreen { step, title, lines, address: true }])
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

fn money(sat: u64, unit: &str) -> String {
    let mut digits = format!("{sat:09}");
    let fraction = digits.split_off(digits.len().saturating_sub(8));
    let whole = grouped_by_thousand(digits.parse().unwrap_or(0));
    match fraction.trim_end_matches('0') {
        "" => format!("{whole} {unit}"),
        fraction => format!("{whole}.{fraction} {unit}"),
    }
}

fn grouped_by_thousand(number: u64) -> String {
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
