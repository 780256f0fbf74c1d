//! Payment names (BIP-353): an output says who is paid, and brings the DNSSEC proof of it along.
//!
//! The proof is verified up to the root keys of DNS, the name resolved in it, and what it resolves to compared with the
//! output. Whether the proof holds at the time of the ceremony is judged when the review is made.

mod name;
mod proof;
mod uri;

use vitrine_review::{Amount, escape};

pub use name::PaymentName;

use crate::bytes::slice;
use crate::decode::keys::DNSSEC_PROOF;
use crate::findings::{Notes, Says};
use crate::keyvalue::{MapKind, Maps};
use crate::limits::MAX_DNS_PROOFS;
use crate::{CheckedOutput, Network};
use proof::{ProofFault, Resolved};
use uri::{Instructions, Match};

const DO_NOT_SIGN: &str = "Do not sign. Ask for the request again from the wallet that made it.";

/// The name that a request states for an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StatedName {
    /// The name as the request has it: hostile text.
    pub(crate) stated: String,
    /// Only if its proof was verified, and leads to what the output pays.
    pub(crate) proven: Option<ProvenName>,
}

/// A name that the root keys of DNS vouch for, while its time lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProvenName {
    pub(crate) name: PaymentName,
    /// The `bitcoin:` URI that it resolves to: text of whoever owns the name.
    pub(crate) uri: String,
    /// When the last of its signatures begins, seconds since 1970.
    pub(crate) valid_from: u64,
    /// When the first of its signatures ends, seconds since 1970.
    pub(crate) expires: u64,
}

/// Checks the names of all outputs; silent payments are proven by then, or not.
pub(crate) fn check_names(
    (bytes, maps): (&[u8], &Maps),
    outputs: &mut [CheckedOutput],
    network: Network,
    notes: &mut Notes,
) {
    let fields = maps.outputs.iter().enumerate().filter_map(|(n, map)| Some((n, map.single(DNSSEC_PROOF)?.value)));
    for (count, (n, value)) in fields.enumerate() {
        let Some(output) = outputs.get_mut(n) else { continue };
        let Some((stated, chain)) = split(slice(bytes, value)) else { continue };
        let text = String::from_utf8_lossy(stated).into_owned();
        let mut check = NameCheck { n, output, network, notes, text: &text };
        let proven = if count < MAX_DNS_PROOFS {
            check.prove(stated, chain)
        } else {
            check.note_fault(ProofFault::NotVerified("the request has more proofs than are verified here"));
            None
        };
        output.payment_name = Some(StatedName { stated: text, proven });
    }
}

/// A name with its length before it, and the chain of records.
pub(crate) fn split(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = value.split_first()?;
    rest.split_at_checked(usize::from(*length)).filter(|(name, chain)| !name.is_empty() && !chain.is_empty())
}

/// The name of one output while it is checked.
struct NameCheck<'a> {
    n: usize,
    output: &'a CheckedOutput,
    network: Network,
    notes: &'a mut Notes,
    /// The name as stated, not escaped.
    text: &'a str,
}

impl NameCheck<'_> {
    fn prove(&mut self, stated: &[u8], chain: &[u8]) -> Option<ProvenName> {
        let name = PaymentName::parse(stated).map_err(ProofFault::Wrong);
        let resolved = name.and_then(|name| Ok((proof::resolve(&name.dns_name(), chain)?, name)));
        let instructions = resolved.and_then(|(resolved, name)| {
            let instructions = Instructions::parse(&resolved.uri).map_err(ProofFault::Wrong)?;
            Ok((instructions, resolved, name))
        });
        match instructions {
            Ok((instructions, resolved, name)) => self.compare(&instructions, resolved, name),
            Err(fault) => {
                self.note_fault(fault);
                None
            }
        }
    }

    fn compare(&mut self, instructions: &Instructions, resolved: Resolved, name: PaymentName) -> Option<ProvenName> {
        let n = self.n;
        let (code, truth) = match instructions.matches(self.output, self.network) {
            Match::Same => {
                self.note_amount(instructions, &name);
                let Resolved { uri, valid_from, expires } = resolved;
                return Some(ProvenName { name, uri, valid_from, expires });
            }
            Match::Other => (
                "btc.dns-name-other-address",
                format!("Output {n} claims to pay {name}, and by DNSSEC that name has another address."),
            ),
            Match::Nothing => (
                "btc.dns-name-other-address",
                format!("Output {n} claims to pay {name}, and by DNSSEC that name has no address to pay to."),
            ),
            Match::OtherNetwork => (
                "btc.dns-name-other-network",
                format!("Output {n} claims to pay {name}, which by DNSSEC has no address on {}.", self.network),
            ),
        };
        self.note(code, truth, "Whoever has the address is not the one who is named.", DO_NOT_SIGN);
        None
    }

    fn note_amount(&mut self, instructions: &Instructions, name: &PaymentName) {
        let paid = self.output.amount_sat();
        if let Some(asked) = instructions.amount_sat.filter(|asked| *asked != paid) {
            let amount = |sat| Amount::from_sat(sat, self.network.unit());
            let (asked, paid) = (amount(asked), amount(paid));
            let truth = format!("{name} asks for {asked}, and output {} pays {paid}.", self.n);
            let consequence = "The payee may not take it for the payment that was asked for.";
            self.note("btc.dns-amount-differs", truth, consequence, "Ask which amount is meant.");
        }
    }

    fn note_fault(&mut self, fault: ProofFault) {
        let (n, text) = (self.n, escape(self.text));
        match fault {
            ProofFault::Wrong(why) => {
                let truth = format!("Output {n} claims the payment name “{text}”, and its proof is wrong: {why}.");
                let consequence = "The name does not say who is paid.";
                self.note("btc.dns-proof-wrong", truth, consequence, DO_NOT_SIGN);
            }
            ProofFault::NotVerified(why) => {
                let truth =
                    format!("Output {n} claims the payment name “{text}”, and nobody verified its proof: {why}.");
                let consequence = "The name does not say who is paid.";
                let action = "Ask for the request without the proof, and compare the address with the payee.";
                self.note("btc.dns-proof-not-verified", truth, consequence, action);
            }
        }
    }

    fn note(&mut self, code: &'static str, truth: String, consequence: &str, action: &str) {
        let field = Some(format!("{}.payment-name", MapKind::Output(self.n).code()));
        self.notes.add(code, field, Says(truth, consequence, action));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OutputRole, ScriptKind};
    use bitcoin::ScriptBuf;

    /// Codes of what is found where a name asks for `asked`, and the output pays 50,000 sat.
    fn found(asked: &str) -> Vec<&'static str> {
        let output = CheckedOutput {
            amount_sat: 50_000,
            script_pubkey: ScriptBuf::new(),
            kind: ScriptKind::Unknown,
            address: None,
            label: None,
            provenance: None,
            own: None,
            role: OutputRole::Payee(1),
            silent_payment: None,
            payment_name: None,
        };
        let mut notes = Notes::default();
        let name = PaymentName::parse(b"a@b.example").unwrap();
        let instructions = Instructions::parse(&format!("bitcoin:?{asked}")).unwrap();
        let network = Network::Mainnet;
        let mut check = NameCheck { n: 0, output: &output, network, notes: &mut notes, text: "" };
        check.note_amount(&instructions, &name);
        notes.into_vec().into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn another_amount_than_the_name_asks_for_is_cautioned() {
        assert_eq!(found("amount=0.0005"), [""; 0]);
        assert_eq!(found("label=x"), [""; 0]);
        assert_eq!(found("amount=0.00050001"), ["btc.dns-amount-differs"]);
    }
}
