//! What is shown of a transaction: what the app can explain, what it only warns of, what it refuses.

use vitrine_ethereum::Transaction;
use vitrine_ethereum::alloy_primitives::{Address, U256, address, hex};
use vitrine_ethereum::interface::Interfaces;
use vitrine_ethereum::transaction::{Fee, TransactionType};

use super::LedgerScreen;
use super::format::{self, amount};
use super::pages::Pages;
use crate::ledger::ethereum::networks::{self, APP_CHAIN_ID};

const TRANSFER: [u8; 4] = [0xa9, 0x05, 0x9c, 0xbb];
const APPROVE: [u8; 4] = [0x09, 0x5e, 0xa7, 0xb3];
/// Selector, two words of arguments.
const TOKEN_CALL: usize = 68;
/// Most bytes behind the arguments that the app takes: two words.
const TOKEN_CALL_MOST: usize = TOKEN_CALL + 64;
/// Longest ticker that the app takes.
const TICKER_BYTES: usize = 50;
/// Contracts for which the app has screens of its own: the deposit contract (with its selector), EIP-7002, EIP-7251.
const DEPOSIT: (Address, [u8; 4]) = (address!("00000000219ab540356cbb839cbe05303d7705fa"), [0x22, 0x89, 0x51, 0x18]);
const STAKING: [Address; 2] =
    [address!("00000961ef480eb55e80d19ad83579a64c007002"), address!("0000bbddc7ce488642fb579f8b00f3a590007251")];

/// How the app takes a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Presentation {
    /// Without calldata: everything that moves coins is shown.
    Plain,
    /// A token's transfer or approval that is shown, thanks to the token's descriptor.
    Token(TokenCall),
    /// A transfer or approval of a token that has no descriptor: neither its arguments nor a hash are shown.
    UnknownToken(TokenCall),
    /// A call of a staking contract, with screens of its own that are not foretold here.
    Own,
    /// Any other calldata: its transaction's hash alone.
    Blind,
    /// Refused by the app, whatever its settings. The reason.
    Refused(&'static str),
}

/// Arguments of `transfer` or `approve`, as the app takes them out of calldata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenCall {
    is_approval: bool,
    account: Address,
    value: U256,
    extra: Vec<u8>,
}

impl Presentation {
    pub(crate) fn of(transaction: &Transaction) -> Self {
        if transaction.transaction_type() == TransactionType::Blob {
            return Self::Refused("a blob transaction (type 3)");
        }
        let data = transaction.data().value.bytes();
        let Some(to) = transaction.to().value.filter(|_| data.len() >= 4) else {
            return if data.is_empty() && transaction.to().value.is_some() { Self::Plain } else { Self::Blind };
        };
        match TokenCall::read(data) {
            Some(_) if !transaction.value_wei().value.is_zero() => {
                Self::Refused("a token's transfer or approval that also sends coins")
            }
            Some(_) if data.len() > TOKEN_CALL_MOST => {
                Self::Refused("a token's transfer or approval with more than 64 bytes behind its arguments")
            }
            Some(call) if token_descriptor(transaction).is_some() => Self::Token(call),
            Some(call) => Self::UnknownToken(call),
            None if STAKING.contains(&to) || (to == DEPOSIT.0 && data.starts_with(&DEPOSIT.1)) => Self::Own,
            None => Self::Blind,
        }
    }

    /// Whether the app signs it only with “Blind signing” on.
    pub(crate) fn is_blind(&self) -> bool {
        matches!(self, Self::UnknownToken(_) | Self::Blind)
    }
}

impl TokenCall {
    /// Any calldata with one of the two selectors: the app asks no further what the contract is.
    fn read(data: &[u8]) -> Option<Self> {
        let (selector, arguments) = data.split_first_chunk::<4>()?;
        let is_approval = match *selector {
            TRANSFER => false,
            APPROVE => true,
            _ => return None,
        };
        let word = |index: usize| {
            let mut word = [0; 32];
            let start = index.saturating_mul(32);
            let given = arguments.get(start..).unwrap_or_default();
            for (to, from) in word.iter_mut().zip(given) {
                *to = *from;
            }
            word
        };
        let account = Address::from_word(word(0).into());
        let extra = data.get(TOKEN_CALL..).unwrap_or_default().to_vec();
        Some(Self { is_approval, account, value: U256::from_be_bytes(word(1)), extra })
    }

    const fn tag(&self) -> &'static str {
        if self.is_approval { "Approve" } else { "Send" }
    }
}

/// What Ledger signed about the token that is called, if the app takes it.
pub(crate) fn token_descriptor(transaction: &Transaction) -> Option<Vec<u8>> {
    descriptor(transaction.chain_id().value, transaction.to().value?)
}

/// What Ledger signed about a token, if the app takes it.
pub(crate) fn descriptor(chain_id: u64, token: Address) -> Option<Vec<u8>> {
    let descriptor = Interfaces::built_in().ledger_token_descriptor(chain_id, token)?;
    let is_taken = networks::name(chain_id).is_some() && usize::from(*descriptor.first()?) <= TICKER_BYTES;
    is_taken.then_some(descriptor)
}

pub(super) fn show(transaction: &Transaction, signer: Option<Address>, pages: &mut Pages) {
    match Presentation::of(transaction) {
        Presentation::Refused(_) => {}
        Presentation::Plain => plain(transaction, signer, pages),
        Presentation::Blind => {
            pages.blind_signing();
            plain(transaction, signer, pages);
        }
        Presentation::Token(call) => token(&call, transaction, signer, pages),
        Presentation::UnknownToken(call) => {
            pages.blind_signing();
            token_frame(&call, transaction, signer, pages, |_| {});
        }
        Presentation::Own => pages.unknown("Pages for this staking contract, which are not foretold here", ""),
    }
}

fn plain(transaction: &Transaction, signer: Option<Address>, pages: &mut Pages) {
    let has_data = !transaction.data().value.is_empty();
    pages.intro("Review transaction");
    sender(signer, pages);
    let value = transaction.value_wei().value;
    if !has_data || !value.is_zero() {
        pages.value("Amount", "Amount", amount(value, 18, networks::ticker(transaction.chain_id().value)));
    }
    match transaction.to().value {
        Some(to) => pages.address("Recipient", "To", format::address(to)),
        None => pages.value("A new contract is created", "To", "Contract".to_owned()),
    }
    fees(transaction, pages);
    network(transaction, pages);
    if has_data {
        let tag = pages.transaction_hash_tag();
        pages.value("Hash of the transaction", tag, format!("0x{}", hex::encode(transaction.signing_hash())));
    }
    pages.finish(&format!("{} transaction", pages.verb()));
}

fn token(call: &TokenCall, transaction: &Transaction, signer: Option<Address>, pages: &mut Pages) {
    let known = transaction.to().value.and_then(|to| Interfaces::built_in().token(transaction.chain_id().value, to));
    let Some(known) = known else { return };
    let ticker = known.escaped_ticker();
    token_frame(call, transaction, signer, pages, |pages| {
        let shown = match call.value {
            U256::MAX => format!("Unlimited {ticker}"),
            value => amount(value, known.decimals, &ticker),
        };
        pages.value("Amount of the token", call.tag(), shown);
        let tag = if call.is_approval { "Approve to" } else { "To" };
        let step = if call.is_approval { "Who may spend the token" } else { "Recipient" };
        pages.address(step, tag, format::address(call.account));
        if !call.extra.is_empty() {
            pages.value("Data behind the arguments", "Extra Data", format::extra_data(&call.extra));
        }
    });
}

/// What stands around a token's call: opening, sender, fees, end.
fn token_frame(
    call: &TokenCall,
    transaction: &Transaction,
    signer: Option<Address>,
    pages: &mut Pages,
    values: impl FnOnce(&mut Pages),
) {
    let suffix = format!(" to {} ERC20 token", call.tag().to_lowercase());
    pages.intro(&format!("Review transaction{suffix}"));
    sender(signer, pages);
    values(pages);
    network(transaction, pages);
    fees(transaction, pages);
    let suffix = if pages.screen() == LedgerScreen::Touch { suffix.as_str() } else { "" };
    pages.finish(&format!("{} transaction{suffix}", pages.verb()));
}

fn sender(signer: Option<Address>, pages: &mut Pages) {
    match signer {
        Some(signer) => pages.address("Sender", "From", format::address(signer)),
        None => pages.unknown("Sender: the address of the device's key", "From"),
    }
}

fn fees(transaction: &Transaction, pages: &mut Pages) {
    let ticker = networks::ticker(transaction.chain_id().value);
    pages.value("Largest fee", "Max fees", amount(transaction.worst_case_fee_wei(), 18, ticker));
}

fn network(transaction: &Transaction, pages: &mut Pages) {
    let chain_id = transaction.chain_id().value;
    if chain_id != APP_CHAIN_ID {
        pages.value("Network", "Network", networks::shown_name(chain_id));
    }
}

/// What is signed and not shown.
pub(super) fn not_shown(transaction: &Transaction) -> Vec<String> {
    let presentation = Presentation::of(transaction);
    let mut list = Vec::new();
    match &presentation {
        Presentation::Refused(what) => return vec![format!("anything: the app refuses {what}")],
        Presentation::Blind => list.push("the calldata: only the hash of the whole transaction".to_owned()),
        Presentation::UnknownToken(_) => {
            let what = "the token's contract, who gets it and how much: nor the transaction's hash";
            list.push(format!("{what}, since Ledger signed nothing about this token"));
            let instead =
                "instead amount and recipient may be there, under the ticker of a token that was shown before";
            list.push(format!("which token it is: {instead}; close the app and open it again before this request"));
        }
        Presentation::Token(_) => list.push("the token's contract: only its ticker".to_owned()),
        Presentation::Plain | Presentation::Own => {}
    }
    list.push("the nonce, unless the app's setting “Nonce” is on".to_owned());
    if matches!(transaction.fee(), Fee::Dynamic { .. }) {
        list.push("the priority fee".to_owned());
    }
    let (access, authorizations) = (transaction.access_list().len(), transaction.authorization_list().len());
    if access > 0 {
        list.push(format!("the access list, {access} entries"));
    }
    if authorizations > 0 {
        list.push(format!("the authorizations to set accounts' code, {authorizations} of them"));
    }
    list
}
