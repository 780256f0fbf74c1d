//! What the device asks the person about a transaction, and what it passes over.

use trezor_client::protos::InputScriptType;

use super::keys::{Coin, PathRule, path_rule};
use super::parts::{Input, Output, To, input_form};
use super::{Button, Refusal, screen, screen_one, weight};

/// Change outputs passed over before one question about their number.
const SILENT_CHANGE_OUTPUTS: usize = 2;
const SILENT_INDEX: u32 = 1_000_000;

/// What was seen of a transaction so far.
pub(super) struct Consent {
    coin: Coin,
    one: bool,
    lock_time: u32,
    grouped: bool,
    has_unverified: bool,
    warned_of_path: bool,
    shared: Shared,
    shown_outputs: usize,
    payees: usize,
}

/// What all inputs of the device have in common: change goes back there unseen.
#[derive(Default)]
struct Shared {
    account: Option<Vec<u32>>,
    form: Option<InputScriptType>,
    /// Empty for a single key.
    multisig: Option<Vec<u8>>,
}

impl Consent {
    pub(super) fn new(coin: Coin, one: bool, lock_time: u32, grouped: bool) -> Self {
        let (shown_outputs, payees) = (0, 0);
        let (has_unverified, warned_of_path, shared) = (false, false, Shared::default());
        Self { coin, one, lock_time, grouped, has_unverified, warned_of_path, shared, shown_outputs, payees }
    }

    /// The warning of a path of another form; the first model gives it once.
    pub(super) fn input(&mut self, input: &Input, unverified: bool) -> Option<Button> {
        self.has_unverified = self.has_unverified || unverified;
        let path = &input.arrived.address_n;
        let rule = path_rule(path, input.form, input.multisig.is_some(), self.coin);
        if input.is_external() || rule != PathRule::Unusual {
            return None;
        }
        let again = core::mem::replace(&mut self.warned_of_path, true);
        match self.one {
            true if again => None,
            true => Some(screen_one::path_warning()),
            false => Some(screen::path_warning(path)),
        }
    }

    pub(super) fn after_inputs(&mut self, inputs: &[Input]) {
        let own = || inputs.iter().filter(|input| !input.is_external());
        self.shared = Shared {
            account: same(own().map(|input| account(&input.arrived.address_n))).flatten(),
            form: same(own().map(|input| plain(input.form))),
            multisig: same(own().map(|input| input.multisig.as_ref().map_or_else(Vec::new, |m| m.wallet.clone()))),
        };
    }

    pub(super) fn output(&mut self, output: &Output) -> Vec<Button> {
        if self.is_silent(output) {
            return Vec::new();
        }
        self.shown_outputs = self.shown_outputs.saturating_add(1);
        let (sat, unit) = (output.txout.value.to_sat(), self.coin.unit());
        let (address, who) = match &output.to {
            To::Data(data) if self.one => return vec![screen_one::data(data)],
            To::Data(data) => return vec![screen::data(data)],
            To::Path { address, .. } => (address, "Change".to_owned()),
            To::Address(address) => {
                self.payees = self.payees.saturating_add(1);
                (address, format!("Payee {}", self.payees))
            }
        };
        let path = output.arrived.address_n.as_slice();
        if self.one {
            return vec![screen_one::output(&who, address, path, sat, unit)];
        }
        let title = match &output.to {
            To::Path { form, multisig: None, .. } => screen::account(path, *form),
            _ => format!("Recipient #{}", self.shown_outputs),
        };
        screen::output(who, title, address, sat, unit, self.grouped).to_vec()
    }

    /// Change that the device recognises by itself: account, form and cosigners of every input, a plain chain and index.
    fn is_silent(&self, output: &Output) -> bool {
        let To::Path { form, multisig, .. } = &output.to else { return false };
        let [.., chain, index] = output.arrived.address_n.as_slice() else { return false };
        let wallet = multisig.as_ref().map_or_else(Vec::new, |multisig| multisig.wallet.clone());
        self.shared.account.is_some()
            && self.shared.account == account(&output.arrived.address_n)
            && self.shared.form.is_some()
            && self.shared.form == input_form(*form).map(plain)
            && self.shared.multisig == Some(wallet)
            && multisig.as_ref().is_none_or(|multisig| multisig.single_path)
            && *chain <= 1
            && *index <= SILENT_INDEX
            && output.txout.value > bitcoin::Amount::ZERO
    }

    pub(super) fn whole(&self, inputs: &[Input], outputs: &[Output], strict: bool) -> Result<Vec<Button>, Refusal> {
        let change = || outputs.iter().filter(|output| self.is_silent(output));
        let total_in = sum(inputs.iter().map(|input| input.spent.value.to_sat()))?;
        let total_out = sum(outputs.iter().map(|output| output.txout.value.to_sat()))?;
        let total_change = sum(change().map(|output| output.txout.value.to_sat()))?;
        let others = inputs.iter().filter(|input| !self.one && input.is_presigned());
        let others = sum(others.map(|input| input.spent.value.to_sat()))?;
        let fee_sat = total_in.checked_sub(total_out).ok_or(Refusal { code: 10, text: "Not enough funds" })?;
        let most = Most::of(inputs, outputs, self);
        if most.refuses(fee_sat) && strict {
            return Err(Refusal::data("The fee is unexpectedly large"));
        }
        let whole = Whole {
            total_sat: total_in.saturating_sub(total_change),
            fee_sat,
            others_sat: others,
            vbytes: most.vbytes,
            change_count: Some(change().count()).filter(|count| *count > SILENT_CHANGE_OUTPUTS),
            has_unverified: self.has_unverified,
            several_accounts: self.shared.account.is_none(),
            high_fee: most.warns(fee_sat),
            lock: Some(self.lock_time).filter(|time| *time > 0),
            lock_has_effect: inputs.iter().any(|input| !input.txin.sequence.is_final()),
            unit: self.coin.unit(),
        };
        Ok(if self.one { screen_one::whole(&whole) } else { screen::whole(&whole) })
    }
}

/// What the device asks about at last.
pub(super) struct Whole {
    pub(super) total_sat: u64,
    pub(super) fee_sat: u64,
    /// What others put in, verified.
    pub(super) others_sat: u64,
    pub(super) vbytes: u64,
    pub(super) change_count: Option<usize>,
    pub(super) has_unverified: bool,
    pub(super) several_accounts: bool,
    pub(super) high_fee: bool,
    pub(super) lock: Option<u32>,
    pub(super) lock_has_effect: bool,
    pub(super) unit: &'static str,
}

/// How high a fee may be.
struct Most {
    one: bool,
    weight: u64,
    vbytes: u64,
    sat_per_kvb: u64,
}

impl Most {
    fn of(inputs: &[Input], outputs: &[Output], consent: &Consent) -> Self {
        let weight = weight::weight(inputs, outputs, consent.one);
        let sat_per_kvb = if consent.coin == Coin::Bitcoin { 2_000_000 } else { 10_000_000 };
        Self { one: consent.one, weight: weight.to_wu(), vbytes: weight.to_vbytes_ceil(), sat_per_kvb }
    }

    fn warns(&self, fee_sat: u64) -> bool {
        if self.one {
            return fee_sat > self.weight.saturating_mul(self.sat_per_kvb) / 4000;
        }
        fee_sat.saturating_mul(1000) > self.vbytes.saturating_mul(self.sat_per_kvb)
    }

    fn refuses(&self, fee_sat: u64) -> bool {
        !self.one && fee_sat.saturating_mul(100) > self.vbytes.saturating_mul(self.sat_per_kvb)
    }
}

fn sum(mut amounts: impl Iterator<Item = u64>) -> Result<u64, Refusal> {
    amounts.try_fold(0_u64, u64::checked_add).ok_or(Refusal::data("Amounts overflow"))
}

fn account(path: &[u32]) -> Option<Vec<u32>> {
    match path {
        [account @ .., _, _] if !account.is_empty() => Some(account.to_vec()),
        _ => None,
    }
}

/// Bare multisig differs from a single key by its keys, not by its form.
const fn plain(form: InputScriptType) -> InputScriptType {
    match form {
        InputScriptType::SPENDMULTISIG => InputScriptType::SPENDADDRESS,
        form => form,
    }
}

fn same<T: PartialEq>(mut values: impl Iterator<Item = T>) -> Option<T> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}
