//! Bitcoin Core's `listdescriptors`, and the wallet file of Specter.

use serde_json::Value;

use super::{Draft, ImportError, ImportFormat, pair, verified};
use crate::LastUsed;

pub(super) fn drafts(text: &str) -> Result<Vec<Draft>, ImportError> {
    let json: Value = serde_json::from_str(text).map_err(|_| ImportError::Unknown)?;
    // Core's console wraps nothing; its JSON-RPC answer wraps the same in `result`.
    let json = json.get("result").unwrap_or(&json);
    match (json.get("descriptors"), json.get("descriptor")) {
        (Some(Value::Array(list)), _) => core(json, list),
        (_, Some(Value::String(descriptor))) => Ok(vec![specter(json, descriptor)?]),
        _ => Err(ImportError::Unknown),
    }
}

/// One descriptor of Bitcoin Core.
struct CoreDescriptor<'a> {
    text: &'a str,
    internal: bool,
    /// Highest used index; none if nothing is used or it is not said.
    used: Option<u32>,
}

fn core(json: &Value, list: &[Value]) -> Result<Vec<Draft>, ImportError> {
    let active = list.iter().filter(|entry| entry.get("active").and_then(Value::as_bool) != Some(false));
    let entries = active.map(core_descriptor).collect::<Result<Vec<_>, _>>()?;
    let name = json.get("wallet_name").and_then(Value::as_str).unwrap_or_default();
    let mut drafts = Vec::new();
    for receive in entries.iter().filter(|entry| !entry.internal) {
        let change = entries.iter().filter(|entry| entry.internal);
        let mut pairs = change.filter_map(|change| Some((pair(receive.text, change.text)?, change.used)));
        let (descriptor, used) = pairs.next_back().unwrap_or_else(|| (receive.text.to_owned(), None));
        let word = descriptor.split('(').next().unwrap_or_default().to_owned();
        let name = format!("{name} {word}");
        let last_used = LastUsed { receive: receive.used, change: used, ..LastUsed::default() };
        drafts.push(Draft { last_used, ..Draft::new(ImportFormat::BitcoinCore, &name, descriptor) });
    }
    if drafts.is_empty() {
        return Err(ImportError::Malformed { format: ImportFormat::BitcoinCore, part: "a descriptor for receiving" });
    }
    Ok(drafts)
}

fn core_descriptor(entry: &Value) -> Result<CoreDescriptor<'_>, ImportError> {
    let missing = ImportError::Malformed { format: ImportFormat::BitcoinCore, part: "desc" };
    let text = entry.get("desc").and_then(Value::as_str).ok_or(missing)?;
    verified(text)?;
    let internal = entry.get("internal").and_then(Value::as_bool).unwrap_or(false);
    let next = entry.get("next_index").or_else(|| entry.get("next")).and_then(Value::as_u64);
    let used = next.and_then(|next| u32::try_from(next).ok()?.checked_sub(1));
    Ok(CoreDescriptor { text, internal, used })
}

/// Specter writes the path for receiving alone; change is on the next by its own convention.
fn specter(json: &Value, descriptor: &str) -> Result<Draft, ImportError> {
    let descriptor = verified(descriptor)?.replace("/0/*", "/<0;1>/*");
    let name = json.get("label").and_then(Value::as_str).unwrap_or_default();
    let devices = json.get("devices").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let label = |device: &Value| device.get("label").and_then(Value::as_str).map(str::to_owned);
    let holders = devices.iter().filter_map(label).collect();
    Ok(Draft { holders, ..Draft::new(ImportFormat::Specter, name, descriptor) })
}
