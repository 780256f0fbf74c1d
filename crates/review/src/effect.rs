//! Effects: the machine-readable consequences of a request. Approval policies judge these, never labels.

use crate::{Address, Amount, Proof};

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
    /// Words are signed, and nothing moves.
    SignsMessage,
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
            Self::SignsMessage => "signs-message",
        }
    }
}

/// One consequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// What kind of consequence.
    pub kind: EffectKind,
    /// How much; none if it cannot be known.
    pub amount: Option<Amount>,
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
