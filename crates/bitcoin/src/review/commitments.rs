//! What each signature fixes, and what others can still change.

use vitrine_review::{Proof, Section, Value};

use super::section::{SectionBuilder, claimed, computed, term};
use crate::keyvalue::MapKind;
use crate::sighash::{Digests, Spend, legacy_affordable};
use crate::{CheckedInput, CheckedPsbt, SighashType};

pub(crate) fn sections(checked: &CheckedPsbt) -> Vec<Section> {
    let mut digests = Digests::new(checked.transaction(), checked.inputs());
    let legacy = checked.inputs().iter().filter(|input| matches!(input.spend, Spend::Legacy(_))).count();
    let affordable = legacy_affordable(checked.transaction(), legacy);
    let mut sections = Vec::with_capacity(checked.inputs().len());
    for (n, input) in checked.inputs().iter().enumerate() {
        let wanted = input.own().is_some() && (affordable || !matches!(input.spend, Spend::Legacy(_)));
        let digest = if wanted { digests.digest(n) } else { None };
        sections.push(section(n, input, digest));
    }
    sections
}

fn section(n: usize, input: &CheckedInput, digest: Option<[u8; 32]>) -> Section {
    let title = match input.own() {
        Some(_) => format!("Our signature of input {n}"),
        None => format!("Signature of input {n}, by somebody else"),
    };
    let mut section = SectionBuilder::new("Commitments", MapKind::Input(n).code(), title);
    let sighash_type = input.sighash_type();
    // What others sign is up to them; ours is verified to be of this type.
    let proof = |ours: Proof| if input.own().is_some() { ours } else { claimed() };
    section.add("sighash", "Sighash type", term(sighash_type.name()), proof(Proof::signed_bytes()));
    section.add("commits", "Fixes", term(commits(sighash_type, &input.spend)), proof(computed()));
    section.add("leaves-open", "Others can change", term(leaves_open(sighash_type)), proof(computed()));
    if input.own().is_some() {
        let unknown = || Proof::Unknown("not-computed", "it is computed when the signature is verified".to_owned());
        let (value, proof) = match digest {
            Some(digest) => (Value::Hash(digest.to_vec()), computed()),
            None => (term("not shown"), unknown()),
        };
        section.add("digest", "Digest that is signed", value, proof);
    }
    section.build()
}

/// What a signature of this type fixes (BIP-143, BIP-341, and the rules before them).
pub(crate) fn commits(sighash_type: SighashType, spend: &Spend) -> String {
    let amounts = match spend {
        Spend::Legacy(_) => "no amount spent",
        Spend::SegwitV0(_) => "the amount of this input",
        Spend::Taproot if sighash_type.anyone_can_pay() => "the amount of this input",
        Spend::Taproot => "the amounts of all inputs",
        Spend::Unknown => "amounts not known",
    };
    let inputs = if sighash_type.anyone_can_pay() { "this input" } else { "all inputs" };
    let outputs = match sighash_type {
        SighashType::Default | SighashType::All | SighashType::AllAnyoneCanPay => "all outputs",
        SighashType::Single | SighashType::SingleAnyoneCanPay => "the output of the same number",
        SighashType::None | SighashType::NoneAnyoneCanPay => "no output",
        SighashType::Unknown(_) => return "nothing that is known".to_owned(),
    };
    format!("{inputs}, {amounts}, {outputs}, the lock time")
}

/// What others can still change after a signature of this type.
pub(crate) fn leaves_open(sighash_type: SighashType) -> &'static str {
    match sighash_type {
        SighashType::Default | SighashType::All => "nothing",
        SighashType::None => "every output, and the sequences of other inputs",
        SighashType::Single => "every output but the one of the same number, and the sequences of other inputs",
        SighashType::AllAnyoneCanPay => "the other inputs",
        SighashType::NoneAnyoneCanPay => "every output and the other inputs",
        SighashType::SingleAnyoneCanPay => "every output but the one of the same number, and the other inputs",
        SighashType::Unknown(_) => "everything, as far as is known",
    }
}
