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

/// Unpacks the regular files whose path `wanted` says yes to.
///
/// # Errors
/// [`BuildError::Malformed`] and [`BuildError::TooLarge`].
pub fn files(package: &[u8], wanted: impl Fn(&str) -> bool) -> Result<Files, BuildError> {
    let (name, data) = member(package, "data.tar")?;
    let tar = match name.as_str() {
        "data.tar.xz" => unxz(data)?,
        other => return Err(BuildError::malformed(WHAT, format!("{other}: only xz is read"))),
    };
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
