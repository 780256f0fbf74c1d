//! One output of a checked request.

use bitcoin::{Script, ScriptBuf};

use crate::dns::StatedName;
use crate::{OwnScript, PaymentName, ScriptKind};

/// What an output is to us. Payees are numbered from 1, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OutputRole {
    /// Goes to somebody else: "Payee 1".
    Payee(usize),
    /// Comes back to the change path of a registered wallet that pays.
    Change,
    /// Comes back to the receive path of a registered wallet that pays.
    OwnAddress,
    /// Goes to a registered wallet that no input comes from, or that gets more than it puts in while another one pays.
    Transfer,
    /// Publishes data; nobody can spend it.
    Data,
}

impl OutputRole {
    /// The role as shown.
    pub fn name(self) -> String {
        match self {
            Self::Payee(number) => format!("Payee {number}"),
            Self::Transfer => "Other wallet".to_owned(),
            Self::Change => "Change".to_owned(),
            Self::OwnAddress => "Own address".to_owned(),
            Self::Data => "Data".to_owned(),
        }
    }
}

/// One output: who gets how much.
#[derive(Clone, Debug)]
pub struct CheckedOutput {
    pub(crate) amount_sat: u64,
    pub(crate) script_pubkey: ScriptBuf,
    pub(crate) kind: ScriptKind,
    pub(crate) address: Option<String>,
    pub(crate) label: Option<String>,
    pub(crate) provenance: Option<String>,
    pub(crate) own: Option<OwnScript>,
    pub(crate) role: OutputRole,
    /// Only if the script was made anew from it.
    pub(crate) silent_payment: Option<String>,
    /// The name that the request states for whoever is paid.
    pub(crate) payment_name: Option<StatedName>,
}

impl CheckedOutput {
    /// The amount in satoshis.
    pub fn amount_sat(&self) -> u64 {
        self.amount_sat
    }

    /// The locking script.
    pub fn script_pubkey(&self) -> &Script {
        &self.script_pubkey
    }

    /// The form of the script; for own scripts by the wallet's descriptor.
    pub fn kind(&self) -> ScriptKind {
        self.kind
    }

    /// The address on the ceremony's network; none for scripts that have no address.
    pub fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// The name in the address book, escaped.
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// Who added and who approved the entry of the address book, in one sentence.
    pub fn provenance(&self) -> Option<&str> {
        self.provenance.as_deref()
    }

    /// Where a registered wallet derives the script; none if it is not ours.
    pub fn own(&self) -> Option<&OwnScript> {
        self.own.as_ref()
    }

    /// The silent payment address that the script is proven to be made for (BIP-352).
    pub fn silent_payment(&self) -> Option<&str> {
        self.silent_payment.as_deref()
    }

    /// The payment name whose DNSSEC proof leads to this output (BIP-353); its time is judged by the review.
    pub fn payment_name(&self) -> Option<&PaymentName> {
        Some(&self.payment_name.as_ref()?.proven.as_ref()?.name)
    }

    /// Whether it comes back to a wallet that pays.
    pub(crate) fn is_returned(&self) -> bool {
        matches!(self.role, OutputRole::Change | OutputRole::OwnAddress)
    }

    /// What the output is to us.
    pub fn role(&self) -> OutputRole {
        self.role
    }
}
