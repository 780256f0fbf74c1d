//! What a device gave when a wallet was registered with it.

use bitcoin::bip32::Fingerprint;

/// Proof to a device that a person once read this wallet's policy on its screen and agreed.
///
/// Of no use without the device, and no secret: the device refuses it for any other policy.
/// Source: LedgerHQ/app-bitcoin-new, `doc/wallet.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Master fingerprint of the device.
    pub fingerprint: Fingerprint,
    /// Id of the policy, as the device computed it.
    pub wallet_id: [u8; 32],
    /// The device's HMAC over that id.
    pub hmac: [u8; 32],
}
