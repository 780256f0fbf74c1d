//! Which wallets a request touches, and how: mixed, by change that is hard to find, or by uneven keys.

use std::collections::{BTreeMap, BTreeSet};

use vitrine_review::{Amount, escape};

use super::{CheckedInput, CheckedOutput, Surroundings};
use crate::findings::{Notes, Says};
use crate::keyvalue::MapKind;
use crate::{OwnScript, Wallet};

/// Indexes past the highest known one at which no wallet would ever look.
const MAX_DISTANCE: u32 = 10_000;

/// How far past the highest index spent from change may lie before it is called far, where nobody states what is used.
const FAR: u32 = 200;

/// Adds the findings about wallets; the owners of all inputs and outputs are known by now.
pub(crate) fn note_wallets(
    surroundings: &Surroundings,
    inputs: &[CheckedInput],
    outputs: &[CheckedOutput],
    notes: &mut Notes,
) {
    let mut check = WalletCheck { surroundings, inputs, outputs, notes };
    check.note_mixed();
    check.note_uneven_paths();
    for (n, output) in outputs.iter().enumerate() {
        if let Some(own) = output.own() {
            check.note_index(n, own);
            check.note_branch((n, output), own);
        }
    }
}

struct WalletCheck<'a> {
    surroundings: &'a Surroundings,
    inputs: &'a [CheckedInput],
    outputs: &'a [CheckedOutput],
    notes: &'a mut Notes,
}

/// What a wallet puts in and gets back, in satoshis; none if an amount is not known.
#[derive(Clone, Copy, Default)]
struct Turnover {
    spends: Option<u64>,
    gets: Option<u64>,
}

impl WalletCheck<'_> {
    fn spenders(&self) -> BTreeSet<usize> {
        self.inputs.iter().filter_map(CheckedInput::own).map(OwnScript::wallet).collect()
    }

    fn wallet(&self, own: &OwnScript) -> Option<&Wallet> {
        self.surroundings.wallets.get(own.wallet())
    }

    fn note(&mut self, code: &'static str, n: usize, truth: String, consequence: &str, action: &str) {
        let field = Some(format!("{}.owner", MapKind::Output(n).code()));
        self.notes.add(code, field, Says(truth, consequence, action));
    }

    fn note_mixed(&mut self) {
        let spenders = self.spenders();
        if spenders.len() < 2 {
            return;
        }
        let nets: Vec<String> =
            self.turnovers().iter().map(|(wallet, turnover)| self.net(*wallet, *turnover)).collect();
        let truth = format!("The inputs come from {} wallets. {}.", spenders.len(), nets.join("; "));
        let consequence = "Everybody can see from then on that they belong together.";
        self.notes.add("btc.wallets-mixed", None, Says(truth, consequence, "Ask whether that is meant."));
    }

    fn turnovers(&self) -> BTreeMap<usize, Turnover> {
        let mut all: BTreeMap<usize, Turnover> = BTreeMap::new();
        let zero = Turnover { spends: Some(0), gets: Some(0) };
        for input in self.inputs {
            if let Some(own) = input.own() {
                let turnover = all.entry(own.wallet()).or_insert(zero);
                turnover.spends = turnover.spends.and_then(|sum| sum.checked_add(input.amount_sat()?));
            }
        }
        for output in self.outputs {
            if let Some(own) = output.own() {
                let turnover = all.entry(own.wallet()).or_insert(zero);
                turnover.gets = turnover.gets.and_then(|sum| sum.checked_add(output.amount_sat()));
            }
        }
        all
    }

    /// "Treasury pays 0.3 BTC net".
    fn net(&self, wallet: usize, turnover: Turnover) -> String {
        let name = self.surroundings.wallets.get(wallet).map(|wallet| escape(wallet.name())).unwrap_or_default();
        let amount = |sat| Amount::from_sat(sat, self.surroundings.network.unit());
        match turnover.spends.zip(turnover.gets) {
            Some((spends, gets)) if spends >= gets => {
                format!("{name} pays {} net", amount(spends.saturating_sub(gets)))
            }
            Some((spends, gets)) => format!("{name} gains {} net", amount(gets.saturating_sub(spends))),
            None => format!("{name} pays an amount that is not known"),
        }
    }

    /// Uneven steps after the cosigners' keys: whoever chose them alone knows where the coins are.
    fn note_uneven_paths(&mut self) {
        let outputs = self.outputs.iter().filter_map(CheckedOutput::own).map(OwnScript::wallet);
        let touched: BTreeSet<usize> = self.spenders().into_iter().chain(outputs).collect();
        let uneven =
            touched.iter().filter_map(|n| self.surroundings.wallets.get(*n)).filter(|w| w.has_unequal_suffixes());
        for name in uneven.map(|wallet| escape(wallet.name())).collect::<Vec<_>>() {
            let truth = format!("The keys of {name} derive their addresses by different steps.");
            let consequence = "Who loses the descriptor cannot find the coins from the keys alone.";
            let action = "Ask each cosigner whether their wallet uses that path.";
            self.notes.add("btc.cosigner-paths-differ", None, Says(truth, consequence, action));
        }
    }

    /// Change at an index that wallets do not search: judged by the highest used index if the ceremony states it, else
    /// by those that are spent from.
    fn note_index(&mut self, n: usize, own: &OwnScript) {
        let Some(last_used) = self.wallet(own).map(Wallet::last_used) else { return };
        let (index, found) = (own.index(), last_used.last_found(own.change()));
        let known = self.inputs.iter().filter_map(CheckedInput::own).map(OwnScript::index).max().unwrap_or(0);
        let action = "Ask why the change does not go to the next free index.";
        if index > found.unwrap_or(0).max(known).saturating_add(MAX_DISTANCE) {
            let truth = format!("Output {n} returns to address index {index}, further than any wallet looks.");
            let consequence = "The coins are lost until somebody guesses it.";
            let action = "Ask for a request whose change goes to the next free index.";
            self.note("btc.change-index-unreachable", n, truth, consequence, action);
        } else if let Some(found) = found {
            if index > found {
                let gap = last_used.gap;
                let truth = format!("Output {n} returns to address index {index}; wallets look as far as {found}.");
                let consequence =
                    format!("It lies more than {gap} past the highest index that the ceremony states as used.");
                self.note("btc.change-beyond-gap", n, truth, &consequence, action);
            }
        } else if index > known.saturating_add(FAR) {
            let truth = format!("Output {n} returns to address index {index}.");
            let consequence = "Wallets that search by a gap limit do not find it there.";
            self.note("btc.change-index-far", n, truth, consequence, action);
        }
    }

    fn note_branch(&mut self, (n, output): (usize, &CheckedOutput), own: &OwnScript) {
        let has_change = self.wallet(own).is_some_and(|wallet| wallet.chain_count() > 1);
        if has_change && output.is_returned() && self.spenders().contains(&own.wallet()) && !own.change() {
            let truth = format!("Output {n} returns to the wallet that pays, at an address for receiving.");
            self.note("btc.change-on-receive-path", n, truth, "It is not the wallet's own change path.", "");
        }
    }
}
