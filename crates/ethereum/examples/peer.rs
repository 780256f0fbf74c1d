//! The library as other programs ask it, for `tests/peers`: one JSON object a line in, one a line out.
//!
//! In is `{"op": ..., ...}`, bytes as hexadecimal digits. Out is what the operation found, or `{"refused": why}`. Nothing
//! here signs: the peers do.

use std::error::Error;
use std::io::{BufRead as _, Write as _};
use std::str::FromStr as _;

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use vitrine_ethereum::alloy_primitives::{Address, B256, U256};
use vitrine_ethereum::effect::{Asset, Consequence, Entry, Limit, Subject};
use vitrine_ethereum::interface::{BoundContract, BoundInterface, Interfaces};
use vitrine_ethereum::safe::{OwnerSignature, SafeBundle, SafeVersion, pack_signatures};
use vitrine_ethereum::sign_request::encode_batch;
use vitrine_ethereum::transaction::Fee;
use vitrine_ethereum::typed_data::TypedData;
use vitrine_ethereum::{
    BatchSignRequest, CheckedRequest, Payload, RequestForm, ReturnedSignature, SafeAccount, SignRequest, Surroundings,
    Transaction, Verified, decode, verify, verify_response, verify_transaction,
};
use vitrine_review::Context;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let asked = serde_json::from_str(&line?)?;
        let found = answer(&asked).unwrap_or_else(|error| json!({ "refused": error.to_string() }));
        writeln!(out, "{found}")?;
    }
    Ok(())
}

fn answer(asked: &Value) -> Result<Value> {
    match text(asked, "op")? {
        "typed_data" => typed_data(asked),
        "transaction" => Ok(transaction(&read_transaction(asked)?)),
        "sign_request" => sign_request(&SignRequest::decode(&bytes(asked, "cbor")?)?),
        "batch" => batch(asked),
        "sign" => sign(asked),
        "answers" => answers(asked),
        "returned" => returned(asked),
        "safe" => safe(asked),
        "pack" => pack(asked),
        op => Err(format!("no operation {op}").into()),
    }
}

fn text<'a>(asked: &'a Value, key: &str) -> Result<&'a str> {
    asked.get(key).and_then(Value::as_str).ok_or_else(|| format!("{key} is missing").into())
}

fn bytes(asked: &Value, key: &str) -> Result<Vec<u8>> {
    hex(text(asked, key)?)
}

fn hex(digits: &str) -> Result<Vec<u8>> {
    Ok(HEXLOWER.decode(digits.as_bytes())?)
}

fn array<'a>(asked: &'a Value, key: &str) -> Result<&'a [Value]> {
    asked.get(key).and_then(Value::as_array).map(Vec::as_slice).ok_or_else(|| format!("{key} is missing").into())
}

fn address(asked: &Value, key: &str) -> Result<Address> {
    Ok(Address::try_from(bytes(asked, key)?.as_slice())?)
}

fn shown(bytes: impl AsRef<[u8]>) -> String {
    HEXLOWER.encode(bytes.as_ref())
}

fn typed_data(asked: &Value) -> Result<Value> {
    let data = TypedData::decode(text(asked, "json")?.as_bytes(), 0)?;
    Ok(json!([shown(data.domain_hash()), shown(data.message_hash()), shown(data.digest())]))
}

/// An unsigned transaction, or the one within an `eth-sign-request`.
fn read_transaction(asked: &Value) -> Result<Transaction> {
    Ok(Transaction::from_request(&bytes(asked, "unsigned")?)?)
}

fn transaction(tx: &Transaction) -> Value {
    let access = |item: &vitrine_ethereum::transaction::AccessListItem| {
        let keys: Vec<String> = item.storage_keys.iter().map(|key| shown(key.value)).collect();
        json!([shown(item.address.value), keys])
    };
    let mut found = json!({
        "type": tx.transaction_type().number(),
        "chain_id": tx.chain_id().value.to_string(),
        "nonce": tx.nonce().value.to_string(),
        "gas_limit": tx.gas_limit().value.to_string(),
        "to": tx.to().value.map(shown),
        "value": tx.value_wei().value.to_string(),
        "data": shown(tx.data().value.bytes()),
        "access_list": tx.access_list().iter().map(access).collect::<Vec<_>>(),
        "authorization_list": authorizations(tx),
        "signing_hash": shown(tx.signing_hash()),
    });
    let fees = match tx.fee() {
        Fee::GasPrice { gas_price_wei } => vec![gas_price_wei.value],
        Fee::Dynamic { max_priority_fee_per_gas_wei, max_fee_per_gas_wei } => {
            vec![max_priority_fee_per_gas_wei.value, max_fee_per_gas_wei.value]
        }
    };
    let blobs = tx.blobs().map(|blobs| {
        let hashes: Vec<String> = blobs.blob_versioned_hashes.iter().map(|hash| shown(hash.value)).collect();
        json!([blobs.max_fee_per_blob_gas_wei.value.to_string(), hashes])
    });
    if let Some(found) = found.as_object_mut() {
        found.insert("fees".to_owned(), json!(fees.iter().map(ToString::to_string).collect::<Vec<_>>()));
        found.insert("blobs".to_owned(), json!(blobs));
    }
    found
}

fn authorizations(tx: &Transaction) -> Vec<Value> {
    let one = |item: &vitrine_ethereum::transaction::Authorization| {
        json!({
            "chain_id": item.chain_id.value.to_string(),
            "address": shown(item.address.value),
            "nonce": item.nonce.value.to_string(),
            "y_parity": item.y_parity.value,
            "r": item.r.value.to_string(),
            "s": item.s.value.to_string(),
            "authority": item.authority.map(shown),
        })
    };
    tx.authorization_list().iter().map(one).collect()
}

fn sign_request(request: &SignRequest) -> Result<Value> {
    let signed = match request.payload() {
        Payload::Transaction(tx) => json!({ "transaction": transaction(tx) }),
        Payload::TypedData(data) => json!({ "hash": shown(data.digest()) }),
        Payload::Message(message) => json!({ "hash": shown(message.digest()) }),
        Payload::SafeBundle(_) => return Err("an eth-sign-request holds no Safe bundle".into()),
    };
    Ok(json!({
        "request_id": request.request_id().map(|id| shown(id.value)),
        "path": request.derivation_path().to_bip32(),
        "source_fingerprint": request.derivation_path().source_fingerprint().map(|f| format!("{:08x}", f.value)),
        "chain_id": request.stated_chain_id().map(|id| id.value.to_string()),
        "address": request.address().map(|address| shown(address.value)),
        "origin": request.origin().map(|origin| origin.value.clone()),
        "signs": signed,
    }))
}

fn batch(asked: &Value) -> Result<Value> {
    let batch = BatchSignRequest::decode(&bytes(asked, "cbor")?)?;
    Ok(batch.requests().iter().map(sign_request).collect::<Result<Vec<_>>>()?.into())
}

/// A request as it came, checked without a ceremony folder: an unsigned transaction, or an `eth-sign-request`.
fn checked(asked: &Value) -> Result<CheckedRequest> {
    let (bytes, form) = match asked.get("cbor") {
        Some(_) => (bytes(asked, "cbor")?, RequestForm::EthSignRequest),
        None => (bytes(asked, "unsigned")?, RequestForm::Transaction),
    };
    let request = decode(&bytes, form)?;
    let chain_id = match request.asked().payload() {
        Payload::Transaction(tx) => tx.chain_id().value,
        _ => 1,
    };
    Ok(request.check(&Surroundings::without_folder(chain_id))?)
}

/// The reviewed request with the device's r, s and v: verified, the transaction and the answer built.
fn verified(asked: &Value) -> Result<(CheckedRequest, Verified)> {
    let checked = checked(asked)?;
    let returned = ReturnedSignature::from_bytes(&bytes(asked, "signature")?)?;
    let verified = verify(checked.signable(), address(asked, "signer")?, &returned)?;
    Ok((checked, verified))
}

fn sign(asked: &Value) -> Result<Value> {
    let (checked, verified) = verified(asked)?;
    let answer = verified.to_eth_signature(checked.request_id(), Some("Vitrine"));
    Ok(json!({
        "signed": verified.transaction().map(shown),
        "transaction_hash": verified.transaction_hash().map(shown),
        "hash": shown(verified.hash()),
        "answer": shown(answer.encode()),
    }))
}

/// An `eth-batch-signature` of answers to these requests.
fn answers(asked: &Value) -> Result<Value> {
    let one = |asked: &Value| -> Result<_> {
        let (checked, verified) = verified(asked)?;
        Ok(verified.to_eth_signature(checked.request_id(), None))
    };
    let answers = array(asked, "requests")?.iter().map(one).collect::<Result<Vec<_>>>()?;
    Ok(json!(shown(encode_batch(&answers))))
}

/// What came back whole: a signed transaction, or an `eth-signature`.
fn returned(asked: &Value) -> Result<Value> {
    let (checked, signer) = (checked(asked)?, address(asked, "signer")?);
    let verified = match (asked.get("answer"), checked.payload()) {
        (None, Payload::Transaction(tx)) => verify_transaction(tx, signer, &bytes(asked, "signed")?)?,
        _ => verify_response(checked.signable(), signer, checked.request_id(), &bytes(asked, "answer")?)?,
    };
    Ok(json!({ "signed": verified.transaction().map(shown), "hash": shown(verified.hash()) }))
}

/// A Safe bundle of a registered Safe: hashes, consequences and the review.
fn safe(asked: &Value) -> Result<Value> {
    let bundle = text(asked, "bundle")?.as_bytes();
    let read = SafeBundle::decode(bundle, 0)?;
    let owners: Vec<String> = array(asked, "owners")?.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let owners = owners.iter().enumerate().map(|(i, owner)| Ok((format!("Owner {i}"), Address::from_str(owner)?)));
    let account = SafeAccount {
        name: "Treasury".to_owned(),
        address: read.safe,
        version: read.version,
        owners: owners.collect::<Result<_>>()?,
        threshold: asked.get("threshold").and_then(Value::as_u64).unwrap_or_default(),
    };
    let surroundings = Surroundings {
        chain_id: read.chain_id,
        accounts: Vec::new(),
        safes: vec![account],
        book: Vec::new(),
        interfaces: Interfaces::with_contracts(contracts(asked, read.chain_id)?)?,
    };
    let checked = decode(bundle, RequestForm::Json)?.check(&surroundings)?;
    let review = checked.review(&Context::default());
    let findings: Vec<Value> = review.findings().iter().map(|f| json!([f.severity.word(), f.code])).collect();
    Ok(json!({
        "hashes": [shown(read.hashes.domain), shown(read.hashes.message), shown(read.hashes.safe_tx)],
        "signs": shown(checked.signable().hash()),
        "sentences": review.effects().list.iter().map(|effect| effect.sentence.clone()).collect::<Vec<_>>(),
        "effects": checked.ledger().iter().map(effect).collect::<Vec<_>>(),
        "findings": findings,
        "unknown_bytes": review.account().unknown(),
        "versions": SafeVersion::ALL.map(SafeVersion::text),
    }))
}

/// Contracts that a ceremony folder would bind: address and the name of a built-in interface of each.
fn contracts(asked: &Value, chain_id: u64) -> Result<Vec<BoundContract>> {
    let Ok(list) = array(asked, "contracts") else { return Ok(Vec::new()) };
    let bound = |one: &Value| {
        let interface = BoundInterface::Named(text(one, "interface")?.to_owned());
        Ok(BoundContract { chain_id, address: address(one, "address")?, name: "Bound".to_owned(), interface })
    };
    list.iter().map(bound).collect()
}

fn effect(entry: &Entry) -> Value {
    match &entry.consequence {
        Consequence::Leaves { asset, amount, from, to } => json!({
            "what": "leaves", "asset": asset_text(asset), "amount": amount.to_string(),
            "from": shown(from), "to": to.map(shown),
        }),
        Consequence::MaySpend { asset, limit, owner, spender, until } => json!({
            "what": "may spend", "asset": asset_text(asset), "limit": limit_text(limit),
            "owner": shown(owner), "spender": shown(spender), "until": until.map(|until| until.to_string()),
        }),
        Consequence::Controls { what, over, subject } => json!({
            "what": format!("{what:?}"), "over": shown(over), "subject": subject_value(subject),
        }),
        other => json!({ "what": format!("{other:?}") }),
    }
}

fn asset_text(asset: &Asset) -> String {
    match asset {
        Asset::Native => "native".to_owned(),
        Asset::Token(contract) => shown(contract),
        Asset::Nft(contract, id) | Asset::Multi(contract, id) => format!("{} {id}", shown(contract)),
        Asset::Everything(contract) => format!("{} all", shown(contract)),
    }
}

fn limit_text(limit: &Limit) -> Option<String> {
    match limit {
        Limit::AtMost(amount) => Some(amount.to_string()),
        Limit::Unlimited => None,
    }
}

fn subject_value(subject: &Subject) -> Value {
    match subject {
        Subject::Account(account) => json!([shown(account)]),
        Subject::AccountWith(account, number) => json!([shown(account), number.to_string()]),
        Subject::Number(number) => json!([number.to_string()]),
        Subject::Hash(hash) => json!([shown(hash)]),
        other => json!([format!("{other:?}")]),
    }
}

/// Owners' signatures over a hash, each recovered, packed for `execTransaction`.
fn pack(asked: &Value) -> Result<Value> {
    let hash = B256::try_from(bytes(asked, "hash")?.as_slice())?;
    let one = |digits: &Value| -> Result<OwnerSignature> {
        let bytes: [u8; 65] = hex(digits.as_str().unwrap_or_default())?.try_into().map_err(|_| "not 65 bytes")?;
        let (r, rest) = bytes.split_first_chunk::<32>().ok_or("no r")?;
        let (s, v) = rest.split_first_chunk::<32>().ok_or("no s")?;
        let parity = v.first().copied().unwrap_or_default() == 28;
        let (r, s) = (U256::from_be_bytes(*r), U256::from_be_bytes(*s));
        let owner = vitrine_ethereum::Signature::new(r, s, parity)?.recover(hash)?;
        Ok(OwnerSignature { owner, bytes })
    };
    let signatures = array(asked, "signatures")?.iter().map(one).collect::<Result<Vec<_>>>()?;
    let owners: Vec<String> = signatures.iter().map(|signature| shown(signature.owner)).collect();
    Ok(json!({ "owners": owners, "packed": shown(pack_signatures(&signatures)?) }))
}
