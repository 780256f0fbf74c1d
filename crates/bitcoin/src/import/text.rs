//! A descriptor alone, or Sparrow's file of one descriptor with both paths and two with one each.

use super::{Draft, ImportError, ImportFormat, pair, verified};

pub(super) fn draft(text: &str) -> Result<Draft, ImportError> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut descriptors = Vec::new();
    for line in lines.take(4) {
        if !line.contains('(') {
            return Err(ImportError::Unknown);
        }
        verified(line)?;
        descriptors.push(line);
    }
    let descriptor = match descriptors.as_slice() {
        [] => return Err(ImportError::Unknown),
        [receive, change] => pair(receive, change).ok_or(ImportError::Unknown)?,
        // Sparrow repeats the first, once for each path.
        [both, receive, change] if pair(receive, change).as_deref() == verified(both).ok() => (*both).to_owned(),
        [only] => (*only).to_owned(),
        _ => return Err(ImportError::Malformed { format: ImportFormat::Descriptor, part: "descriptors that agree" }),
    };
    Ok(Draft::new(ImportFormat::Descriptor, "Imported", descriptor))
}
