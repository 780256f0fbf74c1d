//! What the rest of Vitrine knows of a hardware wallet.

use bitcoin::bip32::{DerivationPath, Fingerprint, Xpub};
use vitrine_bitcoin::{CheckedPsbt, Network, Registration, Returned, ReturnedSignature, Wallet};
use vitrine_ethereum::CheckedRequest;
use vitrine_ethereum::alloy_primitives::Address;

use crate::control::Control;
use crate::error::DeviceError;
use crate::nonces::NonceRules;
use crate::prompt::Prompter;

/// A hardware wallet, whatever its vendor.
///
/// It accepts only checked requests; signing a bare hash does not exist. Nothing that it returns is proof: the caller
/// verifies each signature against the request that was reviewed.
pub trait Device: Send {
    /// Asks the device who it is. Resynchronises after an exchange that ended in the middle.
    ///
    /// # Errors
    /// [`DeviceError`], among them: unplugged, no seed, in its bootloader, speaks THP only.
    fn identify(&mut self) -> Result<Identity, DeviceError>;

    /// Asks for the extended public key at `path`; the answer is checked for depth, child number and network.
    ///
    /// # Errors
    /// [`DeviceError`].
    fn account_key(
        &mut self,
        path: &DerivationPath,
        network: Network,
        prompter: &mut dyn Prompter,
    ) -> Result<Xpub, DeviceError>;

    /// Asks for the fingerprint of the master key (BIP-32): which seed, with which passphrase, the device holds.
    ///
    /// # Errors
    /// [`DeviceError`].
    fn fingerprint(&mut self, network: Network, prompter: &mut dyn Prompter) -> Result<Fingerprint, DeviceError>;

    /// Lets the device show an address of `wallet` on its own screen and returns what it says it shows. The caller
    /// compares it with what the wallet derives.
    ///
    /// # Errors
    /// [`DeviceError`]; [`DeviceError::Unsupported`] for a wallet of a form that the device does not know, and
    /// [`DeviceError::NotRegistered`] for one that has to be registered with it before.
    fn show_address(
        &mut self,
        wallet: &Wallet,
        change: bool,
        index: u32,
        prompter: &mut dyn Prompter,
    ) -> Result<String, DeviceError>;

    /// Lets the person read the policy of `wallet` on the device, and the device remember that they agreed.
    ///
    /// # Errors
    /// [`DeviceError`]; [`DeviceError::Unsupported`] for a wallet of a form that the device does not know.
    fn register_wallet(&mut self, wallet: &Wallet, prompter: &mut dyn Prompter) -> Result<Registered, DeviceError>;

    /// Foretells what the device will show while signing. Empty where it would not sign this request.
    ///
    /// Call [`Device::identify`] first: models differ.
    fn predicted_screens(&self, psbt: &CheckedPsbt) -> Vec<DeviceScreen>;

    /// How its firmware makes nonces, as its maker publishes it: a claim about the device, proven by nothing.
    fn nonces(&self) -> &'static NonceRules;

    /// Lets the device sign every input that is proven ours and still needs a signature, in the order of the inputs.
    ///
    /// The device's keys are compared with the wallet's before anything is signed.
    ///
    /// # Errors
    /// [`DeviceError`]; nothing is returned then.
    fn sign_bitcoin(
        &mut self,
        psbt: &CheckedPsbt,
        prompter: &mut dyn Prompter,
    ) -> Result<Vec<ReturnedSignature>, DeviceError>;

    /// The same in a wallet with `musig()`, too, which is signed in two rounds (BIP-327): the device returns public nonces
    /// for a request that has none of its own, and partial signatures for one that has those of all participants. Between
    /// the two it keeps its secret nonces, for one signing; it must not be asked twice.
    ///
    /// # Errors
    /// [`DeviceError`]; [`DeviceError::NoncesMissing`], [`DeviceError::NoncesForgotten`] and [`DeviceError::PartSigned`]
    /// for a request that is in no round of the device's.
    fn sign_bitcoin_round(
        &mut self,
        psbt: &CheckedPsbt,
        prompter: &mut dyn Prompter,
    ) -> Result<Vec<Returned>, DeviceError> {
        Ok(self.sign_bitcoin(psbt, prompter)?.into_iter().map(Returned::Signature).collect())
    }

    /// Asks for the Ethereum address of the key at `path` (BIP-32 numbers); with `show`, the device shows it.
    ///
    /// `chain_id` is the chain that the address is meant for: some devices name it on their screen.
    ///
    /// # Errors
    /// [`DeviceError`]; the address is what the device says, and nothing proves it.
    fn ethereum_address(
        &mut self,
        path: &[u32],
        chain_id: u64,
        show: bool,
        prompter: &mut dyn Prompter,
    ) -> Result<Address, DeviceError>;

    /// Foretells what the device will show while signing. Empty where it would not sign this request.
    ///
    /// Call [`Device::identify`] first: models differ.
    fn predicted_ethereum_screens(&self, request: &CheckedRequest) -> Vec<DeviceScreen>;

    /// Says whether the device would be given nothing but the two hashes of this request's typed data (EIP-712), so
    /// that it cannot know what they stand for. Call [`Device::identify`] first: models differ.
    fn takes_hashes_alone(&self, _request: &CheckedRequest) -> bool {
        false
    }

    /// Lets the device sign an Ethereum request: a transaction, typed data (a Safe bundle is signed as such), a message.
    ///
    /// The account's address is compared with the registered one before anything is signed. What the device says about
    /// v is not kept: `vitrine_ethereum::verify` finds the parity, and proves the signature.
    ///
    /// # Errors
    /// [`DeviceError`]; [`DeviceError::Unsupported`] for a request of a kind that the device does not take, or whose
    /// signer's key path is not registered. Nothing is returned then.
    fn sign_ethereum(
        &mut self,
        request: &CheckedRequest,
        prompter: &mut dyn Prompter,
    ) -> Result<vitrine_ethereum::ReturnedSignature, DeviceError>;

    /// Returns a handle that ends a wait from another thread.
    fn control(&self) -> Control;
}

/// How a device remembers a wallet that was registered with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registered {
    /// It does not register wallets of this form: it knows their scripts, or shows every cosigner each time.
    NotNeeded,
    /// It keeps the wallet itself.
    OnDevice,
    /// It keeps nothing, and is to be given this each time. It belongs into the wallet's file in the ceremony folder.
    Kept(Registration),
}

/// Who a device says it is. All texts are escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The vendor.
    pub vendor: &'static str,
    /// The model, for example `Trezor Safe 3`.
    pub model: String,
    /// The name its owner gave it.
    pub label: String,
    /// The firmware's version; empty if it does not say so.
    pub firmware: String,
    /// The app that is open, with its version, on a device that has apps: `Ethereum 1.23.0`.
    pub app: Option<String>,
    /// The identifier the device keeps until it is erased.
    pub id: String,
}

impl Identity {
    /// Model, firmware and open app in a row, as far as it says so: `Trezor Safe 3 2.11.1`.
    pub fn name(&self) -> String {
        let mut name = self.model.clone();
        for part in [Some(&self.firmware), self.app.as_ref()].into_iter().flatten().filter(|part| !part.is_empty()) {
            name.push(' ');
            name.push_str(part);
        }
        name
    }
}

/// A device found on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    /// What [`crate::open`] takes, for example `trezor:usb:3:12`.
    pub id: String,
    /// What a person reads, for example `Trezor (USB bus 3, device 12)`.
    pub name: String,
}

/// One screen of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceScreen {
    /// Which step this is in our words, for example `Payee 1, address`.
    pub step: String,
    /// The title the device shows.
    pub title: String,
    /// The characters the device shows, row by row.
    pub lines: Vec<String>,
    /// Whether the rows are an address, to be compared group by group.
    pub address: bool,
}
