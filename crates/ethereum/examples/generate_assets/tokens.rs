//! `tokens.bin` and `token_signatures.bin`: Ledger's list of tokens, each signature verified.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Signature, U256};
use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};
use vitrine_ethereum::interface::{der, signed_part};

use crate::packages::Packages;
use crate::{Output, Result};

const LEDGER: &str = "@ledgerhq/cryptoassets";
const FOLDER: &str = "src/data/evm";

/// Ledger's public key for tokens. Source: LedgerHQ/app-ethereum, `doc/ethapp.adoc`, PROVIDE ERC 20 TOKEN INFORMATION.
const KEY: &str = "045e6c1020c14dc46442fe89f97c0b68cdb15976dc24f24c316e7b30fe4e8cc76b\
                   1489150c21514ebf440ff5dea5393d83de5358cd098fce8fd0f81daa94979183";

/// Tokens whose signature is over other bytes than those listed, all on test networks: no device takes them, and they
/// are left out. Any other that does not verify is an error.
const UNVERIFIED: [(u32, &str); 11] = [
    (1442, "0x439d8b540C1FC1E5dD095F92D45A8eE051B315e8"),
    (1442, "0x7C3cF2478399811F0a3CA14E9372A5CCe5d5bD8e"),
    (1442, "0x9ec1cE39Ec2EA7050fB40DD9195ac7CC15281C5B"),
    (84532, "0x036CbD53842c5426634e7929541eC2318f3dCF7e"),
    (421614, "0x75faf114eafb1BDbe2F0316DF893fd58CE46AA4d"),
    (534351, "0x389942E33440c00869B68d66f18335BF11974B87"),
    (11155111, "0x1c7D4B196Cb0C7B01d743Fbc6116a902379C7238"),
    (11155111, "0x868B328AB844B5236D832ea9E02E50419A1c34f3"),
    (11155111, "0xDA3f792Ec1fF2072ECeA9757B065b76337a9b0CC"),
    (11155420, "0x5fd84259d66Cd46123540766Be93DFE6D43130D7"),
    (168587773, "0xAbDe4CA021c955da2e004ACfa9a3f425ed96066a"),
];

/// A row of `erc20.json`: chain's name, id, ticker, decimals, name, signature, address, countervalue off, delisted,
/// launch date.
#[derive(Deserialize)]
struct Row(
    IgnoredAny,
    IgnoredAny,
    IgnoredAny,
    u8,
    IgnoredAny,
    String,
    Address,
    IgnoredAny,
    bool,
    #[serde(default)] IgnoredAny,
);

/// What is signed, and the signature as r and s.
struct Signed {
    ticker: String,
    decimals: u8,
    delisted: bool,
    signature: [u8; 64],
}

type Tokens = BTreeMap<(u32, Address), Signed>;

/// Makes `tokens.bin` and `token_signatures.bin`; their form is in `SOURCE.md`.
pub fn tokens(packages: &Packages) -> Result<[Output; 2]> {
    let mut all = Tokens::new();
    for name in packages.list(LEDGER, FOLDER)? {
        if let Ok(chain) = name.parse() {
            chain_tokens(packages, chain, &mut all)?;
        }
    }
    let signed = all.len();
    let mut wrong = Vec::new();
    for ((chain, address), token) in &all {
        if !signed_by_ledger(&signed_part(&token.ticker, *address, token.decimals, *chain), &token.signature)? {
            wrong.push((*chain, *address));
        }
    }
    let unverified = all.extract_if(.., |place, _| wrong.contains(place));
    let unverified: Vec<_> = unverified.map(|((chain, address), _)| (chain, address.to_checksum(None))).collect();
    if unverified.iter().map(|(chain, address)| (*chain, address.as_str())).ne(UNVERIFIED) {
        return Err(format!("signatures that do not verify: {unverified:?}").into());
    }
    println!("{} of {signed} signatures verify with Ledger's key; the others are left out", all.len());
    let rows = all.len();
    let signatures = all.values().flat_map(|token| token.signature).collect();
    Ok([
        Output { name: "tokens.bin", bytes: table(&all)?, rows },
        Output { name: "token_signatures.bin", bytes: signatures, rows },
    ])
}

/// Reads the signed blobs of a chain, each of which the list of the same chain has to have, and no other.
fn chain_tokens(packages: &Packages, chain: u32, all: &mut Tokens) -> Result<()> {
    let rows: Vec<Row> = packages.json(LEDGER, &format!("{FOLDER}/{chain}/erc20.json"))?;
    let mut listed: BTreeMap<_, _> = rows.iter().map(|row| (row.6, row)).collect();
    if listed.len() != rows.len() {
        return Err(format!("chain {chain}: a token is listed twice").into());
    }
    let text: String = packages.json(LEDGER, &format!("{FOLDER}/{chain}/erc20-signatures.json"))?;
    let bytes = data_encoding::BASE64.decode(text.as_bytes())?;
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        let (length, tail) = rest.split_first_chunk::<4>().ok_or("blobs are cut short")?;
        let length = usize::try_from(u32::from_be_bytes(*length))?;
        let (blob, tail) = tail.split_at_checked(length).ok_or("a blob is cut short")?;
        rest = tail;
        let (address, mut token) = read(blob, chain).ok_or_else(|| format!("chain {chain}: a blob of another form"))?;
        let row = listed.remove(&address).ok_or_else(|| format!("chain {chain}: {address} is not listed"))?;
        let hex = data_encoding::HEXLOWER.encode(&der(&token.signature));
        if (token.decimals, &hex) != (row.3, &row.5) {
            return Err(format!("chain {chain}: {address} is listed with other decimals or signature").into());
        }
        token.delisted = row.8;
        all.insert((chain, address), token);
    }
    match listed.keys().next() {
        None => Ok(()),
        Some(address) => Err(format!("chain {chain}: {address} is listed but not signed").into()),
    }
}

/// Length of the ticker, ticker, address, decimals, chain id, signature.
fn read(blob: &[u8], chain: u32) -> Option<(Address, Signed)> {
    let (length, rest) = blob.split_first()?;
    let (ticker, rest) = rest.split_at_checked(usize::from(*length))?;
    let (address, rest) = rest.split_first_chunk::<20>()?;
    let (decimals, rest) = rest.split_first_chunk::<4>()?;
    let (id, signature) = rest.split_first_chunk::<4>()?;
    if u32::from_be_bytes(*id) != chain {
        return None;
    }
    let token = Signed {
        ticker: String::from_utf8(ticker.to_vec()).ok()?,
        decimals: u8::try_from(u32::from_be_bytes(*decimals)).ok()?,
        delisted: false,
        signature: r_and_s(signature)?,
    };
    Some((Address::from(address), token))
}

/// Takes the DER form apart; none unless writing it again gives the same bytes.
pub fn r_and_s(signature: &[u8]) -> Option<[u8; 64]> {
    let r_length = usize::from(*signature.get(3)?);
    let r_end = r_length.checked_add(4)?;
    let number = |bytes: &[u8]| U256::try_from_be_slice(bytes.strip_prefix(&[0]).unwrap_or(bytes));
    let (r, s) = (number(signature.get(4..r_end)?)?, number(signature.get(r_end.checked_add(2)?..)?)?);
    let mut out = [0; 64];
    let (first, second) = out.split_at_mut(32);
    first.copy_from_slice(&r.to_be_bytes::<32>());
    second.copy_from_slice(&s.to_be_bytes::<32>());
    (der(&out) == signature).then_some(out)
}

/// Whether Ledger's key made the signature over SHA-256: it is one of the two that can be recovered from it.
pub fn signed_by_ledger(signed: &[u8], signature: &[u8; 64]) -> Result<bool> {
    let key = data_encoding::HEXLOWER.decode(KEY.as_bytes())?;
    let hash = B256::from_slice(&Sha256::digest(signed));
    Ok([false, true].into_iter().any(|parity| {
        let recovered = Signature::from_bytes_and_parity(signature, parity).recover_from_prehash(&hash);
        recovered.is_ok_and(|found| found.to_encoded_point(false).as_bytes() == key)
    }))
}

fn table(all: &Tokens) -> Result<Vec<u8>> {
    let mut tickers = String::new();
    let mut places = BTreeMap::new();
    for ticker in all.values().map(|token| token.ticker.as_str()).collect::<std::collections::BTreeSet<_>>() {
        places.insert(ticker, u32::try_from(tickers.len())?);
        tickers.push_str(ticker);
    }
    let mut out = b"vtokens1".to_vec();
    out.extend(u32::try_from(all.len())?.to_be_bytes());
    for ((chain, address), token) in all {
        out.extend(chain.to_be_bytes());
        out.extend(address);
        out.push(token.decimals);
        out.push(u8::from(token.delisted));
        out.extend(places.get(token.ticker.as_str()).ok_or("a ticker was lost")?.to_be_bytes());
        out.push(u8::try_from(token.ticker.len())?);
    }
    out.extend(tickers.into_bytes());
    Ok(out)
}
