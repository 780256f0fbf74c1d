//! Screens of the first model: legacy `layout2.c`.

use vitrine_review::Value;

use super::{Lock, amount, has_unverified, many_change_outputs, omni, path, rows, screen, split, unit, unusual_paths};
use crate::device::DeviceScreen;
use crate::trezor::plan::{Destination, Plan, PlannedOutput};
use crate::trezor::weight::Weight;

/// Data of which more bytes are not shown, if it is not text.
const DATA_BYTES: usize = 32;
/// Rows of text.
const ROWS: usize = 4;
const TEXT_CHARS: usize = 20;

pub(super) fn screens(plan: &Plan<'_>) -> Vec<DeviceScreen> {
    let mut screens: Vec<DeviceScreen> = unusual_paths(plan).take(1).map(|_| unusual_path()).collect();
    let shown = plan.outputs.iter().filter(|output| !plan.is_silent(output));
    screens.extend(shown.map(|output| output_screen(plan, output)));
    screens.extend(warnings(plan));
    screens.extend(lock_time(plan));
    screens.extend(total(plan));
    screens
}

fn unusual_path() -> DeviceScreen {
    let lines = rows(["for selected coin.", "Continue at your", "own risk!"]);
    screen("Unusual derivation path", "Wrong address path", lines)
}

fn output_screen(plan: &Plan<'_>, output: &PlannedOutput) -> DeviceScreen {
    let (address, path) = match &output.to {
        Destination::Data(data) => return data_screen(data),
        Destination::Address(address) => (address, None),
        Destination::Change { address, path, .. } => (address, Some(path)),
    };
    let mut lines = vec![format!("{} to", amount(output.amount_sat, plan.network))];
    let address = address_rows(address);
    let has_room = address.len() < ROWS;
    lines.extend(address);
    lines.extend(path.filter(|_| has_room).map(|path| path::on_one(path, unit(plan.network))));
    screen(format!("{}, amount and address", output.role.name()), "Confirm sending", lines)
}

/// Two rows, or three for more than 42 characters, of at most 21.
fn address_rows(address: &str) -> Vec<String> {
    let count = if address.len() <= 42 { 2 } else { 3 };
    split(address, address.len().div_ceil(count).min(21))
}

fn data_screen(data: &[u8]) -> DeviceScreen {
    let step = format!("Data output, {} bytes", data.len());
    if let Some(words) = omni(data) {
        let lines = match words.strip_prefix("Simple send of ") {
            Some(number) => rows(["Simple send of ", number]),
            None => vec![words],
        };
        return screen(step, "Confirm OMNI Transaction:", lines);
    }
    if data.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        return screen(step, "Confirm OP_RETURN:", split(&shown_text(data), TEXT_CHARS));
    }
    let (shown, cut) = data.split_at_checked(DATA_BYTES).unwrap_or((data, &[]));
    let mut digits = Value::Bytes(shown.to_vec()).to_text().to_uppercase();
    if !cut.is_empty() {
        digits.truncate(digits.len().saturating_sub(2));
        digits.push_str("..");
    }
    screen(step, "Confirm OP_RETURN:", split(&digits, 16))
}

/// Text, of which more than fits ends in dots.
fn shown_text(data: &[u8]) -> String {
    const ROOM: usize = ROWS * TEXT_CHARS;
    let text = String::from_utf8_lossy(data);
    if text.len() <= ROOM {
        return text.into_owned();
    }
    text.chars().take(ROOM - 3).chain("...".chars()).collect()
}

fn warnings(plan: &Plan<'_>) -> Vec<DeviceScreen> {
    let mut screens = Vec::new();
    if has_unverified(plan) {
        let lines = rows(["The transaction", "contains unverified", "external inputs.", "Continue?"]);
        screens.push(screen("Inputs of others", "Warning!", lines));
    }
    let fee_sat = plan.amounts().map_or(0, |amounts| amounts.fee_sat);
    if Weight::of(plan, true).warns(fee_sat, true) {
        let lines = rows([&amount(fee_sat, plan.network), "is unexpectedly high.", "Send anyway?"]);
        screens.push(screen("High fee", "Fee", lines));
    }
    if let Some(count) = many_change_outputs(plan) {
        let lines = rows([&format!("There are {count}"), "change-outputs.", "Continue?"]);
        screens.push(screen("Number of change outputs", "Warning!", lines));
    }
    screens
}

fn lock_time(plan: &Plan<'_>) -> Option<DeviceScreen> {
    let lock = Lock::of(plan)?;
    let (kind, shown) = match &lock {
        Lock::WithoutEffect => {
            let lines = rows(["Locktime is set but", "will have no effect.", "Continue?"]);
            return Some(screen(lock.step(), "Warning!", lines));
        }
        Lock::Height(height) => ("blockheight:", height.to_string()),
        Lock::Moment(_, shown) => ("timestamp (UTC):", shown.clone()),
    };
    let lines = rows(["transaction is set to", kind, &shown, "Continue?"]);
    Some(screen(lock.step(), "Locktime for this", lines))
}

fn total(plan: &Plan<'_>) -> Option<DeviceScreen> {
    let amounts = plan.amounts()?;
    let rate = format!("({})", Weight::of(plan, true).fee_rate(amounts.fee_sat));
    let money = |sat| amount(sat, plan.network);
    let lines = rows([&money(amounts.total_sat), "including fee:", &money(amounts.fee_sat), &rate]);
    Some(screen("Total and fee", "Confirm sending:", lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_broken_where_the_first_model_breaks_it() {
        let lengths = |address: &str| address_rows(address).iter().map(String::len).collect::<Vec<_>>();
        assert_eq!(lengths(&"a".repeat(34)), [17, 17]);
        assert_eq!(lengths(&"a".repeat(42)), [21, 21]);
        assert_eq!(lengths(&"a".repeat(44)), [15, 15, 14]);
        assert_eq!(lengths(&"a".repeat(62)), [21, 21, 20]);
        assert_eq!(lengths(&"a".repeat(64)), [21, 21, 21, 1]);
    }

    #[test]
    fn data_is_text_where_it_can_be_and_else_the_first_32_bytes() {
        assert_eq!(data_screen(b"hello").lines, ["hello"]);
        assert_eq!(data_screen(&[b'x'; 80]).lines[3], "x".repeat(20));
        assert_eq!(data_screen(&[b'x'; 81]).lines[3], "xxxxxxxxxxxxxxxxx...");
        let long = data_screen(&[0xab; 33]).lines;
        assert_eq!((long.len(), long[3].as_str()), (4, "ABABABABABABAB.."));
        assert_eq!(data_screen(&[0x0a; 32]).lines[3], "0A0A0A0A0A0A0A0A");
    }
}
