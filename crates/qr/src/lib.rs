//! QR symbols, UR, BBQr and the other part formats: pictures in, bytes out; bytes in, modules out.
//!
//! The flow inwards is [`FrameSource`] → [`Reader::read`] → [`Assembler::receive`] → [`Payload`]; outwards it is
//! [`Payload`] → [`PartStream`] → [`Modules`] → [`film::gif`], and [`read_back`] proves with a second reader that the
//! codes say what they should. Everything here is a total function of its input: no files, threads, clocks or randomness.
//!
//! What arrives is hostile. Every length is checked before anything is allocated; the bounds are in [`limits`].

mod assembler;
mod bbqr;
mod file;
pub mod film;
mod frame;
pub mod limits;
mod modules;
mod part_error;
mod payload;
pub mod picture;
mod quality;
mod read;
mod read_back;
mod stream;
mod symbol_text;
mod ur;

pub use assembler::{Assembler, PartState, Progress, Received};
pub use bbqr::BbqrError;
pub use file::FileError;
pub use frame::{FrameError, FrameSource, LumaFrame, SourceError};
pub use modules::Modules;
pub use part_error::PartError;
pub use payload::{BbqrEncoding, Payload, PayloadKind, Transport, UrType};
pub use quality::{Brightness, Quality};
pub use read::{Point, Reader, Symbol, read_independently};
pub use read_back::{ReadBack, ReadBackError, read_back};
pub use stream::{EncodeError, PartStream};
pub use ur::UrError;
