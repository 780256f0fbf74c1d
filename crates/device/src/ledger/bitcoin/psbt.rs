//! The reviewed request as the app reads it: the fields of a PSBT of version 2 (BIP-370) that it needs, made anew.
//!
//! Nothing is copied from what arrived but the transaction and what it spends, both proven.

use bitcoin::bip32::{ChildNumber, Fingerprint};
use bitcoin::consensus::serialize;
use bitcoin::{Amount, ScriptBuf, TxOut};
use vitrine_bitcoin::{CheckedInput, CheckedOutput, CheckedPsbt, OwnKey, OwnScript, ScriptKind, SighashType};

use super::known::{Known, Map, varint};
use super::musig::{self, Round};
use super::policy::unsupported;
use super::screens::destination;
use crate::error::DeviceError;

/// Keys of a field in a map of a PSBT (BIP-174, BIP-370, BIP-371).
mod key {
    pub(super) const TX_VERSION: u8 = 0x02;
    pub(super) const FALLBACK_LOCKTIME: u8 = 0x03;
    pub(super) const INPUT_COUNT: u8 = 0x04;
    pub(super) const OUTPUT_COUNT: u8 = 0x05;
    pub(super) const VERSION: u8 = 0xfb;
    pub(super) const IN_NON_WITNESS_UTXO: u8 = 0x00;
    pub(super) const IN_WITNESS_UTXO: u8 = 0x01;
    pub(super) const IN_SIGHASH_TYPE: u8 = 0x03;
    pub(super) const IN_REDEEM_SCRIPT: u8 = 0x04;
    pub(super) const IN_WITNESS_SCRIPT: u8 = 0x05;
    pub(super) const IN_BIP32_DERIVATION: u8 = 0x06;
    pub(super) const IN_PREVIOUS_TXID: u8 = 0x0e;
    pub(super) const IN_OUTPUT_INDEX: u8 = 0x0f;
    pub(super) const IN_SEQUENCE: u8 = 0x10;
    pub(super) const IN_TAP_BIP32_DERIVATION: u8 = 0x16;
    pub(super) const OUT_BIP32_DERIVATION: u8 = 0x02;
    pub(super) const OUT_AMOUNT: u8 = 0x03;
    pub(super) const OUT_SCRIPT: u8 = 0x04;
    pub(super) const OUT_TAP_BIP32_DERIVATION: u8 = 0x07;
}

/// Key and value.
type Field = (Vec<u8>, Vec<u8>);

/// Most inputs, and most outputs, that the app signs for.
const PARTS: usize = 512;
/// Most outputs that the app takes for change.
const CHANGE: usize = 10;
/// Longest script of an output.
const OUTPUT_SCRIPT_BYTES: usize = 83;

/// Whose keys are told to the device: those of one wallet that it holds itself.
#[derive(Clone, Copy)]
pub(super) struct Holder {
    /// Position of the wallet among those registered.
    pub(super) wallet: usize,
    /// Master fingerprint of the device.
    pub(super) fingerprint: Fingerprint,
}

impl Holder {
    pub(super) fn owns(self, own: &OwnScript) -> bool {
        own.wallet() == self.wallet
    }

    /// The keys of a script that the device holds itself.
    pub(super) fn keys(self, own: &OwnScript) -> impl Iterator<Item = &OwnKey> {
        own.keys().iter().filter(move |key| key.fingerprint() == self.fingerprint && !key.is_aggregate())
    }

    /// The keys of a script by which the app recognises it: those that the device holds, and in place of one that is a
    /// participant of an aggregate (BIP-327) the aggregate, which the app derives (BIP-328).
    fn told(self, own: &OwnScript) -> impl Iterator<Item = &OwnKey> {
        let is_participant = move |key: &&OwnKey| musig::is_participant(own, key.public_key().inner);
        let aggregates = own.keys().iter().filter(move |aggregate| {
            self.keys(own).any(|key| own.participants_of(aggregate).contains(&key.public_key().inner))
        });
        self.keys(own).filter(move |key| !is_participant(key)).chain(aggregates)
    }

    /// Whether the app takes an output for change: it then does not show it.
    pub(super) fn is_change(self, output: &CheckedOutput) -> bool {
        output.own().is_some_and(|own| self.owns(own) && own.change())
    }
}

/// Refuses what the app would refuse in the middle.
pub(super) fn check(psbt: &CheckedPsbt, holder: Holder) -> Result<(), DeviceError> {
    let (inputs, outputs) = (psbt.inputs().len(), psbt.outputs().len());
    if inputs > PARTS || outputs > PARTS {
        return Err(unsupported(format!("{inputs} inputs and {outputs} outputs: the app takes {PARTS} of each")));
    }
    let change = psbt.outputs().iter().filter(|output| holder.is_change(output)).count();
    if change > CHANGE {
        return Err(unsupported(format!("{change} outputs of change: the app takes {CHANGE}")));
    }
    for (number, output) in psbt.outputs().iter().enumerate() {
        let fits = output.script_pubkey().len() <= OUTPUT_SCRIPT_BYTES;
        if !fits || (!holder.is_change(output) && destination(output, psbt.network()).is_none()) {
            return Err(unsupported(format!("output {number}, whose script the app cannot show")));
        }
    }
    Ok(())
}

/// Refuses an input that waits for others: the request carries the signature of each key that the device holds.
pub(super) fn check_needed(psbt: &CheckedPsbt, holder: Holder) -> Result<(), DeviceError> {
    for (number, input) in psbt.inputs().iter().enumerate().filter(|(_, input)| input.needs_signature()) {
        let Some(own) = input.own().filter(|own| holder.owns(own) && own.kind() != ScriptKind::P2tr) else { continue };
        let mut keys = holder.keys(own).peekable();
        if keys.peek().is_some() && keys.all(|key| input.is_signed_by(key)) {
            return Err(unsupported(format!(
                "input {number}, which it has signed already and another cosigner has to sign"
            )));
        }
    }
    Ok(())
}

/// The beginning of the command `SIGN_PSBT`: the commitments to all maps, which are made known.
pub(super) fn commit(
    psbt: &CheckedPsbt,
    holder: Holder,
    round: Option<Round>,
    known: &mut Known,
) -> Result<Vec<u8>, DeviceError> {
    let inputs: Vec<Vec<u8>> = psbt
        .inputs()
        .iter()
        .enumerate()
        .map(|part| Ok(known.add_map(&input_map(part, holder, round)?)))
        .collect::<Result<_, DeviceError>>()?;
    let outputs: Vec<Vec<u8>> =
        psbt.outputs().iter().map(|output| known.add_map(&output_map(output, holder))).collect();
    let mut bytes = known.add_map(&global_map(psbt));
    for maps in [inputs, outputs] {
        bytes.extend(varint(maps.len()));
        bytes.extend(known.add_list(&maps));
    }
    Ok(bytes)
}

fn global_map(psbt: &CheckedPsbt) -> Map {
    let transaction = psbt.transaction();
    Map::from([
        (vec![key::TX_VERSION], transaction.version.0.to_le_bytes().to_vec()),
        (vec![key::FALLBACK_LOCKTIME], transaction.lock_time.to_consensus_u32().to_le_bytes().to_vec()),
        (vec![key::INPUT_COUNT], varint(transaction.input.len())),
        (vec![key::OUTPUT_COUNT], varint(transaction.output.len())),
        (vec![key::VERSION], 2u32.to_le_bytes().to_vec()),
    ])
}

fn input_map(
    (number, input): (usize, &CheckedInput),
    holder: Holder,
    round: Option<Round>,
) -> Result<Map, DeviceError> {
    let outpoint = input.outpoint();
    let mut map = Map::from([
        (vec![key::IN_PREVIOUS_TXID], serialize(&outpoint.txid)),
        (vec![key::IN_OUTPUT_INDEX], outpoint.vout.to_le_bytes().to_vec()),
        (vec![key::IN_SEQUENCE], input.sequence().to_consensus_u32().to_le_bytes().to_vec()),
    ]);
    let spent =
        spent(input).ok_or_else(|| unsupported(format!("input {number}, of which nobody says what it spends")))?;
    let own = input.own().filter(|own| holder.owns(own));
    spent_fields((number, input), &spent, own, &mut map)?;
    let Some(own) = own else { return Ok(map) };
    let script = |script: Option<ScriptBuf>| script.map(ScriptBuf::into_bytes);
    map.extend(script(own.redeem_script()).map(|script| (vec![key::IN_REDEEM_SCRIPT], script)));
    map.extend(script(own.witness_script()).map(|script| (vec![key::IN_WITNESS_SCRIPT], script)));
    map.extend(sighash_field((number, input))?);
    derivations(own, holder, [key::IN_BIP32_DERIVATION, key::IN_TAP_BIP32_DERIVATION], &mut map);
    if round == Some(Round::Partials) {
        map.extend(musig::nonce_fields(input, own, holder));
    }
    Ok(map)
}

fn spent(input: &CheckedInput) -> Option<TxOut> {
    let script_pubkey = input.script_pubkey()?.to_owned();
    Some(TxOut { value: Amount::from_sat(input.amount_sat()?), script_pubkey })
}

/// The previous transaction proves the amount to the device; a taproot signature is void if the amount is wrong, so that
/// the app needs none there (BIP-341).
fn spent_fields(
    (number, input): (usize, &CheckedInput),
    spent: &TxOut,
    own: Option<&OwnScript>,
    map: &mut Map,
) -> Result<(), DeviceError> {
    let kind = own.map_or(input.kind(), OwnScript::kind);
    let is_taproot = kind == ScriptKind::P2tr;
    let is_nested = matches!(kind, ScriptKind::P2shP2wpkh | ScriptKind::P2shP2wsh);
    let is_segwit = spent.script_pubkey.is_witness_program() || is_nested;
    match input.previous_transaction().filter(|_| !(is_taproot && own.is_some())) {
        Some(previous) => drop(map.insert(vec![key::IN_NON_WITNESS_UTXO], serialize(previous))),
        None if is_taproot || (own.is_none() && is_segwit) => {}
        None => return Err(unsupported(format!("input {number} without its whole previous transaction"))),
    }
    if is_segwit {
        map.insert(vec![key::IN_WITNESS_UTXO], serialize(spent));
    }
    Ok(())
}

/// Only a type that is not the form's usual one is stated.
fn sighash_field((number, input): (usize, &CheckedInput)) -> Result<Option<Field>, DeviceError> {
    let usual = if input.kind() == ScriptKind::P2tr { SighashType::Default } else { SighashType::All };
    let stated = input.sighash_type();
    if stated == usual {
        return Ok(None);
    }
    let is_legacy = !input.script_pubkey().is_some_and(|script| script.is_witness_program())
        && input.own().is_none_or(|own| matches!(own.kind(), ScriptKind::P2pkh | ScriptKind::P2sh));
    let byte = stated.byte().filter(|_| !is_legacy);
    let byte = byte.ok_or_else(|| unsupported(format!("input {number}, whose sighash type the app does not take")))?;
    Ok(Some((vec![key::IN_SIGHASH_TYPE], u32::from(byte).to_le_bytes().to_vec())))
}

fn output_map(output: &CheckedOutput, holder: Holder) -> Map {
    let mut map = Map::from([
        (vec![key::OUT_AMOUNT], output.amount_sat().to_le_bytes().to_vec()),
        (vec![key::OUT_SCRIPT], output.script_pubkey().to_bytes()),
    ]);
    if let Some(own) = output.own().filter(|_| holder.is_change(output)) {
        derivations(own, holder, [key::OUT_BIP32_DERIVATION, key::OUT_TAP_BIP32_DERIVATION], &mut map);
    }
    map
}

/// Fingerprint and path of each key that the app is told; in taproot without leaves, which the app derives itself.
fn derivations(own: &OwnScript, holder: Holder, [ecdsa, taproot]: [u8; 2], map: &mut Map) {
    for own_key in holder.told(own) {
        let mut source = own_key.fingerprint().to_bytes().to_vec();
        source.extend(own_key.path().into_iter().flat_map(|step: &ChildNumber| u32::from(*step).to_le_bytes()));
        let point = own_key.public_key().inner;
        if own.kind() == ScriptKind::P2tr {
            let mut name = vec![taproot];
            name.extend(point.x_only_public_key().0.serialize());
            map.insert(name, [vec![0], source].concat());
        } else {
            let mut name = vec![ecdsa];
            name.extend(point.serialize());
            map.insert(name, source);
        }
    }
}
