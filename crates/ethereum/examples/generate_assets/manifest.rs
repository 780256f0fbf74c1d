//! `manifest.json`: from what the files were made, and their digests.

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::packages::Packages;
use crate::{Output, Result};

/// Makes `manifest.json`.
pub fn manifest(packages: &Packages, outputs: &[Output]) -> Result<Output> {
    let sources: Vec<_> = packages
        .all()
        .into_iter()
        .map(|(name, package)| {
            json!({
                "package": name,
                "version": package.version,
                "integrity": package.integrity,
                "licence": package.license,
            })
        })
        .collect();
    let mut files: Vec<_> = outputs.iter().collect();
    files.sort_by_key(|output| output.name);
    let files: Vec<_> = files.into_iter().map(file).collect();
    let mut text = serde_json::to_string_pretty(&json!({ "packages": sources, "files": files }))?;
    text.push('\n');
    Ok(Output { name: "manifest.json", bytes: text.into_bytes(), rows: outputs.len() })
}

fn file(output: &Output) -> serde_json::Value {
    json!({
        "file": output.name,
        "bytes": output.bytes.len(),
        "rows": output.rows,
        "sha256": data_encoding::HEXLOWER.encode(&Sha256::digest(&output.bytes)),
    })
}
