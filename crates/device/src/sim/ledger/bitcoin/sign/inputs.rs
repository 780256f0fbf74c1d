//! The inputs: which are the wallet's, and what they are worth.

use bitcoin::hashes::Hash as _;
use bitcoin::{ScriptBuf, Transaction, TxOut, Txid};

use super::super::super::Status;
use super::super::host::Map;
use super::super::person::Warnings;
use super::{ALL_COINS_SAT, Found, Origin, Position, Signing};

pub(super) const NON_WITNESS_UTXO: u8 = 0x00;
const WITNESS_UTXO: u8 = 0x01;
const SIGHASH_TYPE: u8 = 0x03;
pub(super) const REDEEM_SCRIPT: u8 = 0x04;
const BIP32_DERIVATION: u8 = 0x06;
pub(super) const PREVIOUS_TXID: u8 = 0x0e;
pub(super) const OUTPUT_INDEX: u8 = 0x0f;
const TAP_BIP32_DERIVATION: u8 = 0x16;

/// Longest scriptPubKey that the app spends from.
pub(super) const SPENT_SCRIPT_BYTES: usize = 34;

/// What an input's map has.
pub(super) struct Input {
    pub(super) map: Map,
    pub(super) has_witness_utxo: bool,
    has_non_witness_utxo: bool,
    pub(super) has_redeem_script: bool,
    pub(super) has_sighash: bool,
    /// Where it says it is in the wallet.
    pub(super) position: Option<Position>,
}

impl Signing<'_> {
    pub(super) async fn read_inputs(&mut self) -> Result<Found, Status> {
        let mut found = Found { own_inputs: Vec::new(), total_in_sat: 0, warnings: Warnings::default() };
        for i in 0..self.inputs.size {
            let input = self.input(i).await?;
            let spent = self.proven_spent(&input).await?;
            let sat = spent.value.to_sat();
            if sat > ALL_COINS_SAT {
                return Err(Status::DATA);
            }
            found.total_in_sat = found.total_in_sat.checked_add(sat).ok_or(Status::DATA)?;
            let is_own = match input.position {
                Some(position) => self.is_own(position, &spent.script_pubkey).await?,
                None => false,
            };
            if is_own {
                found.own_inputs.push(i);
                self.check_form(i, &input, &mut found.warnings).await?;
            } else {
                found.warnings.external_inputs = true;
            }
        }
        if found.own_inputs.is_empty() { Err(Status::DATA) } else { Ok(found) }
    }

    /// Reads the keys of an input's map, and the origins of its public keys.
    pub(super) async fn input(&mut self, index: u64) -> Result<Input, Status> {
        let host = self.app.host.clone();
        let mut scan = host.open(&self.inputs, index).await.ok_or(Status::DATA)?;
        let mut input = Input::of(scan.map);
        let mut outcome = Ok(());
        while let Some((at, key)) = scan.next(&host).await.ok_or(Status::DATA)? {
            let Some((kind, public_key)) = key.split_first() else { continue };
            match *kind {
                WITNESS_UTXO => input.has_witness_utxo = true,
                NON_WITNESS_UTXO => input.has_non_witness_utxo = true,
                REDEEM_SCRIPT => input.has_redeem_script = true,
                SIGHASH_TYPE => input.has_sighash = true,
                BIP32_DERIVATION | TAP_BIP32_DERIVATION => {
                    // The app reads the map to its end before it says what it thinks of a key.
                    match self.origin(&input.map, at, public_key, *kind == TAP_BIP32_DERIVATION).await {
                        Ok(Some(origin)) => self.note_position(&origin, &mut input),
                        Ok(None) => {}
                        Err(status) => outcome = Err(status),
                    }
                }
                _ => {}
            }
        }
        outcome.map(|()| input)
    }

    fn note_position(&mut self, origin: &Origin, input: &mut Input) {
        for own in &mut self.own {
            if let Some(position) = own.position(origin) {
                own.to_sign = true;
                input.position = Some(position);
            }
        }
    }

    /// The origin of the public key at this place of the map; only compressed keys are known.
    pub(super) async fn origin(
        &self,
        map: &Map,
        at: u64,
        public_key: &[u8],
        taproot: bool,
    ) -> Result<Option<Origin>, Status> {
        if public_key.len() != if taproot { 32 } else { 33 } {
            return Err(Status::DATA);
        }
        Origin::read(&self.app.host.value_at(map, at).await.ok_or(Status::DATA)?, taproot)
    }

    /// The output that is spent: the one in the previous transaction, if that is there, and the same as is stated.
    async fn proven_spent(&self, input: &Input) -> Result<TxOut, Status> {
        if !input.has_non_witness_utxo && !input.has_witness_utxo {
            return Err(Status::DATA.because(3));
        }
        let mut proven = None;
        if input.has_non_witness_utxo {
            let txid = self.app.host.fixed(&input.map, PREVIOUS_TXID).await.ok_or(Status::DATA)?;
            let unproven = Status::DATA.because(4);
            let (spent, found) = self.previous_output(&input.map).await.ok_or(unproven)?;
            if found != Txid::from_byte_array(txid) {
                return Err(unproven);
            }
            proven = Some(spent);
        }
        if !input.has_witness_utxo {
            return proven.ok_or(Status::DATA);
        }
        let stated = self.witness_utxo(&input.map).await.ok_or(Status::DATA)?;
        match proven {
            Some(proven) if proven != stated => Err(Status::DATA.because(5)),
            _ => Ok(stated),
        }
    }

    /// The output that is spent, in the previous transaction, with that one's id.
    pub(super) async fn previous_output(&self, map: &Map) -> Option<(TxOut, Txid)> {
        let index = u32::from_le_bytes(self.app.host.fixed(map, OUTPUT_INDEX).await?);
        let bytes = self.app.host.long_value(map, NON_WITNESS_UTXO).await?;
        let previous: Transaction = bitcoin::consensus::deserialize(&bytes).ok()?;
        let output = previous.output.get(usize::try_from(index).ok()?)?;
        (output.script_pubkey.len() <= SPENT_SCRIPT_BYTES).then(|| (output.clone(), previous.compute_txid()))
    }

    /// The output that is spent, as the host states it.
    pub(super) async fn witness_utxo(&self, map: &Map) -> Option<TxOut> {
        let bytes = self.app.host.value(map, WITNESS_UTXO, 8 + 1 + SPENT_SCRIPT_BYTES).await?;
        let (value, script) = bytes.split_first_chunk::<8>()?;
        let (length, script) = script.split_first()?;
        (script.len() == usize::from(*length)).then(|| TxOut {
            value: bitcoin::Amount::from_sat(u64::from_le_bytes(*value)),
            script_pubkey: ScriptBuf::from_bytes(script.to_vec()),
        })
    }

    /// What the app signs of an input of the wallet's form, and what it warns of.
    async fn check_form(&self, index: u64, input: &Input, warnings: &mut Warnings) -> Result<(), Status> {
        let segwit = self.wallet.template.segwit_version();
        if segwit.is_none() && (!input.has_non_witness_utxo || input.has_witness_utxo) {
            return Err(Status::DATA.because(6));
        }
        warnings.unverified_inputs |= segwit == Some(0) && !input.has_non_witness_utxo;
        if segwit.is_some() && !input.has_witness_utxo {
            return Err(Status::DATA.because(7));
        }
        if !input.has_sighash {
            return Ok(());
        }
        let sighash = self.sighash(input).await?;
        match (sighash, segwit) {
            (1, _) | (0, Some(1)) => {}
            (2 | 3 | 0x81 | 0x82 | 0x83, Some(_)) => warnings.sighash = true,
            _ => return Err(Status::NOT_SUPPORTED),
        }
        if sighash & 3 == 3 && index >= self.outputs.size {
            return Err(Status::NOT_SUPPORTED.because(8));
        }
        Ok(())
    }

    pub(super) async fn sighash(&self, input: &Input) -> Result<u32, Status> {
        self.app.host.fixed(&input.map, SIGHASH_TYPE).await.map(u32::from_le_bytes).ok_or(Status::DATA)
    }
}

impl Input {
    const fn of(map: Map) -> Self {
        Self {
            map,
            has_witness_utxo: false,
            has_non_witness_utxo: false,
            has_redeem_script: false,
            has_sighash: false,
            position: None,
        }
    }
}
