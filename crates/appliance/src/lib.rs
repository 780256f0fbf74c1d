//! Vitrine on bare Linux: one static program, started by the kernel as its first one.
//!
//! It is several processes, each started anew from the same file and confined to its part: [`first`], [`interface`],
//! [`camera`], [`wallet`] and [`stopped`].

pub mod broker;
pub mod camera;
pub mod confine;
pub mod display;
pub mod first;
pub mod input;
pub mod interface;
pub mod ports;
pub mod start;
pub mod stopped;
pub mod wallet;
