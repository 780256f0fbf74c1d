//! Typed data that Ledger signed something about: the app then shows members under Ledger's names, instead of a hash.
//!
//! Source: LedgerHQ/app-ethereum, `doc/ethapp.adoc`, EIP712 FILTERING, and `src/features/sign_message_eip712`.

use vitrine_ethereum::alloy_primitives::{Address, U256};
use vitrine_ethereum::interface::{Interfaces, Token, TypedFilter, TypedFilterFormat, TypedFilters, der};
use vitrine_ethereum::typed_data::{Domain, DomainChain, TypedData, TypedNode, TypedValue};

use super::super::apdu::Apdu;
use super::screens::descriptor;

const AT: &str = "telling what the values mean";
const FILTER: u8 = 0x1e;
const TOKEN: u8 = 0x0a;
const ACTIVATE: u8 = 0x00;
const TITLE: u8 = 0x0f;
/// Most tokens that the app remembers.
const TOKENS: usize = 5;
/// The last second of the year 9999: what the app makes of a later one was not seen.
const LAST_SECOND: U256 = U256::from_limbs([253_402_300_799, 0, 0, 0]);

/// Typed data with everything that the app needs to show it.
pub(super) struct KnownTypedData<'a> {
    filters: &'static TypedFilters,
    pub(super) chain_id: u64,
    /// Every elementary value of the message in the order in which it is hashed.
    pub(super) members: Vec<KnownMember<'a>>,
    /// In the order in which they are told; the place is the number by which Ledger signed it, or the contract's.
    tokens: Vec<KnownToken>,
}

/// An elementary value of the message, with what is signed about it.
pub(super) struct KnownMember<'a> {
    /// Names with dots between, `[]` for each array.
    pub(super) path: String,
    pub(super) node: &'a TypedNode,
    pub(super) filter: Option<&'static TypedFilter>,
}

struct KnownToken {
    number: u8,
    descriptor: Vec<u8>,
    token: Token<'static>,
}

impl<'a> KnownTypedData<'a> {
    /// None where Ledger signed nothing about this very shape, contract and chain, and where the app would refuse what
    /// it signed or name a token by its number alone: then the typed data goes as any other.
    pub(super) fn of(data: &'a TypedData) -> Option<Self> {
        let filters = Interfaces::built_in().ledger_typed_filters(data)?;
        let DomainChain::Chain(chain_id) = data.domain().chain_id else { return None };
        let mut members = Vec::new();
        gather(data.message(), "", &mut |path, node| {
            let filter = filters.members.iter().find(|filter| filter.path == path);
            members.push(KnownMember { path, node, filter });
        });
        let mut known = Self { filters, chain_id: u64::try_from(chain_id).ok()?, members, tokens: Vec::new() };
        let is_complete = filters.members.iter().all(|filter| known.member(filter.path).is_some());
        let is_taken = known.members.iter().all(KnownMember::is_taken);
        known.tokens = known.find_tokens(data.domain())?;
        (is_complete && is_taken).then_some(known)
    }

    fn member(&self, path: &str) -> Option<&KnownMember<'a>> {
        self.members.iter().find(|member| member.path == path)
    }

    fn find_tokens(&self, domain: &Domain) -> Option<Vec<KnownToken>> {
        let mut tokens: Vec<KnownToken> = Vec::new();
        for number in self.members.iter().filter_map(KnownMember::token_number) {
            if tokens.iter().any(|known| known.number == number) {
                continue;
            }
            let of_the_contract = number == TypedFilterFormat::OF_THE_CONTRACT;
            if tokens.len() >= TOKENS || !(of_the_contract || usize::from(number) == tokens.len()) {
                return None;
            }
            let address = if of_the_contract { domain.verifying_contract? } else { self.address_of(number)? };
            let token = Interfaces::built_in().token(self.chain_id, address)?;
            tokens.push(KnownToken { number, descriptor: descriptor(self.chain_id, address)?, token });
        }
        Some(tokens)
    }

    fn address_of(&self, number: u8) -> Option<Address> {
        let is_its_token = |member: &&KnownMember<'_>| {
            member.filter.is_some_and(|filter| filter.format == TypedFilterFormat::Token(number))
        };
        self.members.iter().find(is_its_token)?.node.address()
    }

    /// What the app calls the contract.
    pub(super) const fn label(&self) -> &'static str {
        self.filters.label
    }

    /// The token of a number.
    pub(super) fn token(&self, number: u8) -> Option<Token<'static>> {
        self.tokens.iter().find(|known| known.number == number).map(|known| known.token)
    }

    /// Whether an amount is shown under its token's ticker alone.
    pub(super) fn has_tokens(&self) -> bool {
        !self.tokens.is_empty()
    }

    /// Before the domain: what is not signed by Ledger is not shown.
    pub(super) fn activation() -> Apdu {
        Apdu::new(AT, [FILTER, 0x00, ACTIVATE], &[])
    }

    /// Between domain and message.
    pub(super) fn title(&self) -> Apdu {
        let count = u8::try_from(self.filters.members.len()).unwrap_or(u8::MAX);
        let data = [sized(self.filters.label.as_bytes()), vec![count], sized(&der(&self.filters.signature))].concat();
        Apdu::new(AT, [FILTER, 0x00, TITLE], &data)
    }

    /// What is told before each elementary value of the message.
    pub(super) fn commands(&self) -> Vec<Vec<Apdu>> {
        let mut untold = self.tokens.iter().peekable();
        let before = |member: &KnownMember<'_>| {
            let mut commands = Vec::new();
            let number = member.token_number();
            if let Some(token) = untold.next_if(|token| Some(token.number) == number) {
                commands.push(Apdu::new("telling the token", [TOKEN, 0x00, 0x00], &token.descriptor));
            }
            commands.extend(member.filter.map(filter_command));
            commands
        };
        self.members.iter().map(before).collect()
    }
}

impl KnownMember<'_> {
    fn token_number(&self) -> Option<u8> {
        match self.filter?.format {
            TypedFilterFormat::Token(number) | TypedFilterFormat::Amount(number) => Some(number),
            TypedFilterFormat::Raw | TypedFilterFormat::DateTime => None,
        }
    }

    /// Whether the value is of the type that the app asks for. Amounts in arrays were never seen.
    fn is_taken(&self) -> bool {
        let Some(filter) = self.filter else { return true };
        match (filter.format, &self.node.value) {
            (TypedFilterFormat::Raw, _) => true,
            (TypedFilterFormat::DateTime, TypedValue::Uint(seconds)) => {
                *seconds <= LAST_SECOND || *seconds == all_ones(self.node)
            }
            (TypedFilterFormat::Token(_), TypedValue::Address(_))
            | (TypedFilterFormat::Amount(_), TypedValue::Uint(_)) => !filter.path.contains("[]"),
            _ => false,
        }
    }
}

/// The largest number of a member's type: `uintN`.
pub(super) fn all_ones(node: &TypedNode) -> U256 {
    let bits = node.kind.to_string().strip_prefix("uint").and_then(|bits| bits.parse::<usize>().ok()).unwrap_or(256);
    U256::MAX.wrapping_shr(256usize.saturating_sub(bits))
}

fn gather<'a>(node: &'a TypedNode, path: &str, found: &mut impl FnMut(String, &'a TypedNode)) {
    match &node.value {
        TypedValue::Struct(members) => {
            for member in members {
                let dot = if path.is_empty() { "" } else { "." };
                gather(member, &format!("{path}{dot}{}", member.name), found);
            }
        }
        TypedValue::Array(items) => items.iter().for_each(|item| gather(item, &format!("{path}.[]"), found)),
        _ => found(path.to_owned(), node),
    }
}

fn filter_command(filter: &TypedFilter) -> Apdu {
    let signature = sized(&der(&filter.signature));
    let label = sized(filter.label.as_bytes());
    let (kind, data) = match filter.format {
        TypedFilterFormat::Raw => (0xff, [label, signature]),
        TypedFilterFormat::DateTime => (0xfc, [label, signature]),
        TypedFilterFormat::Token(number) => (0xfd, [vec![number], signature]),
        TypedFilterFormat::Amount(number) => (0xfe, [[label, vec![number]].concat(), signature]),
    };
    Apdu::new(AT, [FILTER, 0x00, kind], &data.concat())
}

/// At most 255 bytes behind their length: labels are no longer, signatures have at most 72.
fn sized(bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
    [&[length], bytes].concat()
}
