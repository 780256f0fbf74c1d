//! Screens of core models (T, Safe 3, Safe 5) for transactions and messages.

use vitrine_ethereum::Transaction;
use vitrine_ethereum::alloy_primitives::{Address, Keccak256, U256};
use vitrine_ethereum::transaction::Fee;

use super::super::super::identity::Look;
use super::super::known::{Network, Token, network_of, provider};
use super::call::{Call, Staking};
use super::{Style, address_screen, amount, hex_rows, rows_of, screen};
use crate::device::DeviceScreen;

/// Bytes to a row of data.
const ROW_BYTES: usize = 9;

/// Bytes of data in one message: a page never holds bytes of two.
const CHUNK_BYTES: usize = 1024;

/// Bytes of data that newer firmware takes before it shows the first.
const STORED_BYTES: usize = 6144;

/// An amount above this is shown as unlimited.
const UNLIMITED_ABOVE: U256 = U256::from_limbs([0, 0, 0, 1 << 63]);

/// Everything that the screens of one transaction share.
struct View<'a> {
    transaction: &'a Transaction,
    network: Option<&'static Network>,
    style: Style,
    look: Look,
}

/// Screens of a transaction; none if the device refuses it.
pub(super) fn transaction(transaction: &Transaction, style: Style) -> Option<Vec<DeviceScreen>> {
    let network = network_of(transaction.chain_id().value);
    let view = View { transaction, network, style, look: style.look };
    let value = amount::core(transaction.value_wei().value, None, network);
    let to = transaction.to().value;
    Some(match super::call::core(transaction) {
        Call::Refused => return None,
        Call::Send => view.sending(to, &value, true),
        Call::Data => {
            let pages = data_pages(transaction.data().value.bytes(), style);
            pages.into_iter().chain(view.sending(to, &value, false)).collect()
        }
        Call::Transfer { token, known, to: payee, amount } => {
            let warning = if known { Vec::new() } else { view.unknown_token("Address", to) };
            let amount = amount::core(amount, Some(token), network);
            let amount = view.with_coins().map_or(amount.clone(), |coins| format!("{amount}\n{coins}"));
            warning.into_iter().chain(view.sending(Some(payee), &amount, true)).collect()
        }
        Call::Approve { token, known, spender, amount } => view.approval(token, known, spender, amount),
        Call::Staking { what, amount_wei } => view.staking(what, amount_wei),
        Call::Swap { provider } => view.swap(provider),
    })
}

impl View<'_> {
    /// Where to, then how much and at what fee.
    fn sending(&self, to: Option<Address>, amount: &str, is_send: bool) -> Vec<DeviceScreen> {
        let mut screens = vec![self.recipient(to, is_send)];
        screens.extend(self.summary("Summary", Some(amount)));
        screens
    }

    fn recipient(&self, to: Option<Address>, is_send: bool) -> DeviceScreen {
        let what = if is_send { "Recipient" } else { "Interaction contract" };
        let title = match (self.look, to) {
            (Look::Caesar, None) => String::new(),
            (Look::Caesar, Some(_)) => what.to_owned(),
            (Look::Bolt, None) => "Address".to_owned(),
            _ => format!("Address: {what}"),
        };
        match to {
            Some(to) => self.style.address_screen(format!("{what}, address"), title, &to.to_string()),
            None => screen("No recipient", title, vec!["New contract will be deployed".to_owned()]),
        }
    }

    /// Coins sent along with a call of a token, where the firmware shows them.
    fn with_coins(&self) -> Option<String> {
        let value = self.transaction.value_wei().value;
        let shown = self.style.coins && !value.is_zero();
        shown.then(|| amount::core(value, None, self.network))
    }

    /// Amount and largest fee; behind it the fee's parts, and last the signature.
    fn summary(&self, title: &str, amount: Option<&str>) -> Vec<DeviceScreen> {
        let colon = self.look.colon();
        let mut lines = Vec::new();
        if let Some(amount) = amount {
            lines.push(format!("Amount{colon}"));
            lines.extend(amount.split('\n').map(str::to_owned));
        }
        lines.extend([format!("Maximum fee{colon}"), self.largest_fee()]);
        let step = if amount.is_some() { "Amount and largest fee" } else { "Largest fee" };
        let title = if self.look == Look::Caesar && title == "Summary" { "" } else { title };
        let summary = screen(step, title, lines);
        let fee = screen("Parts of the fee, in the device's menu", "Fee info", self.fee_info());
        let hold = screen("Hold to sign", "Sign transaction", vec!["Hold to sign".to_owned()]);
        let hold = (self.look == Look::Delizia).then_some(hold);
        [summary, fee].into_iter().chain(hold).collect()
    }

    fn largest_fee(&self) -> String {
        let (gas, price) = (self.transaction.gas_limit().value, self.transaction.fee().max_per_gas_wei());
        let fee = U256::from(gas).saturating_mul(U256::from(price));
        amount::core(fee, None, self.network)
    }

    fn fee_info(&self) -> Vec<String> {
        let item = |name: &str, value: String| [format!("{name}{}", self.look.colon()), value];
        let gas_limit = item("Gas limit", format!("{} units", self.transaction.gas_limit().value));
        let rest = match self.transaction.fee() {
            Fee::GasPrice { gas_price_wei } => item("Gas price", amount::gwei(gas_price_wei.value)).to_vec(),
            Fee::Dynamic { max_priority_fee_per_gas_wei, max_fee_per_gas_wei } => [
                item("Max fee per gas", amount::gwei(max_fee_per_gas_wei.value)),
                item("Max priority fee", amount::gwei(max_priority_fee_per_gas_wei.value)),
            ]
            .concat(),
        };
        gas_limit.into_iter().chain(rest).collect()
    }

    /// The warning about a contract that is not built in as a token.
    fn unknown_warning(&self) -> DeviceScreen {
        const UNKNOWN: &str = "Unknown contract address";
        const CONTINUE: &str = "Continue only if you know what you are doing!";
        let (title, line) = match self.look {
            Look::Delizia => ("Warning", format!("{UNKNOWN}. {CONTINUE}")),
            Look::Caesar => (UNKNOWN, CONTINUE.to_owned()),
            Look::Bolt | Look::One => (UNKNOWN, "Continue anyway?".to_owned()),
        };
        screen("Token unknown to the device", title, vec![line])
    }

    /// The warning, then the contract's address in small letters, always in groups.
    fn unknown_token(&self, title: &str, contract: Option<Address>) -> Vec<DeviceScreen> {
        let title = match self.look {
            Look::Caesar => "Token contract".to_owned(),
            _ => format!("{title}: Token contract"),
        };
        let contract = contract.map(|contract| format!("{contract:#x}")).unwrap_or_default();
        vec![self.unknown_warning(), address_screen("Token contract, address", title, &contract, true)]
    }

    fn approval(&self, token: Token, known: bool, spender: Address, amount: U256) -> Vec<DeviceScreen> {
        let revoke = amount.is_zero();
        let words = |approve: &str, other: &str| if revoke { other.to_owned() } else { approve.to_owned() };
        let mut screens = Vec::new();
        if !known {
            screens.push(self.unknown_warning());
        }
        let intro = words("Review details to approve token spending.", "Review details to revoke token approval.");
        screens.push(screen("Approval", words("Token approval", "Token revocation"), vec![intro]));
        let title = words("Approve to", "Revoke from");
        screens.push(match provider(spender) {
            Some(name) => screen("Spender", title, vec![name.to_owned()]),
            None => self.style.address_screen("Spender, address", title, &spender.to_string()),
        });
        let unlimited = amount > UNLIMITED_ABOVE;
        if unlimited {
            screens.push(self.unlimited(token));
        }
        if !known {
            screens.extend(self.where_approved());
        }
        let amount = match unlimited {
            true => "Unlimited".to_owned(),
            false => amount::core(amount, Some(token), self.network),
        };
        screens.push(self.allowance(token, &amount, revoke));
        screens.extend(self.summary("Summary", self.with_coins().as_deref()));
        screens
    }

    fn unlimited(&self, token: Token) -> DeviceScreen {
        let title = if self.look == Look::Delizia { "Important" } else { "" };
        let mut lines = vec![format!("Approving unlimited amount of {}", token.symbol)];
        if self.look != Look::Bolt {
            lines.push("Continue anyway?".to_owned());
        }
        screen("Unlimited approval", title, lines)
    }

    /// The contract's address, and the chain where its network is not built in.
    fn where_approved(&self) -> Vec<DeviceScreen> {
        let title = match self.look {
            Look::Caesar => "Token contract | Address",
            _ => "Address: Token contract",
        };
        let contract = self.transaction.to().value.map(|to| to.to_string()).unwrap_or_default();
        let mut screens = vec![self.style.address_screen("Token contract, address", title, &contract)];
        if self.network.is_none() {
            let chain_id = self.transaction.chain_id().value;
            screens.push(screen("Chain", "Chain ID", vec![format!("{chain_id} ({chain_id:#x})")]));
        }
        screens
    }

    fn allowance(&self, token: Token, amount: &str, revoke: bool) -> DeviceScreen {
        let colon = self.look.colon();
        let first = match revoke {
            true => [format!("Token{colon}"), token.symbol.to_owned()],
            false => [format!("Amount allowance{colon}"), amount.to_owned()],
        };
        let chain = self.network.map(|network| [format!("Chain{colon}"), network.name.to_owned()]);
        let lines = first.into_iter().chain(chain.into_iter().flatten()).collect();
        screen("Allowance", if revoke { "Revoke" } else { "Approve" }, lines)
    }

    fn staking(&self, what: Staking, amount_wei: U256) -> Vec<DeviceScreen> {
        let (title, question) = match what {
            Staking::Stake => ("Stake", "Stake ETH on Everstake?"),
            Staking::Unstake => ("Unstake", "Unstake ETH from Everstake?"),
            Staking::Claim => ("Claim", "Claim ETH from Everstake?"),
        };
        let amount = (what != Staking::Claim).then(|| amount::core(amount_wei, None, self.network));
        let question = screen("Staking", title, vec![question.to_owned()]);
        [question].into_iter().chain(self.summary(title, amount.as_deref())).collect()
    }

    fn swap(&self, provider: &str) -> Vec<DeviceScreen> {
        let colon = self.look.colon();
        let fee = vec![format!("Maximum fee{colon}"), self.largest_fee()];
        vec![
            screen("Contract, by its name", "Provider", vec![provider.to_owned()]),
            screen("Intent", "Intent", vec!["Swap".to_owned()]),
            screen("Details in the device's words, not foretold", "Confirm contract", Vec::new()),
            screen("Largest fee", "Summary", fee),
        ]
    }
}

/// The pages of data that the firmware does not understand.
fn data_pages(data: &[u8], style: Style) -> Vec<DeviceScreen> {
    let page = style.look.data_rows().saturating_mul(ROW_BYTES).max(1);
    let (first, rest) = data.split_at(data.len().min(if style.newer { STORED_BYTES } else { 0 }));
    let chunks = [first].into_iter().chain(rest.chunks(CHUNK_BYTES));
    let title = if style.newer { "Data" } else { "Input data" };
    let mut shown = 0_usize;
    let mut screens = Vec::new();
    if style.newer {
        let size = vec![format!("Size: {} bytes", data.len())];
        screens.push(screen("Data, its size, and as many bytes as there is room for", title, size));
    }
    for bytes in chunks.flat_map(|chunk| chunk.chunks(page)) {
        let from = shown.saturating_add(1);
        shown = shown.saturating_add(bytes.len());
        let place = format!("{shown} / {} bytes", data.len());
        let step = format!("Data, bytes {from} to {shown} of {}", data.len());
        let rows = hex_rows(bytes, ROW_BYTES);
        screens.push(match style.look {
            Look::Delizia => screen(step, title, [vec![place], rows].concat()),
            _ => screen(step, format!("{title}: {place}"), rows),
        });
    }
    if style.newer && style.look == Look::Delizia {
        screens.push(digest_screen(data));
    }
    screens
}

/// The digest of the calldata (ERC-8213): keccak256 of its length in 32 bytes and of itself.
fn digest_screen(data: &[u8]) -> DeviceScreen {
    let mut hasher = Keccak256::new();
    hasher.update(U256::from(data.len()).to_be_bytes::<32>());
    hasher.update(data);
    let digest = super::hex(hasher.finalize().as_slice());
    let lines = vec![format!("Size: {} bytes", data.len()), "ERC-8213 digest".to_owned(), digest];
    screen("Digest of the data (ERC-8213)", "Data", lines)
}

/// Screens of a personal message.
pub(super) fn message(signer: Address, message: &[u8], look: Look) -> Vec<DeviceScreen> {
    let text = match core::str::from_utf8(message) {
        Ok(text) => rows_of(text),
        Err(_) => vec![format!("hex({})", super::hex(message))],
    };
    let hold = screen("Hold to confirm", "Confirm message", vec!["Hold to confirm".to_owned()]);
    let hold = (look == Look::Delizia).then_some(hold);
    let address = address_screen("Signing address", "Signing address", &signer.to_string(), false);
    [address, screen("Message", "Confirm message", text)].into_iter().chain(hold).collect()
}
