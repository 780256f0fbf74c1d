//! Debian's kernel, and the modules of an allow-list with everything that they depend on.

use std::collections::{BTreeMap, BTreeSet};

use object::{Object as _, ObjectSection as _};

use crate::BuildError;
use crate::deb::Files;

const WHAT: &str = "a kernel module";

/// A kernel, with the modules that may be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// Its release: `6.1.0-56-amd64`.
    pub release: String,
    /// The kernel itself, as a boot loader takes it.
    pub image: Vec<u8>,
    /// Modules in the order in which they can be loaded: name and file, with Debian's signature.
    pub modules: Vec<(String, Vec<u8>)>,
}

impl Kernel {
    /// Takes the kernel, with these modules and those that they need, out of files of its package: those that
    /// [`Kernel::wants`].
    ///
    /// # Errors
    /// [`BuildError::Missing`] if one is not there.
    pub fn of(mut files: Files, allowed: &[String]) -> Result<Self, BuildError> {
        let path = files.keys().find(|path| path.starts_with("boot/vmlinuz-")).cloned();
        let path = path.ok_or_else(|| BuildError::Missing("a kernel".to_owned()))?;
        let image = files.remove(&path).unwrap_or_default();
        let release = path.trim_start_matches("boot/vmlinuz-").to_owned();
        Ok(Self { release, image, modules: modules(files, allowed)? })
    }
}

impl Kernel {
    /// Whether a file of the package is one of the kernel or a module.
    pub fn wants(path: &str) -> bool {
        path.starts_with("boot/vmlinuz-") || path.ends_with(".ko")
    }
}

/// The allowed modules and those that they need, each behind what it needs.
///
/// # Errors
/// [`BuildError::Missing`] and [`BuildError::Malformed`].
pub fn modules(files: Files, allowed: &[String]) -> Result<Vec<(String, Vec<u8>)>, BuildError> {
    let mut by_name: BTreeMap<String, Vec<u8>> =
        files.into_iter().map(|(path, bytes)| (name_of(&path), bytes)).collect();
    let mut order = Vec::new();
    let mut seen = BTreeSet::new();
    for name in allowed {
        visit(&plain(name), &by_name, &mut seen, &mut order)?;
    }
    Ok(order.into_iter().filter_map(|name| by_name.remove(&name).map(|bytes| (name, bytes))).collect())
}

fn visit(
    name: &str,
    all: &BTreeMap<String, Vec<u8>>,
    seen: &mut BTreeSet<String>,
    order: &mut Vec<String>,
) -> Result<(), BuildError> {
    if !seen.insert(name.to_owned()) {
        return Ok(());
    }
    let bytes = all.get(name).ok_or_else(|| BuildError::Missing(format!("kernel module {name}")))?;
    for needed in needs(bytes)? {
        visit(&needed, all, seen, order)?;
    }
    order.push(name.to_owned());
    Ok(())
}

/// Names of the modules that a module says it depends on.
fn needs(module: &[u8]) -> Result<Vec<String>, BuildError> {
    let malformed = |error: object::Error| BuildError::malformed(WHAT, error);
    let file = object::File::parse(module).map_err(malformed)?;
    let missing = || BuildError::malformed(WHAT, "it has no section .modinfo");
    let info = file.section_by_name(".modinfo").ok_or_else(missing)?.data().map_err(malformed)?;
    let entries = info.split(|byte| *byte == 0).filter_map(|entry| std::str::from_utf8(entry).ok());
    let list = entries.filter_map(|entry| entry.strip_prefix("depends=")).next().unwrap_or_default();
    Ok(list.split(',').filter(|name| !name.is_empty()).map(plain).collect())
}

fn name_of(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or_default();
    plain(file.trim_end_matches(".ko"))
}

/// The kernel takes `-` and `_` for the same in names of modules.
fn plain(name: &str) -> String {
    name.replace('-', "_")
}
