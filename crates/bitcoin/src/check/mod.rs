//! What arrived is checked against the wallets and the address book of the ceremony.

mod input;
mod output;

use bitcoin::Transaction;
use vitrine_review::{Context, Review};

pub use input::{CheckedInput, InputAmount};
pub use output::{CheckedOutput, OutputRole};

use crate::{AddressBook, Network, Wallet};

/// Everything that the ceremony knows about Bitcoin.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Network of the ceremony. A PSBT does not say it.
    pub network: Network,
    /// Registered wallets, in order.
    pub wallets: Vec<Wallet>,
    /// Names behind addresses.
    pub address_book: AddressBook,
}

/// A request that was checked: every number is proven, claimed or unknown, and every script ours or not.
///
/// Only [`PsbtRequest::check`](crate::PsbtRequest::check) makes one. Findings may still refuse it.
#[derive(Clone, Debug)]
pub struct CheckedPsbt {
    bytes: Vec<u8>,
    network: Network,
    transaction: Transaction,
    inputs: Vec<CheckedInput>,
    outputs: Vec<CheckedOutput>,
}

impl CheckedPsbt {
    /// The review document of the request.
    pub fn review(&self, context: &Context) -> Review {
        crate::review::review(self, context)
    }

    /// The request's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Network of the ceremony.
    pub fn network(&self) -> Network {
        self.network
    }

    /// The unsigned transaction.
    pub fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    /// The inputs, in order.
    pub fn inputs(&self) -> &[CheckedInput] {
        &self.inputs
    }

    /// The outputs, in order.
    pub fn outputs(&self) -> &[CheckedOutput] {
        &self.outputs
    }
}
