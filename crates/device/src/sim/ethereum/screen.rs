//! The simulated Safe 5's screens for Ethereum, made from what arrived over the link alone.

use vitrine_ethereum::alloy_primitives::{Address, U256};

use super::super::screen::{plain, rows_of_groups};
use super::super::{Button, Refusal};
use super::call::Call;
use crate::device::DeviceScreen;
use crate::trezor::ethereum::known::{Token, network_of, provider};

/// Bytes on a page of data: seven rows of nine.
pub(super) const PAGE_BYTES: usize = 63;

const OTHER: i32 = 1;
const CONFIRM_OUTPUT: i32 = 3;
const SIGN_TX: i32 = 8;
const ADDRESS: i32 = 10;
const WARNING: i32 = 18;

/// What the transaction may cost.
pub(super) struct Costs {
    gas_limit: U256,
    /// Most wei per gas.
    pub(super) price: U256,
    pub(super) tip: Option<U256>,
}

impl Costs {
    pub(super) fn legacy(gas_limit: &[u8], gas_price: &[u8]) -> Result<Self, Refusal> {
        Ok(Self { gas_limit: bounded(gas_limit, gas_price)?, price: bounded(gas_price, gas_limit)?, tip: None })
    }

    pub(super) fn dynamic(gas_limit: &[u8], largest: &[u8], tip: &[u8]) -> Result<Self, Refusal> {
        let tip = Some(bounded(tip, gas_limit)?);
        Ok(Self { gas_limit: bounded(gas_limit, largest)?, price: bounded(largest, gas_limit)?, tip })
    }

    /// The largest fee, in wei.
    pub(super) fn most(&self) -> U256 {
        self.gas_limit.saturating_mul(self.price)
    }
}

/// A number that, times the other, stays below 2^240.
fn bounded(number: &[u8], other: &[u8]) -> Result<U256, Refusal> {
    if number.len().saturating_add(other.len()) > 30 {
        return Err(Refusal::data("Fee overflow"));
    }
    U256::try_from_be_slice(number).ok_or(Refusal::data("Fee overflow"))
}

/// What the transaction pays, where, on which chain.
type Payment = (Option<Address>, U256, u64);

/// The questions that follow the data.
pub(super) fn questions(call: &Call, payment: Payment, chunkify: bool, costs: &Costs) -> Vec<Button> {
    let (to, value, chain_id) = payment;
    let unit = network_of(chain_id).map_or("UNKN", |network| network.symbol);
    let fee = fee_lines(costs, unit);
    match call {
        Call::Send | Call::Data => {
            let first = recipient(to, matches!(call, Call::Send), chunkify);
            vec![first, total(Some(&money(value, 18, unit)), fee)]
        }
        Call::Transfer { token, known, to: payee, amount } => {
            let mut all = Vec::new();
            if !known {
                let contract = format!("{:#x}", to.unwrap_or_default());
                let screen = address("Token contract, address", "Address: Token contract", &contract, true);
                all.extend([unknown_contract(), button(SIGN_TX, "unknown_token", vec![screen])]);
            }
            all.push(recipient(Some(*payee), true, chunkify));
            all.push(total(Some(&money(*amount, token.decimals, token.symbol)), fee));
            all
        }
        Call::Approve { token, known, spender, amount } => {
            let mut all = approval(token, *known, *spender, *amount, (to, chain_id), chunkify);
            all.push(total(None, fee));
            all
        }
    }
}

fn is_unlimited(amount: U256) -> bool {
    amount > U256::from(1) << 255
}

fn approval(
    token: &Token,
    known: bool,
    spender: Address,
    amount: U256,
    (to, chain_id): (Option<Address>, u64),
    chunkify: bool,
) -> Vec<Button> {
    const NAME: &str = "confirm_ethereum_approve";
    let ask = |screen| button(OTHER, NAME, vec![screen]);
    let network = network_of(chain_id);
    let revoke = amount == U256::ZERO;
    let mut all = Vec::new();
    if !known {
        all.push(unknown_contract());
    }
    let (title, words) = match revoke {
        true => ("Token revocation", "Review details to revoke token approval."),
        false => ("Token approval", "Review details to approve token spending."),
    };
    all.push(ask(plain("Approval".to_owned(), title, vec![words.to_owned()])));
    let title = if revoke { "Revoke from" } else { "Approve to" };
    all.push(ask(match provider(spender) {
        Some(name) => plain("Spender".to_owned(), title, vec![name.to_owned()]),
        None => address("Spender, address", title, &spender.to_string(), chunkify),
    }));
    if is_unlimited(amount) {
        let words = format!("Approving unlimited amount of {}", token.symbol);
        let lines = vec![words, "Continue anyway?".to_owned()];
        all.push(button(WARNING, NAME, vec![plain("Unlimited approval".to_owned(), "Important", lines)]));
    }
    if !known {
        let contract = to.unwrap_or_default().to_string();
        all.push(ask(address("Token contract, address", "Address: Token contract", &contract, chunkify)));
    }
    if network.is_none() {
        let line = format!("{chain_id} (0x{chain_id:x})");
        all.push(ask(plain("Chain".to_owned(), "Chain ID", vec![line])));
    }
    let mut lines = match (revoke, is_unlimited(amount)) {
        (true, _) => vec!["Token".to_owned(), token.symbol.to_owned()],
        (_, true) => vec!["Amount allowance".to_owned(), "Unlimited".to_owned()],
        _ => vec!["Amount allowance".to_owned(), money(amount, token.decimals, token.symbol)],
    };
    if let Some(network) = network {
        lines.extend(["Chain".to_owned(), network.name.to_owned()]);
    }
    let screen = plain("Allowance".to_owned(), if revoke { "Revoke" } else { "Approve" }, lines);
    all.push(button(CONFIRM_OUTPUT, NAME, vec![screen]));
    all
}

fn unknown_contract() -> Button {
    let words = "Unknown contract address. Continue only if you know what you are doing!".to_owned();
    let screen = plain("Token unknown to the device".to_owned(), "Warning", vec![words]);
    button(WARNING, "unknown_contract_warning", vec![screen])
}

fn recipient(to: Option<Address>, is_send: bool, chunkify: bool) -> Button {
    let what = if is_send { "Recipient" } else { "Interaction contract" };
    let title = format!("Address: {what}");
    let screen = match to {
        Some(to) => address(&format!("{what}, address"), &title, &to.to_string(), chunkify),
        None => plain("No recipient".to_owned(), &title, vec!["New contract will be deployed".to_owned()]),
    };
    button(SIGN_TX, "confirm_output", vec![screen])
}

/// The largest fee, and its parts.
fn fee_lines(costs: &Costs, unit: &str) -> (String, Vec<String>) {
    let gwei = |price: U256| format!("{} Gwei", scaled(price, 9));
    let mut parts = vec!["Gas limit".to_owned(), format!("{} units", costs.gas_limit)];
    match costs.tip {
        None => parts.extend(["Gas price".to_owned(), gwei(costs.price)]),
        Some(tip) => {
            parts.extend(["Max fee per gas".to_owned(), gwei(costs.price), "Max priority fee".to_owned(), gwei(tip)]);
        }
    }
    (money(costs.most(), 18, unit), parts)
}

/// The last question; the person opens the menu with the fee's parts before the second page.
fn total(amount: Option<&str>, (fee, parts): (String, Vec<String>)) -> Button {
    let (step, mut lines) = match amount {
        Some(amount) => ("Amount and largest fee", vec!["Amount".to_owned(), amount.to_owned()]),
        None => ("Largest fee", Vec::new()),
    };
    lines.extend(["Maximum fee".to_owned(), fee]);
    let screens = vec![
        plain(step.to_owned(), "Summary", lines),
        plain("Parts of the fee, in the device's menu".to_owned(), "Fee info", parts),
        plain("Hold to sign".to_owned(), "Sign transaction", vec!["Hold to sign".to_owned()]),
    ];
    Button { pages: 2, ..button(SIGN_TX, "confirm_total", screens) }
}

/// A page of data that the device does not understand.
pub(super) fn data_page(page: &[u8], shown: usize, total: usize) -> Button {
    let before = shown.saturating_sub(page.len());
    let step = format!("Data, bytes {} to {shown} of {total}", before.saturating_add(1));
    let mut lines = vec![format!("{shown} / {total} bytes")];
    let digits: Vec<String> = page.iter().map(|byte| format!("{byte:02x}")).collect();
    lines.extend(digits.chunks(9).map(<[String]>::concat));
    button(SIGN_TX, "confirm_data", vec![plain(step, "Input data", lines)])
}

pub(super) fn own_address(account: &str, chunkify: bool) -> Button {
    button(ADDRESS, "show_address", vec![address("Own address", "Receive address", account, chunkify)])
}

pub(super) fn signing_account(account: &str) -> Button {
    button(OTHER, "sign_message", vec![address("Signing address", "Signing address", account, false)])
}

pub(super) fn message(bytes: &[u8]) -> Button {
    let lines = match String::from_utf8(bytes.to_vec()) {
        Ok(text) => rows(&text),
        Err(_) => vec![format!("hex({})", digits(bytes))],
    };
    let title = "Confirm message";
    let screens = vec![
        plain("Message".to_owned(), title, lines),
        plain("Hold to confirm".to_owned(), title, vec!["Hold to confirm".to_owned()]),
    ];
    button(OTHER, "sign_message", screens)
}

/// The first question about typed data: the address in small letters.
pub(super) fn typed_account(account: Address) -> Button {
    let account = format!("{account:#x}");
    button(SIGN_TX, "confirm_address", vec![address("Signing address", "Signing address", &account, true)])
}

pub(super) fn typed(name: &'static str, step: String, title: String, lines: Vec<String>) -> Button {
    button(OTHER, name, vec![plain(step, &title, lines)])
}

pub(super) fn message_hash(hash: &[u8]) -> Button {
    let lines = vec![format!("0x{}", digits(hash))];
    let screen = plain("Hash of the message".to_owned(), "Confirm message hash", lines);
    button(SIGN_TX, "confirm_message_hash", vec![screen])
}

pub(super) fn typed_final() -> Button {
    let title = "Confirm typed data";
    let question = vec!["Really sign EIP-712 typed data?".to_owned()];
    let screens = vec![
        plain("Typed data, last question".to_owned(), title, question),
        plain("Hold to confirm".to_owned(), title, vec!["Hold to confirm".to_owned()]),
    ];
    Button { pages: 1, ..button(OTHER, "confirm_typed_data_final", screens) }
}

/// Rows of a text, which is hostile.
pub(super) fn rows(text: &str) -> Vec<String> {
    text.split('\n').map(vitrine_review::escape).collect()
}

pub(super) fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn address(step: &str, title: &str, address: &str, grouped: bool) -> DeviceScreen {
    let lines = if grouped { rows_of_groups(address) } else { vec![address.to_owned()] };
    DeviceScreen { step: step.to_owned(), title: title.to_owned(), lines, address: true }
}

fn button(code: i32, name: &'static str, screens: Vec<DeviceScreen>) -> Button {
    let pages = u32::try_from(screens.len()).unwrap_or(1);
    Button { code, name, pages, screens }
}

/// An amount; below a billionth of the whole it is written in the smallest unit.
fn money(value: U256, decimals: u8, unit: &str) -> String {
    let billionth = U256::from(10).pow(U256::from(decimals.saturating_sub(9)));
    if decimals > 9 && value < billionth {
        return format!("{} Wei {unit}", scaled(value, 0));
    }
    format!("{} {unit}", scaled(value, decimals))
}

/// A number with so many digits behind the point.
pub(super) fn scaled(value: U256, decimals: u8) -> String {
    let (mut whole, fraction) = value.div_rem(U256::from(10).pow(U256::from(decimals)));
    let thousand = U256::from(1000);
    let mut groups = Vec::new();
    while whole >= thousand {
        let (rest, group) = whole.div_rem(thousand);
        groups.push(format!(",{:0>3}", group.to_string()));
        whole = rest;
    }
    groups.push(whole.to_string());
    groups.reverse();
    let fraction = format!("{:0>width$}", fraction.to_string(), width = usize::from(decimals));
    match fraction.trim_end_matches('0') {
        "" => groups.concat(),
        fraction => format!("{}.{fraction}", groups.concat()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_simulated_screen_writes_as_the_firmware_does() {
        assert_eq!(money(U256::ZERO, 18, "ETH"), "0 Wei ETH");
        assert_eq!(money(U256::from(1_234_567_000_000_000_000_000_u128), 18, "ETH"), "1,234.567 ETH");
        assert_eq!(money(U256::from(1_000_000), 6, "USDC"), "1 USDC");
        assert_eq!(money(U256::from(12_345), 0, "Wei UNKN"), "12,345 Wei UNKN");
        assert_eq!(scaled(U256::from(1), 9), "0.000000001");
    }
}
