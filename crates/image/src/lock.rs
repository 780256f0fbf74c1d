//! `packages.lock`: every package that ends up in the image, pinned by hash.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::BuildError;

/// What a package is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Use {
    /// Files of it are in the image.
    Image,
    /// Files of it are in the program: libraries, headers, and their licences.
    Program,
    /// It runs when the program is made: compiler, linker, and their libraries.
    Tool,
}

/// A Debian package, exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version, with epoch and revision.
    pub version: String,
    /// Its architecture: `amd64` or `all`.
    pub architecture: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// What it is for.
    #[serde(rename = "use")]
    pub used_in: Use,
}

impl Package {
    /// The file's name, as `apt-get download` writes it.
    pub fn file(&self) -> String {
        format!("{}_{}_{}.deb", self.name, self.version.replace(':', "%3a"), self.architecture)
    }
}

/// Rust's compiler, exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rust {
    /// What `rustc --version` prints.
    pub version: String,
    /// SHA-256, in hex, of a line for each of its files: SHA-256 and path.
    pub sha256: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LockToml {
    version: u32,
    rust: Rust,
    package: Vec<Package>,
}

/// The packages, and which of them were asked for.
#[derive(Debug)]
pub struct Lock {
    rust: Rust,
    packages: BTreeMap<String, Package>,
    asked: RefCell<BTreeSet<String>>,
}

impl Lock {
    /// Reads the lock file.
    ///
    /// # Errors
    /// [`BuildError::Lock`], saying what is wrong.
    pub fn parse(text: &str) -> Result<Self, BuildError> {
        let read: LockToml = toml::from_str(text).map_err(|error| BuildError::Lock(error.to_string()))?;
        if read.version != 1 {
            return Err(BuildError::Lock(format!("version {}, this program knows version 1", read.version)));
        }
        let mut packages = BTreeMap::new();
        for package in read.package {
            check(&package)?;
            let name = package.name.clone();
            if packages.insert(name.clone(), package).is_some() {
                return Err(BuildError::Lock(format!("package {name} stands twice")));
            }
        }
        Ok(Self { rust: read.rust, packages, asked: RefCell::default() })
    }

    /// A lock of these packages.
    pub fn of(rust: Rust, packages: Vec<Package>) -> Self {
        let packages = packages.into_iter().map(|package| (package.name.clone(), package)).collect();
        Self { rust, packages, asked: RefCell::default() }
    }

    /// The lock file's text.
    ///
    /// # Errors
    /// [`BuildError::Lock`] if it cannot be written as TOML.
    pub fn to_toml(&self) -> Result<String, BuildError> {
        let all = LockToml { version: 1, rust: self.rust.clone(), package: self.packages.values().cloned().collect() };
        toml::to_string(&all).map_err(|error| BuildError::Lock(error.to_string()))
    }

    /// Rust's compiler.
    pub fn rust(&self) -> &Rust {
        &self.rust
    }

    /// All packages, by name.
    pub fn packages(&self) -> impl Iterator<Item = &Package> {
        self.packages.values()
    }

    /// The only package whose name begins so.
    ///
    /// # Errors
    /// [`BuildError::Missing`] if there is none or more than one.
    pub fn beginning(&self, prefix: &str) -> Result<&Package, BuildError> {
        let mut found = self.packages.values().filter(|package| package.name.starts_with(prefix));
        match (found.next(), found.next()) {
            (Some(package), None) => Ok(package),
            (None, _) => Err(BuildError::Missing(format!("a package {prefix}…"))),
            (Some(_), Some(_)) => Err(BuildError::Lock(format!("several packages {prefix}…: keep one"))),
        }
    }

    /// The bytes of a package, from a folder where `apt-get download` put it, with the hash verified.
    ///
    /// # Errors
    /// [`BuildError::NoPackage`] and [`BuildError::OtherPackage`].
    pub fn read(&self, package: &Package, folder: &Path) -> Result<Vec<u8>, BuildError> {
        let path = folder.join(package.file());
        let missing = || BuildError::NoPackage { name: package.name.clone(), version: package.version.clone() };
        let bytes = match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(missing()),
            read => read.map_err(|error| BuildError::File { path: PathBuf::from(&path), error })?,
        };
        let found = sha256(&bytes);
        if found != package.sha256 || bytes.len() as u64 != package.bytes {
            let (name, expected) = (package.name.clone(), package.sha256.clone());
            return Err(BuildError::OtherPackage { name, expected, found });
        }
        self.asked.borrow_mut().insert(package.name.clone());
        Ok(bytes)
    }

    /// Checks that every package of the image was read.
    ///
    /// # Errors
    /// [`BuildError::Unused`].
    pub fn check_used(&self) -> Result<(), BuildError> {
        let asked = self.asked.borrow();
        let unused = |package: &&Package| package.used_in == Use::Image && !asked.contains(&package.name);
        self.packages.values().find(unused).map_or(Ok(()), |package| Err(BuildError::Unused(package.name.clone())))
    }
}

/// SHA-256 in hex.
pub fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

fn check(package: &Package) -> Result<(), BuildError> {
    let plain = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    let well_formed = plain(&package.name, "+-.")
        && plain(&package.version, "+-.~:")
        && ["amd64", "all"].contains(&package.architecture.as_str())
        && package.sha256.len() == 64
        && HEXLOWER.decode(package.sha256.as_bytes()).is_ok();
    if well_formed {
        return Ok(());
    }
    Err(BuildError::Lock(format!("package {}: name, version, architecture or SHA-256 is malformed", package.name)))
}
