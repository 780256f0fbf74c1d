//! What a Trezor is about to show of an Ethereum request, so that the person can compare it with what was approved.
//!
//! Foretold is what somebody sees who looks at everything: every page of the data, every struct of typed data, the menu
//! with the fee's parts. Who chooses “Confirm all”, or does not ask for a struct, sees less.
//!
//! Titles, words, amounts and the order are those of core firmware 2.11.1 and legacy firmware 1.14.1, in English, read
//! in their sources. For newer core firmware they are those of 2.12.4, as far as that says more or less of the same, with
//! a last entry that says which version was read. Rows of grouped addresses and of data are exact. Rows of other values
//! break where the device's font breaks them. Not foretold are the details of a swap that core firmware decodes itself
//! (LiFI, Uniswap): the screen's rows are empty; firmware 2.12.4 decodes calls of more contracts, and pays attention to
//! data of up to 6144 bytes, where 2.11.1 does so to 1024.

mod amount;
mod call;
mod core;
mod one;
mod path;
mod typed;

use vitrine_review::groups_of_four;

use super::super::identity::{Look, Model};
use super::{Asked, Plan};
use crate::device::DeviceScreen;

/// How this device was told to show things.
#[derive(Debug, Clone, Copy)]
pub(in crate::trezor) struct Showing {
    pub(in crate::trezor) grouped: bool,
    pub(in crate::trezor) message_hash: bool,
}

/// Every screen in order; none where the device would not sign.
pub(in crate::trezor) fn screens(plan: &Plan<'_>, model: &Model, showing: Showing) -> Vec<DeviceScreen> {
    if plan.check(model).is_err() || !path::is_taken(plan) {
        return Vec::new();
    }
    let (look, newer, grouped) = (model.look, model.newer, showing.grouped);
    let style = Style { look, newer, coins: model.shows_coins, grouped };
    let screens = match (&plan.asked, model.look) {
        (Asked::Transaction(transaction), Look::One) => one::transaction(transaction),
        (Asked::Transaction(transaction), _) => core::transaction(transaction, style),
        (Asked::TypedData(data), Look::One) => Some(one::typed_data(plan.signer, data)),
        (Asked::TypedData(data), _) => Some(typed::screens(plan.signer, data, style, showing.message_hash)),
        (Asked::Message(message), Look::One) => Some(one::message(plan.signer, message)),
        (Asked::Message(message), look) => Some(core::message(plan.signer, message, look)),
    };
    let mut screens = screens.unwrap_or_default();
    if model.newer && !screens.is_empty() {
        screens.push(screen("This firmware is newer than what was read: words and order may differ", "", Vec::new()));
    }
    screens
}

/// How core firmware writes.
#[derive(Debug, Clone, Copy)]
struct Style {
    look: Look,
    /// As 2.12.4 does.
    newer: bool,
    /// With coins that are sent along with a call of a token.
    coins: bool,
    grouped: bool,
}

impl Style {
    /// An address in rows, if addresses are grouped; newer firmware gives `0x` a group of its own.
    fn address_screen(self, step: impl Into<String>, title: impl Into<String>, address: &str) -> DeviceScreen {
        let padded = if self.newer && self.grouped { format!("  {address}") } else { address.to_owned() };
        address_screen(step, title, &padded, self.grouped)
    }
}

fn screen(step: impl Into<String>, title: impl Into<String>, lines: Vec<String>) -> DeviceScreen {
    DeviceScreen { step: step.into(), title: title.into(), lines, address: false }
}

/// An address alone, in rows of four groups of four if it is grouped.
fn address_screen(step: impl Into<String>, title: impl Into<String>, address: &str, grouped: bool) -> DeviceScreen {
    let lines = match grouped {
        true => groups_of_four(address).chunks(4).map(|row| row.join(" ")).collect(),
        false => vec![address.to_owned()],
    };
    DeviceScreen { step: step.into(), title: title.into(), lines, address: true }
}

/// Rows of a text of the request, which is hostile.
fn rows_of(text: &str) -> Vec<String> {
    text.split('\n').map(vitrine_review::escape).collect()
}

/// Rows of hexadecimal digits, so many bytes to a row.
fn hex_rows(bytes: &[u8], row: usize) -> Vec<String> {
    bytes.chunks(row.max(1)).map(hex).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
