//! Codes of the fields that show key-value pairs: the same for document, findings and byte account.

use std::collections::BTreeMap;

use crate::decode::keys::{KeyForm, KeyType};
use crate::keyvalue::MapKind;

/// Numbers the pairs of one map that share a key type: `btc.input[0].origin[1]`.
#[derive(Debug, Default)]
pub(crate) struct Counter(BTreeMap<&'static str, usize>);

impl Counter {
    /// The code of the next pair of this type.
    pub(crate) fn code(&mut self, map: MapKind, key: &KeyType) -> String {
        if key.key == KeyForm::Empty {
            return format!("{}.{}", map.code(), key.field);
        }
        let count = self.0.entry(key.field).or_default();
        let code = format!("{}.{}[{count}]", map.code(), key.field);
        *count = count.saturating_add(1);
        code
    }
}
