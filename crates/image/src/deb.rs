//! Debian packages: an `ar` archive with a compressed `tar` of files (deb(5)).

use std::collections::BTreeMap;
use std::io::Read as _;

use crate::BuildError;
use crate::put::take;

/// Most bytes that the files of a package may have: the kernel's has 400 MB.
const MOST_BYTES: u64 = 1 << 30;
const WHAT: &str = "a Debian package";

/// Files of a package by path, without a leading `./`.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What a package has at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A regular file.
    File {
        /// Its content.
        bytes: Vec<u8>,
        /// Its permissions.
        mode: u32,
    },
    /// A symbolic link.
    Link {
        /// Where it leads, from the folder that it stands in.
        target: String,
    },
}

/// Unpacks all files and symbolic links; folders are those of their paths.
///
/// # Errors
/// [`BuildError::Malformed`], also where a path or a link leads out of the package.
pub fn entries(package: &[u8]) -> Result<BTreeMap<String, Entry>, BuildError> {
    let malformed = |error: std::io::Error| BuildError::malformed(WHAT, error);
    let mut found = BTreeMap::new();
    for entry in tar::Archive::new(contents(package)?.as_slice()).entries().map_err(malformed)? {
        let mut entry = entry.map_err(malformed)?;
        let path = inside(&entry.path().map_err(malformed)?.to_string_lossy())?;
        let kind = entry.header().entry_type();
        let link = entry.link_name().map_err(malformed)?.map(|link| link.to_string_lossy().into_owned());
        let made = match link {
            _ if kind.is_file() => {
                let (mut bytes, mode) = (Vec::new(), entry.header().mode().map_err(malformed)?);
                entry.read_to_end(&mut bytes).map_err(malformed)?;
                Entry::File { bytes, mode }
            }
            Some(target) if kind.is_symlink() => Entry::Link { target: relative(&path, &target) },
            Some(other) if kind.is_hard_link() => {
                let missing = || BuildError::malformed(WHAT, format!("{path} is another name of nothing"));
                found.get(&inside(&other)?).cloned().ok_or_else(missing)?
            }
            _ => continue,
        };
        found.insert(path, made);
    }
    Ok(found)
}

/// A path of a package, without a leading `./`.
fn inside(path: &str) -> Result<String, BuildError> {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    if path.starts_with('/') || path.split('/').any(|step| step == "..") {
        return Err(BuildError::malformed(WHAT, format!("{} leads out of it", path.escape_debug())));
    }
    Ok(path.to_owned())
}

/// Where a link leads that may name a path from `/` on, so that it stays among the files that it was unpacked with.
fn relative(path: &str, target: &str) -> String {
    match target.strip_prefix('/') {
        Some(target) => format!("{}{target}", "../".repeat(path.matches('/').count())),
        None => target.to_owned(),
    }
}

/// Unpacks the regular files whose path `wanted` says yes to.
///
/// # Errors
/// [`BuildError::Malformed`] and [`BuildError::TooLarge`].
pub fn files(package: &[u8], wanted: impl Fn(&str) -> bool) -> Result<Files, BuildError> {
    let tar = contents(package)?;
    let mut files = Files::new();
    let malformed = |error: std::io::Error| BuildError::malformed(WHAT, error);
    for entry in tar::Archive::new(tar.as_slice()).entries().map_err(malformed)? {
        let mut entry = entry.map_err(malformed)?;
        let path = entry.path().map_err(malformed)?.to_string_lossy().trim_start_matches("./").to_owned();
        if entry.header().entry_type().is_file() && wanted(&path) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).map_err(malformed)?;
            files.insert(path, bytes);
        }
    }
    Ok(files)
}

fn contents(package: &[u8]) -> Result<Vec<u8>, BuildError> {
    let (name, data) = member(package, "data.tar")?;
    match name.as_str() {
        "data.tar.xz" => unxz(data),
        other => Err(BuildError::malformed(WHAT, format!("{other}: only xz is read"))),
    }
}

/// The member of an `ar` archive whose name begins so, and its name.
fn member<'a>(archive: &'a [u8], prefix: &str) -> Result<(String, &'a [u8]), BuildError> {
    let malformed = |why: &str| BuildError::malformed(WHAT, why);
    let mut rest = archive.strip_prefix(b"!<arch>\n").ok_or_else(|| malformed("no ar archive"))?;
    while !rest.is_empty() {
        let header: [u8; 60] = take(rest, 0).ok_or_else(|| malformed("a member's header is cut short"))?;
        let text =
            |from: usize, to: usize| String::from_utf8_lossy(header.get(from..to).unwrap_or_default()).into_owned();
        let size: usize = text(48, 58).trim().parse().map_err(|_| malformed("a member's size is no number"))?;
        let body =
            rest.get(60..).and_then(|body| body.get(..size)).ok_or_else(|| malformed("a member is cut short"))?;
        let name = text(0, 16).trim().trim_end_matches('/').to_owned();
        if name.starts_with(prefix) {
            return Ok((name, body));
        }
        rest = rest.get(60_usize.saturating_add(size.next_multiple_of(2))..).unwrap_or_default();
    }
    Err(malformed("it has no files"))
}

fn unxz(compressed: &[u8]) -> Result<Vec<u8>, BuildError> {
    let mut out = Bounded(Vec::new());
    let mut input = compressed;
    lzma_rs::xz_decompress(&mut input, &mut out).map_err(|error| BuildError::malformed(WHAT, format!("{error:?}")))?;
    Ok(out.0)
}

/// Takes no more than [`MOST_BYTES`].
struct Bounded(Vec<u8>);

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if (self.0.len() as u64).saturating_add(bytes.len() as u64) > MOST_BYTES {
            return Err(std::io::Error::other("its files are too large"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
