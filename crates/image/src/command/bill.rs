//! Gathers what is inside of the image: crates as cargo resolves them for this program, Debian's packages as pinned.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use vitrine_image::bill::{Component, Origin};
use vitrine_image::deb::{self, Entry};
use vitrine_image::{BuildError, Lock, Package, Use};

use crate::command::compile::{PROGRAM, Places, TARGET};
use crate::command::{failed, output, read, text};

/// Names of files with licences begin so, in any case.
const BEGINNINGS: [&str; 6] = ["license", "licence", "copying", "copyright", "notice", "unlicense"];
/// Packages that typefaces and tables were made of.
const ASSETS: [&str; 2] = ["assets/fonts", "assets/ethereum"];
const DOCUMENTS: &str = "usr/share/doc/";

/// Everything but the kernel's package, whose files are unpacked once: its copyright file is given.
pub(crate) fn components(
    places: &Places,
    rust: &Path,
    lock: &Lock,
    packages: &Path,
    kernel: &[u8],
) -> Result<Vec<Component>, BuildError> {
    let mut components = crates(places, rust)?;
    components.push(Component {
        origin: Origin::Rust,
        name: "rust-std".to_owned(),
        version: lock.rust().version.clone(),
        licence: Some("MIT OR Apache-2.0".to_owned()),
        sha256: None,
        texts: Vec::new(),
    });
    for folder in ASSETS {
        components.extend(assets(&places.source.join(folder))?);
    }
    let inside: Vec<&Package> = lock.packages().filter(|package| package.used_in != Use::Tool).collect();
    let mut documents = BTreeMap::new();
    for package in inside.iter().filter(|package| !package.name.starts_with("linux-image-")) {
        let entries = deb::entries(&lock.read(package, packages)?)?;
        documents.extend(entries.into_iter().filter(|(path, _)| path.starts_with(DOCUMENTS)));
    }
    for package in inside {
        let own = package.name.starts_with("linux-image-");
        let text = if own { Some(kernel.to_vec()) } else { copyright(&documents, &package.name) };
        let text = text.ok_or_else(|| BuildError::Missing(format!("the copyright file of {}", package.name)))?;
        components.push(Component {
            origin: Origin::Debian,
            name: package.name.clone(),
            version: package.version.clone(),
            licence: None,
            sha256: Some(package.sha256.clone()),
            texts: vec![String::from_utf8_lossy(&text).into_owned()],
        });
    }
    Ok(components)
}

/// The packages that `manifest.json` of a folder names, with licence texts where they lie beside it.
fn assets(folder: &Path) -> Result<Vec<Component>, BuildError> {
    let manifest = folder.join("manifest.json");
    let malformed = || BuildError::Missing(format!("the packages of {}", manifest.display()));
    let json: Value = serde_json::from_str(&text(&manifest)?).map_err(|_| malformed())?;
    let packages = json.get("packages").and_then(Value::as_array).ok_or_else(malformed)?;
    let of = |package: &Value| {
        let field = |name: &str| package.get(name).and_then(Value::as_str).map(str::to_owned);
        let file = field("text").map(|name| text(&folder.join(name))).transpose()?;
        Ok(Component {
            origin: Origin::Npm,
            name: field("package").ok_or_else(malformed)?,
            version: field("version").ok_or_else(malformed)?,
            licence: Some(field("licence").ok_or_else(malformed)?),
            sha256: None,
            texts: file.into_iter().collect(),
        })
    };
    packages.iter().map(of).collect()
}

/// A package's copyright file; the folder of its documents may be that of another.
fn copyright(documents: &BTreeMap<String, Entry>, name: &str) -> Option<Vec<u8>> {
    let owner = match documents.get(&format!("{DOCUMENTS}{name}")) {
        Some(Entry::Link { target }) => target.as_str(),
        _ => name,
    };
    match documents.get(&format!("{DOCUMENTS}{owner}/copyright"))? {
        Entry::File { bytes, .. } => Some(bytes.clone()),
        Entry::Link { .. } => None,
    }
}

/// Crates that are linked into the program: not those that its build alone runs.
fn crates(places: &Places, rust: &Path) -> Result<Vec<Component>, BuildError> {
    let mut cargo = Command::new(rust.join("bin/cargo"));
    cargo.args(["tree", "--locked", "--offline", "--package", PROGRAM, "--target", TARGET]);
    cargo.args(["--edges", "normal,no-proc-macro", "--prefix", "none", "--no-dedupe", "--format", "{p}|{l}"]);
    cargo.current_dir(&places.source).env("CARGO_HOME", &places.cargo_home);
    let tree = output(&mut cargo)?;
    let checksums = checksums(&places.source)?;
    let mut lines: Vec<&str> = tree.lines().filter(|line| !line.is_empty()).collect();
    lines.sort_unstable();
    lines.dedup();
    lines.into_iter().map(|line| component(line, places, &checksums)).collect()
}

type Checksums = BTreeMap<(String, String), String>;

fn checksums(source: &Path) -> Result<Checksums, BuildError> {
    let malformed = || BuildError::Missing("the packages of Cargo.lock".to_owned());
    let lock: toml::Table = text(&source.join("Cargo.lock"))?.parse().map_err(|_| malformed())?;
    let packages = lock.get("package").and_then(toml::Value::as_array).ok_or_else(malformed)?;
    let field = |package: &toml::Value, name: &str| package.get(name)?.as_str().map(str::to_owned);
    let sums = packages.iter().filter_map(|package| {
        Some(((field(package, "name")?, field(package, "version")?), field(package, "checksum")?))
    });
    Ok(sums.collect())
}

/// A line of cargo's tree: `name v1.2.3 (/folder)|MIT`.
fn component(line: &str, places: &Places, checksums: &Checksums) -> Result<Component, BuildError> {
    let malformed = || BuildError::Missing(format!("a crate in “{line}”"));
    let (package, licence) = line.split_once('|').ok_or_else(malformed)?;
    let mut words = package.splitn(3, ' ');
    let name = words.next().ok_or_else(malformed)?.to_owned();
    let version = words.next().and_then(|word| word.strip_prefix('v')).ok_or_else(malformed)?.to_owned();
    let folder = words.next().and_then(|folder| folder.strip_prefix('(')?.strip_suffix(')')).map(PathBuf::from);
    let origin = if folder.is_some() && name.starts_with("vitrine-") { Origin::Project } else { Origin::Crate };
    let folder = folder.map_or_else(|| registry(places, &name, &version), Ok)?;
    if licence.is_empty() {
        return Err(BuildError::Missing(format!("the licence of {name}")));
    }
    let sha256 = checksums.get(&(name.clone(), version.clone())).cloned();
    // Old manifests separate by a slash what SPDX separates by a word.
    let licence = Some(licence.replace('/', " OR "));
    Ok(Component { origin, licence, sha256, texts: licence_texts(&folder)?, name, version })
}

/// Where cargo unpacked a crate.
fn registry(places: &Places, name: &str, version: &str) -> Result<PathBuf, BuildError> {
    let sources = places.cargo_home.join("registry/src");
    let entries = fs::read_dir(&sources).map_err(|error| failed(&sources, error))?;
    let folders = entries.filter_map(Result::ok).map(|entry| entry.path().join(format!("{name}-{version}")));
    let mut folders: Vec<PathBuf> = folders.filter(|folder| folder.is_dir()).collect();
    folders.sort();
    folders.pop().ok_or_else(|| BuildError::Missing(format!("the sources of {name} {version}")))
}

fn licence_texts(folder: &Path) -> Result<Vec<String>, BuildError> {
    let entries = fs::read_dir(folder).map_err(|error| failed(folder, error))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    let named = |path: &&PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        BEGINNINGS.iter().any(|beginning| name.starts_with(beginning)) && path.is_file()
    };
    let read = |path: &PathBuf| Ok(String::from_utf8_lossy(&read(path)?).into_owned());
    paths.iter().filter(named).map(read).collect()
}
