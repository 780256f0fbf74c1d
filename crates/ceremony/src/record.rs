//! The hash-chained record of a ceremony.
//!
//! Each entry's head is a tagged digest over the head before it and the entry's own fields, so that the last head
//! vouches for every entry. Content (the request, the review, the response) is kept beside the entries under its
//! own SHA-256. Format: `docs/formats/record.md`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vitrine_review::{Digest, sha256, tagged_sha256};

use crate::UnixTime;
use crate::error::RecordError;
use crate::limits;

/// One entry of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Number, from 1.
    pub number: u64,
    /// When, as the machine's clock said.
    pub at: UnixTime,
    /// Kind in one or two words: "Opened", "Request", "Signed".
    pub kind: String,
    /// What happened, in one sentence.
    pub what: String,
    /// Who did it: a person's role, a device's model, or "machine".
    pub who: String,
    /// Head of the entry before; of the previous record for the first one.
    pub previous: Digest,
    /// SHA-256 of the content that belongs to it, if any.
    pub content: Option<Digest>,
    /// Head of the chain after this entry.
    pub head: Digest,
}

/// What a step appends.
pub(crate) struct Step<'a> {
    pub(crate) at: UnixTime,
    pub(crate) kind: &'a str,
    pub(crate) what: String,
    pub(crate) who: &'a str,
    pub(crate) content: Option<&'a [u8]>,
}

/// A record: entries in a hash chain, and the content that they name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    start: Digest,
    entries: Vec<Entry>,
    contents: BTreeMap<Digest, Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryJson {
    number: u64,
    at: u64,
    kind: String,
    what: String,
    who: String,
    previous: String,
    content: Option<String>,
    head: String,
}

impl Record {
    /// An empty record that continues `previous`, or starts a new chain.
    pub fn new(previous: Option<Digest>) -> Self {
        let start = previous.unwrap_or(Digest::new([0; 32]));
        Self { start, entries: Vec::new(), contents: BTreeMap::new() }
    }

    /// The entries in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Content by SHA-256: what the entries name.
    pub fn contents(&self) -> &BTreeMap<Digest, Vec<u8>> {
        &self.contents
    }

    /// Head of the chain.
    pub fn head(&self) -> Digest {
        self.entries.last().map_or(self.start, |entry| entry.head)
    }

    pub(crate) fn append(&mut self, step: Step<'_>) {
        let content = step.content.map(|bytes| {
            let digest = sha256(bytes);
            self.contents.insert(digest, bytes.to_vec());
            digest
        });
        let previous = self.head();
        let mut entry = Entry {
            number: (self.entries.len() as u64).saturating_add(1),
            at: step.at,
            kind: step.kind.to_owned(),
            what: step.what,
            who: step.who.to_owned(),
            previous,
            content,
            head: previous,
        };
        entry.head = head(&entry);
        self.entries.push(entry);
    }

    /// The entries as JSON, one a line.
    pub fn to_json_lines(&self) -> String {
        let lines = self.entries.iter().filter_map(|entry| serde_json::to_string(&EntryJson::from(entry)).ok());
        lines.map(|line| line + "\n").collect()
    }

    /// Reads entries as [`Record::to_json_lines`] writes them, and verifies them with their content.
    ///
    /// # Errors
    /// [`RecordError`] with the first line, number or content that is not whole.
    pub fn parse(lines: &str, contents: BTreeMap<Digest, Vec<u8>>) -> Result<Self, RecordError> {
        let mut entries = Vec::new();
        for (i, line) in lines.lines().enumerate() {
            if i >= limits::MAX_RECORD_ENTRIES {
                return Err(RecordError::TooLong);
            }
            entries.push(parse_line(i.saturating_add(1), line)?);
        }
        if entries.is_empty() {
            return Err(RecordError::Empty);
        }
        let start = entries.first().map_or(Digest::new([0; 32]), |e: &Entry| e.previous);
        let record = Self { start, entries, contents };
        record.verify()?;
        Ok(record)
    }

    /// Recomputes the chain from its first entry, and every content digest.
    ///
    /// # Errors
    /// [`RecordError`] with the first entry that is not whole.
    pub fn verify(&self) -> Result<(), RecordError> {
        let mut previous = self.start;
        for (expected, entry) in (1u64..).zip(&self.entries) {
            let number = entry.number;
            if number != expected {
                return Err(RecordError::Number { expected, found: number });
            }
            if entry.previous != previous || entry.head != head(entry) {
                return Err(RecordError::Broken { number });
            }
            if let Some(digest) = entry.content
                && self.contents.get(&digest).is_none_or(|bytes| sha256(bytes) != digest)
            {
                return Err(RecordError::Content { number, digest });
            }
            previous = entry.head;
        }
        Ok(())
    }
}

fn head(entry: &Entry) -> Digest {
    let mut bytes = entry.previous.as_bytes().to_vec();
    bytes.extend_from_slice(&entry.number.to_be_bytes());
    bytes.extend_from_slice(&entry.at.to_be_bytes());
    for text in [&entry.kind, &entry.what, &entry.who] {
        bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    match entry.content {
        Some(content) => {
            bytes.push(1);
            bytes.extend_from_slice(content.as_bytes());
        }
        None => bytes.push(0),
    }
    tagged_sha256("vitrine/record/1", &bytes)
}

fn parse_line(line_number: usize, line: &str) -> Result<Entry, RecordError> {
    let schema = |reason: String| RecordError::Schema { line: line_number, reason };
    if line.len() > limits::MAX_RECORD_LINE {
        return Err(schema(format!("it has {} bytes, at most {}", line.len(), limits::MAX_RECORD_LINE)));
    }
    let json: EntryJson = serde_json::from_str(line).map_err(|e| schema(vitrine_review::escape(&e.to_string())))?;
    let digest =
        |name: &str, hex: &str| Digest::from_hex(hex).ok_or_else(|| schema(format!("{name} is not 64 hex digits")));
    Ok(Entry {
        previous: digest("previous", &json.previous)?,
        content: json.content.as_deref().map(|hex| digest("content", hex)).transpose()?,
        head: digest("head", &json.head)?,
        number: json.number,
        at: json.at,
        kind: json.kind,
        what: json.what,
        who: json.who,
    })
}

impl From<&Entry> for EntryJson {
    fn from(entry: &Entry) -> Self {
        Self {
            number: entry.number,
            at: entry.at,
            kind: entry.kind.clone(),
            what: entry.what.clone(),
            who: entry.who.clone(),
            previous: entry.previous.hex(),
            content: entry.content.map(|d| d.hex()),
            head: entry.head.hex(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let mut record = Record::new(None);
        for (at, kind) in [(10, "Opened"), (11, "Request"), (12, "Signed")] {
            let content = kind.as_bytes();
            record.append(Step { at, kind, what: format!("{kind} happened"), who: "machine", content: Some(content) });
        }
        record
    }

    #[test]
    fn a_record_is_read_back_whole() {
        let record = record();
        let again = Record::parse(&record.to_json_lines(), record.contents().clone()).unwrap();
        assert_eq!(again, record);
    }

    #[test]
    fn a_changed_dropped_or_swapped_entry_breaks_the_chain() {
        let record = record();
        let lines = record.to_json_lines();
        let changed = lines.replace("Request happened", "Request happenee");
        assert_eq!(Record::parse(&changed, record.contents().clone()), Err(RecordError::Broken { number: 2 }));
        let dropped: String =
            lines.lines().enumerate().filter(|(i, _)| *i != 1).map(|(_, l)| format!("{l}\n")).collect();
        let error = Record::parse(&dropped, record.contents().clone());
        assert_eq!(error, Err(RecordError::Number { expected: 2, found: 3 }));
    }

    #[test]
    fn an_empty_file_is_no_record() {
        assert_eq!(Record::parse("", BTreeMap::new()), Err(RecordError::Empty));
    }

    #[test]
    fn a_line_cannot_write_to_the_terminal() {
        let error = Record::parse("{\"\\u001b[2J\": 1}", BTreeMap::new()).unwrap_err();
        assert!(!error.to_string().contains('\u{1b}'), "{error:?}");
    }

    #[test]
    fn changed_content_is_found() {
        let record = record();
        let mut contents = record.contents().clone();
        contents.insert(sha256(b"Signed"), b"signed".to_vec());
        let error = Record::parse(&record.to_json_lines(), contents);
        assert!(matches!(error, Err(RecordError::Content { number: 3, .. })));
    }
}
