//! Screens of the first model: six short lines each.

use vitrine_ethereum::Transaction;
use vitrine_ethereum::alloy_primitives::{Address, U256};
use vitrine_ethereum::transaction::Fee;

use super::super::known::{Network, Token, network_of};
use super::super::typed::Typed;
use super::call::{Call, Staking, one};
use super::{amount, screen};
use crate::device::DeviceScreen;

/// Characters of a line on which an address is broken.
const LINE: usize = 18;

/// Bytes of data on a page, and how many pages are shown before it gives up.
const PAGE_BYTES: usize = 24;
const PAGES: usize = 5;

/// Screens of a transaction; none if the device refuses it.
pub(super) fn transaction(transaction: &Transaction) -> Option<Vec<DeviceScreen>> {
    let network = network_of(transaction.chain_id().value);
    let value = transaction.value_wei().value;
    let to = transaction.to().value;
    let mut is_token = false;
    let mut screens = match one(transaction) {
        Call::Refused => return None,
        Call::Staking { what, amount_wei } => vec![staking(what, amount_wei, network)],
        Call::Transfer { token, to, amount, .. } => {
            is_token = true;
            vec![sending(to, amount, Some(token), network)]
        }
        _ => {
            // Where a contract is created it shows the address zero.
            let first = sending(to.unwrap_or_default(), value, None, network);
            [first].into_iter().chain(data_pages(transaction.data().value.bytes())).collect()
        }
    };
    screens.extend(fee(transaction, is_token, network));
    Some(screens)
}

fn sending(to: Address, value: U256, token: Option<Token>, network: Option<&Network>) -> DeviceScreen {
    let (number, unit) = match token {
        None if value.is_zero() => ("message".to_owned(), String::new()),
        token => amount::one(value, token, network),
    };
    let text = [spaced(&unit, "to "), to.to_string()].concat();
    let (first, rest) = text.split_at_checked(LINE).unwrap_or((&text, ""));
    let (second, third) = rest.split_at_checked(LINE).unwrap_or((rest, ""));
    let lines = vec![number, first.to_owned(), second.to_owned(), format!("{third}?")];
    screen("Amount and recipient", "Send", lines)
}

/// The unit, if there is one, before the words.
fn spaced(unit: &str, words: &str) -> String {
    if unit.is_empty() { words.to_owned() } else { format!("{unit} {words}") }
}

fn data_pages(data: &[u8]) -> Vec<DeviceScreen> {
    let mut screens = Vec::new();
    let mut shown = 0_usize;
    for page in data.chunks(PAGE_BYTES).take(PAGES) {
        let first = shown.saturating_add(1);
        shown = shown.saturating_add(page.len());
        let more = if shown < data.len() { "... " } else { "" };
        let place = format!("{more}{shown}/{} bytes", data.len());
        let step = format!("Data, bytes {first} to {shown} of {}", data.len());
        screens.push(screen(step, "Transaction data:", [capitals(page), vec![place]].concat()));
    }
    if shown < data.len() {
        let lines = ["data to view.", "", "Proceed with caution."].map(str::to_owned).to_vec();
        screens.push(screen("The rest of the data is not shown", "Warning! Too long", lines));
    }
    screens
}

fn fee(transaction: &Transaction, is_token: bool, network: Option<&Network>) -> Vec<DeviceScreen> {
    let gas_limit = U256::from(transaction.gas_limit().value);
    let largest = |price: u128| amount::one(gas_limit.saturating_mul(U256::from(price)), None, network);
    match transaction.fee() {
        Fee::GasPrice { gas_price_wei } => {
            let value = transaction.value_wei().value;
            let (number, unit) = match (value.is_zero(), is_token) {
                (true, true) => ("token".to_owned(), String::new()),
                (true, false) => ("message".to_owned(), String::new()),
                (false, _) => amount::one(value, None, network),
            };
            let (fee, fee_unit) = largest(gas_price_wei.value);
            let lines = vec![number, spaced(&unit, "paying up to"), fee, spaced(&fee_unit, "for gas?")];
            vec![screen("Amount and largest fee", "Really send", lines)]
        }
        Fee::Dynamic { max_priority_fee_per_gas_wei, max_fee_per_gas_wei } => {
            let (fee, unit) = largest(max_fee_per_gas_wei.value);
            [
                ("Maximum fee per gas", amount::gwei(max_fee_per_gas_wei.value)),
                ("Priority fee per gas", amount::gwei(max_priority_fee_per_gas_wei.value)),
                ("Maximum fee", format!("{fee} {unit}")),
            ]
            .map(|(what, text)| screen(what, "Confirm fee", [vec![what.to_owned()], split(&text, LINE)].concat()))
            .to_vec()
        }
    }
}

fn staking(what: Staking, amount_wei: U256, network: Option<&Network>) -> DeviceScreen {
    let (number, unit) = amount::one(amount_wei, None, network);
    let (title, lines) = match what {
        Staking::Stake => ("Stake", vec![number, format!("{unit} on Everstake?")]),
        Staking::Unstake => ("Unstake", vec![number, format!("{unit} from Everstake?")]),
        Staking::Claim => ("Claim ETH", vec!["from Everstake?".to_owned()]),
    };
    screen("Staking", title, lines)
}

/// Screens of typed data: its two hashes.
pub(super) fn typed_data(signer: Address, data: &Typed) -> Vec<DeviceScreen> {
    let warning = ["EIP-712 data.", "", "Sign at your own risk."].map(str::to_owned).to_vec();
    vec![
        screen("Hashes alone are shown", "Unable to show", warning),
        account(signer),
        screen("Domain hash", "EIP-712 domain hash", capitals(data.domain_hash.as_slice())),
        screen("Message hash", "EIP-712 message hash", capitals(data.message_hash.as_slice())),
    ]
}

/// Screens of a personal message.
pub(super) fn message(signer: Address, message: &[u8]) -> Vec<DeviceScreen> {
    let is_ascii = message.iter().all(|byte| matches!(byte, b' '..=b'~'));
    let (title, page) = if is_ascii { ("Sign message?", 4 * LINE) } else { ("Sign binary message?", 32) };
    let pages: Vec<&[u8]> = if message.is_empty() { vec![message] } else { message.chunks(page).collect() };
    let shown = (1_usize..).zip(&pages).map(|(number, bytes)| {
        let lines = match is_ascii {
            true => split(&String::from_utf8_lossy(bytes), LINE),
            false => capitals(bytes),
        };
        screen(format!("Message, page {number} of {}", pages.len()), title, lines)
    });
    [account(signer)].into_iter().chain(shown).collect()
}

fn account(signer: Address) -> DeviceScreen {
    let lines = [vec!["Message signed by:".to_owned()], split(&signer.to_string(), 21)].concat();
    screen("Signing address", "Confirm address?", lines)
}

/// Rows of eight bytes as this model writes them: in capitals.
fn capitals(bytes: &[u8]) -> Vec<String> {
    bytes.chunks(8).map(|row| row.iter().map(|byte| format!("{byte:02X}")).collect()).collect()
}

/// Breaks a text, ASCII, into lines of so many characters.
fn split(text: &str, line: usize) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(line.max(1)).map(|row| row.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a Trezor One with firmware 1.14.2 drew in emulation for these bytes.
    #[test]
    fn digits_are_written_as_the_firmware_drew_them() {
        let data: Vec<u8> = (0..100_u8).map(|n| n.wrapping_mul(7).wrapping_add(3)).collect();
        let pages: Vec<String> = data_pages(&data).iter().map(|page| page.lines.join(" | ")).collect();
        assert_eq!(pages.first().unwrap(), "030A11181F262D34 | 3B424950575E656C | 737A81888F969DA4 | ... 24/100 bytes");
        assert_eq!(pages.last().unwrap(), "A3AAB1B8 | 100/100 bytes");
        let binary = &message(Address::ZERO, b"\nwith your account:\n0xabc\n\nNonce: 1")[1];
        let drawn = ["0A7769746820796F", "7572206163636F75", "6E743A0A30786162", "630A0A4E6F6E6365"];
        assert_eq!((binary.title.as_str(), &binary.lines[..]), ("Sign binary message?", &drawn.map(str::to_owned)[..]));
    }
}
