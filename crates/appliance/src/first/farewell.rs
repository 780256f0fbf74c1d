//! What is said when everything stops: why, what was and what was not done, and what to do.

use std::collections::BTreeMap;

use vitrine_ceremony::Record;
use vitrine_review::Digest;

use super::stick::keep::Keep;
use super::stick::names;

/// The last words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Farewell {
    /// What happened, a phrase without a full stop.
    pub what: String,
    /// What is known and what to do, sentence by sentence.
    pub steps: Vec<String>,
}

impl Farewell {
    /// Of what a session left, if there was one.
    pub fn of(what: &str, keep: Option<&Keep>) -> Farewell {
        let mut steps = vec![keep.map_or_else(|| String::from(NO_SESSION), signed)];
        steps.extend(keep.and_then(recorded));
        steps.extend(keep.and_then(unwritten));
        steps.push(String::from(CANCEL));
        steps.push(String::from("Write down the sentence above. Then switch the machine off and on again."));
        Farewell { what: what.to_owned(), steps }
    }
}

const NO_SESSION: &str = "No session had begun: nothing was signed by this machine.";
const NOT_SIGNED: &str = "No signature reached this machine's files: nothing that was signed has left it. If the hardware wallet \
                          had been confirmed just before, that signature is lost; sign anew.";
const CANCEL: &str = "If a hardware wallet still asks for something, press Cancel on it, then unplug it. What stood on this screen \
                      before does not count.";

fn signed(keep: &Keep) -> String {
    let results: Vec<&str> = keep.names().filter(|name| names::is_result(name)).collect();
    if results.is_empty() {
        return NOT_SIGNED.to_owned();
    }
    format!(
        "A verified result was made before: {}. It holds; the session need not be repeated for it.",
        results.join(", ")
    )
}

/// The last entry of the record, if it is whole.
fn recorded(keep: &Keep) -> Option<String> {
    let lines = std::str::from_utf8(keep.file(names::RECORD)?).ok()?;
    let contents = keep.names().filter_map(|name| {
        let bytes = keep.file(name).filter(|_| names::digest(name).is_some())?;
        Some((vitrine_review::sha256(bytes), bytes.to_vec()))
    });
    let contents: BTreeMap<Digest, Vec<u8>> = contents.collect();
    Some(match Record::parse(lines, contents) {
        Ok(record) => {
            let last = record.entries().last()?;
            let (number, kind) = (last.number, vitrine_review::escape(&last.kind));
            format!("The last entry of the record is number {number}, {kind}: {}", vitrine_review::escape(&last.what))
        }
        Err(_) => String::from("The record was being written; its last entry is not whole."),
    })
}

fn unwritten(keep: &Keep) -> Option<String> {
    let count = keep.unwritten();
    (count > 0).then(|| {
        format!("{count} files of the session are in memory alone: plug in the stick with the label VITRINE-OUT and wait 30 seconds.")
    })
}
