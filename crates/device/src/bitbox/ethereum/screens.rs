//! What a BitBox02 is about to show of an Ethereum request.
//!
//! Source: BitBoxSwiss/bitbox02-firmware 9.27.0, `hww/api/ethereum/{sign,sign_typed_msg,signmsg,params,amount}.rs`.

use vitrine_ethereum::alloy_primitives::{Address, U256, hex};
use vitrine_ethereum::typed_data::{DomainChain, TypedData, TypedNode, TypedValue};
use vitrine_ethereum::{CheckedRequest, Transaction};
use vitrine_review::groups_of_four;

use super::super::screens::screen;
use super::{Order, Task, WHOLE_BYTES};
use crate::device::DeviceScreen;

/// Chains that the firmware names: number, name, unit, and whether its keys are those of test networks.
const CHAINS: [(u64, &str, &str, bool); 11] = [
    (1, "Ethereum", "ETH", false),
    (11_155_111, "Sepolia", "SEPETH", true),
    (56, "Binance Smart Chain", "BNB", false),
    (10, "Optimism", "ETH", false),
    (137, "Polygon", "MATIC", false),
    (250, "Fanton Opera", "FTM", false), // its spelling
    (42_161, "Arbitrum One", "ETH", false),
    (8_453, "Base", "ETH", false),
    (100, "Gnosis Chain", "xDAI", false),
    (999, "HyperEVM", "HYPE", false),
    (146, "Sonic", "S", false),
];

/// The share of what is sent, in tenths of a percent, from which the device warns of the fee.
const HIGH_FEE_PERMILLE: u64 = 100;

#[derive(Clone, Copy)]
struct Chain {
    known: bool,
    name: &'static str,
    unit: &'static str,
    test: bool,
}

impl Chain {
    fn of(chain_id: u64) -> Self {
        let known = CHAINS.iter().find(|(number, ..)| *number == chain_id);
        known.map_or(Self { known: false, name: "UNKNOWN", unit: "", test: false }, |(_, name, unit, test)| Self {
            known: true,
            name,
            unit,
            test: *test,
        })
    }
}

/// The screens of a request; empty where the firmware refuses it.
pub(crate) fn foretold(request: &CheckedRequest) -> Vec<DeviceScreen> {
    let Ok(order) = Order::of(request) else { return Vec::new() };
    match &order.task {
        Task::Transaction(transaction) => transaction_screens(&order, transaction),
        Task::TypedData(data) => typed_screens(&order, data),
        Task::Message(message, chain_id) => {
            let mut screens = address_screens(&order, *chain_id);
            screens.extend(message_screens(message));
            screens
        }
    }
}

/// What is signed and these screens do not show.
pub(crate) fn not_shown(request: &CheckedRequest) -> Vec<String> {
    let order = match Order::of(request) {
        Ok(order) => order,
        Err(error) => return vec![format!("anything: {}", error.reason())],
    };
    let Task::Transaction(transaction) = &order.task else { return Vec::new() };
    let mut hidden = vec!["the nonce".to_owned(), "the priority fee, and gas apart from what it may cost".to_owned()];
    let data = transaction.data().value.bytes();
    match (token_transfer(transaction), transaction.to().value) {
        (Some(_), Some(token)) => hidden.push(format!(
            "the token's contract, {token}; and where the firmware does not know it, its name and the amount"
        )),
        _ if data.len().saturating_mul(2) > BODY_LETTERS => {
            hidden.push(format!("what of its {} bytes of data is behind the first {}", data.len(), BODY_LETTERS / 2));
        }
        _ => {}
    }
    hidden
}

fn unknown_chain(chain_id: u64) -> Vec<DeviceScreen> {
    if Chain::of(chain_id).known {
        return Vec::new();
    }
    vec![
        screen("A chain that it does not know", "Warning", &format!("Unknown network\nwith chain ID:\n{chain_id}")),
        screen("A chain that it does not know", "Warning", "Only proceed if\nyou recognize\nthis chain ID."),
    ]
}

fn unusual_path(order: &Order<'_>, chain: Chain, title: &str) -> Option<DeviceScreen> {
    let coin = if chain.test { 1 } else { 60 } | super::HARDENED;
    let path = super::path_text(order.path);
    let text = format!("Warning: unusual keypath {path}. Proceed only if you know what you are doing.");
    (order.path.get(1) != Some(&coin)).then(|| screen("The key's path", title, &text))
}

fn transaction_screens(order: &Order<'_>, transaction: &Transaction) -> Vec<DeviceScreen> {
    let chain_id = transaction.chain_id().value;
    let chain = Chain::of(chain_id);
    let mut screens = unknown_chain(chain_id);
    screens.extend(unusual_path(order, chain, chain.name));
    if chain.known {
        screens.push(screen("The chain", "", &format!("Sign transaction on\n\n{}", chain.name)));
    }
    let fee_wei = transaction.worst_case_fee_wei();
    if let Some(recipient) = token_transfer(transaction) {
        // The firmware knows tokens of the main chain alone, and we do not know which.
        let (token, total) = match chain_id {
            1 => ("the token's amount, or “Unknown token”", "the token's amount, or “Unknown amount”"),
            _ => ("Unknown token", "Unknown amount"),
        };
        screens.push(recipient_screen("Recipient of the token", token, recipient));
        let text = format!("Total {total}\nFee {}", amount(fee_wei, chain.unit));
        screens.push(screen("Total and fee", "", &text));
        return screens;
    }
    screens.extend(data_screens(transaction.data().value.bytes()));
    let value = transaction.value_wei().value;
    if let Some(to) = transaction.to().value {
        screens.push(recipient_screen("Recipient and amount", &amount(value, chain.unit), to));
    }
    let total = amount(transaction.worst_case_cost_wei(), chain.unit);
    screens.push(screen("Total and fee", "", &format!("Total {total}\nFee {}", amount(fee_wei, chain.unit))));
    screens.extend(high_fee(fee_wei, value));
    screens
}

fn recipient_screen(step: &str, amount: &str, to: Address) -> DeviceScreen {
    screen(step, "", &format!("{amount}\n{}", address_text(to)))
}

/// The recipient of a call of `transfer` without coins, as the firmware recognises it.
fn token_transfer(transaction: &Transaction) -> Option<Address> {
    let data = transaction.data().value.bytes();
    let arguments = data.strip_prefix(&[0xa9, 0x05, 0x9c, 0xbb]).filter(|arguments| arguments.len() == 64)?;
    let (recipient, value) = arguments.split_at_checked(32)?;
    let recipient = recipient.strip_prefix(&[0; 12])?;
    let moves = value.iter().any(|byte| *byte != 0) && transaction.value_wei().value.is_zero();
    moves.then(|| Address::from_slice(recipient))
}

fn data_screens(data: &[u8]) -> Vec<DeviceScreen> {
    const TITLE: &str = "Unknown\ncontract";
    const STEP: &str = "The call is not explained";
    if data.is_empty() {
        return Vec::new();
    }
    let [first, second] = if data.len() > WHOLE_BYTES {
        [
            "You are signing a\ncontract interaction\nwith large data.",
            "Only proceed if you\nfully understand\nthe risks involved.",
        ]
    } else {
        [
            "You will be shown\nthe raw\ntransaction data.",
            "Only proceed if you\nunderstand exactly\nwhat the data means.",
        ]
    };
    let mut screens = vec![screen(STEP, TITLE, first), screen(STEP, TITLE, second)];
    let digits = hex::encode(data);
    screens.extend(truncation(&digits));
    screens.push(screen(&format!("Data, {} bytes", data.len()), "Transaction\ndata", &fitted(&digits)));
    screens
}

/// Letters that the device can show of one value.
const BODY_LETTERS: usize = 640;

fn truncation(body: &str) -> Option<DeviceScreen> {
    let text = "The next value is\ntoo large to display\nin full";
    (body.len() > BODY_LETTERS).then(|| screen("What follows is cut", "Warning", text))
}

/// What of a text the device shows. Source: `src/ui/components/label.c`.
fn fitted(body: &str) -> String {
    let mut text: String = body.chars().take(BODY_LETTERS).collect();
    if text.len() < body.len() {
        text.push_str("...");
    }
    text
}

fn high_fee(fee: U256, value: U256) -> Option<DeviceScreen> {
    let permille = fee.checked_mul(U256::from(1000))?;
    if value.is_zero() || permille < value.checked_mul(U256::from(HIGH_FEE_PERMILLE))? {
        return None;
    }
    let two = U256::from(2);
    let rounded = permille.checked_mul(two)?.checked_add(value)?.checked_div(value.checked_mul(two)?)?;
    let (whole, tenth) = rounded.div_rem(U256::from(10));
    Some(screen("High fee", "High fee", &format!("The fee is {whole}.{tenth}%\nthe send amount.\nProceed?")))
}

fn address_screens(order: &Order<'_>, chain_id: u64) -> Vec<DeviceScreen> {
    let chain = Chain::of(chain_id);
    let mut screens = unknown_chain(chain_id);
    screens.extend(unusual_path(order, chain, chain.name));
    screens.push(screen("The signer", chain.name, &address_text(order.signer)));
    screens
}

fn message_screens(message: &[u8]) -> Vec<DeviceScreen> {
    let printable = message.iter().all(|byte| (b' '..=b'~').contains(byte) || *byte == b'\n');
    if !printable {
        let digits = hex::encode(message);
        let mut screens: Vec<_> = truncation(&digits).into_iter().collect();
        screens.push(screen("The message", "Sign message\ndata (hex)", &fitted(&digits)));
        return screens;
    }
    let text = String::from_utf8_lossy(message);
    let pages: Vec<&str> = text.split('\n').collect();
    let count = pages.len();
    let title = |number| if count == 1 { "Sign message".to_owned() } else { format!("Sign {number}/{count}") };
    let page = |(number, page): (usize, &&str)| {
        truncation(page).into_iter().chain([screen("The message", &title(number), &fitted(page))])
    };
    (1_usize..).zip(&pages).flat_map(page).collect()
}

fn typed_screens(order: &Order<'_>, data: &TypedData) -> Vec<DeviceScreen> {
    let chain_id = match data.domain().chain_id {
        DomainChain::Chain(id) => u64::try_from(id).unwrap_or(0),
        DomainChain::Absent | DomainChain::Zero => 1,
    };
    let mut screens = Vec::new();
    if data.domain().chain_id == DomainChain::Absent {
        let text = "Typed data has no chain ID. Message is valid for every chain.";
        screens.push(screen("Good on every chain", "Warning", text));
    }
    screens.extend(address_screens(order, chain_id));
    for (name, root) in [("Domain", &data.domain().node), ("Message", data.message())] {
        let count = root.parts().len();
        for (number, member) in (1_usize..).zip(root.parts()) {
            let title = format!("{name} ({number}/{count})");
            node_screens(member, &member.name, &title, &mut screens);
        }
    }
    screens.push(screen("Whether to sign", "", "Sign data?"));
    screens
}

fn node_screens(node: &TypedNode, path: &str, title: &str, out: &mut Vec<DeviceScreen>) {
    match &node.value {
        TypedValue::Struct(members) => {
            members.iter().for_each(|member| node_screens(member, &format!("{path}.{}", member.name), title, out));
        }
        TypedValue::Array(items) => {
            let count = items.len();
            let list = if count == 0 { "(empty list)".to_owned() } else { format!("list with {count} elements") };
            out.push(screen(path, title, &format!("{path}: {list}")));
            for (number, item) in (1_usize..).zip(items) {
                node_screens(item, &format!("{path}[{number}/{count}]"), title, out);
            }
        }
        value => {
            let text = value_text(value);
            let lines: Vec<&str> = text.split('\n').collect();
            let count = lines.len();
            for (number, line) in (1_usize..).zip(&lines) {
                let place = if count > 1 { format!("{path}, line {number}/{count}") } else { path.to_owned() };
                let body = format!("{place}: {line}");
                out.extend(truncation(&body));
                out.push(screen(path, title, &fitted(&body)));
            }
        }
    }
}

fn value_text(value: &TypedValue) -> String {
    match value {
        TypedValue::Uint(number) => number.to_string(),
        TypedValue::Int(number) => number.to_string(),
        TypedValue::Address(address) => address_text(*address),
        TypedValue::Bool(value) => value.to_string(),
        TypedValue::FixedBytes(bytes) | TypedValue::Bytes(bytes) => format!("0x{}", hex::encode(bytes.bytes())),
        TypedValue::String(text) => text.clone(),
        TypedValue::Array(_) | TypedValue::Struct(_) => String::new(), // shown part by part
    }
}

/// `0x`, then groups of four.
fn address_text(address: Address) -> String {
    let text = address.to_string();
    format!("0x {}", groups_of_four(text.strip_prefix("0x").unwrap_or(&text)).join(" "))
}

/// An amount without zeros at its end, and the coin's unit.
fn amount(wei: U256, unit: &str) -> String {
    let (whole, rest) = wei.div_rem(U256::from(1_000_000_000_000_000_000_u64));
    let digits = format!("{:0>18}", rest.to_string());
    match digits.trim_end_matches('0') {
        "" => format!("{whole} {unit}"),
        digits => format!("{whole}.{digits} {unit}"),
    }
}
