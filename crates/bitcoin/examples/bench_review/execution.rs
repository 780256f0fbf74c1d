//! Verifying signatures and executing scripts: what grows with the square of the inputs, measured up to the limit.

use std::str::FromStr;

use bitcoin::absolute::LockTime;
use bitcoin::bip32::{ChildNumber, DerivationPath, Xpriv, Xpub};
use bitcoin::hashes::Hash as _;
use bitcoin::key::TapTweak as _;
use bitcoin::psbt::{Input, Psbt};
use bitcoin::secp256k1::{All, Keypair, Message, Secp256k1};
use bitcoin::sighash::{EcdsaSighashType, Prevouts, SighashCache, TapSighashType};
use bitcoin::transaction::Version;
use bitcoin::{Amount, NetworkKind, OutPoint, PublicKey, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Witness};
use vitrine_bitcoin::{AddressBook, Network, ReturnedSignature, Surroundings, Verified, Wallet, verify};

use super::{NETWORK, Result};

/// The public test seed of SLIP-14.
const SEED: [&str; 12] = ["all"; 12];

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Wpkh,
    Tr,
}

pub(crate) fn run() -> Result<()> {
    println!();
    println!(
        "verify + finalize + execute every script with Bitcoin Core's interpreter, previous transactions of 1 output"
    );
    println!("naive: the interpreter called for each input with the whole signed transaction and all spent outputs");
    println!("form   inputs  outputs   verify ms    naive ms   ratio");
    for (form, inputs, outputs) in [
        (Form::Wpkh, 1, 2),
        (Form::Wpkh, 250, 2),
        (Form::Wpkh, 1_000, 2),
        (Form::Tr, 1_000, 2),
        (Form::Wpkh, 5_000, 2),
        // As many bytes as are executed at most.
        (Form::Wpkh, 3_550, 5_000),
    ] {
        measure(form, inputs, outputs)?;
    }
    Ok(())
}

fn measure(form: Form, inputs: u32, outputs: u32) -> Result<()> {
    let secp = Secp256k1::new();
    let keys = Keys::new(form, &secp)?;
    let psbt = keys.request(inputs, outputs)?;
    let surroundings = Surroundings {
        network: NETWORK,
        wallets: vec![keys.wallet()?],
        address_book: AddressBook::new(vec![], NETWORK)?,
    };
    let checked = vitrine_bitcoin::decode(&psbt.serialize())?.check(&surroundings)?;
    let signatures = keys.sign(&psbt, inputs)?;
    let runs = if inputs < 1_000 { 11 } else { 1 };
    let ours = super::median(runs, || {
        std::hint::black_box(verify(&checked, &signatures)?);
        Ok(())
    })?;
    let verified = verify(&checked, &signatures)?;
    let theirs = super::median(runs, || naive(&verified, &psbt))?;
    println!(
        "{:<5} {inputs:>7} {outputs:>8} {:>11.1} {:>11.1} {:>7.2}",
        if form == Form::Wpkh { "wpkh" } else { "tr" },
        super::millis(ours),
        super::millis(theirs),
        super::ratio(ours, theirs)
    );
    Ok(())
}

fn naive(verified: &Verified, psbt: &Psbt) -> Result<()> {
    let bytes = verified.transaction().ok_or("not complete")?;
    let spent: Vec<&TxOut> = psbt.inputs.iter().filter_map(|input| input.witness_utxo.as_ref()).collect();
    let utxo = |output: &&TxOut| bitcoinconsensus::Utxo {
        script_pubkey: output.script_pubkey.as_bytes().as_ptr(),
        script_pubkey_len: output.script_pubkey.len() as u32,
        value: output.value.to_sat() as i64,
    };
    let utxos: Vec<_> = spent.iter().map(utxo).collect();
    for (n, output) in spent.iter().enumerate() {
        let (script, amount) = (output.script_pubkey.as_bytes(), output.value.to_sat());
        bitcoinconsensus::verify(script, amount, bytes, Some(&utxos), n).map_err(|e| format!("input {n}: {e:?}"))?;
    }
    Ok(())
}

struct Keys<'a> {
    form: Form,
    secp: &'a Secp256k1<All>,
    account: Xpriv,
    path: DerivationPath,
    master: Xpriv,
}

impl<'a> Keys<'a> {
    fn new(form: Form, secp: &'a Secp256k1<All>) -> Result<Self> {
        let seed = bip39::Mnemonic::from_str(&SEED.join(" ")).map_err(|e| e.to_string())?.to_seed_normalized("");
        let master = Xpriv::new_master(NetworkKind::Test, &seed)?;
        let path = DerivationPath::from_str(if form == Form::Wpkh { "84h/1h/0h" } else { "86h/1h/0h" })?;
        Ok(Self { form, secp, account: master.derive_priv(secp, &path)?, path, master })
    }

    fn wallet(&self) -> Result<Wallet> {
        let (fingerprint, xpub) = (self.master.fingerprint(self.secp), Xpub::from_priv(self.secp, &self.account));
        let word = if self.form == Form::Wpkh { "wpkh" } else { "tr" };
        let descriptor = format!("{word}([{fingerprint}/{}]{xpub}/<0;1>/*)", self.path);
        Ok(Wallet::parse("Treasury", &descriptor, Network::Testnet3)?)
    }

    fn key(&self, index: u32) -> Result<Keypair> {
        let steps = [ChildNumber::from_normal_idx(0)?, ChildNumber::from_normal_idx(index)?];
        Ok(self.account.derive_priv(self.secp, &steps)?.to_keypair(self.secp))
    }

    fn script(&self, key: &Keypair) -> Result<ScriptBuf> {
        Ok(match self.form {
            Form::Wpkh => ScriptBuf::new_p2wpkh(&PublicKey::new(key.public_key()).wpubkey_hash()?),
            Form::Tr => ScriptBuf::new_p2tr(self.secp, key.x_only_public_key().0, None),
        })
    }

    fn request(&self, inputs: u32, outputs: u32) -> Result<Psbt> {
        let (mut txins, mut maps) = (Vec::new(), Vec::new());
        let fingerprint = self.master.fingerprint(self.secp);
        for index in 0..inputs {
            let key = self.key(index)?;
            let utxo = TxOut { value: Amount::from_sat(100_000), script_pubkey: self.script(&key)? };
            let previous = previous(index, utxo.clone());
            txins.push(txin(OutPoint::new(previous.compute_txid(), 0)));
            let steps = [ChildNumber::from_normal_idx(0)?, ChildNumber::from_normal_idx(index)?];
            let source = (fingerprint, self.path.extend(steps));
            let mut map = Input { witness_utxo: Some(utxo), ..Input::default() };
            match self.form {
                Form::Wpkh => {
                    map.non_witness_utxo = Some(previous);
                    map.bip32_derivation.insert(key.public_key(), source);
                }
                Form::Tr => {
                    map.tap_key_origins.insert(key.x_only_public_key().0, (Vec::new(), source));
                }
            }
            maps.push(map);
        }
        let value = Amount::from_sat(90_000 * u64::from(inputs) / u64::from(outputs));
        let payee = |n: u32| {
            let mut hash = [7; 20];
            hash[..4].copy_from_slice(&n.to_be_bytes());
            TxOut { value, script_pubkey: ScriptBuf::new_p2wpkh(&bitcoin::WPubkeyHash::from_byte_array(hash)) }
        };
        let output = (0..outputs).map(payee).collect();
        let unsigned = Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input: txins, output };
        let mut psbt = Psbt::from_unsigned_tx(unsigned)?;
        psbt.inputs = maps;
        Ok(psbt)
    }

    fn sign(&self, psbt: &Psbt, inputs: u32) -> Result<Vec<ReturnedSignature>> {
        let spent: Vec<TxOut> = psbt.inputs.iter().filter_map(|input| input.witness_utxo.clone()).collect();
        let mut cache = SighashCache::new(&psbt.unsigned_tx);
        let mut signatures = Vec::new();
        for (n, utxo) in (0..inputs).zip(&spent) {
            let (key, input) = (self.key(n)?, n as usize);
            let signature = match self.form {
                Form::Wpkh => {
                    let kind = EcdsaSighashType::All;
                    let hash = cache.p2wpkh_signature_hash(input, &utxo.script_pubkey, utxo.value, kind)?;
                    let message = Message::from_digest(hash.to_byte_array());
                    self.secp.sign_ecdsa(&message, &key.secret_key()).serialize_der().to_vec()
                }
                Form::Tr => {
                    let prevouts = Prevouts::All(&spent);
                    let hash = cache.taproot_key_spend_signature_hash(input, &prevouts, TapSighashType::Default)?;
                    let message = Message::from_digest(hash.to_byte_array());
                    let tweaked = key.tap_tweak(self.secp, None).to_keypair();
                    self.secp.sign_schnorr_no_aux_rand(&message, &tweaked).serialize().to_vec()
                }
            };
            signatures.push(ReturnedSignature { input, public_key: PublicKey::new(key.public_key()), signature });
        }
        Ok(signatures)
    }
}

fn txin(previous_output: OutPoint) -> TxIn {
    TxIn { previous_output, script_sig: ScriptBuf::new(), sequence: Sequence::MAX, witness: Witness::new() }
}

/// A transaction that pays `output`, another one for each index.
fn previous(index: u32, output: TxOut) -> Transaction {
    let from = OutPoint::new(bitcoin::Txid::from_byte_array([9; 32]), index);
    Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input: vec![txin(from)], output: vec![output] }
}
