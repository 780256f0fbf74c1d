//! The first model, as legacy firmware 1.14.1 has it: it asks everything before it takes the rest of the data.

use trezor_client::protos::{EthereumSignTypedHash, EthereumTypedDataSignature};
use trezor_client::transport::ProtoMessage;
use vitrine_ethereum::alloy_primitives::{Address, U256};

use super::super::screen::plain;
use super::super::{Button, Refusal};
use super::call::{Call, call};
use super::hash::keccak;
use super::screen::{Costs, scaled};
use super::script::{Pause, Script, reply};
use super::signer::Signer;
use crate::trezor::ethereum::known::network_of;

const OTHER: i32 = 1;
const PROTECT_CALL: i32 = 7;
const SIGN_TX: i32 = 8;
const ADDRESS: i32 = 10;

/// Bytes of data on a page, and most pages.
const PAGE_BYTES: usize = 24;
const PAGES: usize = 5;

/// What a transaction says, as far as it is shown.
pub(super) struct Payment<'a> {
    pub(super) to: Option<Address>,
    pub(super) value: U256,
    pub(super) chain_id: u64,
    pub(super) first: &'a [u8],
    pub(super) data_length: usize,
}

/// Every question about a transaction.
pub(super) fn questions(payment: &Payment<'_>, costs: &Costs) -> Result<Vec<Button>, Refusal> {
    let Payment { to, value, chain_id, first, data_length } = *payment;
    let unit = network_of(chain_id).map_or("UNKN", |network| network.symbol);
    let is_whole_transfer = data_length == 68 && value.is_zero();
    let mut all = Vec::new();
    let transfer = match call(chain_id, to, first, data_length)? {
        Call::Transfer { token, to, amount, .. } if is_whole_transfer => {
            let number = shown(scaled(amount, token.decimals));
            all.push(send(&number, &format!("{} to {to}", token.symbol)));
            true
        }
        _ => {
            let to = to.unwrap_or_default();
            all.push(match coins(value, unit) {
                _ if value.is_zero() => send("message", &format!("to {to}")),
                (number, unit) => send(&number, &format!("{unit} to {to}")),
            });
            data(first, data_length, &mut all);
            false
        }
    };
    all.extend(fees(value, unit, transfer, costs));
    Ok(all)
}

/// An amount of the network's coin: number and unit.
fn coins(value: U256, unit: &str) -> (String, String) {
    match value < U256::from(1_000_000_000) {
        true => (scaled(value, 0), "Wei".to_owned()),
        false => (shown(scaled(value, 18)), unit.to_owned()),
    }
}

/// A number that does not fit into 63 characters is not shown.
fn shown(number: String) -> String {
    if number.len() < 64 { number } else { String::new() }
}

fn send(number: &str, to: &str) -> Button {
    let mut lines = vec![number.to_owned()];
    lines.extend(broken(&format!("{to}?"), &[18, 18, usize::MAX]));
    ask(SIGN_TX, "Amount and recipient", "Send", lines)
}

fn data(first: &[u8], length: usize, all: &mut Vec<Button>) {
    let mut shown = 0_usize;
    for page in first.chunks(PAGE_BYTES).take(PAGES) {
        let step =
            format!("Data, bytes {} to {} of {length}", shown.saturating_add(1), shown.saturating_add(page.len()));
        shown = shown.saturating_add(page.len());
        let dots = if shown < length { "... " } else { "" };
        let mut lines: Vec<String> = page.chunks(8).map(capitals).collect();
        lines.push(format!("{dots}{shown}/{length} bytes"));
        all.push(ask(SIGN_TX, &step, "Transaction data:", lines));
    }
    if shown < length {
        let lines = vec!["data to view.".to_owned(), String::new(), "Proceed with caution.".to_owned()];
        all.push(ask(PROTECT_CALL, "The rest of the data is not shown", "Warning! Too long", lines));
    }
}

fn fees(value: U256, unit: &str, transfer: bool, costs: &Costs) -> Vec<Button> {
    let (most, most_unit) = coins(costs.most(), unit);
    let Some(tip) = costs.tip else {
        let words = |unit: &str, words: &str| format!("{unit} {words}").trim_start().to_owned();
        let (number, number_unit) = match (value.is_zero(), transfer) {
            (true, true) => ("token".to_owned(), String::new()),
            (true, false) => ("message".to_owned(), String::new()),
            _ => coins(value, unit),
        };
        let lines = vec![number, words(&number_unit, "paying up to"), most, words(&most_unit, "for gas?")];
        return vec![ask(SIGN_TX, "Amount and largest fee", "Really send", lines)];
    };
    let gwei = |price: U256| format!("{} Gwei", scaled(price, 9));
    let three = [
        ("Maximum fee per gas", gwei(costs.price)),
        ("Priority fee per gas", gwei(tip)),
        ("Maximum fee", format!("{most} {most_unit}")),
    ];
    let screens = three.into_iter().map(|(what, text)| {
        let mut lines = vec![what.to_owned()];
        lines.extend(broken(&text, &[18; 4]));
        ask(SIGN_TX, what, "Confirm fee", lines)
    });
    screens.collect()
}

/// The account that signs.
pub(super) fn account(account: &str) -> Button {
    let mut lines = vec!["Message signed by:".to_owned()];
    lines.extend(broken(account, &[21, 21]));
    ask(OTHER, "Signing address", "Confirm address?", lines)
}

/// The own address.
pub(super) fn own_address(account: &str) -> Button {
    ask(ADDRESS, "Own address", "Address:", broken(account, &[21, 21]))
}

/// The pages of a message.
pub(super) fn message(message: &[u8]) -> Vec<Button> {
    let is_text = message.iter().all(|byte| (0x20..0x7f).contains(byte));
    let (title, page) = if is_text { ("Sign message?", 72) } else { ("Sign binary message?", 32) };
    let count = message.len().div_ceil(page).max(1);
    let pages = (0..count).map(|number| {
        let start = number.saturating_mul(page);
        let bytes = message.get(start..message.len().min(start.saturating_add(page))).unwrap_or_default();
        let lines = match is_text {
            true => broken(&String::from_utf8_lossy(bytes), &[18; 4]),
            false => bytes.chunks(8).map(capitals).collect(),
        };
        ask(OTHER, &format!("Message, page {} of {count}", number.saturating_add(1)), title, lines)
    });
    pages.collect()
}

/// Two hashes, which is all that it takes of typed data.
pub(super) fn typed_hashes(
    opening: &EthereumSignTypedHash,
    signer: &Signer<'_>,
    script: &mut Script<'_>,
) -> Result<ProtoMessage, Pause> {
    let (domain, message) = (opening.domain_separator_hash(), opening.message_hash());
    if domain.len() != 32 || message.len() != 32 {
        return Err(Refusal::data("Invalid hash length").into());
    }
    let own = signer.account(&opening.address_n)?.to_string();
    let warning = ["EIP-712 data.", "", "Sign at your own risk."].map(str::to_owned).to_vec();
    script.show(|| ask(PROTECT_CALL, "Hashes alone are shown", "Unable to show", warning))?;
    script.show(|| account(&own))?;
    let rows = |hash: &[u8]| hash.chunks(8).map(capitals).collect();
    script.show(|| ask(OTHER, "Domain hash", "EIP-712 domain hash", rows(domain)))?;
    script.show(|| ask(OTHER, "Message hash", "EIP-712 message hash", rows(message)))?;
    let signed = if signer.changes() { keccak(&[message]) } else { keccak(&[&[0x19, 1], domain, message]) };
    let signature = Some(signer.sign(&opening.address_n, signed)?.to_bytes());
    Ok(reply(&EthereumTypedDataSignature { signature, address: Some(own), ..Default::default() })?)
}

/// Its questions have no name.
fn ask(code: i32, step: &str, title: &str, lines: Vec<String>) -> Button {
    Button { code, name: "", pages: 0, screens: vec![plain(step.to_owned(), title, lines)] }
}

/// Breaks a text into rows of these lengths.
fn broken(text: &str, lengths: &[usize]) -> Vec<String> {
    let mut rest = text.chars().peekable();
    let mut rows = Vec::new();
    for length in lengths {
        if rest.peek().is_none() {
            break;
        }
        rows.push(rest.by_ref().take(*length).collect());
    }
    rows
}

/// The firmware's `data2hex` writes capitals.
fn capitals(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}
