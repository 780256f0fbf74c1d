//! Hardware wallets over a packet link, and simulated devices.
//!
//! The interface and the ceremony know [`Device`], [`Prompter`] and [`DeviceError`]. Below them each vendor has a driver
//! over the narrowest exchange its protocol has, so that a device on USB, a recorded exchange and a simulated device run
//! the same driver: for Trezor that is `trezor_client::transport::Transport`, for Ledger [`ApduExchange`], for
//! BitBox02 [`HidPackets`].
//!
//! A device is hostile until checked: its replies are bounded in size and number ([`limits`]), it may ask only for parts
//! of the transaction that was approved, and its signatures are proof of nothing before `vitrine_bitcoin::verify`.

#![warn(clippy::float_arithmetic)] // no float near value

mod advisories;
mod bitbox;
mod control;
mod describe;
mod device;
#[cfg(feature = "emulator")]
pub mod emulator;
mod error;
mod extended_key;
mod foretold;
#[cfg(feature = "hid")]
pub mod hid;
mod ledger;
pub mod limits;
mod nonces;
#[cfg(any(feature = "hid", feature = "emulator"))]
mod packets;
mod prompt;
#[cfg(feature = "sim")]
pub mod sim;
mod trezor;

pub use advisories::{Advisory, advisories};
pub use bitbox::{BitBox02, Entropy, HidPackets, PACKET_BYTES};
pub use control::{Control, DEVICE_LIMIT_S, PERSON_LIMIT_S};
pub use describe::{Description, describe};
pub use device::{Device, DeviceInfo, DeviceScreen, Identity, Registered};
pub use error::DeviceError;
pub use foretold::{Foretold, ScreenModel, UnknownModel, foretold_ethereum};
#[cfg(feature = "hid")]
pub use hid::{devices, open};
pub use ledger::{ApduExchange, Ledger, LedgerApp, LedgerModel, LedgerScreen, LinkError, TypedDataForm};
pub use nonces::{BITBOX, LEDGER, NonceOrigin, NonceRule, NonceRules, SignatureScheme, TREZOR};
pub use prompt::{Answer, PinKind, Prompt, Prompter};
pub use trezor::{AddressLayout, Trezor};
