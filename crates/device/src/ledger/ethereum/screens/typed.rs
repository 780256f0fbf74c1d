//! What is shown of typed data: on small screens the domain and a hash, on large ones every value.

use std::collections::BTreeSet;

use vitrine_ethereum::alloy_primitives::U256;
use vitrine_ethereum::interface::TypedFilterFormat;
use vitrine_ethereum::typed_data::{TypedData, TypedNode, TypedValue};
use vitrine_review::escape;

use super::super::filters::{KnownMember, KnownTypedData, all_ones};
use super::super::networks::{self, APP_CHAIN_ID};
use super::LedgerScreen;
use super::format;
use super::pages::Pages;
use crate::ledger::TypedDataForm;

pub(super) fn show(data: &TypedData, form: TypedDataForm, pages: &mut Pages) {
    if let Some(known) = KnownTypedData::of(data).filter(|_| form == TypedDataForm::Whole) {
        return known_pages(&known, pages);
    }
    pages.blind_signing();
    pages.intro("Review typed message");
    match (form, pages.screen()) {
        (TypedDataForm::Hashes, _) => {
            pages.value("Hash of the domain", "Domain hash", format::hash(data.domain_hash().as_slice()));
            pages.value("Hash of the message", "Message hash", format::hash(data.message_hash().as_slice()));
        }
        (TypedDataForm::Whole, LedgerScreen::Nano) => {
            values("Domain", &data.domain().node, pages);
            pages.value("Hash of the message", "Message hash", format::hash(data.message_hash().as_slice()));
        }
        (TypedDataForm::Whole, LedgerScreen::Touch) => {
            pages.value("Domain", "Review struct", "EIP712Domain".to_owned());
            values("Domain", &data.domain().node, pages);
            pages.value("Message", "Review struct", escape(data.primary_type()));
            values("Message", data.message(), pages);
        }
    }
    match pages.screen() {
        LedgerScreen::Nano => pages.finish("Sign message"),
        LedgerScreen::Touch => pages.finish(&format!("{} typed message", pages.verb())),
    }
}

/// What Ledger signed something about: Ledger's words for it, and the members that Ledger names.
fn known_pages(known: &KnownTypedData<'_>, pages: &mut Pages) {
    pages.intro("Review typed message");
    pages.value("What Ledger calls the contract", "Contract", known.label().to_owned());
    if known.chain_id != APP_CHAIN_ID {
        let name = networks::name(known.chain_id).map_or_else(|| known.chain_id.to_string(), str::to_owned);
        pages.value("Network", "Network", name);
    }
    let mut joins = Joins::default();
    for member in &known.members {
        let Some(filter) = member.filter else { continue };
        let step = format!("Message, {}", escape(&member.path));
        match (filter.format, &member.node.value) {
            (TypedFilterFormat::DateTime, TypedValue::Uint(seconds)) => {
                date(&step, filter.label, *seconds, member, pages)
            }
            (TypedFilterFormat::Token(number), _) => joins.tokens.push(number),
            (TypedFilterFormat::Amount(number), TypedValue::Uint(amount)) => {
                joins.amounts.push((number, step, filter.label, *amount));
            }
            _ => elementary(&step, filter.label, member.node, pages),
        }
        joins.show(known, pages);
    }
    let words = match pages.screen() {
        LedgerScreen::Nano => "Sign message".to_owned(),
        LedgerScreen::Touch => format!("{} typed message", pages.verb()),
    };
    pages.finish(&words);
}

/// Amounts and tokens that have not met yet: a page is made when both are there.
#[derive(Default)]
struct Joins {
    tokens: Vec<u8>,
    amounts: Vec<(u8, String, &'static str, U256)>,
}

impl Joins {
    fn show(&mut self, known: &KnownTypedData<'_>, pages: &mut Pages) {
        const LABEL_CHARS: usize = 25;
        let is_ready = |number: u8| number == TypedFilterFormat::OF_THE_CONTRACT || self.tokens.contains(&number);
        let Some(at) = self.amounts.iter().position(|(number, ..)| is_ready(*number)) else { return };
        let (number, step, label, value) = self.amounts.remove(at);
        self.tokens.retain(|token| *token != number);
        let Some(token) = known.token(number) else { return };
        let ticker = token.escaped_ticker();
        let shown = match value {
            U256::MAX => format!("Unlimited {ticker}"),
            value => format::amount(value, token.decimals, &ticker),
        };
        pages.value(&step, label.get(..LABEL_CHARS).unwrap_or(label), shown);
    }
}

fn date(step: &str, label: &str, seconds: U256, member: &KnownMember<'_>, pages: &mut Pages) {
    if seconds == all_ones(member.node) {
        return pages.value(step, label, "Unlimited".to_owned());
    }
    pages.rows(step, label, format::utc(u64::try_from(seconds).unwrap_or(u64::MAX)));
}

pub(super) fn not_shown(data: Option<&TypedData>, screen: LedgerScreen, form: TypedDataForm) -> Vec<String> {
    if let Some(known) = data.and_then(KnownTypedData::of).filter(|_| form == TypedDataForm::Whole) {
        return not_shown_of_known(&known);
    }
    let what = match (form, screen) {
        (TypedDataForm::Hashes, _) => "any member: only the hashes of domain and message",
        (TypedDataForm::Whole, LedgerScreen::Nano) => "the message's members: only their hash",
        (TypedDataForm::Whole, LedgerScreen::Touch) => {
            "to which struct of the message a member belongs, and what values longer than 379 characters end in"
        }
    };
    vec![what.to_owned()]
}

fn not_shown_of_known(known: &KnownTypedData<'_>) -> Vec<String> {
    let mut list = vec!["the domain's values: Ledger's name for the contract stands for them".to_owned()];
    if known.has_tokens() {
        list.push("the tokens' contracts: only their tickers".to_owned());
    }
    let hidden = known.members.iter().filter(|member| member.filter.is_none()).map(|member| member.path.as_str());
    let hidden: Vec<&str> = hidden.collect::<BTreeSet<_>>().into_iter().collect();
    if !hidden.is_empty() {
        list.push(format!("of the message: {}", escape(&hidden.join(", "))));
    }
    list
}

/// Every elementary value under its member's name, in the order in which it is hashed.
fn values(place: &str, node: &TypedNode, pages: &mut Pages) {
    node.parts().iter().for_each(|part| value(place, &part.name, part, pages));
}

fn value(place: &str, tag: &str, node: &TypedNode, pages: &mut Pages) {
    match &node.value {
        TypedValue::Array(items) => items.iter().for_each(|item| value(place, tag, item, pages)),
        TypedValue::Struct(_) => values(place, node, pages),
        _ => elementary(&format!("{place}, {}", escape(tag)), tag, node, pages),
    }
}

/// A value that is neither an array nor a struct.
fn elementary(step: &str, tag: &str, node: &TypedNode, pages: &mut Pages) {
    let shown = match &node.value {
        TypedValue::Uint(value) => value.to_string(),
        TypedValue::Int(value) => value.to_string(),
        TypedValue::Address(address) => return pages.address(step, tag, format::address(*address)),
        TypedValue::Bool(value) => value.to_string(),
        TypedValue::FixedBytes(bytes) | TypedValue::Bytes(bytes) => format::bytes(bytes.bytes()),
        TypedValue::String(text) => format::text(text),
        TypedValue::Array(_) | TypedValue::Struct(_) => return,
    };
    pages.value(step, tag, shown);
}
