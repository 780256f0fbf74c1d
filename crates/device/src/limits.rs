//! Bounds on what a device may send: its replies are hostile until checked.

/// Largest message accepted from a device, in bytes. A signed input of the largest standard size is below 20 kB.
pub const MESSAGE_BYTES: usize = 64 * 1024;

/// Longest text of a device that is shown or kept, in characters.
pub const TEXT_CHARS: usize = 200;

/// Most messages accepted from a device during one short operation (identify, key, address).
pub const SHORT_OPERATION_MESSAGES: usize = 32;

/// Most inputs, and most outputs, of a transaction that is handed to a device.
pub const TRANSACTION_PARTS: usize = 10_000;

/// Longest DER signature: 70 to 72 bytes without the sighash byte; a Schnorr signature has 64.
pub const SIGNATURE_BYTES: usize = 72;
