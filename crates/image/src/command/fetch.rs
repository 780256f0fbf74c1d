//! The pinned packages, from the mirrors that the machine's apt knows, without being root.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use vitrine_image::{BuildError, Lock, Package, Rust};

use crate::command::toolchain::{rust, rust_pin};
use crate::command::{LOCK, failed, lock, output, write};

/// Package that depends on the present kernel.
const KERNEL: &str = "linux-image-amd64";
const KERNEL_PREFIX: &str = "linux-image-";

/// Downloads what is not there yet, or is not what is pinned.
pub(crate) fn fetch(lock: &Lock, folder: &Path) -> Result<(), BuildError> {
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    let missing: Vec<&Package> = lock.packages().filter(|package| lock.read(package, folder).is_err()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("downloading {} packages", missing.len());
    for package in &missing {
        let path = folder.join(package.file());
        if path.exists() {
            fs::remove_file(&path).map_err(|error| failed(&path, error))?;
        }
    }
    if !download(folder, &missing, &[])? {
        let own = own_lists(folder)?;
        download(folder, &missing, &own)?;
    }
    missing.iter().try_for_each(|package| lock.read(package, folder).map(drop))
}

fn download(folder: &Path, packages: &[&Package], options: &[String]) -> Result<bool, BuildError> {
    let mut whole = true;
    for package in packages.iter().filter(|package| !folder.join(package.file()).exists()) {
        let mut apt = Command::new("apt-get");
        apt.args(options).args(["download", "--quiet=2"]).arg(format!("{}={}", package.name, package.version));
        let status = apt.current_dir(folder).stderr(Stdio::null()).status();
        whole &= status.map_err(|error| failed(Path::new("apt-get"), error))?.success();
    }
    Ok(whole)
}

/// Asks the mirrors what they have, into lists of our own: the machine's are root's, and may be old.
fn own_lists(folder: &Path) -> Result<Vec<String>, BuildError> {
    let folder = std::path::absolute(folder).map_err(|error| failed(folder, error))?;
    let state: PathBuf = folder.join("apt");
    for part in ["lists/partial", "cache/archives/partial"] {
        let path = state.join(part);
        fs::create_dir_all(&path).map_err(|error| failed(&path, error))?;
    }
    let mut options = Vec::new();
    for (name, path) in [("Dir::State::Lists", "lists"), ("Dir::Cache", "cache")] {
        options.push("-o".to_owned());
        options.push(format!("{name}={}", state.join(path).display()));
    }
    let mut apt = Command::new("apt-get");
    output(apt.args(&options).args(["update", "--quiet=2"]))?;
    Ok(options)
}

/// Moves the lock to the present versions of its packages, and to the present compiler.
pub(crate) fn relock(source: &Path, folder: &Path) -> Result<(), BuildError> {
    let before = lock(source)?;
    let options = own_lists(folder)?;
    let kernel = kernel(&options)?;
    let now_named = |package: &Package| {
        let name = if package.name.starts_with(KERNEL_PREFIX) { &kernel } else { &package.name };
        name.clone()
    };
    let names: Vec<String> = before.packages().map(now_named).collect();
    let all = about(&names, &options)?;
    let mut packages = Vec::new();
    for (package, name) in before.packages().zip(&names) {
        let now = present(name, package, &all)?;
        if now != *package {
            println!("{} {} -> {} {}", package.name, package.version, now.name, now.version);
        }
        packages.push(now);
    }
    let (version, sha256) = rust_pin(&rust()?)?;
    let after = Lock::of(Rust { version, sha256 }, packages);
    if after.rust() != before.rust() {
        println!("{} -> {}", before.rust().version, after.rust().version);
    }
    write(&source.join(LOCK), after.to_toml()?.as_bytes())?;
    println!("{LOCK} is written: read what changed, build, and compare before it is kept");
    Ok(())
}

/// What apt knows of the present versions of these packages, a paragraph each.
fn about(names: &[String], options: &[String]) -> Result<String, BuildError> {
    output(Command::new("apt-cache").args(options).args(["show", "--no-all-versions"]).args(names))
}

fn field<'a>(about: &'a str, name: &str) -> Result<&'a str, BuildError> {
    let value = about.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    value.ok_or_else(|| BuildError::Missing(format!("{name} of a package")))
}

/// The present kernel's package.
fn kernel(options: &[String]) -> Result<String, BuildError> {
    let about = about(&[KERNEL.to_owned()], options)?;
    let depends = field(&about, "Depends")?.split([',', ' ']).find(|word| word.starts_with(KERNEL_PREFIX));
    depends.map(str::to_owned).ok_or_else(|| BuildError::Missing("the present kernel".to_owned()))
}

fn present(name: &str, package: &Package, all: &str) -> Result<Package, BuildError> {
    let about = all.split("\n\n").find(|about| field(about, "Package").is_ok_and(|own| own == name));
    let about = about.ok_or_else(|| BuildError::Missing(format!("package {name} of apt's lists")))?;
    let bytes = field(about, "Size")?.parse();
    Ok(Package {
        name: name.to_owned(),
        version: field(about, "Version")?.to_owned(),
        architecture: field(about, "Architecture")?.to_owned(),
        bytes: bytes.map_err(|_| BuildError::Missing(format!("the size of {name}")))?,
        sha256: field(about, "SHA256")?.to_owned(),
        used_in: package.used_in,
    })
}
