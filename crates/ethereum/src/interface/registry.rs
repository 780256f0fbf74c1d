//! The registry: what is built in, and what the ceremony folder adds.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use alloy_primitives::Address;
use vitrine_review::escape;

use super::assets::{AssetError, ContractRow, InterfaceRow, Tables};
use super::contract::{BoundContract, BoundInterface, Contract, ContractKind, Pinned, pinned};
use super::filters::TypedFilters;
use super::functions::{Functions, NO_FUNCTIONS};
use super::token::Token;
use crate::abi::{Function, Selector};
use crate::typed_data::TypedData;

/// Most contracts of a ceremony folder.
const BOUND: usize = 4_096;
/// Interface of the tokens of Ledger's list.
const TOKEN_INTERFACE: &str = "erc20";
/// Says where symbols and decimals are from.
const TOKEN_SOURCE: &str = "Ledger's signed list (npm @ledgerhq/cryptoassets 13.31.0)";
/// Says where the folder's contracts are from.
const FOLDER: &str = "the ceremony folder";

/// Everything that is known of contracts and functions.
#[derive(Clone, Debug)]
pub struct Interfaces {
    tables: &'static Tables,
    bound: BTreeMap<(u64, Address), Bound>,
}

/// An interface by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interface<'a> {
    /// Its name: `erc20`, `safe/1.4.1/MultiSend`, `openzeppelin/TimelockController`.
    pub name: &'a str,
    /// Package, version and file it is from.
    pub source: &'a str,
    /// Its functions.
    pub functions: &'a [Function],
    table: &'a Functions,
}

impl<'a> Interface<'a> {
    /// Returns the function that a call with this selector reaches.
    pub fn function(&self, selector: Selector) -> Option<&'a Function> {
        self.table.by_selector(selector)
    }
}

#[derive(Clone, Debug)]
struct Bound {
    name: String,
    interface: Option<&'static str>,
    functions: Functions,
}

/// Why a contract of the ceremony folder is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BindError {
    /// No built-in interface has this name.
    UnknownInterface {
        /// The contract's address.
        address: Address,
        /// The name, escaped.
        interface: String,
    },
    /// The address is pinned already: a folder cannot say that something else lies there.
    Pinned {
        /// Chain.
        chain_id: u64,
        /// Address.
        address: Address,
        /// What is pinned there.
        name: String,
    },
    /// The folder names one address twice.
    Twice {
        /// Chain.
        chain_id: u64,
        /// Address.
        address: Address,
    },
    /// Own functions that a call cannot tell apart, or none.
    Functions {
        /// The contract's address.
        address: Address,
    },
    /// More contracts than are read.
    TooMany,
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownInterface { address, interface } => {
                write!(f, "contract {address}: no interface is named “{interface}”")
            }
            Self::Pinned { chain_id, address, name } => {
                write!(f, "contract {address} on chain {chain_id} is {name}: remove it from the folder")
            }
            Self::Twice { chain_id, address } => write!(f, "contract {address} on chain {chain_id} is named twice"),
            Self::Functions { address } => write!(f, "contract {address}: no functions, or two with one selector"),
            Self::TooMany => write!(f, "more than {BOUND} contracts"),
        }
    }
}

impl std::error::Error for BindError {}

static TABLES: OnceLock<Result<Tables, AssetError>> = OnceLock::new();
static NOTHING: OnceLock<Tables> = OnceLock::new();
static BUILT_IN: OnceLock<Interfaces> = OnceLock::new();

fn tables() -> &'static Tables {
    match TABLES.get_or_init(Tables::parse) {
        Ok(tables) => tables,
        Err(_) => NOTHING.get_or_init(Tables::default),
    }
}

/// Gives the table of tokens to a program that was built without it (feature `tokens`): the files `tokens.bin` and
/// `token_signatures.bin` of `assets/ethereum`. To be called before anything is asked of [`Interfaces`]; what is read
/// stays for as long as the program runs.
///
/// # Errors
/// [`AssetError`]: the first record that is wrong, or tables that are in use already.
pub fn provide_tokens(tokens: Vec<u8>, signatures: Vec<u8>) -> Result<(), AssetError> {
    let late = |_| AssetError { file: "tokens.bin", place: 0, problem: "given when the tables are in use already" };
    TABLES.set(Ok(Tables::with_tokens(tokens.leak(), signatures.leak())?)).map_err(late)
}

impl Interfaces {
    /// Returns what is built in, parsed at the first call.
    pub fn built_in() -> &'static Self {
        BUILT_IN.get_or_init(|| Self { tables: tables(), bound: BTreeMap::new() })
    }

    /// Returns whether the built-in assets are well-formed. If they were not, nothing would be known or pinned.
    ///
    /// # Errors
    /// [`AssetError`]: the first place that is wrong.
    pub fn well_formed() -> Result<(), AssetError> {
        TABLES.get_or_init(Tables::parse).as_ref().map(|_| ()).map_err(Clone::clone)
    }

    /// Returns what is built in together with the contracts of a ceremony folder.
    ///
    /// A contract at the address of a token of Ledger's list adds functions to the token's own; symbol, decimals and
    /// the ERC-20 functions stay.
    ///
    /// # Errors
    /// [`BindError`] for an unknown interface, an address that is pinned or named twice, functions that share a
    /// selector, and too many contracts.
    pub fn with_contracts(contracts: Vec<BoundContract>) -> Result<Self, BindError> {
        if contracts.len() > BOUND {
            return Err(BindError::TooMany);
        }
        let mut all = Self::built_in().clone();
        for contract in contracts {
            let (chain_id, address) = (contract.chain_id, contract.address);
            let bound = all.bind(contract)?;
            if all.bound.insert((chain_id, address), bound).is_some() {
                return Err(BindError::Twice { chain_id, address });
            }
        }
        Ok(all)
    }

    fn bind(&self, contract: BoundContract) -> Result<Bound, BindError> {
        let BoundContract { chain_id, address, name, interface } = contract;
        if let Some(row) = self.row(chain_id, address) {
            return Err(BindError::Pinned { chain_id, address, name: row.name.to_owned() });
        }
        let (interface, own) = match interface {
            BoundInterface::Own(functions) => (None, functions),
            BoundInterface::Named(interface) => {
                let unknown = || BindError::UnknownInterface { address, interface: escape(&interface) };
                let row = self.interface_row(&interface).ok_or_else(unknown)?;
                (Some(row.name), row.functions.list().to_vec())
            }
        };
        let mut distinct = Functions::default();
        if own.is_empty() || !own.iter().all(|function| distinct.push(function.clone())) {
            return Err(BindError::Functions { address });
        }
        let token = self.tables.tokens.token(chain_id, address).and_then(|_| self.interface_row(TOKEN_INTERFACE));
        let functions = match token {
            None => distinct,
            Some(row) => {
                let mut functions = row.functions.clone();
                // What the token's own functions cover stays theirs.
                for function in own {
                    functions.push(function);
                }
                functions
            }
        };
        Ok(Bound { name, interface, functions })
    }

    /// Returns what is known of the contract at an address of a chain; none for an address nobody named. The same
    /// address on another chain is another contract.
    pub fn contract_at(&self, chain_id: u64, address: Address) -> Option<Contract<'_>> {
        let token = self.tables.tokens.token(chain_id, address);
        if let Some(row) = self.row(chain_id, address) {
            return Some(self.pinned_contract(row, token));
        }
        if let Some(bound) = self.bound.get(&(chain_id, address)) {
            return Some(Contract {
                name: &bound.name,
                version: None,
                kind: ContractKind::Bound,
                interface: bound.interface,
                functions: bound.functions.list(),
                table: &bound.functions,
                token,
                code_hash: None,
                source: FOLDER,
            });
        }
        let interface = self.interface_row(TOKEN_INTERFACE)?;
        Some(Contract {
            name: "ERC-20 token",
            version: None,
            kind: ContractKind::Token,
            interface: Some(interface.name),
            functions: interface.functions.list(),
            table: &interface.functions,
            token: Some(token?),
            code_hash: None,
            source: TOKEN_SOURCE,
        })
    }

    fn pinned_contract(&self, row: &'static ContractRow, token: Option<Token<'static>>) -> Contract<'static> {
        let interface = row.interface.and_then(|index| self.tables.interfaces.get(index));
        Contract {
            name: row.name,
            version: row.version,
            kind: row.kind,
            interface: interface.map(|i| i.name),
            functions: interface.map(|i| i.functions.list()).unwrap_or_default(),
            table: interface.map_or(&NO_FUNCTIONS, |i| &i.functions),
            token,
            code_hash: row.code_hash,
            source: &row.source,
        }
    }

    /// Returns symbol and decimals of the token at an address; none if Ledger's list does not have it: then an amount
    /// is a bare number, its decimals unknown.
    pub fn token(&self, chain_id: u64, address: Address) -> Option<Token<'static>> {
        self.tables.tokens.token(chain_id, address)
    }

    /// Returns every token of Ledger's list, in order of chain and address.
    pub fn tokens(&self) -> impl Iterator<Item = (u64, Address, Token<'static>)> {
        self.tables.tokens.entries()
    }

    /// Returns the data of Ledger's command PROVIDE ERC 20 TOKEN INFORMATION for a token: length of the ticker,
    /// ticker, address, decimals, chain id, and Ledger's signature in DER.
    pub fn ledger_token_descriptor(&self, chain_id: u64, address: Address) -> Option<Vec<u8>> {
        self.tables.tokens.ledger_descriptor(chain_id, address)
    }

    /// Returns what Ledger signed about how its app is to show typed data like this: of these types, for this contract
    /// of this chain.
    pub fn ledger_typed_filters(&self, data: &TypedData) -> Option<&'static TypedFilters> {
        self.tables.typed_filters.find(data)
    }

    /// Returns the number of shapes of typed data that Ledger signed something about, and of their members.
    pub fn ledger_typed_filter_count(&self) -> (usize, usize) {
        self.tables.typed_filters.count()
    }

    /// Returns a built-in interface by name.
    pub fn interface(&self, name: &str) -> Option<Interface<'static>> {
        let interface = |row: &'static InterfaceRow| Interface {
            name: row.name,
            source: row.source,
            functions: row.functions.list(),
            table: &row.functions,
        };
        self.interface_row(name).map(interface)
    }

    /// Returns the names of all built-in interfaces, in order.
    pub fn interface_names(&self) -> impl Iterator<Item = &'static str> {
        self.tables.by_name.keys().copied()
    }

    /// Returns each built-in function that has this selector, with the smallest interface that has it. Different
    /// signatures may share a selector, and a stranger's contract may give it any meaning: these are guesses.
    pub fn guesses(&self, selector: Selector) -> Vec<(&'static Function, &'static str)> {
        let places = self.tables.by_selector.get(&selector).into_iter().flatten();
        let guess = |(i, f): &(usize, usize)| {
            let row = self.tables.interfaces.get(*i)?;
            Some((row.functions.list().get(*f)?, row.name))
        };
        places.filter_map(guess).collect()
    }

    /// Returns the library at an address of a chain, if it may run as the Safe (delegatecall).
    ///
    /// Pinned are Safe's own libraries where `@safe-global/safe-deployments` lists them for that very chain, whose
    /// source was read and found to be made for delegatecall:
    /// * `MultiSend` 1.1.1, 1.3.0, 1.4.1, 1.5.0: refuses to run as itself; executes packed entries, among which
    ///   delegatecalls, so that each entry has to be judged like a call of the Safe's own. All four read entries alike;
    ///   1.0.0 read them otherwise and is not in the list;
    /// * `MultiSendCallOnly` 1.3.0, 1.4.1, 1.5.0: the same, an entry's delegatecall reverts;
    /// * `SignMessageLib`: writes that the Safe signed a message into the Safe's storage;
    /// * `CreateCall`: the Safe creates a contract;
    /// * `SafeMigration`, `SafeToL2Migration`, `SafeToL2Setup`: refuse to run as themselves; change the singleton, the
    ///   latter two to one that the *call* names: whoever shows this has to show which.
    ///
    /// Not pinned, although a Safe delegatecalls it in simulations: `SimulateTxAccessor`, since `simulate` executes
    /// whatever it is given, delegatecalls too, and its caller is meant to revert it. Neither are singletons,
    /// factories, handlers, modules and what sets modules up: no signed transaction has to run them as the Safe. A
    /// version that nobody read yet is not pinned either. Source: safe-fndn/safe-smart-account, `contracts/libraries`
    /// at the tag of each version.
    pub fn is_delegatecall_pinned(&self, chain_id: u64, address: Address) -> Option<Pinned<'static>> {
        pinned(&self.pinned_contract(self.row(chain_id, address)?, None))
    }

    /// Returns the number of pinned contracts and of their pairs of chain and address.
    pub fn pinned_count(&self) -> (usize, usize) {
        (self.tables.contracts.len(), self.tables.by_address.len())
    }

    fn row(&self, chain_id: u64, address: Address) -> Option<&'static ContractRow> {
        self.tables.contracts.get(*self.tables.by_address.get(&(chain_id, address))?)
    }

    fn interface_row(&self, name: &str) -> Option<&'static InterfaceRow> {
        self.tables.interfaces.get(*self.tables.by_name.get(name)?)
    }
}
