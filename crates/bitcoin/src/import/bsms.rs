//! Descriptor records of Bitcoin Secure Multisig Setup (BIP-129), not encrypted.

use super::{Draft, ImportError, ImportFormat, verified};

pub(super) fn draft(text: &str) -> Result<Draft, ImportError> {
    let missing = |part| ImportError::Malformed { format: ImportFormat::Bsms, part };
    let mut lines = text.lines().map(str::trim);
    if lines.next() != Some("BSMS 1.0") {
        return Err(missing("the version BSMS 1.0"));
    }
    let descriptor = lines.next().filter(|line| line.contains('(')).ok_or_else(|| missing("a descriptor record"))?;
    let restrictions = lines.next().ok_or_else(|| missing("its path restrictions"))?;
    let address = lines.next().filter(|line| !line.is_empty()).ok_or_else(|| missing("its first address"))?;
    let descriptor = verified(descriptor)?;
    let descriptor = match restrictions {
        "No path restrictions" => descriptor.to_owned(),
        paths => descriptor.replace("/**", &steps(paths).ok_or_else(|| missing("paths like /0/*,/1/*"))?),
    };
    let first_address = Some(address.to_owned());
    Ok(Draft { first_address, ..Draft::new(ImportFormat::Bsms, "Imported", descriptor) })
}

/// `/<0;1>/*` of `/0/*,/1/*`, and `/0/*` of itself.
fn steps(paths: &str) -> Option<String> {
    let step = |path: &str| path.strip_prefix('/')?.strip_suffix("/*")?.parse::<u32>().ok();
    let steps = paths.split(',').map(|path| step(path.trim())).collect::<Option<Vec<_>>>()?;
    match steps.as_slice() {
        [only] => Some(format!("/{only}/*")),
        [receive, change] => Some(format!("/<{receive};{change}>/*")),
        _ => None,
    }
}
