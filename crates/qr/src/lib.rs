//! QR symbols, UR, BBQr and the other part formats: pictures in, bytes out; bytes in, modules out.
//!
//! The flow inwards is [`FrameSource`] → [`Reader::read`] → [`Assembler::receive`] → [`Payload`]; outwards it is
//! [`Payload`] → [`PartStream`] → [`Modules`] → [`film::gif`], and [`read_back`] proves with a second reader that the
//! codes say what they should. Everything here is a total function of its input: no files, threads, clocks or randomness.
//!
//! ```
//! use vitrine_qr::{Assembler, Modules, PartStream, Payload, PayloadKind, Reader, Transport, UrType, read_back};
//!
//! let transport = Transport::Ur { ur_type: UrType::Bytes };
//! let payload = Payload { kind: PayloadKind::Bytes, transport, bytes: vec![7; 900] };
//! let mut stream = PartStream::new(&payload, &transport, 200)?;
//! assert!(read_back(&Modules::encode_all(&stream.pure_parts())?, &payload).is_ok());
//!
//! // The other side joins late: mixed parts make up for the ones it missed.
//! let (mut reader, mut assembler) = (Reader::new(), Assembler::new());
//! stream.next_part();
//! while assembler.payload().is_none() {
//!     let picture = stream.next_code()?.to_luma(4);
//!     for symbol in reader.read(&picture) {
//!         assembler.receive(&symbol.bytes);
//!     }
//! }
//! assert_eq!(assembler.payload(), Some(&payload));
//! # Ok::<(), vitrine_qr::EncodeError>(())
//! ```
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
