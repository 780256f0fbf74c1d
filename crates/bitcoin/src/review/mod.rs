//! The review document of a PSBT.

mod commitments;
mod effects;
mod inputs;
mod names;
mod outputs;
mod owner;
mod pairs;
mod raw;
mod section;
mod sums;
mod typed;

use bitcoin::absolute::LockTime;
use vitrine_review::{Context, Document, Findings, Review, ReviewParts, Section, Value};

use crate::account::account;
use crate::check::{lock_time, lock_time_value};
use crate::findings::{Notes, Says};
use crate::{CheckedPsbt, Network};
pub(crate) use names::Standing;
pub(crate) use pairs::has_own_field;
pub(crate) use section::{SectionBuilder, term};

/// Blocks that a lock time may lie ahead of the stated height before it is cautioned: about a day.
const SOON_BLOCKS: u32 = 144;
/// Seconds that a lock time may lie ahead of the stated time before it is cautioned: a day.
const SOON_SECONDS: u64 = 86_400;

/// A height that is years ahead whoever reads it, for reviews without a stated height: mainnet reaches it about 2036.
const fn distant_height(network: Network) -> u32 {
    match network {
        Network::Mainnet => 1_500_000,
        Network::Testnet3 | Network::Testnet4 | Network::Signet | Network::Regtest => 10_000_000,
    }
}

/// Makes the review; a pure function of the checked request and the context.
pub(crate) fn review(checked: &CheckedPsbt, context: &Context) -> Review {
    let mut notes = Notes::default();
    note_future(checked, context, &mut notes);
    names::note_names(checked, context, &mut notes);
    let account = account(checked, context, &mut notes);
    let findings = checked.findings.iter().cloned().chain(notes.into_vec()).collect();
    let document = Document::new(sections(checked, context));
    let parts = ReviewParts {
        chain: "Bitcoin",
        network: checked.network().name().to_owned(),
        document: document.expect("a code is its section's number and a name, and each name is used once"),
        effects: effects::effects(checked, context),
        findings: Findings::new(findings),
        account,
    };
    Review::new(parts, checked.bytes(), context)
}

fn sections(checked: &CheckedPsbt, context: &Context) -> Vec<Section> {
    let mut sections: Vec<Section> = checked.message().map(crate::message::section).into_iter().collect();
    sections.extend(outputs::sections(checked, context));
    sections.extend(inputs::sections(checked));
    // A message pays no fee: its transaction can never be mined.
    sections.extend(checked.message().is_none().then(|| sums::fee_section(checked)));
    sections.push(sums::time_section(checked, context));
    sections.extend(commitments::sections(checked));
    sections.extend(raw::sections(checked));
    sections
}

/// Cautions a lock time far ahead of what the operator stated; without a statement nobody can say.
fn note_future(checked: &CheckedPsbt, context: &Context, notes: &mut Notes) {
    let transaction = checked.transaction();
    if lock_time(transaction).is_none() {
        return;
    }
    let far = match (lock_time_value(transaction.lock_time), context.stated_height, context.stated_time) {
        (Value::Height(height), Some(now), _) => height > now.saturating_add(SOON_BLOCKS),
        (Value::Time(time), _, Some(now)) => time > now.saturating_add(SOON_SECONDS),
        (Value::Height(height), None, _) => height > distant_height(checked.network()),
        _ => matches!(transaction.lock_time, LockTime::Seconds(_)),
    };
    if far {
        let value = lock_time_value(transaction.lock_time).to_text();
        let truth = format!("The transaction cannot move before {value}.");
        let consequence = "Until then its signers can spend the same coins elsewhere.";
        let says = Says(truth, consequence, "Ask whether that is meant.");
        notes.add("btc.locktime-future", Some("btc.locktime".to_owned()), says);
    }
}
