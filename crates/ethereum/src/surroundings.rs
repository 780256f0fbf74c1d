//! What a ceremony knows: its chain, its accounts and Safes, its address book, its contracts.

use std::collections::BTreeMap;
use std::sync::Arc;

use alloy_primitives::Address;
use vitrine_review::{Proof, escape};

use crate::abi::{Function, Selector};
use crate::call::{Contracts, Known, Standard, Token};
use crate::directory::Directory;
use crate::interface::{Contract, ContractKind, Interface, Interfaces, native_currency};
use crate::review::Names;
use crate::safe::SafeVersion;

/// What the ceremony folder says; empty without one. Clones share it.
#[derive(Clone, Debug)]
pub struct Surroundings {
    chain_id: u64,
    folder: Arc<Folder>,
}

#[derive(Debug)]
struct Folder {
    accounts: Vec<OwnAccount>,
    safes: Vec<SafeAccount>,
    /// Places in `safes` by address, and the interface of the Safe's version.
    by_address: BTreeMap<Address, (usize, Option<Interface<'static>>)>,
    directory: Directory,
    interfaces: Interfaces,
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
    /// What a ceremony knows on its chain: accounts whose keys sign here, Safes of this treasury, the address book, and
    /// contracts, built in and of the folder.
    pub fn new(
        chain_id: u64,
        accounts: Vec<OwnAccount>,
        safes: Vec<SafeAccount>,
        book: Vec<BookEntry>,
        interfaces: Interfaces,
    ) -> Self {
        let mut by_address = BTreeMap::new();
        for (place, safe) in safes.iter().enumerate() {
            let interface = safe_interface(&interfaces, safe.version);
            by_address.entry(safe.address).or_insert((place, interface));
        }
        let directory = Directory::new(&accounts, &safes, book);
        Self { chain_id, folder: Arc::new(Folder { accounts, safes, by_address, directory, interfaces }) }
    }

    /// Without a ceremony folder: only what is built in is known.
    pub fn without_folder(chain_id: u64) -> Self {
        Self::new(chain_id, Vec::new(), Vec::new(), Vec::new(), Interfaces::built_in().clone())
    }

    /// The chain of the ceremony.
    pub fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// Accounts whose keys sign here.
    pub fn accounts(&self) -> &[OwnAccount] {
        &self.folder.accounts
    }

    /// Safes of this treasury.
    pub fn safes(&self) -> &[SafeAccount] {
        &self.folder.safes
    }

    /// Contracts, built in and of the folder.
    pub fn interfaces(&self) -> &Interfaces {
        &self.folder.interfaces
    }

    /// The Safe at this address, if it is one of ours.
    pub fn safe(&self, address: Address) -> Option<&SafeAccount> {
        self.folder.safes.get(self.folder.by_address.get(&address)?.0)
    }

    /// The account with this address, if its key is one of ours.
    pub fn account(&self, address: Address) -> Option<&OwnAccount> {
        self.folder.accounts.iter().find(|account| account.address == address)
    }

    /// Whether Permit2 lies at this address.
    pub(crate) fn is_permit2(&self, address: Address) -> bool {
        self.contract(address).is_some_and(|contract| contract.kind == ContractKind::Permit2)
    }

    /// The same, bound to another chain: of a request whose chain the ceremony refuses, nothing is taken for granted.
    pub(crate) fn on_chain(&self, chain_id: u64) -> Self {
        if chain_id == self.chain_id { self.clone() } else { Self::without_folder(chain_id) }
    }

    fn erc20(&self, selector: Selector) -> Option<&Function> {
        self.interfaces().interface("erc20")?.function(selector)
    }

    fn contract(&self, address: Address) -> Option<Contract<'_>> {
        self.interfaces().contract_at(self.chain_id, address)
    }
}

impl Contracts for Surroundings {
    fn at(&self, address: Address) -> Option<Known> {
        if let Some(safe) = self.safe(address) {
            return Some(registered_safe(safe));
        }
        let contract = self.contract(address)?;
        let pinned = self.interfaces().is_delegatecall_pinned(self.chain_id, address);
        let version = contract.version.map(|v| format!(" {v}")).unwrap_or_default();
        Some(Known {
            name: escape(&format!("{}{version}", contract.name)),
            source: (source_code(contract.kind), contract.source.to_owned()),
            standard: standard(&contract),
            is_create2_factory: contract.kind == ContractKind::Create2Factory,
            pinned_for_delegatecall: pinned.is_some(),
            zero_target_is_self: pinned.is_some_and(|p| p.zero_target_is_self),
            token: contract.token.map(|t| Token { symbol: t.untrusted_ticker().to_owned(), decimals: t.decimals }),
        })
    }

    fn function(&self, address: Address, selector: Selector) -> Option<(Standard, Function)> {
        if let Some((_, interface)) = self.folder.by_address.get(&address) {
            return interface.and_then(|i| i.function(selector)).map(|function| (Standard::Safe, function.clone()));
        }
        let contract = self.contract(address)?;
        let function = contract.function(selector)?;
        let is_token = contract.token.is_some() && contract.kind == ContractKind::Bound;
        let of_token = is_token && self.erc20(selector) == Some(function);
        Some((if of_token { Standard::Erc20 } else { standard(&contract) }, function.clone()))
    }

    fn guesses(&self, selector: Selector) -> Vec<Function> {
        self.interfaces().guesses(selector).into_iter().map(|(function, _)| function.clone()).collect()
    }
}

fn registered_safe(safe: &SafeAccount) -> Known {
    Known {
        name: escape(&safe.name),
        source: ("safe", format!("the registered Safe, version {}", safe.version)),
        standard: Standard::Safe,
        is_create2_factory: false,
        pinned_for_delegatecall: false,
        zero_target_is_self: false,
        token: None,
    }
}

/// Functions of a Safe of this version.
fn safe_interface(interfaces: &Interfaces, version: SafeVersion) -> Option<Interface<'static>> {
    let of_version = |name: &&str| {
        name.split('/').any(|part| part == version.text())
            && matches!(name.rsplit('/').next(), Some("Safe" | "GnosisSafe"))
    };
    interfaces.interface_names().find(of_version).and_then(|name| interfaces.interface(name))
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
        let named = self.folder.directory.named(address).map(|named| named.name.clone());
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
        let named = self.folder.directory.named(address).map(|named| named.proof.clone());
        let contract = || {
            let contract = self.contract(address)?;
            Some(Proof::Proven(source_code(contract.kind), contract.source.to_owned()))
        };
        named.or_else(contract).unwrap_or_else(Proof::signed_bytes)
    }

    fn look_alike(&self, address: Address) -> Option<(String, Address)> {
        self.folder.directory.look_alike(address).map(|known| (known.name.clone(), known.address))
    }

    fn token(&self, contract: Address) -> Option<Token> {
        let token = self.interfaces().token(self.chain_id, contract)?;
        Some(Token { symbol: token.untrusted_ticker().to_owned(), decimals: token.decimals })
    }

    fn interface_of(&self, function: &Function) -> Option<&'static str> {
        let guesses = self.interfaces().guesses(function.selector());
        guesses.into_iter().find(|(known, _)| *known == function).map(|(_, name)| name)
    }

    fn currency(&self) -> &'static str {
        native_currency(self.chain_id).map_or("native coin", |currency| currency.symbol)
    }
}
