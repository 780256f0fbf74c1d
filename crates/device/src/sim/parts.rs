//! Parts of a transaction as they arrive, checked as the firmware checks them.

use bitcoin::hashes::Hash;
use bitcoin::script::PushBytesBuf;
use bitcoin::{Address, Amount, OutPoint, ScriptBuf, Sequence, TxIn, TxOut, Txid, Witness};
use trezor_client::protos::tx_ack::TransactionType;
use trezor_client::protos::tx_ack::transaction_type::{TxInputType, TxOutputType};
use trezor_client::protos::{InputScriptType, OutputScriptType};

use super::Refusal;
use super::keys::{Coin, Keys, OwnKey};
use super::multisig::Multisig;

/// An input of the transaction to be signed.
pub(super) struct Input {
    pub(super) arrived: TxInputType,
    /// None for an input that somebody else signs.
    pub(super) key: Option<OwnKey>,
    pub(super) form: InputScriptType,
    pub(super) multisig: Option<Multisig>,
    pub(super) spent: TxOut,
    pub(super) txin: TxIn,
}

impl Input {
    pub(super) fn read(part: &TransactionType, keys: &Keys, coin: Coin) -> Result<Self, Refusal> {
        let arrived = only(&part.inputs)?.clone();
        let form = arrived.script_type.map_or(Ok(InputScriptType::SPENDADDRESS), |form| form.enum_value());
        let form = form.map_err(|_| Refusal::data("Unknown script type"))?;
        let multisig = arrived.multisig.as_ref().map(Multisig::read).transpose()?;
        let amount = arrived.amount.ok_or(Refusal::data("Missing amount field"))?;
        let (key, script_pubkey) = if form == InputScriptType::EXTERNAL {
            (None, external_script(&arrived)?)
        } else {
            if arrived.address_n.is_empty() {
                return Err(Refusal::data("Missing address_n field."));
            }
            if arrived.script_pubkey.is_some() {
                return Err(Refusal::data("Input's script_pubkey provided but not expected."));
            }
            let key = keys.own(&arrived.address_n, form, multisig.as_ref(), coin)?;
            let script_pubkey = key.script_pubkey();
            (Some(key), script_pubkey)
        };
        let spent = TxOut { value: Amount::from_sat(amount), script_pubkey };
        let txin = txin(&arrived, ScriptBuf::new())?;
        Ok(Self { arrived, key, form, multisig, spent, txin })
    }

    pub(super) fn own_key(&self) -> Result<&OwnKey, Refusal> {
        self.key.as_ref().ok_or(Refusal::process("Not an input of this device"))
    }

    pub(super) fn is_external(&self) -> bool {
        self.form == InputScriptType::EXTERNAL
    }

    /// Whether somebody else's input arrived with its signature.
    pub(super) fn is_presigned(&self) -> bool {
        self.is_external() && !(self.arrived.witness().is_empty() && self.arrived.script_sig().is_empty())
    }

    /// An input of the device with a witness.
    pub(super) fn is_segwit(&self) -> bool {
        let legacy = [InputScriptType::SPENDADDRESS, InputScriptType::SPENDMULTISIG, InputScriptType::EXTERNAL];
        !legacy.contains(&self.form)
    }

    pub(super) fn is_taproot(&self) -> bool {
        self.form == InputScriptType::SPENDTAPROOT
    }
}

fn external_script(arrived: &TxInputType) -> Result<ScriptBuf, Refusal> {
    if !arrived.address_n.is_empty() || arrived.multisig.is_some() {
        return Err(Refusal::data("Input's address_n provided but not expected."));
    }
    if arrived.ownership_proof.is_some() {
        return Err(Refusal::process("Proofs of ownership are not simulated"));
    }
    let script = arrived.script_pubkey.clone().filter(|script| !script.is_empty());
    script.map(ScriptBuf::from).ok_or(Refusal::data("Missing script_pubkey field."))
}

/// An output of the transaction to be signed.
pub(super) struct Output {
    pub(super) arrived: TxOutputType,
    pub(super) txout: TxOut,
    pub(super) to: To,
}

/// Where an output goes.
pub(super) enum To {
    Address(String),
    Path { address: String, form: OutputScriptType, multisig: Option<Multisig> },
    Data(Vec<u8>),
}

impl Output {
    pub(super) fn read(part: &TransactionType, keys: &Keys, coin: Coin) -> Result<Self, Refusal> {
        let arrived = only(&part.outputs)?.clone();
        let amount = arrived.amount.ok_or(Refusal::data("Missing amount field"))?;
        let form = arrived.script_type.map_or(Ok(OutputScriptType::PAYTOADDRESS), |form| form.enum_value());
        let form = form.map_err(|_| Refusal::data("Unknown script type"))?;
        let (to, script_pubkey) = match (&arrived.address, arrived.address_n.is_empty(), form) {
            (None, true, OutputScriptType::PAYTOOPRETURN) => data(&arrived, amount)?,
            (_, _, OutputScriptType::PAYTOOPRETURN) => return Err(Refusal::data("OP_RETURN output with an address")),
            (Some(_), false, _) => return Err(Refusal::data("Both address and address_n provided")),
            (Some(address), true, OutputScriptType::PAYTOADDRESS) => foreign(address, coin)?,
            (None, false, form) => own(&arrived, form, keys, coin)?,
            _ => return Err(Refusal::data("Missing address")),
        };
        let txout = TxOut { value: Amount::from_sat(amount), script_pubkey };
        Ok(Self { arrived, txout, to })
    }
}

fn data(arrived: &TxOutputType, amount: u64) -> Result<(To, ScriptBuf), Refusal> {
    let bytes = arrived.op_return_data.clone().ok_or(Refusal::data("OP_RETURN output without op_return_data"))?;
    if amount != 0 {
        return Err(Refusal::data("OP_RETURN output with non-zero amount"));
    }
    let push = PushBytesBuf::try_from(bytes.clone()).map_err(|_| Refusal::data("OP_RETURN data too long"))?;
    Ok((To::Data(bytes), ScriptBuf::new_op_return(push)))
}

fn foreign(address: &str, coin: Coin) -> Result<(To, ScriptBuf), Refusal> {
    let parsed = address.parse::<Address<_>>().ok().and_then(|parsed| parsed.require_network(coin.network()).ok());
    let script_pubkey = parsed.ok_or(Refusal::data("Invalid address"))?.script_pubkey();
    Ok((To::Address(address.to_owned()), script_pubkey))
}

fn own(arrived: &TxOutputType, form: OutputScriptType, keys: &Keys, coin: Coin) -> Result<(To, ScriptBuf), Refusal> {
    let input_form = input_form(form).ok_or(Refusal::data("Output's address_n provided but not expected"))?;
    let multisig = arrived.multisig.as_ref().map(Multisig::read).transpose()?;
    let address = keys.own(&arrived.address_n, input_form, multisig.as_ref(), coin)?.address;
    let script_pubkey = address.script_pubkey();
    Ok((To::Path { address: address.to_string(), form, multisig }, script_pubkey))
}

/// The input form that the same key and purpose have.
pub(super) const fn input_form(form: OutputScriptType) -> Option<InputScriptType> {
    match form {
        OutputScriptType::PAYTOADDRESS => Some(InputScriptType::SPENDADDRESS),
        OutputScriptType::PAYTOMULTISIG => Some(InputScriptType::SPENDMULTISIG),
        OutputScriptType::PAYTOP2SHWITNESS => Some(InputScriptType::SPENDP2SHWITNESS),
        OutputScriptType::PAYTOWITNESS => Some(InputScriptType::SPENDWITNESS),
        OutputScriptType::PAYTOTAPROOT => Some(InputScriptType::SPENDTAPROOT),
        _ => None,
    }
}

/// Reads an input of a previous transaction.
pub(super) fn previous_input(part: &TransactionType) -> Result<TxIn, Refusal> {
    let arrived = only(&part.inputs)?;
    txin(arrived, ScriptBuf::from(arrived.script_sig.clone().unwrap_or_default()))
}

/// Reads an output of a previous transaction.
pub(super) fn previous_output(part: &TransactionType) -> Result<TxOut, Refusal> {
    let arrived = only(&part.bin_outputs)?;
    let amount = arrived.amount.ok_or(Refusal::data("Missing amount field"))?;
    let script = arrived.script_pubkey.clone().ok_or(Refusal::data("Missing script_pubkey field"))?;
    Ok(TxOut { value: Amount::from_sat(amount), script_pubkey: ScriptBuf::from(script) })
}

fn txin(arrived: &TxInputType, script_sig: ScriptBuf) -> Result<TxIn, Refusal> {
    let hash = arrived.prev_hash.as_deref().and_then(|hash| <[u8; 32]>::try_from(hash).ok());
    let mut hash = hash.ok_or(Refusal::data("Provided prev_hash is invalid"))?;
    hash.reverse();
    let vout = arrived.prev_index.ok_or(Refusal::data("Missing prev_index field"))?;
    Ok(TxIn {
        previous_output: OutPoint { txid: Txid::from_byte_array(hash), vout },
        script_sig,
        sequence: Sequence(arrived.sequence.unwrap_or(u32::MAX)),
        witness: Witness::new(),
    })
}

fn only<T>(parts: &[T]) -> Result<&T, Refusal> {
    match parts {
        [part] => Ok(part),
        _ => Err(Refusal::data("Expected exactly one part")),
    }
}
