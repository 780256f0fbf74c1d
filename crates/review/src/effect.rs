//! Effects: the machine-readable consequences of a request. Approval policies judge these, never labels.

use crate::{Address, Amount, Proof, Quantity};

/// What kind of consequence an effect is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EffectKind {
    /// An asset leaves to somebody.
    Pays,
    /// An asset comes back to a wallet that is proven ours.
    ReturnsChange,
    /// An asset moves to another wallet that is proven ours.
    Transfers,
    /// Data is published; any amount on it is destroyed.
    PublishesData,
    /// The network is paid.
    PaysFee,
    /// The network is paid for the request's data on the chain below it, beside its fee: nothing in the request limits it.
    PaysDataFee,
    /// Whoever executes the request is paid back for it, out of an account of ours.
    RefundsGas,
    /// Words are signed, and nothing moves.
    SignsMessage,
    /// Somebody may spend an asset from now on.
    GrantsSpending,
    /// Who controls an account or a contract, or how.
    ChangesControl,
    /// Foreign code runs as an account of ours, and can do whatever it likes.
    RunsCode,
    /// A contract is created.
    CreatesContract,
    /// A right of governance is used: a vote, a cancellation.
    Governs,
    /// Nobody knows what.
    Unknown {
        /// The first four bytes of the call's data, by which a contract tells its functions apart; none where there is
        /// no call, or no such bytes.
        selector: Option<[u8; 4]>,
    },
}

impl EffectKind {
    /// Stable word for digest and JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pays => "pays",
            Self::ReturnsChange => "returns-change",
            Self::Transfers => "transfers",
            Self::PublishesData => "publishes-data",
            Self::PaysFee => "pays-fee",
            Self::PaysDataFee => "pays-data-fee",
            Self::RefundsGas => "refunds-gas",
            Self::SignsMessage => "signs-message",
            Self::GrantsSpending => "grants-spending",
            Self::ChangesControl => "changes-control",
            Self::RunsCode => "runs-code",
            Self::CreatesContract => "creates-contract",
            Self::Governs => "governs",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// Tokens of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenAmount {
    /// The contract: what a token is told apart by.
    pub contract: Address,
    /// Number of a single token, where each is its own.
    pub id: Option<Quantity>,
    /// How many; none for all there are, now and later.
    pub quantity: Option<Quantity>,
}

/// One consequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// What kind of consequence.
    pub kind: EffectKind,
    /// How much of the chain's own coin; none if it cannot be known, or is another asset.
    pub amount: Option<Amount>,
    /// Which tokens, and how many.
    pub token: Option<TokenAmount>,
    /// Short role, numbered as the device numbers it: "Payee 2", "Change", "Fee".
    pub role: String,
    /// The sentence a person reads: "Sends 1.25000000 BTC to Halden Freight AS."
    pub sentence: String,
    /// Receiver's address, if there is one.
    pub address: Option<Address>,
    /// What vouches for it.
    pub proof: Proof,
    /// Further lines of provenance: the path, the wallet, who added the address.
    pub provenance: Vec<String>,
    /// Codes of the fields it is made from.
    pub fields: Vec<String>,
}

/// The most that can be lost by signing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorstCase {
    /// At most this much, whatever others do.
    AtMost(Amount),
    /// No bound can be given, and why.
    Unbounded(String),
}

impl Effects {
    /// Tokens that leave, summed by contract and number, in the order of the request; without a quantity where it
    /// cannot be known.
    pub fn tokens_leaving(&self) -> Vec<TokenAmount> {
        let mut sums: Vec<TokenAmount> = Vec::new();
        let paid = self.list.iter().filter(|effect| matches!(effect.kind, EffectKind::Pays | EffectKind::RefundsGas));
        for token in paid.filter_map(|effect| effect.token.as_ref()) {
            match sums.iter_mut().find(|sum| sum.contract == token.contract && sum.id == token.id) {
                Some(sum) => {
                    let both = sum.quantity.as_ref().zip(token.quantity.as_ref());
                    sum.quantity = both.and_then(|(a, b)| a.checked_add(b));
                }
                None => sums.push(token.clone()),
            }
        }
        sums
    }
}

/// All consequences of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effects {
    /// One by one, in the order of the request; the fee last.
    pub list: Vec<Effect>,
    /// Everything that leaves the wallet, fee included; none if it cannot be known.
    pub leaving: Option<Amount>,
    /// The most that can be lost.
    pub worst_case: WorstCase,
    /// What others can still change after signing, one sentence each.
    pub others_can_change: Vec<String>,
}
