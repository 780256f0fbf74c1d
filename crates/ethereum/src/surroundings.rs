//! What a ceremony knows: its chain, its accounts and Safes, its address book, its contracts.

use std::sync::Arc;

use alloy_primitives::Address;
use vitrine_review::{Proof, escape};

use crate::abi::{Function, Selector};
use crate::call::{Contracts, Known, Standard, Token};
use crate::interface::{Contract, ContractKind, Interfaces, native_currency};
use crate::review::Names;
use crate::safe::SafeVersion;

/// What the ceremony folder says; empty without one.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The chain of the ceremony.
    pub chain_id: u64,
    /// Accounts whose keys sign here.
    pub accounts: Vec<OwnAccount>,
    /// Safes of this treasury.
    pub safes: Vec<SafeAccount>,
    /// The address book.
    pub book: Vec<BookEntry>,
    /// Contracts, built in and of the folder.
    pub interfaces: Interfaces,
}

/// An account whose key a device of this ceremony holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnAccount {
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: Address,
    /// The key's path (BIP-32), hardened steps with their highest bit set.
    pub path: Vec<u32>,
}

/// A Safe of this treasury.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeAccount {
    /// Its name.
    pub name: String,
    /// Its address.
    pub address: Address,
    /// Version of its contract.
    pub version: SafeVersion,
    /// Its owners by name.
    pub owners: Vec<(String, Address)>,
    /// How many of them must sign.
    pub threshold: u64,
}

/// An entry of the address book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookEntry {
    /// Its label.
    pub label: String,
    /// The address.
    pub address: Address,
    /// Who added it, and who approved that.
    pub provenance: String,
}

impl Surroundings {
    /// Without a ceremony folder: only what is built in is known.
    pub fn without_folder(chain_id: u64) -> Self {
        let interfaces = Interfaces::built_in().clone();
        Self { chain_id, accounts: Vec::new(), safes: Vec::new(), book: Vec::new(), interfaces }
    }

    /// The Safe at this address, if it is one of ours.
    pub fn safe(&self, address: Address) -> Option<&SafeAccount> {
        self.safes.iter().find(|safe| safe.address == address)
    }

    /// The account with this address, if its key is one of ours.
    pub fn account(&self, address: Address) -> Option<&OwnAccount> {
        self.accounts.iter().find(|account| account.address == address)
    }

    /// Whether Permit2 lies at this address.
    pub(crate) fn is_permit2(&self, address: Address) -> bool {
        self.contract(address).is_some_and(|contract| contract.kind == ContractKind::Permit2)
    }

    /// The same, bound to another chain: of a request whose chain the ceremony refuses, nothing is taken for granted.
    pub(crate) fn on_chain(self: &Arc<Self>, chain_id: u64) -> Arc<Self> {
        if chain_id == self.chain_id { Arc::clone(self) } else { Arc::new(Self::without_folder(chain_id)) }
    }

    fn contract(&self, address: Address) -> Option<Contract<'_>> {
        self.interfaces.contract_at(self.chain_id, address)
    }

    /// Names that the folder gives to accounts, with what vouches for them.
    fn named(&self) -> impl Iterator<Item = (Address, String, Proof)> {
        let proof = |code, words: &str| Proof::Proven(code, words.to_owned());
        let accounts = self.accounts.iter();
        let accounts = accounts.map(move |a| (a.address, a.name.clone(), proof("account", "the registered account")));
        let safes = self.safes.iter();
        let safes = safes.map(move |s| (s.address, s.name.clone(), proof("safe", "the registered Safe")));
        let book = self.book.iter().map(|entry| {
            let proof = Proof::Proven("address-book", format!("the address book, {}", escape(&entry.provenance)));
            (entry.address, entry.label.clone(), proof)
        });
        let owners = self.safes.iter().flat_map(|safe| &safe.owners);
        let owners =
            owners.map(move |(name, address)| (*address, name.clone(), proof("safe-owner", "the Safe's owners")));
        accounts.chain(safes).chain(book).chain(owners)
    }
}

impl Contracts for Surroundings {
    fn at(&self, address: Address) -> Option<Known> {
        if let Some(safe) = self.safe(address) {
            return Some(self.registered_safe(safe));
        }
        let contract = self.contract(address)?;
        let pinned = self.interfaces.is_delegatecall_pinned(self.chain_id, address);
        let erc20 = self.interfaces.interface("erc20").map(|i| i.functions).unwrap_or_default();
        let is_token = contract.token.is_some() && contract.kind == ContractKind::Bound;
        let functions = contract.functions.iter().map(|function| {
            let of_token = is_token && erc20.contains(function);
            (if of_token { Standard::Erc20 } else { standard(&contract) }, function.clone())
        });
        let version = contract.version.map(|v| format!(" {v}")).unwrap_or_default();
        Some(Known {
            name: escape(&format!("{}{version}", contract.name)),
            source: (source_code(contract.kind), contract.source.to_owned()),
            functions: functions.collect(),
            is_create2_factory: contract.kind == ContractKind::Create2Factory,
            pinned_for_delegatecall: pinned.is_some(),
            zero_target_is_self: pinned.is_some_and(|p| p.zero_target_is_self),
            token: contract.token.map(|t| Token { symbol: t.untrusted_ticker().to_owned(), decimals: t.decimals }),
        })
    }

    fn guesses(&self, selector: Selector) -> Vec<Function> {
        self.interfaces.guesses(selector).into_iter().map(|(function, _)| function.clone()).collect()
    }
}

impl Surroundings {
    fn registered_safe(&self, safe: &SafeAccount) -> Known {
        let functions = safe_functions(&self.interfaces, safe.version);
        Known {
            name: escape(&safe.name),
            source: ("safe", format!("the registered Safe, version {}", safe.version)),
            functions: functions.iter().map(|function| (Standard::Safe, function.clone())).collect(),
            is_create2_factory: false,
            pinned_for_delegatecall: false,
            zero_target_is_self: false,
            token: None,
        }
    }
}

/// Functions of a Safe of this version.
fn safe_functions(interfaces: &Interfaces, version: SafeVersion) -> &'static [Function] {
    let of_version = |name: &&str| {
        name.split('/').any(|part| part == version.text())
            && matches!(name.rsplit('/').next(), Some("Safe" | "GnosisSafe"))
    };
    let name = interfaces.interface_names().find(of_version);
    name.and_then(|name| interfaces.interface(name)).map(|interface| interface.functions).unwrap_or_default()
}

const fn source_code(kind: ContractKind) -> &'static str {
    match kind {
        ContractKind::Bound => "folder-contract",
        ContractKind::Token => "token-list",
        _ => "pinned-contract",
    }
}

/// What gives the functions of a contract their meaning.
fn standard(contract: &Contract<'_>) -> Standard {
    match contract.kind {
        ContractKind::Safe | ContractKind::SafeL2 => Standard::Safe,
        ContractKind::SafeProxyFactory => Standard::SafeProxyFactory,
        ContractKind::MultiSend | ContractKind::MultiSendCallOnly => Standard::MultiSend,
        ContractKind::SignMessageLib => Standard::SignMessageLib,
        ContractKind::CreateCall => Standard::CreateCall,
        ContractKind::Permit2 => Standard::Permit2,
        ContractKind::EntryPoint => Standard::EntryPoint,
        ContractKind::Multicall3 => Standard::Multicall3,
        ContractKind::WrappedNative => Standard::Weth,
        ContractKind::Token => Standard::Erc20,
        ContractKind::Bound => contract.interface.map_or(Standard::Folder, of_interface),
        _ => Standard::SafeExtension,
    }
}

/// Standards of interfaces by the last part of their name.
fn of_interface(interface: &str) -> Standard {
    let name = interface.rsplit('/').next().unwrap_or(interface);
    match name {
        "Safe" | "SafeL2" | "GnosisSafe" | "GnosisSafeL2" => Standard::Safe,
        "TimelockController" => Standard::TimelockController,
        "AccessManager" => Standard::AccessManager,
        "Ownable" | "Ownable2Step" => Standard::Ownable,
        "ProxyAdmin" => Standard::ProxyAdmin,
        "UUPSUpgradeable" | "ITransparentUpgradeableProxy" => Standard::Proxy,
        "UpgradeableBeacon" => Standard::Beacon,
        "EntryPoint" => Standard::EntryPoint,
        "SimpleAccount" | "Simple7702Account" => Standard::Account,
        "Multicall" => Standard::Multicall,
        "weth9" => Standard::Weth,
        _ if name.starts_with("Governor") => Standard::Governor,
        _ if name.starts_with("AccessControl") => Standard::AccessControl,
        "dai_permit" | "erc1363" | "erc3009" => Standard::Erc20,
        _ if name.starts_with("erc20") || name.starts_with("ERC20") => Standard::Erc20,
        _ if name.starts_with("erc721") || name.starts_with("ERC721") => Standard::Erc721,
        _ if name.starts_with("erc1155") || name.starts_with("ERC1155") => Standard::Erc1155,
        _ => Standard::Folder,
    }
}

impl Names for Surroundings {
    fn name(&self, address: Address) -> Option<String> {
        let named = self.named().find(|(a, _, _)| *a == address).map(|(_, name, _)| escape(&name));
        named.or_else(|| {
            let contract = self.contract(address)?;
            let version = contract.version.map(|v| format!(" {v}")).unwrap_or_default();
            let ticker = contract.token.map(|t| t.escaped_ticker());
            Some(match (contract.kind, ticker) {
                (ContractKind::Token, Some(ticker)) => format!("the token “{ticker}”"),
                (_, Some(ticker)) => format!("{}{version}, ticker “{ticker}”", escape(contract.name)),
                (_, None) => format!("{}{version}", escape(contract.name)),
            })
        })
    }

    fn proof(&self, address: Address) -> Proof {
        let named = self.named().find(|(a, _, _)| *a == address).map(|(_, _, proof)| proof);
        let contract = || {
            let contract = self.contract(address)?;
            Some(Proof::Proven(source_code(contract.kind), contract.source.to_owned()))
        };
        named.or_else(contract).unwrap_or_else(Proof::signed_bytes)
    }

    fn look_alike(&self, address: Address) -> Option<(String, Address)> {
        let same = |a: &[u8], b: &[u8]| a.get(..2) == b.get(..2) && a.get(18..) == b.get(18..);
        let is_known = self.named().any(|(known, _, _)| known == address);
        let found = self.named().find(|(known, _, _)| same(known.as_slice(), address.as_slice()));
        found.filter(|_| !is_known).map(|(known, name, _)| (escape(&name), known))
    }

    fn token(&self, contract: Address) -> Option<Token> {
        let token = self.interfaces.token(self.chain_id, contract)?;
        Some(Token { symbol: token.untrusted_ticker().to_owned(), decimals: token.decimals })
    }

    fn interface_of(&self, function: &Function) -> Option<&'static str> {
        let guesses = self.interfaces.guesses(function.selector());
        guesses.into_iter().find(|(known, _)| *known == function).map(|(_, name)| name)
    }

    fn currency(&self) -> &'static str {
        native_currency(self.chain_id).map_or("native coin", |currency| currency.symbol)
    }
}
