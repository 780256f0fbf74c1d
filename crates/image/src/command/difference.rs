//! Where two builds differ, in words: by the parts that they consist of.

use object::{Object as _, ObjectSection as _};
use vitrine_image::measure::of_initramfs;
use vitrine_image::tree::Node;

/// A line for each part that differs.
pub(crate) fn difference(one: &[u8], two: &[u8]) -> String {
    let (a, b) = (parts(one), parts(two));
    let mut lines = vec![format!("{} and {} bytes; first other byte: {}", one.len(), two.len(), first(one, two))];
    for (name, content) in &a {
        match b.iter().find(|(other, _)| other == name) {
            None => lines.push(format!("{name}: only in the first")),
            Some((_, other)) if other != content => {
                let (sizes, at) = ((content.len(), other.len()), first(content, other));
                lines.push(format!(
                    "{name}: {} and {} bytes, from byte {at} on: {}",
                    sizes.0,
                    sizes.1,
                    around(content, other)
                ));
            }
            Some(_) => {}
        }
    }
    let only = b.iter().filter(|(name, _)| !a.iter().any(|(other, _)| other == name));
    lines.extend(only.map(|(name, _)| format!("{name}: only in the second")));
    lines.join("\n")
}

fn first(one: &[u8], two: &[u8]) -> usize {
    one.iter().zip(two).position(|(a, b)| a != b).unwrap_or(one.len().min(two.len()))
}

/// What stands around the first difference, as text.
fn around(one: &[u8], two: &[u8]) -> String {
    let at = first(one, two).saturating_sub(16);
    let show = |bytes: &[u8]| bytes.get(at..).unwrap_or_default().iter().take(64).copied().collect::<Vec<_>>();
    format!("“{}” “{}”", show(one).escape_ascii(), show(two).escape_ascii())
}

/// Sections of a program, files of an initramfs, lines of a text.
fn parts(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    if let Ok(file) = object::File::parse(bytes) {
        let part = |section: object::Section<'_, '_>| {
            (section.name().unwrap_or("?").to_owned(), section.data().unwrap_or_default().to_vec())
        };
        return file.sections().map(part).collect();
    }
    if let Ok((_, tree)) = of_initramfs(bytes, "none") {
        let content = |node: &Node| match node {
            Node::File { bytes, .. } => bytes.clone(),
            Node::Folder | Node::Device { .. } => Vec::new(),
        };
        return tree.nodes().map(|(path, node)| (path.to_owned(), content(node))).collect();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.lines().map(|line| (line.to_owned(), Vec::new())).collect(),
        Err(_) => Vec::new(),
    }
}
