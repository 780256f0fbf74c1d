//! The review document of an Ethereum request.

mod batch;
mod calls;
mod effects;
mod hostile;
mod message;
mod request;
mod safe;
mod sentences;
mod totals;
mod transaction;
mod typed;
mod values;

use vitrine_review::{
    ByteAccount, ByteOwner, Context, Document, Effects, Finding, Findings, Notes, Ownership, Proof, Review,
    ReviewParts, Says, Section, Span,
};

use crate::check::CheckedRequest;
use crate::interface::chain_name;
use crate::request::Payload;
pub(crate) use batch::review_batch;
pub(crate) use sentences::{Names, counted, digits};

/// Sections and owners of bytes of one part of a request.
#[derive(Debug, Default)]
struct Parts {
    sections: Vec<Section>,
    owners: Vec<ByteOwner>,
}

impl Parts {
    fn own(&mut self, span: Span, label: &str, field: Option<String>, ownership: Ownership) {
        self.owners.push(ByteOwner { span, label: label.to_owned(), field, ownership });
    }

    fn structure(&mut self, spans: &[Span], label: &str) {
        for span in spans {
            self.own(*span, label, None, Ownership::Structure);
        }
    }

    fn append(&mut self, mut other: Self) {
        self.sections.append(&mut other.sections);
        self.owners.append(&mut other.owners);
    }
}

/// What a request adds to a review.
struct Told {
    parts: Parts,
    effects: Effects,
    findings: Vec<Finding>,
    network: String,
}

/// Makes the review; a pure function of the checked request and the context.
pub(crate) fn review(checked: &CheckedRequest, context: &Context) -> Review {
    whole(checked.bytes(), told(checked), context)
}

fn told(checked: &CheckedRequest) -> Told {
    let mut notes = crate::findings::notes();
    let effects = totals::effects(checked, &mut notes);
    let mut parts = head(checked, &mut notes);
    if let Some(tree) = checked.tree() {
        let calls = calls::sections(tree, checked.known());
        notes.append(calls.notes);
        parts.append(Parts { sections: calls.sections, owners: calls.owners });
    }
    parts.append(request::parts(checked));
    hostile::note_text(&parts.sections, &mut notes);
    let findings = checked.findings.iter().cloned().chain(notes.into_vec()).collect();
    Told { parts, effects, findings, network: network(checked) }
}

/// The review of all bytes.
fn whole(bytes: &[u8], told: Told, context: &Context) -> Review {
    let Told { parts, effects, mut findings, network } = told;
    let mut notes = crate::findings::notes();
    let account = account(bytes.len(), parts.owners, &mut notes);
    findings.append(&mut notes.into_vec());
    let document = Document::new(parts.sections);
    let parts = ReviewParts {
        chain: "Ethereum",
        network,
        document: document.expect("a code is its section's, and each name in a section is used once"),
        effects,
        findings: Findings::new(findings),
        account,
    };
    Review::new(parts, bytes, context)
}

fn network(checked: &CheckedRequest) -> String {
    let Some(id) = checked.chain_id() else { return "every chain".to_owned() };
    chain_name(id).map_or_else(|| format!("chain {id}"), |name| format!("{name} (chain {id})"))
}

fn head(checked: &CheckedRequest, notes: &mut Notes) -> Parts {
    let mut parts = match checked.payload() {
        Payload::Transaction(transaction) => transaction::parts(transaction, checked),
        Payload::TypedData(data) => typed::parts(data, checked, notes),
        Payload::Message(message) => message::parts(message, checked, notes),
        Payload::SafeBundle(bundle) => safe::bundle_parts(bundle, checked.known(), notes),
    };
    if let Some(signing) = checked.safe() {
        parts.sections.insert(0, safe::section(signing, checked));
    }
    parts
}

/// The account; should a byte have no owner, all are unknown and signing is refused.
fn account(total: usize, owners: Vec<ByteOwner>, notes: &mut Notes) -> ByteAccount {
    let account = ByteAccount::new(total, owners).unwrap_or_else(|error| {
        let truth = format!("The account of the request's bytes is not complete: {error}.");
        let says = Says(truth, "Something in it is not shown.", "Do not sign. Report this request.");
        notes.add("eth.account-incomplete", None, says);
        ByteAccount::unexplained(total)
    });
    let unknown = account.unknown();
    if unknown > 0 {
        let truth = format!("{unknown} of {total} bytes have no named meaning.");
        let action = "Do not sign unless the folder allows this very request.";
        notes.add("eth.unknown-bytes", None, Says(truth, "Anything can hide in them.", action));
    }
    account
}

fn signed() -> Proof {
    Proof::signed_bytes()
}

fn computed() -> Proof {
    Proof::Proven("computed", "computation from the request".to_owned())
}

fn claimed() -> Proof {
    Proof::Claimed("request", "the request, which is not signed here".to_owned())
}
