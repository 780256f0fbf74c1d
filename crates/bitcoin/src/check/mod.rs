//! What arrived is checked against the wallets and the address book of the ceremony.

mod fee;
mod hints;
mod input;
mod inputs;
mod musig;
mod network;
mod ours;
mod output;
mod output_taproot;
mod outputs;
mod payees;
mod signatures;
mod size;
mod timing;
mod version_2;
mod wallets;

use std::collections::BTreeSet;
use std::fmt;

use bitcoin::{ScriptBuf, Transaction, Witness};
use vitrine_review::{Context, Finding, Review, Severity};

pub(crate) use fee::{FeeAmount, HIGH_FEE_RATE, HIGH_FEE_SAT, HIGH_FEE_SHARE, Sums};
pub use input::{CheckedInput, InputAmount, MusigKey};
pub(crate) use musig::JointKey;
pub use output::{CheckedOutput, OutputRole};
pub(crate) use signatures::claimed_origin;
pub(crate) use timing::{Malleability, lock_time, lock_time_value, malleability, relative_lock};

use crate::count::count;
use crate::decode::PsbtRequest;
use crate::decode::keys::{ValueForm, key_type};
use crate::dns::check_names;
use crate::findings::{Notes, Says};
use crate::limits::MAX_WALLETS;
use crate::message::{self, SignedMessage};
use crate::silent_payment::check_silent_payments;
use crate::verify::is_executable;
use crate::{AddressBook, Network, SigningMemory, Wallet};
use ours::Ours;

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

/// Why a well-formed request cannot be checked at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckError {
    /// A registered wallet is for another network than the ceremony.
    WalletNetwork {
        /// Name of the wallet.
        wallet: String,
        /// Network of the wallet.
        found: Network,
        /// Network of the ceremony.
        expected: Network,
    },
    /// More wallets than are checked.
    TooManyWallets {
        /// How many there are.
        count: usize,
    },
    /// The request hints at more keys of registered wallets than are derived.
    TooManyHints {
        /// How many are derived.
        limit: usize,
    },
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WalletNetwork { wallet, found, expected } => write!(
                f,
                "wallet “{}” is registered for {found}, the ceremony is for {expected}; correct one of them",
                vitrine_review::escape(wallet)
            ),
            Self::TooManyWallets { count } => {
                write!(f, "{count} wallets are registered, at most {MAX_WALLETS} are checked; register fewer")
            }
            Self::TooManyHints { limit } => {
                write!(
                    f,
                    "the request's key origins name more than {limit} keys of registered wallets; ask for smaller transactions"
                )
            }
        }
    }
}

impl std::error::Error for CheckError {}

/// A request that was checked: every number is proven, claimed or unknown, and every script ours or not.
///
/// Only [`PsbtRequest::check`] makes one. Its findings may still refuse it: see [`CheckedPsbt::refusal`].
#[derive(Clone, Debug)]
pub struct CheckedPsbt {
    /// Its previous transactions have moved into `inputs`.
    pub(crate) request: PsbtRequest,
    network: Network,
    pub(crate) inputs: Vec<CheckedInput>,
    outputs: Vec<CheckedOutput>,
    pub(crate) sums: Sums,
    pub(crate) findings: Vec<Finding>,
    /// Whether the ceremony has an address book at all.
    pub(crate) has_book: bool,
    /// What was signed before, as far as the ceremony knows.
    pub(crate) memory: SigningMemory,
    /// The registered wallets, as [`OwnScript::wallet`] counts them; an operator has none.
    wallets: Vec<Wallet>,
    pub(crate) message: Option<SignedMessage>,
}

impl PsbtRequest {
    /// Checks the request against what the ceremony knows.
    ///
    /// A request that lies is not an error: it becomes a [`CheckedPsbt`] whose findings refuse it and say why.
    ///
    /// # Errors
    /// [`CheckError`] if the surroundings do not fit together, or the request asks for too much work.
    pub fn check(mut self, surroundings: &Surroundings) -> Result<CheckedPsbt, CheckError> {
        check_surroundings(surroundings)?;
        let network = surroundings.network;
        let mut notes = Notes::default();
        network::check_network(&self.psbt, surroundings, &mut notes);
        message::add_to_spend(&mut self.psbt, &self.bytes, &self.maps);
        let ours = Ours::derive(&surroundings.wallets, &self.psbt)?;
        let mut inputs = inputs::check_inputs(&mut self.psbt, &ours, &mut notes);
        signatures::check_signatures(&self, &mut inputs, &mut notes);
        note_owners(surroundings, &inputs, &mut notes);
        note_single(&self.psbt.unsigned_tx, &inputs, &mut notes);
        let stated = (self.bytes.as_slice(), &self.maps);
        let message = message::check_message(&self.psbt.unsigned_tx, &inputs, stated, network, &mut notes);
        let mut of_payment = Notes::default();
        let mut outputs = outputs::check_outputs(&self.psbt, &inputs, &ours, surroundings, &mut of_payment);
        check_silent_payments(&self.psbt, stated, &inputs, &mut outputs, (network, &mut notes));
        payees::name_payees(&mut outputs, &surroundings.address_book, &mut of_payment);
        check_names(stated, &mut outputs, network, &mut notes);
        wallets::note_wallets(surroundings, &inputs, &outputs, &mut notes);
        let mut sums = fee::check_sums(&self.psbt, &inputs, &outputs, network, &mut of_payment);
        timing::note_timing(&self.psbt.unsigned_tx, &inputs, &mut of_payment);
        match message {
            Some(_) => sums = Sums::of_message(),
            None => notes.append(of_payment),
        }
        version_2::note_fields(&self, &mut notes);
        musig::note_participants(&self, &inputs, &outputs, &mut notes);
        hints::note_hints(&self.psbt, &inputs, &outputs, surroundings, &mut notes);
        note_unknown_bytes(&self, &mut notes);
        note_size(&self.psbt.unsigned_tx, &inputs, &mut notes);
        let has_book = !surroundings.address_book.is_empty();
        let findings = notes.into_vec();
        Ok(CheckedPsbt {
            request: self,
            network,
            inputs,
            outputs,
            sums,
            findings,
            has_book,
            wallets: surroundings.wallets.clone(),
            memory: SigningMemory::default(),
            message,
        })
    }
}

impl CheckedPsbt {
    /// The review: everything a person must see, and the digest that approval binds to.
    pub fn review(&self, context: &Context) -> Review {
        crate::review::review(self, context)
    }

    /// The request's bytes.
    pub fn bytes(&self) -> &[u8] {
        self.request.bytes()
    }

    /// Network of the ceremony.
    pub fn network(&self) -> Network {
        self.network
    }

    /// The registered wallets, as [`OwnScript::wallet`] counts them; empty for an operator.
    pub fn wallets(&self) -> &[Wallet] {
        &self.wallets
    }

    pub(crate) fn has_wallets(&self) -> bool {
        !self.wallets.is_empty()
    }

    /// The unsigned transaction.
    pub fn transaction(&self) -> &Transaction {
        self.request.transaction()
    }

    /// The inputs, in order.
    pub fn inputs(&self) -> &[CheckedInput] {
        &self.inputs
    }

    /// The finished script signature and witness that the request carries for an input; none if there is neither.
    ///
    /// Whether they are valid is not checked here.
    pub fn final_scripts(&self, input: usize) -> Option<(ScriptBuf, Witness)> {
        let of_psbt = self.request.psbt.inputs.get(input)?;
        let (script_sig, witness) = (of_psbt.final_script_sig.clone(), of_psbt.final_script_witness.clone());
        (script_sig.is_some() || witness.is_some())
            .then(|| (script_sig.unwrap_or_default(), witness.unwrap_or_default()))
    }

    /// The outputs, in order.
    pub fn outputs(&self) -> &[CheckedOutput] {
        &self.outputs
    }

    /// The fee in satoshis; none unless every input's amount is proven or bound by our signature.
    pub fn fee_sat(&self) -> Option<u64> {
        match self.sums.fee {
            FeeAmount::Proven(sat) | FeeAmount::Bound(sat) => Some(sat),
            FeeAmount::Claimed(_) | FeeAmount::Unknown => None,
        }
    }

    /// The message that the request signs; none if it is a payment.
    pub fn message(&self) -> Option<&SignedMessage> {
        self.message.as_ref()
    }

    /// The first finding that makes the request unsignable for ever, if there is one.
    pub fn refusal(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.severity == Severity::Refuse)
    }
}

fn check_surroundings(surroundings: &Surroundings) -> Result<(), CheckError> {
    let expected = surroundings.network;
    if surroundings.wallets.len() > MAX_WALLETS {
        return Err(CheckError::TooManyWallets { count: surroundings.wallets.len() });
    }
    match surroundings.wallets.iter().find(|wallet| wallet.network() != expected) {
        Some(wallet) => {
            let (wallet, found) = (wallet.name().to_owned(), wallet.network());
            Err(CheckError::WalletNetwork { wallet, found, expected })
        }
        None => Ok(()),
    }
}

fn note_owners(surroundings: &Surroundings, inputs: &[CheckedInput], notes: &mut Notes) {
    let own: BTreeSet<usize> = inputs.iter().filter_map(|i| i.own()).map(crate::OwnScript::wallet).collect();
    if surroundings.wallets.is_empty() {
        let truth = "No wallet is registered, so nothing here can be proven to be yours.".to_owned();
        let action = "Open the ceremony folder that names the wallet's descriptor.";
        return notes.add("btc.no-wallet", None, Says(truth, "There is nothing to sign.", action));
    }
    if own.is_empty() {
        let truth = "None of the inputs belongs to a registered wallet.".to_owned();
        let action = "Check that the request is meant for this treasury.";
        return notes.add("btc.no-own-input", None, Says(truth, "There is nothing to sign.", action));
    }
    let mut ours = inputs.iter().filter(|input| input.own.is_some());
    if ours.all(|input| !input.needs_signature() && !input.is_final()) {
        let truth =
            "Every input of this treasury carries all of its signatures already, and they are valid.".to_owned();
        let consequence = "There is nothing left to sign, and no device is asked.";
        let action = "Combine or verify the signed PSBT as it is, or ask for the unsigned request.";
        notes.add("btc.nothing-left-to-sign", None, Says(truth, consequence, action));
    }
    let foreign = inputs.iter().filter(|i| i.own.is_none()).count();
    if foreign > 0 {
        let truth = format!("{foreign} of {} belong to somebody else.", count(inputs.len(), "input"));
        let consequence = "The transaction is valid only when they sign too.";
        notes.add("btc.foreign-input", None, Says(truth, consequence, "Ask who the others are."));
    }
}

/// SIGHASH_SINGLE without an output of the same number signs the number one, which fits any transaction.
fn note_single(transaction: &Transaction, inputs: &[CheckedInput], notes: &mut Notes) {
    use crate::SighashType::{Single, SingleAnyoneCanPay};
    for (n, input) in inputs.iter().enumerate().skip(transaction.output.len()) {
        if input.own.is_some() && matches!(input.sighash_type, Single | SingleAnyoneCanPay) {
            let truth = format!("Input {n} asks for type SINGLE, and there is no output {n}.");
            let says = Says(truth, "The signature would be for anything.", "Do not sign.");
            notes.add("btc.sighash-single-no-output", Some(format!("btc.input[{n}].sighash")), says);
        }
    }
}

/// What could not be executed when it is signed is refused before.
fn note_size(transaction: &Transaction, inputs: &[CheckedInput], notes: &mut Notes) {
    if !is_executable(transaction, inputs) {
        let (inputs, size) = (count(inputs.len(), "input"), count(transaction.base_size(), "byte"));
        let truth = format!("The transaction has {inputs} and, unsigned, {size}.");
        let consequence = "Its scripts cannot be executed in bounded time, and nodes do not relay it.";
        let says = Says(truth, consequence, "Do not sign. Split the payment into smaller ones.");
        notes.add("btc.too-large-to-execute", Some("btc.transaction.input-count".to_owned()), says);
    }
}

/// One finding for each field that nobody decodes; it restricts, because it could carry anything.
fn note_unknown_bytes(request: &PsbtRequest, notes: &mut Notes) {
    for map in request.maps.iter() {
        let mut counts = crate::codes::Counter::default();
        for kv in &map.pairs {
            let known = key_type(map.kind, kv.key_type);
            let field = counts.code(map.kind, known);
            if known.value == ValueForm::Opaque {
                let bytes = kv.key().len().saturating_add(kv.value.len());
                let truth =
                    format!("The {} has a field of {bytes} bytes ({}) that is not understood.", map.kind, known.name);
                let consequence = "It could carry anything into or out of the device.";
                let says = Says(truth, consequence, "Ask for the request without it.");
                notes.add("btc.unknown-bytes", Some(field), says);
            }
        }
    }
}
