//! The files of a ceremony folder for Ethereum.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use vitrine_ethereum::alloy_primitives::{Address, U256, hex};
use vitrine_ethereum::interface::{BoundContract, BoundInterface, Interfaces, chain_id, chain_name, functions_of_abi};
use vitrine_ethereum::{BookEntry, OwnAccount, SafeAccount, Surroundings};
use vitrine_review::escape;

use super::{
    ADDRESSES, CEREMONY, ExceptionToml, Listed, Parts, check_version, exceptions, listed_addresses, name, parse_toml,
    toml_file, wallet_files,
};
use crate::approval::{
    ApprovalPolicy, EthereumRules, Recipients, TokenLimit, TypedDataRule, UnknownCall, WorstCaseRule,
};
use crate::chain::{Chain, Known};
use crate::error::FolderError;
use crate::limits;
use crate::stated::{Stated, StatedToml};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CeremonyToml {
    version: u32,
    title: String,
    #[serde(rename = "chain")]
    _chain: String,
    network: String,
    chain_id: u64,
    #[serde(default)]
    approval: ApprovalToml,
    #[serde(default)]
    stated: StatedToml,
    #[serde(default)]
    exception: Vec<ExceptionToml>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ApprovalToml {
    max_amount_wei: Option<String>,
    max_fee_wei: Option<String>,
    #[serde(default)]
    recipients: Recipients,
    #[serde(default)]
    worst_case: WorstCaseRule,
    #[serde(default)]
    typed_data: TypedDataRule,
    #[serde(default)]
    sign_twice: bool,
    #[serde(default)]
    token: Vec<TokenToml>,
    #[serde(default)]
    unknown_call: Vec<UnknownCallToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenToml {
    contract: String,
    max_base_units: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnknownCallToml {
    contract: String,
    selector: Option<String>,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WalletToml {
    version: u32,
    name: String,
    address: Option<String>,
    path: Option<String>,
    safe: Option<String>,
    safe_version: Option<String>,
    threshold: Option<u64>,
    #[serde(default)]
    owner: Vec<OwnerToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnerToml {
    name: String,
    address: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContractsToml {
    version: u32,
    #[serde(default)]
    contract: Vec<ContractToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContractToml {
    address: String,
    name: String,
    interface: Option<String>,
    abi: Option<String>,
}

/// Whether a file is one of `contracts/`: what lies where, or an ABI.
pub(super) fn is_contracts(path: &str) -> bool {
    let toml_or_json = |name: &str| name.ends_with(".toml") || name.ends_with(".json");
    path.strip_prefix("contracts/").is_some_and(|name| toml_or_json(name) && !name.contains('/'))
}

/// Reads the whole folder.
pub(super) fn read(files: &BTreeMap<String, Vec<u8>>) -> Result<Parts, FolderError> {
    let ceremony: CeremonyToml = toml_file(files, CEREMONY)?;
    check_version(CEREMONY, ceremony.version)?;
    let chain_id = checked_chain(&ceremony.network, ceremony.chain_id)?;
    let (accounts, safes) = wallets(files)?;
    let interfaces = Interfaces::with_contracts(contracts(files, chain_id)?);
    let interfaces = interfaces.map_err(|error| schema("contracts/*.toml", error.to_string()))?;
    let wallet_names = accounts.iter().map(|a| a.name.clone()).chain(safes.iter().map(|s| s.name.clone())).collect();
    let surroundings = Surroundings::new(chain_id, accounts, safes, book(files)?, interfaces);
    Ok(Parts {
        title: name(CEREMONY, ceremony.title)?,
        known: Known::Ethereum(Box::new(surroundings)),
        approval: approval(ceremony.approval, ceremony.exception)?,
        stated: Stated::read(&ceremony.stated).map_err(|reason| schema(CEREMONY, reason))?,
        wallet_names,
        wallet_files: Vec::new(),
    })
}

fn schema(file: &str, reason: String) -> FolderError {
    FolderError::Schema { file: escape(file), reason }
}

/// The number, if the name is that chain's.
fn checked_chain(network: &str, id: u64) -> Result<u64, FolderError> {
    let agrees = match chain_name(id) {
        Some(known) => known == network,
        None => id != 0 && chain_id(network).is_none() && name(CEREMONY, network.to_owned()).is_ok(),
    };
    if agrees {
        return Ok(id);
    }
    let known = chain_name(id).map_or("a chain that has no name here".to_owned(), |name| format!("named {name}"));
    let reason = format!("network is “{}”, and chain_id {id} is {known}. They must agree", escape(network));
    Err(schema(CEREMONY, reason))
}

fn address(file: &str, text: &str) -> Result<Address, FolderError> {
    let digits = text.strip_prefix("0x").unwrap_or_default();
    let is_mixed =
        digits.contains(|c: char| c.is_ascii_lowercase()) && digits.contains(|c: char| c.is_ascii_uppercase());
    let parsed: Option<Address> = if digits.len() == 40 { digits.parse().ok() } else { None };
    match parsed {
        Some(address) if address.is_zero() => Err(schema(file, "the empty address is nobody's".to_owned())),
        Some(address) if !is_mixed || address.to_checksum(None) == text => Ok(address),
        Some(_) => {
            let reason =
                format!("{}: a character is wrong, by the checksum (EIP-55). Copy the address again", escape(text));
            Err(schema(file, reason))
        }
        None => {
            let shown: String = text.chars().take(limits::MAX_NAME_CHARS).collect();
            Err(schema(file, format!("“{}” is not an address: 0x and 40 hex digits", escape(&shown))))
        }
    }
}

fn wallets(files: &BTreeMap<String, Vec<u8>>) -> Result<(Vec<OwnAccount>, Vec<SafeAccount>), FolderError> {
    let (mut accounts, mut safes) = (Vec::new(), Vec::new());
    let mut addresses = BTreeSet::new();
    for (path, name, toml) in wallet_files(files, |toml: &WalletToml| (toml.version, toml.name.clone()))? {
        let own = match &toml.safe {
            None => {
                accounts.push(account(path, name, &toml)?);
                accounts.last().map(|account| account.address)
            }
            Some(safe) => {
                safes.push(safe_account(path, name, safe, &toml)?);
                safes.last().map(|safe| safe.address)
            }
        };
        if own.is_some_and(|own| !addresses.insert(own)) {
            return Err(schema(path, "another wallet has this address already".to_owned()));
        }
    }
    Ok((accounts, safes))
}

fn account(file: &str, name: String, toml: &WalletToml) -> Result<OwnAccount, FolderError> {
    let is_account = toml.safe_version.is_none() && toml.threshold.is_none() && toml.owner.is_empty();
    let (Some(text), Some(path), true) = (&toml.address, &toml.path, is_account) else {
        let reason = "a wallet is either an account with address and path, or a safe with safe_version, threshold and \
                      its owners";
        return Err(schema(file, reason.to_owned()));
    };
    let path = key_path(path).ok_or_else(|| {
        schema(file, format!("“{}” is not a path of a key: write it as m/44'/60'/0'/0/0", escape(path)))
    })?;
    Ok(OwnAccount { name, address: address(file, text)?, path })
}

/// Steps of a BIP-32 path, hardened ones with their highest bit set.
fn key_path(text: &str) -> Option<Vec<u32>> {
    const HARDENED: u32 = 1 << 31;
    let steps: Vec<&str> = text.strip_prefix("m/")?.split('/').collect();
    let step = |step: &str| {
        let index = step.strip_suffix('\'').or_else(|| step.strip_suffix('h'));
        let digits = index.unwrap_or(step);
        let number = digits.parse().ok().filter(|n| *n < HARDENED && !digits.starts_with('+'))?;
        Some(if index.is_some() { number | HARDENED } else { number })
    };
    if steps.len() > limits::MAX_PATH_STEPS { None } else { steps.into_iter().map(step).collect() }
}

fn safe_account(file: &str, name_of_safe: String, safe: &str, toml: &WalletToml) -> Result<SafeAccount, FolderError> {
    let (Some(version), Some(threshold), None, None) = (&toml.safe_version, toml.threshold, &toml.address, &toml.path)
    else {
        let reason = "a safe has safe_version, threshold and [[owner]], and neither address nor path";
        return Err(schema(file, reason.to_owned()));
    };
    let version = version.parse().map_err(|e| schema(file, format!("safe_version “{}”: {e}", escape(version))))?;
    let owner = |toml: &OwnerToml| Ok((name(file, toml.name.clone())?, address(file, &toml.address)?));
    let owners = toml.owner.iter().map(owner).collect::<Result<Vec<_>, FolderError>>()?;
    let distinct: BTreeSet<_> = owners.iter().map(|(_, address)| *address).collect();
    if distinct.len() != owners.len() || owners.len() > limits::MAX_OWNERS {
        let reason = format!("each owner stands once, and there are at most {}", limits::MAX_OWNERS);
        return Err(schema(file, reason));
    }
    if threshold == 0 || usize::try_from(threshold).is_ok_and(|needed| needed > owners.len()) {
        return Err(schema(file, format!("threshold {threshold} of {} owners cannot be", owners.len())));
    }
    Ok(SafeAccount { name: name_of_safe, address: address(file, safe)?, version, owners, threshold })
}

fn contracts(files: &BTreeMap<String, Vec<u8>>, chain_id: u64) -> Result<Vec<BoundContract>, FolderError> {
    let mut contracts = Vec::new();
    let mut used = BTreeSet::new();
    let tomls = files.iter().filter(|(path, _)| is_contracts(path) && path.ends_with(".toml"));
    for (path, content) in tomls {
        let toml: ContractsToml = parse_toml(path, content)?;
        check_version(path, toml.version)?;
        for contract in toml.contract {
            let interface = interface(files, path, &contract, &mut used)?;
            let (address, name) = (address(path, &contract.address)?, name(path, contract.name)?);
            contracts.push(BoundContract { chain_id, address, name, interface });
        }
    }
    match files.keys().find(|path| path.ends_with(".json") && !used.contains(*path)) {
        Some(unused) => Err(FolderError::UnknownFile(escape(unused))),
        None => Ok(contracts),
    }
}

fn interface(
    files: &BTreeMap<String, Vec<u8>>,
    file: &str,
    toml: &ContractToml,
    used: &mut BTreeSet<String>,
) -> Result<BoundInterface, FolderError> {
    match (&toml.interface, &toml.abi) {
        (Some(interface), None) => Ok(BoundInterface::Named(interface.clone())),
        (None, Some(abi)) => {
            let path = format!("contracts/{abi}");
            let missing = || schema(file, format!("abi “{}” is no file of contracts/", escape(abi)));
            let json =
                files.get(&path).filter(|_| is_contracts(&path) && path.ends_with(".json")).ok_or_else(missing)?;
            let json = std::str::from_utf8(json).map_err(|e| schema(&path, format!("not UTF-8 text: {e}")))?;
            let functions = functions_of_abi(json).map_err(|error| schema(&path, error.to_string()))?;
            used.insert(path);
            Ok(BoundInterface::Own(functions))
        }
        _ => Err(schema(file, "a contract has either an interface or an abi".to_owned())),
    }
}

fn book(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<BookEntry>, FolderError> {
    let mut seen = BTreeSet::new();
    let entry = |Listed { label, address: text, provenance }| {
        let address = address(ADDRESSES, &text)?;
        match seen.insert(address) {
            true => Ok(BookEntry { label, address, provenance }),
            false => Err(schema(ADDRESSES, format!("{address} stands twice: remove one entry"))),
        }
    };
    listed_addresses(files)?.into_iter().map(entry).collect()
}

fn approval(toml: ApprovalToml, listed: Vec<ExceptionToml>) -> Result<ApprovalPolicy, FolderError> {
    let wei = |key: &str, text: Option<String>| {
        let parsed = text.map(|text| digits(&text).and_then(|n| u128::try_from(n).ok()).ok_or(text));
        parsed.transpose().map_err(|text| not_a_number(key, &text))
    };
    let mut tokens = Vec::new();
    for token in toml.token {
        let contract = address(CEREMONY, &token.contract)?.to_checksum(None);
        if tokens.len() >= limits::MAX_TOKENS || tokens.iter().any(|t: &TokenLimit| t.contract == contract) {
            let reason = format!("approval.token: {contract} stands twice, or more than {} rows", limits::MAX_TOKENS);
            return Err(schema(CEREMONY, reason));
        }
        let text = &token.max_base_units;
        let most = digits(text).ok_or_else(|| not_a_number("max_base_units", text))?;
        tokens.push(TokenLimit { contract, max_base_units: most.to_be_bytes() });
    }
    let rules = EthereumRules {
        max_amount_wei: wei("max_amount_wei", toml.max_amount_wei)?,
        max_fee_wei: wei("max_fee_wei", toml.max_fee_wei)?,
        worst_case: toml.worst_case,
        typed_data: toml.typed_data,
        tokens,
        unknown_calls: unknown_calls(toml.unknown_call)?,
    };
    let exceptions = exceptions(Chain::Ethereum, listed)?;
    Ok(ApprovalPolicy {
        recipients: toml.recipients,
        sign_twice: toml.sign_twice,
        exceptions,
        ethereum: Some(rules),
        ..ApprovalPolicy::default()
    })
}

fn unknown_calls(rows: Vec<UnknownCallToml>) -> Result<Vec<UnknownCall>, FolderError> {
    if rows.len() > limits::MAX_EXCEPTIONS {
        return Err(FolderError::TooLarge(format!("{} unknown calls", rows.len())));
    }
    let selector = |text: String| {
        let parsed = text.strip_prefix("0x").and_then(|digits| hex::decode_to_array(digits).ok());
        let reason = || format!("selector “{}” of an unknown call is not 0x and 8 hex digits", escape(&text));
        parsed.ok_or_else(|| schema(CEREMONY, reason()))
    };
    let one = |row: UnknownCallToml| {
        Ok(UnknownCall {
            contract: address(CEREMONY, &row.contract)?.to_checksum(None),
            selector: row.selector.map(selector).transpose()?,
            reason: name(CEREMONY, row.reason)?,
        })
    };
    rows.into_iter().map(one).collect()
}

/// A number of decimal digits, which may be grouped with `_`.
fn digits(text: &str) -> Option<U256> {
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    let is_number = !digits.is_empty() && digits.len() <= 78 && digits.chars().all(|c| c.is_ascii_digit());
    if is_number { U256::from_str_radix(&digits, 10).ok() } else { None }
}

fn not_a_number(key: &str, text: &str) -> FolderError {
    let shown: String = text.chars().take(limits::MAX_NAME_CHARS).collect();
    schema(CEREMONY, format!("{key} “{}” is not a whole number of base units in digits", escape(&shown)))
}
