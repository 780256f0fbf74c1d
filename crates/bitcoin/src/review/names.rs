//! Payment names of outputs, judged at the time of the ceremony (BIP-353).

use vitrine_review::{Context, Proof, Value};

use super::section::{SectionBuilder, claimed, computed, term};
use crate::decode::keys::DNSSEC_PROOF;
use crate::dns::{ProvenName, StatedName};
use crate::findings::{Notes, Says};
use crate::keyvalue::{Map, MapKind};
use crate::{CheckedOutput, CheckedPsbt};

/// What a stated name is worth at the time of the ceremony.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Standing<'a> {
    /// Proven, and the proof holds now.
    Holds(&'a ProvenName),
    /// Proven, and nobody stated what time it is.
    Undated(&'a ProvenName),
    /// Proven for another time.
    OtherTime(&'a ProvenName),
    /// Not proven.
    Unproven(&'a StatedName),
}

impl<'a> Standing<'a> {
    /// The standing of an output's name; none if it has no name.
    pub(crate) fn of(output: &'a CheckedOutput, context: &Context) -> Option<Self> {
        let stated = output.payment_name.as_ref()?;
        let Some(proven) = &stated.proven else { return Some(Self::Unproven(stated)) };
        Some(match context.stated_time {
            None => Self::Undated(proven),
            Some(now) if (proven.valid_from..=proven.expires).contains(&now) => Self::Holds(proven),
            Some(_) => Self::OtherTime(proven),
        })
    }

    /// Whether the bytes of the proof mean something.
    pub(crate) fn explains(self) -> bool {
        matches!(self, Self::Holds(_) | Self::Undated(_))
    }

    /// The name, if it says who is paid.
    pub(crate) fn payee(self) -> Option<String> {
        match self {
            Self::Holds(proven) => Some(proven.name.to_string()),
            Self::Undated(_) | Self::OtherTime(_) | Self::Unproven(_) => None,
        }
    }

    /// What vouches for the name.
    pub(crate) fn proof(self) -> Proof {
        match self {
            Self::Holds(proven) => Proof::Proven("dnssec", format!("DNSSEC until {}", time(proven.expires))),
            Self::Undated(proven) => {
                let why = format!("a DNSSEC proof {}; no time is stated", span(proven));
                Proof::Claimed("dnssec-undated", why)
            }
            Self::OtherTime(proven) => Proof::Claimed("dnssec-expired", format!("a DNSSEC proof {}", span(proven))),
            Self::Unproven(_) => claimed(),
        }
    }

    /// One line beside the payee.
    pub(crate) fn provenance(self) -> String {
        match self {
            Self::Holds(proven) => {
                format!("Payment name {}, proven by DNSSEC until {}", proven.name, time(proven.expires))
            }
            Self::Undated(proven) => {
                format!("Payment name {} by a DNSSEC proof {}; no time is stated", proven.name, span(proven))
            }
            Self::OtherTime(proven) => {
                format!("Not proven now: payment name {}, by a DNSSEC proof {}", proven.name, span(proven))
            }
            Self::Unproven(stated) => {
                format!("Not proven: payment name {}", Value::Untrusted(stated.stated.clone()).to_text())
            }
        }
    }
}

fn time(seconds: u64) -> String {
    Value::Time(seconds).to_text()
}

fn span(proven: &ProvenName) -> String {
    format!("from {} until {}", time(proven.valid_from), time(proven.expires))
}

/// Adds the name, what it resolves to, and the proof.
pub(crate) fn add_name(section: &mut SectionBuilder, checked: &CheckedPsbt, map: &Map, standing: Standing<'_>) {
    let Some(kv) = map.single(DNSSEC_PROOF) else { return };
    match standing {
        Standing::Holds(proven) | Standing::Undated(proven) | Standing::OtherTime(proven) => {
            section.add("payment-name", "Payment name", term(proven.name.to_string()), standing.proof());
            section.add("payment-uri", "Name stands for", Value::Untrusted(proven.uri.clone()), standing.proof());
        }
        Standing::Unproven(stated) => {
            section.add("payment-name", "Payment name", Value::Untrusted(stated.stated.clone()), standing.proof());
        }
    }
    let bytes = crate::bytes::slice(checked.bytes(), kv.value);
    if standing.explains() {
        let size = Value::Count(bytes.len() as u64, "bytes");
        section.add("dnssec-proof", "DNSSEC proof", size, computed());
    } else {
        let why = "it proves nothing here".to_owned();
        let proof = Proof::Unknown("not-verified", why);
        section.add("dnssec-proof", "DNSSEC proof", Value::Bytes(bytes.to_vec()), proof);
    }
}

/// Notes each proven name, and whether its proof holds at the stated time.
pub(crate) fn note_names(checked: &CheckedPsbt, context: &Context, notes: &mut Notes) {
    for (n, output) in checked.outputs().iter().enumerate() {
        let (code, says) = match Standing::of(output, context) {
            Some(Standing::Holds(proven)) => ("btc.dns-name-proven", says_holds(n, proven)),
            Some(Standing::Undated(proven)) => ("btc.dns-time-unknown", says_undated(n, proven)),
            Some(Standing::OtherTime(proven)) => ("btc.dns-proof-expired", says_other_time(n, proven)),
            Some(Standing::Unproven(_)) | None => continue,
        };
        notes.add(code, Some(format!("{}.payment-name", MapKind::Output(n).code())), says);
    }
}

fn says_holds(n: usize, proven: &ProvenName) -> Says<'static> {
    let (name, until) = (&proven.name, time(proven.expires));
    let truth = format!("Output {n} is paid to the payment name {name}, proven by DNSSEC until {until}.");
    Says(truth, "The root keys of DNS and everybody between them and the name vouch for that.", "")
}

fn says_undated(n: usize, proven: &ProvenName) -> Says<'static> {
    let (name, span) = (&proven.name, span(proven));
    let proof = format!("by a DNSSEC proof {span}");
    let truth = format!("Output {n} is paid to the payment name {name} {proof}, and no time is stated.");
    let consequence = "The name may have belonged to somebody else, or had another address, before or since.";
    Says(truth, consequence, "State the time in the ceremony folder, or compare these times with a clock.")
}

fn says_other_time(n: usize, proven: &ProvenName) -> Says<'static> {
    let (name, span) = (&proven.name, span(proven));
    let proof = format!("by a DNSSEC proof that is valid {span}");
    let truth = format!("Output {n} claims the payment name {name} {proof}, and not at the stated time.");
    let consequence = "The name may belong to somebody else by now, or have another address.";
    Says(truth, consequence, "Ask for the request again with a fresh proof.")
}
