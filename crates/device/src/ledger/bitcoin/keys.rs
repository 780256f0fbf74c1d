//! Keys of the device, and whether they are the wallet's.

use bitcoin::bip32::{ChildNumber, DerivationPath, Fingerprint, Xpub};
use vitrine_bitcoin::{Network, Wallet};

use super::policy::{is_told_silently, unsupported};
use super::{App, ask_the_person};
use crate::error::DeviceError;
use crate::extended_key::checked_key;
use crate::ledger::wire::RESYNC_TRIES;
use crate::prompt::Prompter;

const GET_EXTENDED_PUBKEY: u8 = 0x00;
const GET_MASTER_FINGERPRINT: u8 = 0x05;
/// Most steps of a path.
const STEPS: usize = 8;
const AT: &str = "asking for the key";

impl App<'_> {
    /// The fingerprint of the master key.
    pub(in super::super) fn fingerprint(&mut self) -> Result<Fingerprint, DeviceError> {
        const AT: &str = "asking for the fingerprint";
        let command = self.command(AT, GET_MASTER_FINGERPRINT, &[]);
        let reply = self.ask_until_it_listens(&command)?;
        let bytes: [u8; 4] = reply.as_slice().try_into().map_err(|_| malformed(AT, "no fingerprint of four bytes"))?;
        Ok(Fingerprint::from(bytes))
    }

    /// The extended key at a path; the app lets the person read it where the path is not a usual one.
    pub(in super::super) fn account_key(
        &mut self,
        path: &DerivationPath,
        network: Network,
        prompter: &mut dyn Prompter,
    ) -> Result<Xpub, DeviceError> {
        if is_told_silently(path, network.coin_type()) {
            return self.silent_key(path, network);
        }
        let command = self.key_command(path, true)?;
        ask_the_person(prompter, AT, "an extended public key", 0)?;
        let reply = self.wire.ask_person(&command)?;
        read_key(&reply, path, network)
    }

    fn silent_key(&mut self, path: &DerivationPath, network: Network) -> Result<Xpub, DeviceError> {
        let command = self.key_command(path, false)?;
        let reply = self.ask_until_it_listens(&command)?;
        read_key(&reply, path, network)
    }

    /// Sends a command that begins an operation. Where an exchange before it, of another program too, ended in the middle,
    /// the app's first answers are that it expected something else: one or
    /// two (seen in 2.4.6). The operating system's question before tells nothing.
    fn ask_until_it_listens(&mut self, command: &super::Apdu) -> Result<Vec<u8>, DeviceError> {
        let mut reply = self.wire.ask(command);
        for _ in 1..RESYNC_TRIES {
            if !matches!(&reply, Err(DeviceError::Failure { .. })) {
                break;
            }
            reply = self.wire.ask(command);
        }
        reply
    }

    fn key_command(&self, path: &DerivationPath, show: bool) -> Result<super::Apdu, DeviceError> {
        let steps = u8::try_from(path.len()).ok().filter(|_| path.len() <= STEPS);
        let steps =
            steps.ok_or_else(|| unsupported(format!("a key path of {} steps: the app takes {STEPS}", path.len())))?;
        let mut data = vec![u8::from(show), steps];
        data.extend(path.into_iter().flat_map(|step: &ChildNumber| u32::from(*step).to_be_bytes()));
        Ok(self.command(AT, GET_EXTENDED_PUBKEY, &data))
    }

    /// Compares the device's fingerprint and keys with those of the wallet, before anything is shown.
    ///
    /// A key at an unusual path the app does not tell without a person; it derives it itself each time and signs with no
    /// other than the policy's.
    pub(super) fn check_seed(&mut self, wallet: &Wallet) -> Result<Fingerprint, DeviceError> {
        let (found, network) = (self.fingerprint()?, wallet.network());
        let keys = wallet.keys();
        let own: Vec<_> = keys.iter().filter(|key| key.fingerprint == found).collect();
        if own.is_empty() {
            let expected: Vec<String> = keys.iter().map(|key| key.fingerprint.to_string()).collect();
            let (path, expected) = ("m".to_owned(), expected.join(" or "));
            return Err(DeviceError::WrongSeed { path, expected, found: found.to_string() });
        }
        for key in own.iter().filter(|key| is_told_silently(&key.path, network.coin_type())) {
            let told = self.silent_key(&key.path, network)?;
            if (told.public_key, told.chain_code) != (key.xpub.public_key, key.xpub.chain_code) {
                return Err(DeviceError::WrongSeed {
                    path: format!("m/{}", key.path),
                    expected: key.xpub.public_key.to_string(),
                    found: told.public_key.to_string(),
                });
            }
        }
        Ok(found)
    }
}

fn read_key(reply: &[u8], path: &DerivationPath, network: Network) -> Result<Xpub, DeviceError> {
    let text = std::str::from_utf8(reply).map_err(|_| malformed(AT, "not an extended public key"))?;
    checked_key(text, path, network, AT)
}

const fn malformed(at: &'static str, what: &'static str) -> DeviceError {
    DeviceError::Malformed { at, what }
}
