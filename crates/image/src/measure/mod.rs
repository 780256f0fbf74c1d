//! What an image consists of, as one digest that people can compare.
//!
//! It is SHA-256, tagged `vitrine/image/1`, of a text: the kernel's command line, then a line for each file of the
//! initramfs in byte order of paths: mode, size in bytes, SHA-256, path. Kernel and stub are in it by two of the files,
//! [`KERNEL`] and [`STUB`].

#[cfg(feature = "media")]
mod initramfs;
#[cfg(feature = "media")]
mod medium;
mod root;
#[cfg(feature = "media")]
mod volume;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use vitrine_review::{Digest, escape, sha256, tagged_sha256};

#[cfg(feature = "media")]
pub use initramfs::{of_initramfs, of_tree};
#[cfg(feature = "media")]
pub use medium::{Extent, Form, LABEL, MOST_MEDIUM_BYTES, Medium, PROGRAM, SECTIONS, of_medium};
pub use root::of_root;

/// Folders of the initramfs on which a running system mounts others, `/dev` for one. Nothing is in them but the nodes
/// of `dev/console` and `dev/null`, and nothing below them is measured.
pub const MOUNT_POINTS: [&str; 6] = ["dev", "proc", "run", "stick", "sys", "tmp"];
/// File of the initramfs with the SHA-256 of the kernel: 64 hex digits and a line feed.
pub const KERNEL: &str = "etc/kernel.sha256";
/// File of the initramfs with the SHA-256 of the program that firmware starts, before kernel and initramfs were joined
/// to it.
pub const STUB: &str = "etc/stub.sha256";
/// File of the initramfs that says what this system is; the same text is a section of the kernel image.
pub const RELEASE: &str = "etc/os-release";
/// Most files of an initramfs.
pub const MOST_FILES: usize = 4096;
/// Most bytes of an initramfs.
pub const MOST_BYTES: u64 = 128 << 20;

const TAG: &str = "vitrine/image/1";

/// What is known of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    mode: u32,
    bytes: u64,
    sha256: Digest,
}

/// The files and the command line of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    command_line: String,
    files: BTreeMap<String, Entry>,
}

impl Measure {
    /// A measure without files yet.
    ///
    /// # Errors
    /// [`MeasureError::Other`] if the command line is not one line of printable ASCII.
    fn new(command_line: &str) -> Result<Self, MeasureError> {
        if !printable(command_line) || command_line.len() > 4096 {
            return Err(MeasureError::other("the command line", "it is not one line of printable letters"));
        }
        Ok(Self { command_line: command_line.to_owned(), files: BTreeMap::new() })
    }

    /// Adds a file; `mode` is of its permissions alone.
    fn add(&mut self, path: &str, mode: u32, bytes: &[u8]) -> Result<(), MeasureError> {
        if !printable(path) {
            return Err(MeasureError::other("a file", format!("the path “{}” is not printable", escape(path))));
        }
        if self.files.len() >= MOST_FILES {
            return Err(MeasureError::other("the files", format!("there are more than {MOST_FILES}")));
        }
        let entry = Entry { mode, bytes: bytes.len() as u64, sha256: sha256(bytes) };
        self.files.insert(path.to_owned(), entry);
        Ok(())
    }

    /// The digest.
    pub fn digest(&self) -> Digest {
        tagged_sha256(TAG, self.listing().as_bytes())
    }

    /// The text that is digested.
    pub fn listing(&self) -> String {
        let mut text = format!("{}\n", self.command_line);
        for (path, Entry { mode, bytes, sha256 }) in &self.files {
            text.push_str(&format!("{mode:04o} {bytes} {sha256} {path}\n"));
        }
        text
    }

    /// The kernel's command line.
    pub fn command_line(&self) -> &str {
        &self.command_line
    }

    /// How many files there are.
    pub fn files(&self) -> usize {
        self.files.len()
    }
}

fn printable(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

/// Why something has no measure.
#[derive(Debug)]
pub enum MeasureError {
    /// A file cannot be read.
    File {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        error: std::io::Error,
    },
    /// It is of none of the forms in which an image is passed on.
    NoImage(String),
    /// It is not what this program makes: changed, damaged, or made by another version.
    Other {
        /// Which part.
        what: &'static str,
        /// Why.
        why: String,
    },
}

impl MeasureError {
    fn other(what: &'static str, why: impl ToString) -> Self {
        Self::Other { what, why: why.to_string() }
    }
}

impl fmt::Display for MeasureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, error } => write!(f, "{}: {error}", path.display()),
            Self::NoImage(why) => write!(f, "this is no image of the appliance: {why}"),
            Self::Other { what, why } => {
                write!(f, "{what}: {why}. This is not what make image writes: do not start it, and write it anew")
            }
        }
    }
}

impl std::error::Error for MeasureError {}

#[cfg(feature = "media")]
impl From<crate::BuildError> for MeasureError {
    fn from(error: crate::BuildError) -> Self {
        Self::other("the image", error)
    }
}
