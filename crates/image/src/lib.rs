//! The bootable image: from packages that are pinned by hash, and one program, to media that are the same byte for byte
//! wherever they are built; and back: what a medium, or a running system, consists of.
//!
//! The line of flow: [`Lock`] → packages, verified → [`Kernel`] and its [`modules`](kernel::modules) → [`Tree`] →
//! [`cpio`] → [`uki`] → [`fat`] → [`stick`](gpt) and [`iso`]. Nothing here asks for the time, the user, the host's name
//! or the order of a folder; times are those of [`EPOCH_S`]. [`measure`] goes the other way.
//!
//! Features: none is what a running system needs to [measure] itself, `media` reads media, `build` makes them.

#[cfg(feature = "build")]
pub mod assemble;
#[cfg(feature = "build")]
pub mod bill;
#[cfg(feature = "media")]
pub mod cpio;
#[cfg(feature = "build")]
pub mod deb;
#[cfg(feature = "media")]
mod error;
#[cfg(feature = "media")]
pub mod fat;
#[cfg(feature = "media")]
pub mod gpt;
#[cfg(feature = "media")]
pub mod iso;
#[cfg(feature = "build")]
pub mod kernel;
#[cfg(feature = "build")]
pub mod lock;
#[cfg(feature = "build")]
pub mod manifest;
pub mod measure;
#[cfg(feature = "media")]
mod put;
#[cfg(feature = "media")]
pub mod tree;
#[cfg(feature = "media")]
pub mod uki;

#[cfg(feature = "media")]
pub use error::BuildError;
#[cfg(feature = "build")]
pub use kernel::Kernel;
#[cfg(feature = "build")]
pub use lock::{Lock, Package, Rust, Use};
pub use measure::{Measure, MeasureError};
#[cfg(feature = "media")]
pub use tree::Tree;

/// The time that every file and every medium has, in seconds since 1970-01-01 00:00 UTC: 2026-01-01 00:00.
pub const EPOCH_S: u32 = 1_767_225_600;

/// Bytes of a sector of a medium.
pub const SECTOR_BYTES: usize = 512;
