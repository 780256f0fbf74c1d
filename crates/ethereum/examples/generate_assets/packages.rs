//! The packages, as npm unpacked and checked them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::Result;

/// Licences of the packages from which facts may be taken.
const LICENCES: [&str; 2] = ["Apache-2.0", "MIT"];

/// A package of the lock file.
#[derive(Deserialize)]
pub struct Package {
    name: Option<String>,
    /// Its version.
    pub version: String,
    /// Digest of its archive, which npm checked.
    pub integrity: String,
    /// Its licence.
    pub license: String,
}

#[derive(Deserialize)]
struct Lock {
    packages: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct Installed {
    name: String,
    version: String,
}

/// The packages by folder below `node_modules`.
pub struct Packages {
    root: PathBuf,
    by_folder: BTreeMap<String, Package>,
}

impl Packages {
    /// Opens the folder with `package-lock.json` and `node_modules`; each package that is locked has to be there in
    /// that version, under a licence that lets its facts be used.
    pub fn open(folder: &Path) -> Result<Self> {
        let lock: Lock = json(&folder.join("package-lock.json"))?;
        let (root, mut by_folder) = (folder.join("node_modules"), BTreeMap::new());
        for (path, entry) in lock.packages {
            let Some(name) = path.strip_prefix("node_modules/") else { continue };
            let package: Package = serde_json::from_value(entry).map_err(|e| format!("{name} in the lock: {e}"))?;
            let installed: Installed = json(&root.join(name).join("package.json"))?;
            let expected = package.name.as_deref().unwrap_or(name);
            if (installed.name.as_str(), &installed.version) != (expected, &package.version) {
                return Err(format!("{name}: {} {} is installed", installed.name, installed.version).into());
            }
            if !LICENCES.contains(&package.license.as_str()) {
                return Err(format!("{name}: licence {}", package.license).into());
            }
            by_folder.insert(name.to_owned(), package);
        }
        Ok(Self { root, by_folder })
    }

    /// Names and packages, in order of name and version.
    pub fn all(&self) -> Vec<(&str, &Package)> {
        let mut all: Vec<_> = self.by_folder.iter().map(|(f, p)| (p.name.as_deref().unwrap_or(f), p)).collect();
        all.sort_by_key(|(name, package)| (*name, &package.version));
        all
    }

    /// Name and version of the package in a folder.
    pub fn title(&self, folder: &str) -> Result<String> {
        let package = self.by_folder.get(folder).ok_or_else(|| format!("{folder} is not in the lock"))?;
        Ok(format!("{} {}", package.name.as_deref().unwrap_or(folder), package.version))
    }

    /// The text of a file of a package.
    pub fn text(&self, folder: &str, file: &str) -> Result<String> {
        self.title(folder)?;
        text(&self.root.join(folder).join(file))
    }

    /// A JSON file of a package.
    pub fn json<T: DeserializeOwned>(&self, folder: &str, file: &str) -> Result<T> {
        self.title(folder)?;
        json(&self.root.join(folder).join(file))
    }

    /// The names in a folder of a package, in order.
    pub fn list(&self, folder: &str, sub: &str) -> Result<Vec<String>> {
        let path = self.root.join(folder).join(sub);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&path).map_err(|e| format!("{}: {e}", path.display()))? {
            names.push(entry?.file_name().into_string().map_err(|_| "a file name that is not UTF-8")?);
        }
        names.sort();
        Ok(names)
    }
}

fn text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()).into())
}

fn json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_str(&text(path)?).map_err(|e| format!("{}: {e}", path.display()).into())
}
