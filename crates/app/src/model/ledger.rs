//! The ledger: effects first, then every field of the document, as rows that are never cut.

use std::sync::Arc;

use vitrine_review::{Document, Effect, Field, Review, Value};

/// Bytes of a long value in one row. Four lines of 16 bytes fit on the smallest screen.
const CHUNK_BYTES: usize = 64;
/// Characters of a long text in one row, as they are shown.
const CHUNK_CHARS: usize = 400;

/// A part of a long value: row `index` of `count`, bytes `start..end` of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Which part, from 0.
    pub index: usize,
    /// How many parts.
    pub count: usize,
    /// First byte; of a text, first character.
    pub start: usize,
    /// After the last one.
    pub end: usize,
}

/// What a row shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowBody {
    /// A consequence.
    Effect(Box<Effect>),
    /// A field, or a part of a long one: bytes share the field, a part of a text is a field with this part alone.
    Field(Arc<Field>, Option<Chunk>),
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Index of its group.
    pub group: usize,
    /// Title of its section; empty for a consequence.
    pub section: String,
    /// Whether the section begins here.
    pub begins: bool,
    /// What it shows.
    pub body: RowBody,
    /// Codes of the fields that a person has seen whole after looking at it.
    pub sees: Vec<String>,
}

/// Rows that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Name in the rail.
    pub name: String,
    /// Its first row.
    pub first: usize,
    /// How many rows.
    pub rows: usize,
}

/// All rows of a review, in groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    groups: Vec<Group>,
    rows: Vec<Row>,
}

impl Ledger {
    /// The ledger of a review.
    pub fn new(review: &Review) -> Self {
        let mut ledger = Self::default();
        ledger.group("Effects", effect_rows(review));
        for (name, sections) in review.document().groups() {
            let rows = sections.into_iter().flat_map(|s| section_rows(&s.title, &s.fields)).collect();
            ledger.group(name, rows);
        }
        ledger
    }

    fn group(&mut self, name: &str, mut rows: Vec<Row>) {
        let (group, first) = (self.groups.len(), self.rows.len());
        rows.iter_mut().for_each(|row| row.group = group);
        self.groups.push(Group { name: name.to_owned(), first, rows: rows.len() });
        self.rows.append(&mut rows);
    }

    /// The groups in order.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// All rows in order.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The rows of one group.
    pub fn rows_of(&self, group: usize) -> &[Row] {
        let range = self.groups.get(group).map(|g| g.first..g.first.saturating_add(g.rows));
        range.and_then(|range| self.rows.get(range)).unwrap_or_default()
    }

    /// The row that shows the field with this code, or its beginning.
    pub fn row_of(&self, code: &str) -> Option<usize> {
        self.rows.iter().position(|row| matches!(&row.body, RowBody::Field(field, _) if field.code == code))
    }
}

impl Row {
    /// Code of the field that the row is about; the first one of an effect.
    pub fn code(&self) -> Option<&str> {
        match &self.body {
            RowBody::Field(field, _) => Some(&field.code),
            RowBody::Effect(effect) => effect.fields.first().map(String::as_str),
        }
    }

    /// Codes of all fields that the row is about.
    pub fn codes(&self) -> Vec<&str> {
        match &self.body {
            RowBody::Field(field, _) => vec![field.code.as_str()],
            RowBody::Effect(effect) => effect.fields.iter().map(String::as_str).collect(),
        }
    }
}

fn effect_rows(review: &Review) -> Vec<Row> {
    let row = |effect: &Effect| Row {
        group: 0,
        section: String::new(),
        begins: false,
        sees: shown_by(effect, review.document()),
        body: RowBody::Effect(Box::new(effect.clone())),
    };
    review.effects().list.iter().map(row).collect()
}

/// The fields whose whole value stands in the effect itself. The others still have to be looked at.
fn shown_by(effect: &Effect, document: &Document) -> Vec<String> {
    let shown = |value: &Value| match value {
        Value::Amount(amount) => effect.amount == Some(*amount),
        Value::Address(address) => effect.address.as_ref() == Some(address),
        _ => false,
    };
    let fields = effect.fields.iter().filter_map(|code| document.field(code));
    fields.filter(|field| shown(&field.value)).map(|field| field.code.clone()).collect()
}

fn section_rows(title: &str, fields: &[Field]) -> Vec<Row> {
    let mut rows: Vec<Row> = fields.iter().flat_map(field_rows).collect();
    rows.iter_mut().for_each(|row| row.section = title.to_owned());
    rows.iter_mut().take(1).for_each(|row| row.begins = true);
    rows
}

fn field_rows(field: &Field) -> Vec<Row> {
    let texts = long_text(field);
    if !texts.is_empty() {
        return texts.into_iter().map(|(part, chunk)| field_row(Arc::new(part), Some(chunk))).collect();
    }
    let (shared, chunks) = (Arc::new(field.clone()), chunks(&field.value));
    if chunks.is_empty() {
        return vec![field_row(shared, None)];
    }
    chunks.into_iter().map(|chunk| field_row(Arc::clone(&shared), Some(chunk))).collect()
}

fn field_row(field: Arc<Field>, chunk: Option<Chunk>) -> Row {
    let is_last = chunk.is_none_or(|chunk| chunk.index.saturating_add(1) >= chunk.count);
    let sees = if is_last { vec![field.code.clone()] } else { Vec::new() };
    Row { group: 0, section: String::new(), begins: false, sees, body: RowBody::Field(field, chunk) }
}

fn chunks(value: &Value) -> Vec<Chunk> {
    match value {
        Value::Bytes(bytes) | Value::Hash(bytes) => chunks_of(bytes.len(), CHUNK_BYTES),
        _ => Vec::new(),
    }
}

/// None for what fits into one.
fn chunks_of(length: usize, most: usize) -> Vec<Chunk> {
    let count = length.div_ceil(most);
    let chunk = |index: usize| {
        let start = index.saturating_mul(most);
        Chunk { index, count, start, end: start.saturating_add(most).min(length) }
    };
    (0..count).map(chunk).filter(|_| count > 1).collect()
}

/// The parts of a text that is too long for one row, escaped as the whole is.
fn long_text(field: &Field) -> Vec<(Field, Chunk)> {
    let (Value::Term(_) | Value::Untrusted(_)) = field.value else { return Vec::new() };
    let text = field.value.to_text();
    let chunks = chunks_of(text.chars().count(), CHUNK_CHARS);
    let mut rest = text.chars();
    let part = |chunk: Chunk| {
        let shown = rest.by_ref().take(CHUNK_CHARS).collect();
        (Field::new(&field.code, &field.label, Value::Term(shown), field.proof.clone()), chunk)
    };
    chunks.into_iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vitrine_review::Proof;

    #[test]
    fn a_long_value_is_seen_at_its_end_and_no_byte_is_left_out() {
        let field = Field::new("raw", "Raw", Value::Bytes(vec![7; 300]), Proof::signed_bytes());
        let rows = field_rows(&field);
        let span = |row: &Row| match &row.body {
            RowBody::Field(_, Some(chunk)) => Some((chunk.start, chunk.end, row.sees.len())),
            _ => None,
        };
        let spans: Vec<_> = rows.iter().filter_map(span).collect();
        assert_eq!(spans, [(0, 64, 0), (64, 128, 0), (128, 192, 0), (192, 256, 0), (256, 300, 1)]);
    }

    #[test]
    fn a_long_text_is_seen_at_its_end_and_no_character_is_left_out() {
        let field = Field::new("text", "Text", Value::Untrusted("é\u{202e}".repeat(300)), Proof::signed_bytes());
        let rows = field_rows(&field);
        let part = |row: &Row| match &row.body {
            RowBody::Field(part, Some(_)) => part.value.to_text(),
            _ => String::new(),
        };
        let parts: Vec<String> = rows.iter().map(part).collect();
        assert!(parts.len() > 1 && parts.iter().all(|part| part.chars().count() <= CHUNK_CHARS));
        assert_eq!(parts.concat(), field.value.to_text());
        let last = rows.len() - 1;
        assert!(rows.iter().enumerate().all(|(place, row)| row.sees.is_empty() == (place < last)));
    }
}
