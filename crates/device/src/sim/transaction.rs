//! Bytes and signatures of the transaction that the simulated device signs.

use bitcoin::absolute::LockTime;
use bitcoin::consensus::encode::{deserialize, serialize};
use bitcoin::hashes::Hash;
use bitcoin::key::TapTweak;
use bitcoin::script::{Builder, PushBytesBuf};
use bitcoin::secp256k1::{Message, Scalar, Secp256k1, SecretKey, XOnlyPublicKey, ecdsa, schnorr};
use bitcoin::sighash::{EcdsaSighashType, Prevouts, SighashCache, TapSighashType};
use bitcoin::transaction::Version;
use bitcoin::{Amount, PublicKey, Script, ScriptBuf, Transaction, TxIn, TxOut, VarInt, Witness};
use trezor_client::protos::InputScriptType;

use super::keys::Keys;
use super::multisig::Multisig;
use super::parts::{Input, Output};
use super::{Fault, Refusal};

/// Signs inputs of one transaction; hashes shared by its inputs are computed once.
pub(super) struct Signer {
    cache: SighashCache<Transaction>,
    spent: Vec<TxOut>,
    fault: Option<Fault>,
    /// Mixed into every nonce; none for nonces of key and digest alone.
    nonces: Option<[u8; 32]>,
}

impl Signer {
    pub(super) fn new(
        version: u32,
        lock_time: u32,
        inputs: &[Input],
        outputs: &[Output],
        fault: Option<Fault>,
    ) -> Self {
        let mut transaction = Transaction {
            version: Version(i32::from_le_bytes(version.to_le_bytes())),
            lock_time: LockTime::from_consensus(lock_time),
            input: inputs.iter().map(|input| input.txin.clone()).collect(),
            output: outputs.iter().map(|output| output.txout.clone()).collect(),
        };
        spoil(&mut transaction, fault);
        let spent = inputs.iter().map(|input| input.spent.clone()).collect();
        Self { cache: SighashCache::new(transaction), spent, fault, nonces: None }
    }

    pub(super) fn with_nonces(mut self, nonces: Option<u32>) -> Self {
        self.nonces = nonces.map(|nonces| {
            let mut mixed = [0; 32];
            mixed.iter_mut().zip(nonces.to_be_bytes()).for_each(|(to, from)| *to = from);
            mixed
        });
        self
    }

    /// Signs one input: DER without the sighash byte, or 64 bytes for taproot.
    pub(super) fn sign(&mut self, index: usize, input: &Input, keys: &Keys) -> Result<Vec<u8>, Refusal> {
        let digest = self.digest(index, input).ok_or(Refusal::process("Transaction cannot be hashed"))?;
        let message = Message::from_digest(digest);
        if input.is_taproot() {
            let pair = match self.fault {
                Some(Fault::WrongKey) => neighbour(input.own_key()?.pair.secret_key())?.keypair(keys.secp()),
                _ => input.own_key()?.pair,
            };
            let tweaked = pair.tap_tweak(keys.secp(), None);
            let pair = tweaked.to_keypair();
            let signature = match &self.nonces {
                None => keys.secp().sign_schnorr_no_aux_rand(&message, &pair),
                Some(mixed) => keys.secp().sign_schnorr_with_aux_rand(&message, &pair, mixed),
            };
            return Ok(signature.as_ref().to_vec());
        }
        let secret = match self.fault {
            Some(Fault::WrongKey) => neighbour(input.own_key()?.pair.secret_key())?,
            _ => input.own_key()?.pair.secret_key(),
        };
        let signature = match &self.nonces {
            None => keys.secp().sign_ecdsa(&message, &secret),
            Some(mixed) => keys.secp().sign_ecdsa_with_noncedata(&message, &secret, mixed),
        };
        let signature = if self.fault == Some(Fault::HighS) { other_s(&signature)? } else { signature };
        Ok(signature.serialize_der().to_vec())
    }

    /// Checks the signature that somebody else's input arrived with. Simulated are keys alone, with a witness.
    pub(super) fn check_presigned(&mut self, index: usize, input: &Input) -> Result<(), Refusal> {
        const INVALID: Refusal = Refusal::data("Invalid signature");
        let witness: Witness = deserialize(input.arrived.witness()).map_err(|_| INVALID)?;
        let items: Vec<&[u8]> = witness.iter().collect();
        let secp = Secp256k1::verification_only();
        let script = &input.spent.script_pubkey;
        match (items.as_slice(), script.is_p2tr()) {
            ([signature, key], false) if input.arrived.script_sig().is_empty() => {
                let key = PublicKey::from_slice(key).map_err(|_| INVALID)?;
                let program = witness_program(&key).filter(|program| program == script).ok_or(INVALID)?;
                let (sighash, der) = signature.split_last().ok_or(INVALID)?;
                let signature = ecdsa::Signature::from_der(der).map_err(|_| INVALID)?;
                let all = EcdsaSighashType::All;
                let digest = self.cache.p2wpkh_signature_hash(index, &program, input.spent.value, all);
                let message = Message::from_digest(digest.map_err(|_| INVALID)?.to_byte_array());
                let valid = secp.verify_ecdsa(&message, &signature, &key.inner).is_ok();
                if valid && u32::from(*sighash) == all.to_u32() { Ok(()) } else { Err(INVALID) }
            }
            ([signature], true) => {
                let key = script.as_bytes().get(2..).and_then(|key| XOnlyPublicKey::from_slice(key).ok());
                let signature = schnorr::Signature::from_slice(signature).map_err(|_| INVALID)?;
                let spent = Prevouts::All(&self.spent);
                let digest = self.cache.taproot_key_spend_signature_hash(index, &spent, TapSighashType::Default);
                let message = Message::from_digest(digest.map_err(|_| INVALID)?.to_byte_array());
                secp.verify_schnorr(&signature, &message, &key.ok_or(INVALID)?).map_err(|_| INVALID)
            }
            _ => Err(Refusal::process("Such a signature of others is not simulated")),
        }
    }

    fn digest(&mut self, index: usize, input: &Input) -> Option<[u8; 32]> {
        let script = &input.spent.script_pubkey;
        let (value, all) = (input.spent.value, EcdsaSighashType::All);
        let digest = match input.form {
            InputScriptType::SPENDTAPROOT => {
                let spent = Prevouts::All(&self.spent);
                self.cache
                    .taproot_key_spend_signature_hash(index, &spent, TapSighashType::Default)
                    .ok()?
                    .to_byte_array()
            }
            InputScriptType::SPENDADDRESS | InputScriptType::SPENDMULTISIG => {
                let script = input.multisig.as_ref().map_or_else(|| script.clone(), Multisig::script);
                self.cache.legacy_signature_hash(index, &script, all.to_u32()).ok()?.to_byte_array()
            }
            _ => match &input.multisig {
                Some(multisig) => {
                    self.cache.p2wsh_signature_hash(index, &multisig.script(), value, all).ok()?.to_byte_array()
                }
                None => {
                    let program = witness_program(&input.key.as_ref()?.public_key)?;
                    self.cache.p2wpkh_signature_hash(index, &program, value, all).ok()?.to_byte_array()
                }
            },
        };
        Some(digest)
    }
}

/// Alters what is signed, for faults that sign something else than was shown.
fn spoil(transaction: &mut Transaction, fault: Option<Fault>) {
    match fault {
        Some(Fault::ChangesOutput) => {
            if let Some(output) = transaction.output.first_mut() {
                output.value = output.value.checked_add(Amount::ONE_SAT).unwrap_or(output.value);
            }
        }
        Some(Fault::StaleSignature) => {
            let earlier = transaction.lock_time.to_consensus_u32().wrapping_sub(1);
            transaction.lock_time = LockTime::from_consensus(earlier);
        }
        _ => {}
    }
}

pub(super) fn neighbour(secret: SecretKey) -> Result<SecretKey, Refusal> {
    secret.add_tweak(&Scalar::ONE).map_err(|_| Refusal::process("Key derivation failed"))
}

/// The same signature with the other s: valid mathematics, refused by policy (BIP-146).
pub(super) fn other_s(signature: &ecdsa::Signature) -> Result<ecdsa::Signature, Refusal> {
    let refusal = |_| Refusal::process("Signature cannot be negated");
    let mut compact = signature.serialize_compact();
    let (_, s) = compact.split_at_mut(32);
    let negated = SecretKey::from_slice(s).map_err(refusal)?.negate();
    s.copy_from_slice(&negated.secret_bytes());
    ecdsa::Signature::from_compact(&compact).map_err(refusal)
}

fn witness_program(key: &PublicKey) -> Option<ScriptBuf> {
    Some(ScriptBuf::new_p2wpkh(&key.wpubkey_hash().ok()?))
}

/// Bytes before the first input.
pub(super) fn header(version: u32, segwit: bool, inputs: usize) -> Vec<u8> {
    let mut bytes = version.to_le_bytes().to_vec();
    if segwit {
        bytes.extend([0, 1]);
    }
    bytes.extend(length(inputs));
    bytes
}

/// A compact-size length.
pub(super) fn length(count: usize) -> Vec<u8> {
    serialize(&VarInt::from(count))
}

/// An input's bytes; `signature` completes a legacy one.
pub(super) fn input_bytes(input: &Input, signature: Option<&[u8]>) -> Vec<u8> {
    let key = input.key.as_ref().map(|key| key.public_key);
    let script_sig = match (input.form, signature, &input.multisig, key) {
        (InputScriptType::EXTERNAL, ..) => input.arrived.script_sig().to_vec(),
        (InputScriptType::SPENDADDRESS, Some(signature), None, Some(key)) => {
            pushes(&[&with_all(signature), &key.to_bytes()])
        }
        (InputScriptType::SPENDADDRESS | InputScriptType::SPENDMULTISIG, Some(signature), Some(multisig), _) => {
            pushes(&[&[], &with_all(signature), multisig.script().as_bytes()])
        }
        (InputScriptType::SPENDP2SHWITNESS, _, Some(multisig), _) => pushes(&[multisig.script().to_p2wsh().as_bytes()]),
        (InputScriptType::SPENDP2SHWITNESS, _, None, Some(key)) => {
            witness_program(&key).map(|program| pushes(&[program.as_bytes()])).unwrap_or_default()
        }
        _ => Vec::new(),
    };
    serialize(&TxIn { script_sig: ScriptBuf::from(script_sig), ..input.txin.clone() })
}

/// An output's bytes.
pub(super) fn output_bytes(output: &Output) -> Vec<u8> {
    serialize(&output.txout)
}

/// An input's witness.
pub(super) fn witness_bytes(input: &Input, signature: &[u8]) -> Vec<u8> {
    let key = input.key.as_ref().map(|key| key.public_key.to_bytes()).unwrap_or_default();
    let items = match &input.multisig {
        Some(multisig) => vec![Vec::new(), with_all(signature), multisig.script().to_bytes()],
        None if input.is_taproot() => vec![signature.to_vec()],
        None => vec![with_all(signature), key],
    };
    serialize(&Witness::from(items))
}

/// Items as a script pushes them.
pub(super) fn pushes(items: &[&[u8]]) -> Vec<u8> {
    let push = |script: ScriptBuf, item: &&[u8]| match PushBytesBuf::try_from(item.to_vec()) {
        Ok(bytes) => Builder::from(script.into_bytes()).push_slice(bytes).into_script(),
        Err(_) => script,
    };
    items.iter().fold(ScriptBuf::new(), push).into_bytes()
}

fn with_all(signature: &[u8]) -> Vec<u8> {
    [signature, &[0x01]].concat()
}

/// A previous transaction while it streams in.
pub(super) struct Previous {
    transaction: Transaction,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
}

impl Previous {
    pub(super) fn begin(version: u32, lock_time: u32, inputs: usize, outputs: usize) -> Self {
        let transaction = Transaction {
            version: Version(i32::from_le_bytes(version.to_le_bytes())),
            lock_time: LockTime::from_consensus(lock_time),
            input: Vec::new(),
            output: Vec::new(),
        };
        Self { transaction, inputs, outputs }
    }

    pub(super) fn push_input(&mut self, input: TxIn) {
        self.transaction.input.push(input);
    }

    pub(super) fn push_output(&mut self, output: TxOut) {
        self.transaction.output.push(output);
    }

    /// Checks that this is the transaction the input names, and that it pays what the host says.
    pub(super) fn check(&self, input: &Input) -> Result<(), Refusal> {
        let spent = input.txin.previous_output;
        if self.transaction.compute_txid() != spent.txid {
            return Err(Refusal::data("Encountered invalid prev_hash"));
        }
        let vout = usize::try_from(spent.vout).unwrap_or(usize::MAX);
        let output =
            self.transaction.output.get(vout).ok_or(Refusal::data("Not enough outputs in previous transaction"))?;
        if output.value != input.spent.value {
            return Err(Refusal::data("Invalid amount specified"));
        }
        if output.script_pubkey.as_script() != script_of(input) {
            return Err(Refusal::data("Input does not match scriptPubKey"));
        }
        Ok(())
    }
}

fn script_of(input: &Input) -> &Script {
    &input.spent.script_pubkey
}
