//! The transaction as a whole: what every signature covers, read again part by part.

use bitcoin::absolute::LockTime;
use bitcoin::hashes::{Hash as _, sha256};
use bitcoin::sighash::{Annex, Prevouts, SighashCache};
use bitcoin::taproot::TapLeafHash;
use bitcoin::transaction::Version;
use bitcoin::{
    EcdsaSighashType, OutPoint, Script, ScriptBuf, Sequence, TapSighashType, Transaction, TxIn, TxOut, Txid, Witness,
};

use super::super::super::Status;
use super::super::host::{Hash, Map};
use super::Signing;
use super::inputs::{Input, OUTPUT_INDEX, PREVIOUS_TXID, REDEEM_SCRIPT, SPENT_SCRIPT_BYTES};

const WITNESS_SCRIPT: u8 = 0x05;
const SEQUENCE: u8 = 0x10;

/// The transaction, and what each of its inputs spends.
pub(super) struct Whole<'a> {
    pub(super) transaction: &'a Transaction,
    pub(super) spent: &'a [TxOut],
}

impl Signing<'_> {
    /// Reads inputs, outputs, and spent outputs, as the app does for the hashes that all inputs share.
    pub(super) async fn read_transaction(&self) -> Result<(Transaction, Vec<TxOut>), Status> {
        let host = &self.app.host;
        let mut input = Vec::new();
        for i in 0..self.inputs.size {
            let map = host.map(&self.inputs, i).await.ok_or(Status::DATA)?;
            let (previous_output, sequence) = self.outpoint_and_sequence(&map).await?;
            input.push(TxIn { previous_output, script_sig: ScriptBuf::new(), sequence, witness: Witness::new() });
        }
        let mut output = Vec::new();
        for i in 0..self.outputs.size {
            output.push(self.output_at(i).await?);
        }
        let mut spent = Vec::new();
        for i in 0..self.inputs.size {
            let map = host.map(&self.inputs, i).await.ok_or(Status::DATA)?;
            let found = match self.witness_utxo(&map).await {
                Some(found) => found,
                None => self.previous_output(&map).await.ok_or(Status::DATA)?.0,
            };
            spent.push(found);
        }
        let lock_time = LockTime::from_consensus(self.lock_time);
        Ok((Transaction { version: Version(self.version), lock_time, input, output }, spent))
    }

    async fn output_at(&self, index: u64) -> Result<TxOut, Status> {
        let map = self.app.host.map(&self.outputs, index).await.ok_or(Status::DATA)?;
        self.output(&map).await.ok_or(Status::DATA)
    }

    async fn outpoint_and_sequence(&self, map: &Map) -> Result<(OutPoint, Sequence), Status> {
        let outpoint = self.outpoint(map).await?;
        Ok((outpoint, self.sequence(map).await))
    }

    async fn outpoint(&self, map: &Map) -> Result<OutPoint, Status> {
        let host = &self.app.host;
        let txid = host.fixed(map, PREVIOUS_TXID).await.ok_or(Status::DATA)?;
        let index = host.fixed(map, OUTPUT_INDEX).await.ok_or(Status::DATA)?;
        Ok(OutPoint { txid: Txid::from_byte_array(txid), vout: u32::from_le_bytes(index) })
    }

    async fn sequence(&self, map: &Map) -> Sequence {
        let stated = self.app.host.fixed(map, SEQUENCE).await;
        stated.map_or(Sequence::MAX, |bytes| Sequence(u32::from_le_bytes(bytes)))
    }

    /// The hash that an input before segwit signs. The app reads the transaction again for it.
    pub(super) async fn legacy_hash(
        &self,
        whole: &Whole<'_>,
        index: u64,
        input: &Input,
        sighash: u32,
    ) -> Result<Hash, Status> {
        let (spent, _) = self.previous_output(&input.map).await.ok_or(Status::DATA)?;
        let mut code = spent.script_pubkey;
        for i in 0..self.inputs.size {
            let map = match i == index {
                true => input.map,
                false => self.app.host.map(&self.inputs, i).await.ok_or(Status::DATA)?,
            };
            self.outpoint(&map).await?;
            if i == index && input.has_redeem_script {
                let redeem = self.app.host.long_value(&map, REDEEM_SCRIPT).await.ok_or(Status::DATA)?;
                code = ScriptBuf::from_bytes(redeem);
            }
            self.sequence(&map).await;
        }
        for i in 0..self.outputs.size {
            self.output_at(i).await?;
        }
        let cache = SighashCache::new(whole.transaction);
        let hash = cache.legacy_signature_hash(place(index)?, &code, sighash).map_err(|_| Status::STATE)?;
        Ok(hash.to_byte_array())
    }

    /// The script that an input of segwit spends with: the one behind its hash, for nested ones.
    pub(super) async fn segwit_script(&self, input: &Input) -> Result<ScriptBuf, Status> {
        let spent = self.witness_utxo(&input.map).await.ok_or(Status::DATA)?.script_pubkey;
        if !input.has_redeem_script {
            return Ok(spent);
        }
        let redeem = self.app.host.value(&input.map, REDEEM_SCRIPT, SPENT_SCRIPT_BYTES).await.ok_or(Status::DATA)?;
        let redeem = ScriptBuf::from_bytes(redeem);
        if redeem.to_p2sh() == spent { Ok(redeem) } else { Err(Status::DATA.because(0x0b)) }
    }

    /// The hash that an input of segwit version 0 signs.
    pub(super) async fn segwit_v0_hash(
        &self,
        whole: &Whole<'_>,
        index: u64,
        map: &Map,
        script: &Script,
        sighash: u32,
    ) -> Result<Hash, Status> {
        self.outpoint(map).await?;
        let witness_script = match script {
            script if script.is_p2wpkh() => None,
            script if script.is_p2wsh() => Some(self.witness_script(map, script).await?),
            _ => return Err(Status::DATA),
        };
        let value = self.witness_utxo(map).await.ok_or(Status::DATA)?.value;
        self.sequence(map).await;
        self.read_single_output(index, sighash & 0x1f).await?;
        let kind = EcdsaSighashType::from_consensus(sighash);
        let (mut cache, at) = (SighashCache::new(whole.transaction), place(index)?);
        let hash = match &witness_script {
            None => cache.p2wpkh_signature_hash(at, script, value, kind).map_err(|_| Status::STATE)?,
            Some(script) => cache.p2wsh_signature_hash(at, script, value, kind).map_err(|_| Status::STATE)?,
        };
        Ok(hash.to_byte_array())
    }

    async fn witness_script(&self, map: &Map, program: &Script) -> Result<ScriptBuf, Status> {
        let bytes = self.app.host.long_value(map, WITNESS_SCRIPT).await.ok_or(Status::DATA)?;
        let hash = sha256::Hash::hash(&bytes).to_byte_array();
        let is_same = program.as_bytes().get(2..).is_some_and(|program| *program == hash);
        if is_same { Ok(ScriptBuf::from_bytes(bytes)) } else { Err(Status::DATA.because(0x0a)) }
    }

    /// The hash that a taproot input signs.
    pub(super) async fn taproot_hash(
        &self,
        whole: &Whole<'_>,
        index: u64,
        map: &Map,
        leaf: Option<TapLeafHash>,
        sighash: u32,
    ) -> Result<Hash, Status> {
        if sighash & 0x80 == 0x80 {
            self.outpoint(map).await?;
            self.witness_utxo(map).await.ok_or(Status::DATA)?;
            self.sequence(map).await;
        }
        self.read_single_output(index, sighash & 3).await?;
        let kind = u8::try_from(sighash).ok().and_then(|kind| TapSighashType::from_consensus_u8(kind).ok());
        let leaf = leaf.map(|leaf| (leaf, u32::MAX));
        let annex: Option<Annex<'_>> = None;
        let mut cache = SighashCache::new(whole.transaction);
        let hash = cache.taproot_signature_hash(
            place(index)?,
            &Prevouts::All(whole.spent),
            annex,
            leaf,
            kind.ok_or(Status::STATE)?,
        );
        Ok(hash.map_err(|_| Status::STATE)?.to_byte_array())
    }

    async fn read_single_output(&self, index: u64, kind: u32) -> Result<(), Status> {
        if kind == 3 { self.output_at(index).await.map(drop) } else { Ok(()) }
    }
}

fn place(index: u64) -> Result<usize, Status> {
    usize::try_from(index).map_err(|_| Status::STATE)
}
