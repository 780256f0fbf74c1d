//! The bootable image: from packages that are pinned by hash, and one program, to media that are the same byte for byte
//! wherever they are built.
//!
//! The line of flow: [`Lock`] → packages, verified → [`Kernel`] and its [`modules`](kernel::modules) → [`Tree`] →
//! [`cpio`] → [`uki`] → [`fat`] → [`stick`](gpt) and [`iso`]. Nothing here asks for the time, the user, the host's name
//! or the order of a folder; times are those of [`EPOCH_S`].

pub mod cpio;
pub mod deb;
mod error;
pub mod fat;
pub mod gpt;
pub mod iso;
pub mod kernel;
pub mod lock;
pub mod manifest;
mod put;
pub mod tree;
pub mod uki;

pub use error::BuildError;
pub use kernel::Kernel;
pub use lock::{Lock, Package, Use};
pub use tree::Tree;

/// The time that every file and every medium has, in seconds since 1970-01-01 00:00 UTC: 2026-01-01 00:00.
pub const EPOCH_S: u32 = 1_767_225_600;

/// Bytes of a sector of a medium.
pub const SECTOR_BYTES: usize = 512;
