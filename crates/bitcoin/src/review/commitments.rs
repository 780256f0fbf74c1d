//! What each signature fixes, and what others can still change.

use vitrine_review::{Proof, Section, Value};

use super::section::{SectionBuilder, claimed, computed, term};
use crate::count::count;
use crate::keyvalue::MapKind;
use crate::preimage::{Preimage, Preimages};
use crate::sighash::{Digests, Spend, legacy_affordable};
use crate::{CheckedInput, CheckedPsbt, SighashType};

/// Inputs named at most in one line.
const MAX_NAMED: usize = 8;

pub(crate) fn sections(checked: &CheckedPsbt) -> Vec<Section> {
    let mut digests = Digests::new(checked.transaction(), checked.inputs());
    let mut preimages = Preimages::new(checked.transaction(), checked.inputs());
    let legacy = checked.inputs().iter().filter(|input| matches!(input.spend, Spend::Legacy(_))).count();
    let affordable = legacy_affordable(checked.transaction(), legacy);
    let mut sections = Vec::with_capacity(checked.inputs().len().saturating_add(1));
    sections.extend(matrix(checked));
    for (n, input) in checked.inputs().iter().enumerate() {
        let wanted = input.own().is_some() && (affordable || !matches!(input.spend, Spend::Legacy(_)));
        let digest = if wanted { digests.digest(n) } else { None };
        sections.push(section(n, input, digest, &mut preimages));
    }
    sections
}

/// Name and label of a row, and the part of the transaction that it is about.
type Row = (&'static str, &'static str, fn(&Fixes) -> Reach);

/// All our signatures together: each part of the transaction, and which of them fix it.
fn matrix(checked: &CheckedPsbt) -> Option<Section> {
    let own: Vec<(usize, Fixes)> =
        checked.inputs().iter().enumerate().filter(|(_, i)| i.own().is_some()).map(|(n, i)| (n, fixes(i))).collect();
    if own.is_empty() {
        return None;
    }
    let mut section = SectionBuilder::new("Commitments", "btc.commitments", "All our signatures together");
    let rows: [Row; 5] = [
        ("inputs", "Inputs", |f| f.inputs),
        ("amounts", "Amounts spent", |f| f.amounts),
        ("sequences", "Sequences", |f| f.sequences),
        ("outputs", "Outputs", |f| f.outputs),
        ("lock-time", "Lock time", |f| f.lock_time),
    ];
    for (name, label, of) in rows {
        let weak = own.iter().filter(|(_, f)| of(f) != Reach::All).map(|(n, f)| format!("input {n} {}", of(f).words()));
        section.add(name, label, term(summary(own.len(), weak.collect())), computed());
    }
    Some(section.build())
}

/// "all fixed by each of our 2 signatures", or which signatures fix less.
fn summary(signatures: usize, weak: Vec<String>) -> String {
    if weak.is_empty() && signatures == 1 {
        return "all fixed by our signature".to_owned();
    }
    if weak.is_empty() {
        return format!("all fixed by each of our {}", count(signatures, "signature"));
    }
    let more = weak.len().saturating_sub(MAX_NAMED);
    let mut text = weak.into_iter().take(MAX_NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(", and {more} more"));
    }
    text
}

fn section(n: usize, input: &CheckedInput, digest: Option<[u8; 32]>, preimages: &mut Preimages<'_>) -> Section {
    let title = match input.own() {
        Some(_) => format!("Our signature of input {n}"),
        None => format!("Signature of input {n}, by somebody else"),
    };
    let mut section = SectionBuilder::new("Commitments", MapKind::Input(n).code(), title);
    let sighash_type = input.sighash_type();
    // What others sign is up to them; ours is verified to be of this type.
    let proof = |ours: Proof| if input.own().is_some() { ours } else { claimed() };
    section.add("sighash", "Sighash type", term(sighash_type.name()), proof(Proof::signed_bytes()));
    section.add("commits", "Fixes", term(fixes(input).sentence()), proof(computed()));
    section.add("leaves-open", "Others can change", term(leaves_open(sighash_type)), proof(computed()));
    if input.own().is_some() {
        add_signed(&mut section, n, digest, preimages);
    }
    section.build()
}

/// The bytes that are signed, and their hash. Legacy inputs of large transactions have theirs described: each would
/// hold the whole transaction again, which is shown once, field by field.
fn add_signed(section: &mut SectionBuilder, n: usize, digest: Option<[u8; 32]>, preimages: &mut Preimages<'_>) {
    match preimages.preimage(n) {
        Some(Preimage::Whole(bytes)) => {
            section.add("preimage", "Bytes that are signed", Value::Bytes(bytes), computed());
        }
        Some(Preimage::Legacy { length, script }) => {
            let text = format!(
                "{length} bytes: the unsigned transaction, with the script {script:x} in input {n}, and the sighash type"
            );
            section.add("preimage", "Bytes that are signed", term(text), computed());
        }
        None => {}
    }
    let unknown = || Proof::Unknown("not-computed", "it is computed when the signature is verified".to_owned());
    let (value, proof) = match digest {
        Some(digest) => (Value::Hash(digest.to_vec()), computed()),
        None => (term("not shown"), unknown()),
    };
    section.add("digest", "Digest that is signed", value, proof);
    for (k, leaf) in preimages.leaves(n).into_iter().enumerate() {
        section.add(&format!("leaf[{k}].script"), format!("Or by script {k}"), term(leaf.policy), computed());
        let bytes = Value::Bytes(leaf.preimage);
        section.add(&format!("leaf[{k}].preimage"), format!("Script {k}, bytes"), bytes, computed());
        let digest = Value::Hash(leaf.digest.to_vec());
        section.add(&format!("leaf[{k}].digest"), format!("Script {k}, digest"), digest, computed());
    }
}

/// How much of one part of the transaction a signature fixes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    All,
    /// That of its own input, or the output of its number.
    Own,
    Nothing,
}

impl Reach {
    const fn words(self) -> &'static str {
        match self {
            Self::All => "fixes all",
            Self::Own => "fixes only its own",
            Self::Nothing => "fixes none",
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Own => "its own",
            Self::Nothing => "none",
        }
    }
}

/// One row of the matrix: what one signature fixes.
struct Fixes {
    inputs: Reach,
    amounts: Reach,
    sequences: Reach,
    outputs: Reach,
    lock_time: Reach,
}

impl Fixes {
    fn sentence(&self) -> String {
        let time = if self.lock_time == Reach::All { "fixed" } else { "open" };
        format!(
            "inputs: {}; amounts: {}; sequences: {}; outputs: {}; lock time: {time}",
            self.inputs.word(),
            self.amounts.word(),
            self.sequences.word(),
            self.outputs.word()
        )
    }
}

/// What the signature of an input fixes (BIP-143, BIP-341, and the rules before them).
fn fixes(input: &CheckedInput) -> Fixes {
    use Reach::{All, Nothing, Own};
    let sighash_type = input.sighash_type();
    if matches!(sighash_type, SighashType::Unknown(_)) {
        return Fixes { inputs: Nothing, amounts: Nothing, sequences: Nothing, outputs: Nothing, lock_time: Nothing };
    }
    let alone = sighash_type.anyone_can_pay();
    let amounts = match &input.spend {
        Spend::Legacy(_) | Spend::Unknown => Nothing,
        Spend::SegwitV0(_) => Own,
        Spend::Taproot if alone => Own,
        Spend::Taproot => All,
    };
    let outputs = match sighash_type {
        SighashType::Default | SighashType::All | SighashType::AllAnyoneCanPay => All,
        SighashType::Single | SighashType::SingleAnyoneCanPay => Own,
        SighashType::None | SighashType::NoneAnyoneCanPay | SighashType::Unknown(_) => Nothing,
    };
    let inputs = if alone { Own } else { All };
    // Taproot commits to all sequences whatever becomes of the outputs; the rules before it do not.
    let all_sequences = !alone && (outputs == All || input.spend == Spend::Taproot);
    let sequences = if all_sequences { All } else { Own };
    Fixes { inputs, amounts, sequences, outputs, lock_time: All }
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
