//! Contracts of which it is known what they are.

use std::str::FromStr;

use alloy_primitives::{Address, B256};

use super::functions::Functions;
use super::token::Token;
use crate::abi::{Function, Selector};

/// What kind of contract lies at an address. Only pinned addresses have a kind; what the ceremony folder names is
/// [`ContractKind::Bound`], whatever its interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContractKind {
    /// The code behind Safe accounts.
    Safe,
    /// The same with events for chains without traces.
    SafeL2,
    /// Makes Safe accounts.
    SafeProxyFactory,
    /// Answers calls to a Safe that the Safe itself does not know.
    FallbackHandler,
    /// Executes packed entries, calls and delegatecalls.
    MultiSend,
    /// Executes packed entries, calls alone.
    MultiSendCallOnly,
    /// Marks a message as signed by the Safe.
    SignMessageLib,
    /// Creates contracts in the name of the Safe.
    CreateCall,
    /// Executes anything to learn its cost; made to be reverted.
    SimulateTxAccessor,
    /// Changes the singleton to one fixed in its code.
    SafeMigration,
    /// Changes the singleton of a Safe without history.
    SafeToL2Migration,
    /// Changes the singleton while a Safe is set up.
    SafeToL2Setup,
    /// A module of the Safe project: allowances, recovery, ERC-4337.
    SafeModule,
    /// Enables modules while a Safe is set up.
    SafeModuleSetup,
    /// Signers and verifiers of passkeys.
    SafePasskey,
    /// Uniswap's Permit2.
    Permit2,
    /// ERC-4337's entry point.
    EntryPoint,
    /// Multicall3.
    Multicall3,
    /// Creates contracts: calldata is a 32-byte salt and the initcode, without a selector.
    Create2Factory,
    /// The chain's own coin as a token.
    WrappedNative,
    /// A token of Ledger's signed list.
    Token,
    /// Named by the ceremony folder.
    Bound,
}

/// Names as the assets write them.
const KINDS: [(&str, ContractKind); 20] = [
    ("safe", ContractKind::Safe),
    ("safe_l2", ContractKind::SafeL2),
    ("safe_proxy_factory", ContractKind::SafeProxyFactory),
    ("fallback_handler", ContractKind::FallbackHandler),
    ("multi_send", ContractKind::MultiSend),
    ("multi_send_call_only", ContractKind::MultiSendCallOnly),
    ("sign_message_lib", ContractKind::SignMessageLib),
    ("create_call", ContractKind::CreateCall),
    ("simulate_tx_accessor", ContractKind::SimulateTxAccessor),
    ("safe_migration", ContractKind::SafeMigration),
    ("safe_to_l2_migration", ContractKind::SafeToL2Migration),
    ("safe_to_l2_setup", ContractKind::SafeToL2Setup),
    ("safe_module", ContractKind::SafeModule),
    ("safe_module_setup", ContractKind::SafeModuleSetup),
    ("safe_passkey", ContractKind::SafePasskey),
    ("permit2", ContractKind::Permit2),
    ("entry_point", ContractKind::EntryPoint),
    ("multicall3", ContractKind::Multicall3),
    ("create2_factory", ContractKind::Create2Factory),
    ("wrapped_native", ContractKind::WrappedNative),
];

impl FromStr for ContractKind {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        KINDS.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind).ok_or(())
    }
}

/// What is known of the contract at one address of one chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract<'a> {
    /// Its name: the project's for a pinned contract (`MultiSend`), the folder's for a bound one, `ERC-20 token` for
    /// a token, whose ticker is hostile text and therefore no name.
    pub name: &'a str,
    /// Its version, where it has one: `1.4.1`.
    pub version: Option<&'a str>,
    /// What kind of contract it is.
    pub kind: ContractKind,
    /// Name of its interface, as [`super::Interfaces::interface`] takes it; none for a contract without functions or
    /// with an interface of the folder's own.
    pub interface: Option<&'a str>,
    /// Its functions, in order of interface and canonical signature.
    pub functions: &'a [Function],
    pub(super) table: &'a Functions,
    /// Symbol and decimals, if Ledger's signed list has this address.
    pub token: Option<Token<'a>>,
    /// Keccak-256 of the code that Safe's list says lies there. This program cannot look: somebody online can.
    pub code_hash: Option<B256>,
    /// Who says so.
    pub source: &'a str,
}

impl<'a> Contract<'a> {
    /// Returns the function that a call with this selector reaches.
    pub fn function(&self, selector: Selector) -> Option<&'a Function> {
        self.table.by_selector(selector)
    }
}

/// A library of Safe's own, made to run as the Safe: see [`super::Interfaces::is_delegatecall_pinned`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pinned<'a> {
    /// Which library.
    pub kind: ContractKind,
    /// Its name.
    pub name: &'a str,
    /// Its version.
    pub version: &'a str,
    /// Keccak-256 of its code.
    pub code_hash: B256,
    /// `MultiSend` and `MultiSendCallOnly` 1.5.0 send an entry whose `to` is zero to the Safe itself
    /// (`to := or(to, mul(iszero(to), address()))`); earlier versions send it to the zero address.
    pub zero_target_is_self: bool,
    /// Who says so.
    pub source: &'a str,
}

/// Libraries whose source was read and found to be made for delegatecall: see
/// [`super::Interfaces::is_delegatecall_pinned`]. A version that is not here is not pinned, even if the list has it.
const MADE_FOR_DELEGATECALL: [(ContractKind, &[&str]); 7] = [
    (ContractKind::MultiSend, &["1.1.1", "1.3.0", "1.4.1", "1.5.0"]),
    (ContractKind::MultiSendCallOnly, &["1.3.0", "1.4.1", "1.5.0"]),
    (ContractKind::SignMessageLib, &["1.3.0", "1.4.1", "1.5.0"]),
    (ContractKind::CreateCall, &["1.3.0", "1.4.1", "1.5.0"]),
    (ContractKind::SafeMigration, &["1.4.1", "1.5.0"]),
    (ContractKind::SafeToL2Migration, &["1.4.1"]),
    (ContractKind::SafeToL2Setup, &["1.4.1", "1.5.0"]),
];

/// The contract as a library that may run as the Safe, if it is one.
pub(super) fn pinned<'a>(contract: &Contract<'a>) -> Option<Pinned<'a>> {
    let (version, code_hash) = (contract.version?, contract.code_hash?);
    let (kind, _) = MADE_FOR_DELEGATECALL.iter().find(|(k, vs)| *k == contract.kind && vs.contains(&version))?;
    let batches = matches!(kind, ContractKind::MultiSend | ContractKind::MultiSendCallOnly);
    let zero_target_is_self = batches && version == "1.5.0";
    let (name, source) = (contract.name, contract.source);
    Some(Pinned { kind: *kind, name, version, code_hash, zero_target_is_self, source })
}

/// A contract that the ceremony folder names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundContract {
    /// Chain.
    pub chain_id: u64,
    /// Address.
    pub address: Address,
    /// The folder's name for it.
    pub name: String,
    /// What it understands.
    pub interface: BoundInterface,
}

/// What a contract of the folder understands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BoundInterface {
    /// A built-in interface: `openzeppelin/TimelockController`.
    Named(String),
    /// Its own functions, from [`super::functions_of_abi`].
    Own(Vec<Function>),
}
