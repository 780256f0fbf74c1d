//! What is shown of typed data: on small screens the domain and a hash, on large ones every value.

use vitrine_ethereum::typed_data::{TypedData, TypedNode, TypedValue};
use vitrine_review::escape;

use super::LedgerScreen;
use super::format;
use super::pages::Pages;
use crate::ledger::TypedDataForm;

pub(super) fn show(data: &TypedData, form: TypedDataForm, pages: &mut Pages) {
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

pub(super) fn not_shown(screen: LedgerScreen, form: TypedDataForm) -> Vec<String> {
    let what = match (form, screen) {
        (TypedDataForm::Hashes, _) => "any member: only the hashes of domain and message",
        (TypedDataForm::Whole, LedgerScreen::Nano) => "the message's members: only their hash",
        (TypedDataForm::Whole, LedgerScreen::Touch) => {
            "to which struct of the message a member belongs, and what values longer than 379 characters end in"
        }
    };
    vec![what.to_owned()]
}

/// Every elementary value under its member's name, in the order in which it is hashed.
fn values(place: &str, node: &TypedNode, pages: &mut Pages) {
    node.parts().iter().for_each(|part| value(place, &part.name, part, pages));
}

fn value(place: &str, tag: &str, node: &TypedNode, pages: &mut Pages) {
    let step = format!("{place}, {}", escape(tag));
    let shown = match &node.value {
        TypedValue::Uint(value) => value.to_string(),
        TypedValue::Int(value) => value.to_string(),
        TypedValue::Address(address) => return pages.address(&step, tag, format::address(*address)),
        TypedValue::Bool(value) => value.to_string(),
        TypedValue::FixedBytes(bytes) | TypedValue::Bytes(bytes) => format::bytes(bytes.bytes()),
        TypedValue::String(text) => format::text(text),
        TypedValue::Array(items) => return items.iter().for_each(|item| value(place, tag, item, pages)),
        TypedValue::Struct(_) => return values(place, node, pages),
    };
    pages.value(&step, tag, shown);
}
