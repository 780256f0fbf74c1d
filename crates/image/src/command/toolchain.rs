//! The compilers: Rust's, checked by hash; C's and C++'s, unpacked from pinned packages into a folder, not installed.

use std::collections::BTreeMap;
use std::fs::{self, File, FileTimes};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use vitrine_image::deb::{self, Entry};
use vitrine_image::{BuildError, Lock, Use};
use vitrine_review::sha256;

use crate::command::{failed, files_below, output, read, text, write};

/// Folder of libraries in Debian's packages for x86-64.
const LIBRARIES: [&str; 2] = ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"];
/// Packages of the C library itself: the tools run with the one of the machine.
const C_LIBRARY: [&str; 2] = ["libc6", "libc6-dev"];
/// What of Rust's compiler decides over the program: itself, its libraries and its linker.
const RUST: [&str; 4] = ["bin/rustc", "bin/cargo", "lib", "lib/rustlib/x86_64-unknown-linux-gnu"];

/// Replaces a header of C++.
const STREAMS: &str = include_str!("../../../../reproducible-build/streams.h");
const STREAMS_NAME: &str = "streams.h";
/// Tables for the verification of signatures, of 4 KiB instead of 512 KiB each: there are four of them, in two copies of
/// libsecp256k1, and verification is some hundredths slower. The libraries' builds name 15, so this is said after them.
const TABLES: &str = "-UECMULT_WINDOW_SIZE -DECMULT_WINDOW_SIZE=8";

/// Where the tools are.
pub(crate) struct Toolchain {
    /// Packages unpacked: what compilers and linkers take for `/`.
    pub(crate) sysroot: PathBuf,
    /// `cc`, `c++`, `ar` and `ranlib`, which start those of the sysroot.
    pub(crate) programs: PathBuf,
    /// Shared libraries of the tools.
    pub(crate) libraries: PathBuf,
    /// Rust's compiler.
    pub(crate) rust: PathBuf,
    /// Files of each package.
    installed: Installed,
    /// When they were unpacked.
    pub(crate) unpacked: Unpacked,
}

/// When the tools were unpacked: what was compiled with others is compiled anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unpacked {
    Before,
    Now,
}

type Installed = BTreeMap<String, Vec<PathBuf>>;

/// A line for each file: package, tabulator, path.
fn listing(installed: &Installed) -> String {
    let lines = |(name, files): (&String, &Vec<PathBuf>)| {
        files.iter().map(|file| format!("{name}\t{}\n", file.display())).collect::<String>()
    };
    installed.iter().map(lines).collect()
}

fn listed(text: &str) -> Installed {
    let mut installed = Installed::new();
    for (name, file) in text.lines().filter_map(|line| line.split_once('\t')) {
        installed.entry(name.to_owned()).or_default().push(PathBuf::from(file));
    }
    installed
}

/// Paths that must not be found in the program, and what stands there instead.
pub(crate) type Renamed = Vec<(PathBuf, &'static str)>;

impl Toolchain {
    /// Unpacks the packages of the lock into `folder`, unless these lie there already, and checks Rust's compiler.
    pub(crate) fn unpack(lock: &Lock, packages: &Path, folder: &Path, renamed: &Renamed) -> Result<Self, BuildError> {
        let mut toolchain = Self {
            sysroot: folder.join("sysroot"),
            programs: folder.join("bin"),
            libraries: folder.join("lib"),
            rust: rust()?,
            installed: BTreeMap::new(),
            unpacked: Unpacked::Before,
        };
        toolchain.check_rust(lock)?;
        let (stamp, list) = (folder.join("stamp"), folder.join("files"));
        let scripts = toolchain.scripts(renamed);
        let of = sha256(format!("{} {scripts:?} {STREAMS}", lock.to_toml()?).as_bytes()).hex();
        if fs::read_to_string(&stamp).is_ok_and(|found| found == of) {
            toolchain.installed = listed(&text(&list)?);
            return Ok(toolchain);
        }
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(|error| failed(folder, error))?;
        }
        create(&toolchain.libraries)?;
        for package in lock.packages().filter(|package| package.used_in != Use::Image) {
            toolchain.install(&package.name, &lock.read(package, packages)?)?;
        }
        toolchain.write_programs(&scripts)?;
        toolchain.unpacked = Unpacked::Now;
        write(&list, listing(&toolchain.installed).as_bytes())?;
        write(&stamp, of.as_bytes())?;
        Ok(toolchain)
    }

    fn install(&mut self, name: &str, package: &[u8]) -> Result<(), BuildError> {
        for (path, entry) in deb::entries(package)? {
            let at = self.sysroot.join(&path);
            match &entry {
                Entry::File { bytes, mode } => {
                    write(&at, bytes)?;
                    let mode = fs::Permissions::from_mode(mode & 0o755);
                    fs::set_permissions(&at, mode).map_err(|error| failed(&at, error))?;
                    unread(&at)?;
                    self.installed.entry(name.to_owned()).or_default().push(at.clone());
                }
                Entry::Link { target } => {
                    at.parent().map_or(Ok(()), create)?;
                    symlink(target, &at).map_err(|error| failed(&at, error))?;
                }
            }
            let library = LIBRARIES.iter().any(|folder| at.parent() == Some(&self.sysroot.join(folder)));
            if library && path.contains(".so") && !C_LIBRARY.contains(&name) {
                let link = self.libraries.join(at.file_name().unwrap_or_default());
                symlink(&at, &link).map_err(|error| failed(&link, error))?;
            }
        }
        Ok(())
    }

    /// Small scripts, as the tools must find each other, their libraries and their headers here and nowhere else.
    fn scripts(&self, renamed: &Renamed) -> Vec<(&'static str, String)> {
        let (tools, root) = (self.sysroot.join("usr/bin/x86_64-linux-gnu-"), self.sysroot.display());
        let mut compile = format!("--sysroot='{root}' -B'{}'", tools.display());
        for (from, to) in renamed {
            compile.push_str(&format!(" -ffile-prefix-map='{}'={to}", from.display()));
        }
        let streams = format!("{compile} -include '{}'", self.programs.join(STREAMS_NAME).display());
        let libraries = self.libraries.display();
        let script = |(name, tool, before, after): (&'static str, &str, &str, &str)| {
            let tool = format!("'{}{tool}'", tools.display());
            let text =
                format!("#!/bin/sh\nexport LD_LIBRARY_PATH='{libraries}'\nexec {tool} {before} \"$@\" {after}\n");
            (name, text)
        };
        [("cc", "gcc-12", compile.as_str(), TABLES), ("c++", "g++-12", &streams, TABLES)]
            .into_iter()
            .chain([("ar", "ar", "", ""), ("ranlib", "ranlib", "", "")])
            .map(script)
            .collect()
    }

    fn write_programs(&self, scripts: &[(&'static str, String)]) -> Result<(), BuildError> {
        write(&self.programs.join(STREAMS_NAME), STREAMS.as_bytes())?;
        for (name, text) in scripts {
            let path = self.programs.join(name);
            write(&path, text.as_bytes())?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).map_err(|error| failed(&path, error))?;
        }
        Ok(())
    }

    fn check_rust(&self, lock: &Lock) -> Result<(), BuildError> {
        let (version, digest) = rust_pin(&self.rust)?;
        if (version.as_str(), digest.as_str()) == (lock.rust().version.as_str(), lock.rust().sha256.as_str()) {
            return Ok(());
        }
        let pinned = lock.rust();
        Err(BuildError::Lock(format!(
            "Rust's compiler is {version}, its files have SHA-256 {digest}; pinned is {}, {}. rustup installs that one",
            pinned.version, pinned.sha256
        )))
    }

    /// Packages of which no file was opened since they were unpacked. None where the file system does not say.
    pub(crate) fn unused(&self) -> Result<Option<Vec<String>>, BuildError> {
        if !notices_reading(&self.sysroot)? {
            return Ok(None);
        }
        let mut unused = Vec::new();
        for (name, files) in &self.installed {
            let documents = self.sysroot.join("usr/share/doc");
            let mut files = files.iter().filter(|file| !file.starts_with(&documents)).peekable();
            // A package of documents alone is there for its licences, which the bill of materials reads.
            let licences = files.peek().is_none();
            let opened = files.map(|file| was_read(file)).collect::<Result<Vec<_>, _>>()?;
            if !licences && !opened.contains(&true) {
                unused.push(name.clone());
            }
        }
        Ok(Some(unused))
    }
}

/// Where Rust's compiler is installed that the project asks for.
pub(crate) fn rust() -> Result<PathBuf, BuildError> {
    Ok(PathBuf::from(output(Command::new("rustc").args(["--print", "sysroot"]))?.trim()))
}

/// Version and digest of Rust's compiler: SHA-256 of a line for each file, SHA-256 and path, in the order of paths.
pub(crate) fn rust_pin(rust: &Path) -> Result<(String, String), BuildError> {
    let version = output(Command::new(rust.join("bin/rustc")).arg("--version"))?.trim().to_owned();
    let mut listing = String::new();
    for part in RUST {
        let path = rust.join(part);
        let files = match part {
            "lib" => shared(&path)?,
            _ if path.is_dir() => files_below(&path)?,
            _ => vec![path],
        };
        for file in files {
            let name = file.strip_prefix(rust).unwrap_or(&file).display().to_string();
            listing.push_str(&format!("{} {name}\n", sha256(&read(&file)?)));
        }
    }
    Ok((version, sha256(listing.as_bytes()).hex()))
}

/// The compiler's own libraries.
fn shared(folder: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let entries = fs::read_dir(folder).map_err(|error| failed(folder, error))?;
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| failed(folder, error))?;
        if entry.file_type().map_err(|error| failed(folder, error))?.is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

fn create(folder: &Path) -> Result<(), BuildError> {
    fs::create_dir_all(folder).map_err(|error| failed(folder, error))
}

/// Times of a file that nobody has read yet: the system notes the first reading of such a one.
fn unread(path: &Path) -> Result<(), BuildError> {
    let (read, changed) = (SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH + Duration::from_secs(86_400));
    let times = FileTimes::new().set_accessed(read).set_modified(changed);
    File::open(path).and_then(|file| file.set_times(times)).map_err(|error| failed(path, error))
}

fn was_read(path: &Path) -> Result<bool, BuildError> {
    let accessed = fs::symlink_metadata(path).and_then(|about| about.accessed());
    Ok(accessed.map_err(|error| failed(path, error))? != SystemTime::UNIX_EPOCH)
}

fn notices_reading(folder: &Path) -> Result<bool, BuildError> {
    let probe = folder.join("probe");
    write(&probe, b"probe")?;
    unread(&probe)?;
    read(&probe)?;
    let noticed = was_read(&probe);
    fs::remove_file(&probe).map_err(|error| failed(&probe, error))?;
    noticed
}
