//! Where the person is in the record.

use std::collections::BTreeMap;

/// The focused entry and what was kept.
#[derive(Clone, Debug, Default)]
pub struct RecordState {
    /// The focused entry, from 0; the last one if none is.
    pub focus: Option<usize>,
    /// How often the chain was recomputed here.
    pub verified: usize,
    /// Where files were kept, or why not, by name.
    pub saved: BTreeMap<String, Result<String, String>>,
}
