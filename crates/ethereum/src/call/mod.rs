//! The call tree: what a request makes contracts do, down to the last call within a call.
//!
//! A call is explained only by the interface bound to its target on that chain. Where the interface says that some
//! bytes are again a call (a Safe's transaction, an entry of a multiSend, a scheduled operation), they become calls of
//! the tree, with the account in whose name they run. Nothing is left out: what cannot be explained is a call whose
//! meaning is unknown, with all its bytes.

mod explain;
mod multi_send;
mod nested;

use std::fmt;

use alloy_primitives::{Address, U256};
use vitrine_review::Span;

use crate::Located;
use crate::abi::{AbiError, AbiValue, Decoded, Function, Node, Selector};

pub use explain::{ExplainError, Root, explain};
pub use multi_send::Entry;

/// What is known of the contracts of one chain.
pub trait Contracts {
    /// The contract at this address, if an interface is bound to it.
    fn at(&self, address: Address) -> Option<Known>;

    /// The function of the contract at this address that a call with this selector reaches, and what gives it its
    /// meaning; none if the interface bound to it has none.
    fn function(&self, address: Address, selector: Selector) -> Option<(Standard, Function)>;

    /// Functions of any known interface with this selector, for a contract that nobody bound.
    fn guesses(&self, selector: Selector) -> Vec<Function>;
}

/// A contract with an interface bound to its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What it is called: "Safe 1.4.1 MultiSendCallOnly", "USDC", or as the ceremony folder names it.
    pub name: String,
    /// Who says so, as a code and in words: ("safe-deployments", "Safe's list of deployments").
    pub source: (&'static str, String),
    /// What gives its functions their meaning.
    pub standard: Standard,
    /// Whether it takes a salt and init code, without any selector.
    pub is_create2_factory: bool,
    /// Whether it is made to be run by DELEGATECALL, and pinned for that on this chain.
    pub pinned_for_delegatecall: bool,
    /// Whether it sends an entry without target to the account that runs it (MultiSend 1.5.0).
    pub zero_target_is_self: bool,
    /// Ticker and decimals, if it is a token whose list is attested.
    pub token: Option<Token>,
}

/// A token of an attested list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Ticker, hostile text; never an identity.
    pub symbol: String,
    /// Decimals.
    pub decimals: u8,
}

/// What gives a function its meaning. A function of the same name elsewhere means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standard {
    /// ERC-20, ERC-2612.
    Erc20,
    /// ERC-721.
    Erc721,
    /// ERC-1155.
    Erc1155,
    /// Wrapped Ether.
    Weth,
    /// Permit2.
    Permit2,
    /// A Safe account.
    Safe,
    /// Safe's MultiSend and MultiSendCallOnly.
    MultiSend,
    /// Safe's CreateCall.
    CreateCall,
    /// Safe's SignMessageLib.
    SignMessageLib,
    /// Safe's factory of accounts.
    SafeProxyFactory,
    /// A module of a Safe, a guard, a handler, a migration: no calls of its own that are explained.
    SafeExtension,
    /// OpenZeppelin's TimelockController.
    TimelockController,
    /// OpenZeppelin's Governor.
    Governor,
    /// OpenZeppelin's AccessControl.
    AccessControl,
    /// OpenZeppelin's AccessManager.
    AccessManager,
    /// OpenZeppelin's Ownable and Ownable2Step.
    Ownable,
    /// OpenZeppelin's ProxyAdmin.
    ProxyAdmin,
    /// ERC-1967 proxies: UUPS and transparent.
    Proxy,
    /// An upgradeable beacon.
    Beacon,
    /// ERC-4337's EntryPoint.
    EntryPoint,
    /// An ERC-4337 account.
    Account,
    /// A contract's own `multicall`.
    Multicall,
    /// Multicall3.
    Multicall3,
    /// Functions of an interface that the ceremony folder describes itself: named values, no known consequences.
    Folder,
}

/// How a call comes about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// The request itself.
    Request,
    /// A Safe executes it.
    Safe,
    /// The Safe may execute it, since an owner of it approves its hash.
    Approved,
    /// A module makes the Safe execute it.
    SafeModule,
    /// Entry `n` of `of` in a multiSend.
    MultiSend {
        /// Number of the entry, from 1.
        n: usize,
        /// How many there are.
        of: usize,
    },
    /// A timelock executes it, not before so many seconds.
    Scheduled {
        /// Least delay in seconds after inclusion.
        delay_seconds: U256,
    },
    /// A timelock, governor or manager executes what was scheduled or proposed before.
    Executed,
    /// A governor executes it if the proposal passes.
    Proposed,
    /// A governor's timelock executes it, after its delay.
    Queued,
    /// A manager executes it, not before this time (seconds since 1970; 0 for as soon as it allows).
    ScheduledAt {
        /// Seconds since 1970.
        not_before: U256,
    },
    /// Part of a multicall, one transaction.
    Multicall,
    /// A user operation of an ERC-4337 account.
    UserOperation,
    /// Run once by the new implementation of a proxy.
    Upgrade,
    /// Run once by a proxy that is being created, with the code it stands for.
    Initializer,
    /// Run once by a Safe that is being set up.
    Setup,
}

/// How the target's code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// The target acts on its own account.
    Call,
    /// The target's code runs as the caller, and can do with it whatever it likes.
    DelegateCall,
    /// A contract is created.
    Create,
}

/// A value that stands in the request outside of any ABI encoding: the parts of a multiSend entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name, as the format calls it.
    pub name: &'static str,
    /// Where it lies.
    pub span: Span,
    /// Whether it is a length or the like, checked and without meaning of its own.
    pub is_structure: bool,
}

/// What a call's data means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// No data: the native coin is sent.
    Transfer,
    /// A function of the bound interface, canonically encoded.
    Function(Explained),
    /// Init code of a contract to be created, whatever it does.
    InitCode,
    /// A salt and init code for a CREATE2 factory.
    Create2 {
        /// The salt.
        salt: Located,
        /// The init code.
        init_code: Located,
    },
    /// The target is bound, the data is not a canonical call of its interface.
    NotCanonical {
        /// The function of the selector, if the interface has it.
        function: Option<Function>,
        /// Why the rest is not its encoding.
        error: Option<AbiError>,
    },
    /// Nobody bound an interface to the target: functions with this selector whose encoding the data is.
    Guess(Vec<Explained>),
}

/// A function with its decoded parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// What gives the function its meaning; none for a guess.
    pub standard: Option<Standard>,
    /// The function.
    pub function: Function,
    /// The selector's place.
    pub selector: Span,
    /// Its parameters.
    pub decoded: Decoded,
    /// Places of the `bytes` among them that are the data of calls of the tree.
    pub called: Vec<Span>,
}

impl Explained {
    /// Whether `bytes` of a parameter or an item of one are read: as calls of the tree, as owners' signatures, or as
    /// words. Anything can hide in others.
    pub(crate) fn reads(&self, node: &Node) -> bool {
        let AbiValue::Bytes(bytes) = &node.value else { return true };
        bytes.is_empty() || self.called.contains(&node.span) || is_read(self.standard, &node.name, bytes.bytes())
    }

    /// Whether any of its `bytes` are not read.
    pub(crate) fn leaves_bytes_unread(&self) -> bool {
        self.decoded.leaves().into_iter().any(|node| !self.reads(node))
    }
}

/// Whether `bytes` that are no calls are what their standard says: owners' signatures of a Safe, one by one, the
/// signature of a permit, or words that a Safe signs.
fn is_read(standard: Option<Standard>, name: &str, bytes: &[u8]) -> bool {
    match (standard, name) {
        (Some(Standard::Safe), "signatures") => {
            // v of an approved hash, of a key's signature, and of one over a message (`checkSignatures` of Safe.sol).
            bytes.chunks(65).all(|one| matches!(one.get(64), Some(1 | 27 | 28 | 31 | 32)))
        }
        (Some(Standard::Permit2), "signature") => bytes.len() == 65 && matches!(bytes.get(64), Some(27 | 28)),
        (Some(Standard::SignMessageLib), _) => std::str::from_utf8(bytes).is_ok(),
        _ => false,
    }
}

/// Why bytes that an interface says to be calls are not, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Offset in the request.
    pub offset: usize,
    /// What is wrong there.
    pub problem: &'static str,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (byte {})", self.problem, self.offset)
    }
}

/// One call of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its number: [] for the request, [2, 1] for the first call within the second.
    pub number: Vec<usize>,
    /// How it comes about.
    pub via: Via,
    /// The account in whose name it runs: whose assets and rights are at stake.
    pub executor: Address,
    /// How the target's code runs.
    pub operation: Operation,
    /// The target; none for a contract to be created.
    pub to: Option<Address>,
    /// The native coin sent along, in wei. A DELEGATECALL sends none.
    pub value_wei: U256,
    /// Its data.
    pub data: Located,
    /// Values of the container that stand in no ABI encoding.
    pub parts: Vec<Part>,
    /// What is known of the target.
    pub target: Option<Known>,
    /// What the data means.
    pub meaning: Meaning,
    /// Why what should be calls within it cannot be read as such, if so.
    pub broken: Option<Broken>,
    /// Calls within it.
    pub inner: Vec<Call>,
}

impl Call {
    /// The same call as the last one within another.
    #[must_use]
    pub(crate) fn containing(mut self, mut inner: Self) -> Self {
        let mut number = self.number.clone();
        number.push(self.inner.len().saturating_add(1));
        inner.move_below(&number);
        self.inner.push(inner);
        self
    }

    fn move_below(&mut self, number: &[usize]) {
        self.number = [number, self.number.as_slice()].concat();
        for inner in &mut self.inner {
            inner.move_below(number);
        }
    }

    /// The call and all calls within it, in order.
    pub fn walk(&self) -> Vec<&Self> {
        let mut all = vec![self];
        for inner in &self.inner {
            all.extend(inner.walk());
        }
        all
    }

    /// The first four bytes of its data, by which a contract tells its functions apart; none of init code.
    pub fn selector(&self) -> Option<Selector> {
        let is_call = !matches!(self.meaning, Meaning::InitCode | Meaning::Create2 { .. });
        self.data.bytes().first_chunk().copied().filter(|_| is_call)
    }

    /// The explained function of a standard, if it is one.
    pub fn function(&self) -> Option<(Standard, &Explained)> {
        match &self.meaning {
            Meaning::Function(explained) => Some((explained.standard?, explained)),
            _ => None,
        }
    }

    /// The number as shown: "2.1"; "request" for the request itself.
    pub fn number_text(&self) -> String {
        if self.number.is_empty() {
            return "request".to_owned();
        }
        self.number.iter().map(usize::to_string).collect::<Vec<_>>().join(".")
    }
}
