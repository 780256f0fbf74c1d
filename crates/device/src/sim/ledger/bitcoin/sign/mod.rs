//! Signing a PSBT: what arrives is proven part by part, shown, and signed.
//!
//! Order and checks are those of `src/handler/sign_psbt.c`; the sighashes are rust-bitcoin's, of a transaction that is put
//! together from what was read.

mod hashes;
mod inputs;
mod outputs;
mod signatures;

use bitcoin::bip32::{ChildNumber, Fingerprint};
use bitcoin::{ScriptBuf, TxOut};

use super::super::{Answer, Status};
use super::App;
use super::host::{Map, Scan, Tree};
use super::person::Warnings;
use super::policy::Place;
use super::reader::Reader;
use super::wallet::Wallet;
use crate::sim::Fault;

/// Most inputs, and most outputs, that the app takes.
const MOST_PARTS: u64 = 512;
/// Most places of own keys in a policy.
const MOST_OWN_PLACES: usize = 8;
/// All coins there will be, in satoshi.
const ALL_COINS_SAT: u64 = 21_000_000 * 100_000_000;
/// Most change outputs that are not shown.
const MOST_CHANGE: usize = 10;

const GLOBAL_TX_VERSION: u8 = 0x02;
const GLOBAL_FALLBACK_LOCKTIME: u8 = 0x03;

/// A request being signed.
struct Signing<'a> {
    app: &'a App,
    protocol: u8,
    wallet: Wallet,
    registered: bool,
    version: i32,
    lock_time: u32,
    inputs: Tree,
    outputs: Tree,
    own: Vec<OwnPlace>,
}

/// A place of the policy whose key is this device's.
struct OwnPlace {
    place: Place,
    fingerprint: Fingerprint,
    path: Vec<ChildNumber>,
    /// Some input says that it is spent with this key.
    to_sign: bool,
}

/// Where an input or output says it is in the wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Position {
    change: bool,
    index: ChildNumber,
}

/// What the review of inputs and outputs found.
struct Found {
    /// Indices of the inputs that are the wallet's.
    own_inputs: Vec<u64>,
    total_in_sat: u64,
    warnings: Warnings,
}

/// The outputs that are shown, with their indices, and the sum of all.
struct Paid {
    external: Vec<(u64, TxOut)>,
    total_sat: u64,
}

impl App {
    pub(super) async fn sign_psbt(&self, data: &[u8], protocol: u8) -> Answer {
        let mut signing = Signing::begin(self, data, protocol).await?;
        signing.find_own_keys().await?;
        self.ask_dishonestly(&signing.inputs).await?;
        let found = signing.read_inputs().await?;
        let paid = signing.read_outputs(&found).await?;
        let (mut transaction, spent) = signing.read_transaction().await?;
        signing.confirm(&found, &paid).await?;
        if let Some(output) = transaction.output.first_mut().filter(|_| self.fault == Some(Fault::ChangesOutput)) {
            output.value = bitcoin::Amount::from_sat(output.value.to_sat() ^ 1);
        }
        signing.sign(&found.own_inputs, &transaction, &spent).await?;
        Ok(Vec::new())
    }

    /// What a device asks for that wants something else than to sign.
    async fn ask_dishonestly(&self, inputs: &Tree) -> Result<(), Status> {
        match self.fault {
            Some(Fault::AsksForever) => loop {
                self.host.leaf(inputs, 0).await.ok_or(Status::DATA)?;
            },
            Some(Fault::AsksBeyond) => self.host.leaf(inputs, inputs.size).await.map(drop).ok_or(Status::DATA),
            Some(Fault::AsksForeign) => self.host.preimage(&[0x5a; 32], 64).await.map(drop).ok_or(Status::DATA),
            _ => Ok(()),
        }
    }
}

impl<'a> Signing<'a> {
    async fn begin(app: &'a App, data: &[u8], protocol: u8) -> Result<Self, Status> {
        let mut data = Reader(data);
        let global = Map::read(&mut data).ok_or(Status::DATA_LENGTH)?;
        let inputs = read_tree(&mut data)?;
        let outputs = read_tree(&mut data)?;
        let (id, hmac) = data.array().zip(data.array()).ok_or(Status::DATA_LENGTH)?;
        let host = &app.host;
        host.check(Scan::of(global)).await.ok_or(Status::DATA)?;
        let version = host.fixed(&global, GLOBAL_TX_VERSION).await.ok_or(Status::DATA)?;
        let lock_time = match host.value(&global, GLOBAL_FALLBACK_LOCKTIME, 9).await {
            None => 0,
            Some(bytes) => u32::from_le_bytes(bytes.try_into().map_err(|_| Status::DATA)?),
        };
        let registered = hmac != [0; 32];
        if registered {
            app.check_registration(&id, &hmac)?;
        }
        let wallet = app.fetch_wallet(&id).await.ok_or(Status::DATA)?;
        if !registered && !app.is_standard(&wallet).await {
            return Err(Status::DATA.because(0));
        }
        if !registered && !wallet.name.is_empty() {
            return Err(Status::DATA.because(1));
        }
        let version = i32::from_le_bytes(version);
        Ok(Self { app, protocol, wallet, registered, version, lock_time, inputs, outputs, own: Vec::new() })
    }

    /// Finds the places of the policy whose key this device derives.
    async fn find_own_keys(&mut self) -> Result<(), Status> {
        for place in self.wallet.template.places.clone() {
            if let Some((fingerprint, path)) = self.own_key(&place).await {
                if self.own.len() >= MOST_OWN_PLACES {
                    return Err(Status::NOT_SUPPORTED.because(0x0c));
                }
                self.own.push(OwnPlace { place, fingerprint, path, to_sign: false });
            }
        }
        if self.own.is_empty() { Err(Status::DATA.because(2)) } else { Ok(()) }
    }

    async fn own_key(&self, place: &Place) -> Option<(Fingerprint, Vec<ChildNumber>)> {
        let key = self.app.key(&self.wallet.keys, place.key).await?;
        Some((key.origin.as_ref()?.0, self.app.own_path(&key)?))
    }

    /// Whether this script is the wallet's at that place.
    async fn is_own(&self, position: Position, script: &ScriptBuf) -> Result<bool, Status> {
        let own = self.app.script(&self.wallet, position.change, position.index).await;
        Ok(own.ok_or(Status::DATA)? == *script)
    }
}

fn read_tree(data: &mut Reader<'_>) -> Result<Tree, Status> {
    let (size, root) = data.varint().zip(data.array()).ok_or(Status::DATA_LENGTH)?;
    if size > MOST_PARTS { Err(Status::NOT_SUPPORTED) } else { Ok(Tree { root, size }) }
}

impl OwnPlace {
    /// Whether a key of this origin is derived from this one, one step to a chain and one to an index.
    fn position(&self, origin: &Origin) -> Option<Position> {
        let [account @ .., step, index] = origin.path.as_slice() else { return None };
        if origin.fingerprint != self.fingerprint || account != self.path.as_slice() {
            return None;
        }
        self.place.steps.contains(step).then(|| Position { change: *step == self.place.step(true), index: *index })
    }
}

/// A key's origin, as a PSBT states it.
struct Origin {
    fingerprint: Fingerprint,
    path: Vec<ChildNumber>,
}

impl Origin {
    /// Most steps: those of an account, chain and index.
    const STEPS: usize = 10;

    /// Reads the value of a `BIP32_DERIVATION`; inside, nothing for a path that no key of a wallet has.
    fn read(value: &[u8], taproot: bool) -> Result<Option<Self>, Status> {
        let mut value = Reader(value);
        if taproot {
            let hashes = value.length().filter(|count| *count <= 128).ok_or(Status::DATA)?;
            value.take(hashes.saturating_mul(32)).ok_or(Status::DATA)?;
        }
        let (steps, rest) = value.0.split_first_chunk::<4>().ok_or(Status::DATA)?;
        let (path, []) = rest.as_chunks::<4>() else { return Err(Status::DATA) };
        if path.len() > Self::STEPS {
            return Err(Status::DATA);
        }
        let path: Vec<_> = path.iter().map(|step| ChildNumber::from(u32::from_le_bytes(*step))).collect();
        Ok((path.len() >= 2).then(|| Self { fingerprint: Fingerprint::from(*steps), path }))
    }
}
