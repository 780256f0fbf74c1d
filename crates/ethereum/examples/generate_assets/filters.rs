//! `typed_filters.txt`: how Ledger's app is to show typed data, each signature verified.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use alloy_primitives::{Address, hex};
use data_encoding::BASE64;
use serde::Deserialize;

use crate::packages::Packages;
use crate::tokens::{r_and_s, signed_by_ledger};
use crate::{Output, Result};

const LEDGER: &str = "@ledgerhq/cryptoassets-evm-signatures";
const FILE: &str = "lib/data/eip712_v2.json";

/// What Ledger says about typed data of one shape.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(rename = "contractName")]
    contract: Title,
    fields: Vec<Field>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Title {
    label: String,
    signature: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    format: String,
    label: String,
    path: String,
    coin_ref: Option<u8>,
    signature: String,
}

/// Makes `typed_filters.txt`; its form is in `SOURCE.md`.
pub fn filters(packages: &Packages) -> Result<Output> {
    let entries: BTreeMap<String, Entry> = packages.json(LEDGER, FILE)?;
    let mut text = format!("# {}, {FILE}: how Ledger's app shows typed data\n", packages.title(LEDGER)?);
    let mut sorted = BTreeMap::new();
    for (key, entry) in &entries {
        sorted.insert(place(key)?, entry);
    }
    let mut rows = 0usize;
    for ((chain, address, schema), entry) in sorted {
        let base = [&chain.to_be_bytes(), address.as_slice(), &schema].concat();
        let count = u8::try_from(entry.fields.len())?;
        let title = &entry.contract;
        let signed = [&[183], base.as_slice(), &[count], title.label.as_bytes()].concat();
        let signature = verified(&signed, &title.signature)?;
        let (address, schema) = (address.to_checksum(None), hex::encode(schema));
        writeln!(text, "typed {chain} {address} {schema} {signature} {}", line(&title.label)?)?;
        for field in &entry.fields {
            writeln!(text, "{}", row(field, &base).map_err(|e| format!("{address} {}: {e}", field.path))?)?;
        }
        rows += 1 + entry.fields.len();
    }
    println!("{rows} signatures of filters for typed data verify with Ledger's key");
    Ok(Output { name: "typed_filters.txt", bytes: text.into_bytes(), rows })
}

/// `chain:contract:schema hash`.
fn place(key: &str) -> Result<(u64, Address, [u8; 28])> {
    let parts: Vec<_> = key.split(':').collect();
    let [chain, address, schema] = *parts else { return Err(format!("{key}: not three parts").into()) };
    let schema = hex::decode(schema)?.try_into().map_err(|_| format!("{key}: no SHA-224"))?;
    Ok((chain.parse()?, address.parse()?, schema))
}

/// The bytes that are signed, in the order of `doc/ethapp.adoc` of LedgerHQ/app-ethereum, EIP712 FILTERING.
fn row(field: &Field, base: &[u8]) -> Result<String> {
    let path = field.path.as_bytes();
    let label = field.label.as_bytes();
    let (magic, word, behind) = match (field.format.as_str(), field.coin_ref) {
        ("raw", None) => (72, "raw".to_owned(), label.to_vec()),
        ("datetime", None) => (33, "datetime".to_owned(), label.to_vec()),
        ("token", Some(index)) => (11, format!("token {index}"), vec![index]),
        ("amount", Some(index)) => (22, format!("amount {index}"), [label, &[index]].concat()),
        (other, index) => return Err(format!("format {other}, token {index:?}").into()),
    };
    let signed = [&[magic], base, path, &behind].concat();
    let signature = verified(&signed, &field.signature)?;
    if field.path.contains(' ') {
        return Err("a blank in a path".into());
    }
    // The label of a token is not signed.
    let label = if field.format == "token" { String::new() } else { format!(" {}", line(&field.label)?) };
    Ok(format!("{word} {} {signature}{label}", field.path))
}

/// A label of one line of ASCII.
fn line(label: &str) -> Result<&str> {
    let is_line = label.bytes().all(|b| (0x20..0x7f).contains(&b)) && label.trim() == label && !label.is_empty();
    if is_line { Ok(label) } else { Err(format!("label {label:?}").into()) }
}

fn verified(signed: &[u8], signature: &str) -> Result<String> {
    let scalars = r_and_s(&hex::decode(signature)?).ok_or("a signature of another form")?;
    if signed_by_ledger(signed, &scalars)? { Ok(BASE64.encode(&scalars)) } else { Err("a wrong signature".into()) }
}
