//! The ledger of consequences over a whole call tree: what an approval policy judges.
//!
//! A function of a bound interface has the consequences that its standard gives it. One that no rule here names has
//! unknown consequences, never none.

mod access;
mod safe;
mod token;

pub(crate) use safe::Refund;

use alloy_primitives::{Address, B256, U256};

use crate::abi::Selector;
use crate::call::{Call, Explained, Meaning, Operation, Standard, Via};

/// Something that can leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asset {
    /// The chain's own coin, in wei.
    Native,
    /// An ERC-20 token, in its base units.
    Token(Address),
    /// One ERC-721 token of a contract.
    Nft(Address, U256),
    /// ERC-1155 tokens of one kind of a contract.
    Multi(Address, U256),
    /// Everything that the account has of a contract's tokens.
    Everything(Address),
}

/// A limit of a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// At most so many base units.
    AtMost(U256),
    /// No limit: counts as the whole balance, now and later.
    Unlimited,
}

/// What control changes hands, or how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Control {
    /// An owner of a Safe is added.
    OwnerAdded,
    /// An owner of a Safe is removed.
    OwnerRemoved,
    /// The number of owners who must sign.
    Threshold,
    /// A module may act as the Safe, without its owners.
    ModuleEnabled,
    /// A module loses that right.
    ModuleDisabled,
    /// A guard that judges each transaction.
    Guard,
    /// The contract that answers what the Safe does not.
    FallbackHandler,
    /// The code behind a proxy.
    Implementation,
    /// Who may change the code behind a proxy.
    Admin,
    /// The owner of a contract.
    Owner,
    /// A role is given.
    RoleGranted,
    /// A role is taken.
    RoleRevoked,
    /// A delay or another setting of governance.
    Setting,
    /// An account runs the code of another (EIP-7702).
    Delegate,
    /// A hash is approved in the Safe's name.
    HashApproved,
    /// A message is signed in the Safe's name, for ever.
    MessageSigned,
}

impl Control {
    /// Whether it lets somebody take everything, now or later.
    pub const fn hands_over(self) -> bool {
        match self {
            Self::ModuleEnabled
            | Self::FallbackHandler
            | Self::Guard
            | Self::Implementation
            | Self::Admin
            | Self::Owner
            | Self::OwnerAdded
            // The threshold that goes with it may be 1.
            | Self::OwnerRemoved
            | Self::Threshold
            | Self::RoleGranted
            // A delay, a quorum of nothing, a function that everybody may call, another timelock.
            | Self::Setting
            | Self::Delegate
            | Self::HashApproved
            | Self::MessageSigned => true,
            Self::ModuleDisabled | Self::RoleRevoked => false,
        }
    }
}

/// One consequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// An asset leaves.
    Leaves {
        /// What.
        asset: Asset,
        /// How many base units.
        amount: U256,
        /// Whose it was.
        from: Address,
        /// Whose it becomes; none for a contract that is yet to be created.
        to: Option<Address>,
    },
    /// Tokens cease to be; for wrapped coins the native coin comes back.
    Unmakes {
        /// What.
        asset: Asset,
        /// How many base units.
        amount: U256,
        /// Whose it was.
        from: Address,
        /// Whether as many wei come back.
        unwraps: bool,
    },
    /// Somebody may spend.
    MaySpend {
        /// What.
        asset: Asset,
        /// How much.
        limit: Limit,
        /// Whose it is.
        owner: Address,
        /// Who may.
        spender: Address,
        /// Until when, seconds since 1970; none for ever.
        until: Option<U256>,
    },
    /// Control over an account or contract changes.
    Controls {
        /// What changes.
        what: Control,
        /// Over which contract.
        over: Address,
        /// Who gains or loses it, or what it is set to.
        subject: Subject,
    },
    /// Foreign code runs as the account, and can do with it whatever it likes.
    RunsAs {
        /// The account.
        account: Address,
        /// Whose code.
        code: Address,
    },
    /// A contract is created.
    Creates {
        /// By which account.
        by: Address,
        /// Keccak-256 of the init code.
        init_code_hash: B256,
    },
    /// Whoever executes the Safe's transaction is paid back out of the Safe.
    Refunds {
        /// The Safe.
        safe: Address,
        /// Token, or the native coin.
        asset: Asset,
        /// Most that can be paid; none if nothing that is signed limits it.
        most: Option<U256>,
        /// Receiver; none for whoever executes.
        receiver: Option<Address>,
    },
    /// A scheduled or proposed operation is cancelled, a vote is cast, a nonce used up: rights are spent, no asset.
    Governs {
        /// The contract.
        at: Address,
    },
    /// What the selector says, as far as anybody can have it: never instead of [`Self::Unknown`], always beside it.
    Guessed(Box<Self>),
    /// Nobody knows.
    Unknown {
        /// The target; none for a contract to be created.
        target: Option<Address>,
        /// The first four bytes of the data, if it has them.
        selector: Option<Selector>,
        /// Why, in words.
        why: &'static str,
    },
}

/// Who or what a change of control is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An account or contract.
    Account(Address),
    /// An account and the number that goes with it: a new owner and the threshold.
    AccountWith(Address, U256),
    /// A role and who holds it.
    Role(B256, Address),
    /// A number.
    Number(U256),
    /// A hash.
    Hash(B256),
    /// A function of the contract, by name: the fields say the rest.
    Function,
}

/// A consequence and the call that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Number of the call: [`Call::number`].
    pub call: Vec<usize>,
    /// How the call comes about: now, or later.
    pub via: Via,
    /// The consequence.
    pub consequence: Consequence,
}

/// All consequences of a call tree, in the order of its calls. Numbers never meet names: tokens are told apart by
/// their contracts alone.
pub fn ledger(root: &Call) -> Vec<Entry> {
    let mut entries = Vec::new();
    for call in root.walk() {
        let mut found = Vec::new();
        value(call, &mut found);
        meaning(call, &mut found);
        let entry = |consequence| Entry { call: call.number.clone(), via: call.via.clone(), consequence };
        entries.extend(found.into_iter().map(entry));
    }
    entries
}

fn value(call: &Call, found: &mut Vec<Consequence>) {
    if !call.value_wei.is_zero() && call.operation != Operation::DelegateCall {
        let (amount, from, to) = (call.value_wei, call.executor, call.to);
        found.push(Consequence::Leaves { asset: Asset::Native, amount, from, to });
    }
}

fn meaning(call: &Call, found: &mut Vec<Consequence>) {
    if call.operation == Operation::DelegateCall && !runs_as_meant(call) {
        if let Some(code) = call.to {
            found.push(Consequence::RunsAs { account: call.executor, code });
        }
        return;
    }
    let unknown = |why| Consequence::Unknown { target: call.to, selector: call.selector(), why };
    match &call.meaning {
        Meaning::Transfer => found.extend(runs_without_data(call).map(unknown)),
        Meaning::InitCode => found.push(creates(call.executor, call.data.bytes())),
        Meaning::Create2 { init_code, .. } => found.push(creates(call.to.unwrap_or_default(), init_code.bytes())),
        Meaning::Guess(guesses) => {
            found.push(unknown("no interface that is bound to it has this function"));
            found
                .extend(guesses.first().into_iter().flat_map(|guess| token::guessed(&Here { call, explained: guess })));
        }
        Meaning::NotCanonical { .. } => found.push(unknown("the data is no call of the target's interface")),
        Meaning::Function(_) if call.broken.is_some() => found.push(unknown("calls within it cannot be read")),
        Meaning::Function(explained) => {
            match explained.standard.and_then(|s| function(call, s, explained)) {
                Some(consequences) => found.extend(consequences),
                None => found.push(unknown("no rule says what this function does")),
            }
            if explained.leaves_bytes_unread() {
                found.push(unknown("it hands on bytes that may be anything"));
            }
            if !explained.decoded.trailing.is_empty() {
                found.push(unknown("bytes follow its parameters, and it may read them"));
            }
        }
    }
}

/// Why the code that runs at the target of a call without data may do anything, if so. What a plain payment does to an
/// account without code, or to a contract that only takes it, is known: it is paid.
fn runs_without_data(call: &Call) -> Option<&'static str> {
    let takes_payment = |standard| {
        use Standard::{Account, EntryPoint, Governor, Safe, TimelockController, Weth};
        matches!(standard, Safe | Weth | TimelockController | Governor | EntryPoint | Account)
    };
    match &call.target {
        _ if call.to == Some(call.executor) => None,
        Some(known) if takes_payment(known.standard) => None,
        Some(_) => Some("its interface does not say what it does without data"),
        None if call.value_wei.is_zero() => Some("it is called with neither coins nor data"),
        None => None,
    }
}

/// Whether code that runs as the account is known for what it does there.
fn runs_as_meant(call: &Call) -> bool {
    let pinned = call.target.as_ref().is_some_and(|target| target.pinned_for_delegatecall);
    match call.via {
        // The change of implementation is a consequence of the call around it.
        Via::Upgrade | Via::Initializer => matches!(call.meaning, Meaning::Function(_)),
        _ => pinned && matches!(call.meaning, Meaning::Function(_)),
    }
}

fn creates(by: Address, init_code: &[u8]) -> Consequence {
    Consequence::Creates { by, init_code_hash: alloy_primitives::keccak256(init_code) }
}

/// The consequences of a function itself, without those of the calls within it; none if no rule names it.
fn function(call: &Call, standard: Standard, explained: &Explained) -> Option<Vec<Consequence>> {
    let at = Here { call, explained };
    match standard {
        Standard::Erc20 => token::erc20(&at),
        Standard::Weth => token::weth(&at),
        Standard::Erc721 => token::erc721(&at),
        Standard::Erc1155 => token::erc1155(&at),
        Standard::Permit2 => token::permit2(&at),
        Standard::Safe => safe::account(&at),
        Standard::MultiSend | Standard::CreateCall | Standard::Multicall | Standard::Multicall3 => Some(Vec::new()),
        Standard::SignMessageLib => safe::sign_message(&at),
        Standard::SafeProxyFactory => safe::factory(&at),
        Standard::TimelockController => access::timelock(&at),
        Standard::Governor => access::governor(&at),
        Standard::AccessControl => access::access_control(&at),
        Standard::AccessManager => access::access_manager(&at),
        Standard::Ownable => access::ownable(&at),
        Standard::ProxyAdmin => access::proxy_admin(&at),
        Standard::Proxy => access::proxy(&at),
        Standard::Beacon => access::beacon(&at),
        Standard::EntryPoint => access::entry_point(&at),
        Standard::Account => access::account(&at),
        Standard::SafeExtension | Standard::Folder => None,
    }
}

/// A function of a bound contract, and who calls it.
struct Here<'a> {
    call: &'a Call,
    explained: &'a Explained,
}

impl Here<'_> {
    fn name(&self) -> &str {
        &self.explained.function.name
    }

    fn arguments(&self) -> usize {
        self.explained.decoded.values.len()
    }

    fn node(&self, i: usize) -> Option<&crate::abi::Node> {
        self.explained.decoded.values.get(i)
    }

    fn address(&self, i: usize) -> Option<Address> {
        self.node(i)?.address()
    }

    fn uint(&self, i: usize) -> Option<U256> {
        self.node(i)?.uint()
    }

    fn bool(&self, i: usize) -> Option<bool> {
        self.node(i)?.bool()
    }

    fn word(&self, i: usize) -> Option<B256> {
        let bytes = self.node(i)?.bytes()?.bytes();
        (bytes.len() == 32).then(|| B256::from_slice(bytes))
    }

    /// The contract that the function is of; run by DELEGATECALL, the account that runs it.
    fn this(&self) -> Address {
        match self.call.operation {
            Operation::DelegateCall => self.call.executor,
            Operation::Call | Operation::Create => self.call.to.unwrap_or_default(),
        }
    }

    fn caller(&self) -> Address {
        self.call.executor
    }

    fn controls(&self, what: Control, subject: Subject) -> Consequence {
        Consequence::Controls { what, over: self.this(), subject }
    }

    fn setting(&self) -> Vec<Consequence> {
        vec![self.controls(Control::Setting, Subject::Function)]
    }

    fn governs(&self) -> Vec<Consequence> {
        vec![Consequence::Governs { at: self.this() }]
    }
}
