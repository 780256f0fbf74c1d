//! The transaction's size as the firmware estimates it, from which it judges and shows the fee.
//!
//! It takes every signature for as long as one can be: core `sign_tx/tx_weight.py`, legacy `transaction.c`.

use trezor_client::protos::InputScriptType;
use vitrine_bitcoin::Network;
use vitrine_review::Value;

use super::plan::{ForeignInput, OwnInput, Part, Plan};

const WITNESS_SCALE: u64 = 4;
const INPUT: u64 = 40;
const KEY: u64 = 33;
const DER_SIGNATURE: u64 = 72;
const SCHNORR_SIGNATURE: u64 = 64;
/// m, n and OP_CHECKMULTISIG.
const MULTISIG_FRAME: u64 = 3;

/// What a plan weighs and how much of a fee it may pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Weight {
    weight: u64,
    /// Above this many satoshi per 1000 vbytes the firmware warns.
    most_sat_per_kvb: u64,
}

impl Weight {
    pub(super) fn of(plan: &Plan<'_>, one: bool) -> Self {
        let outputs = plan.transaction.output.iter().map(|output| output.size() as u64).map(scaled);
        let inputs = plan.inputs.iter().map(|input| match &input.part {
            Part::Own(own) => own_weight(own),
            Part::Foreign(foreign) => foreign_weight(foreign, one),
        });
        let counts = length_size(plan.inputs.len() as u64).saturating_add(length_size(plan.outputs.len() as u64));
        let base = scaled(8_u64.saturating_add(counts));
        let mut weight = inputs.chain(outputs).fold(base, u64::saturating_add);
        weight = weight.saturating_add(markers(plan, one));
        let most_sat_per_kvb = if plan.network == Network::Mainnet { 2_000_000 } else { 10_000_000 };
        Self { weight, most_sat_per_kvb }
    }

    /// Virtual bytes (BIP-141).
    pub(super) const fn vbytes(self) -> u64 {
        self.weight.div_ceil(WITNESS_SCALE)
    }

    /// Whether it asks about the fee by itself.
    ///
    /// The first model compares with the exact weight, core models with whole vbytes.
    pub(super) fn warns(self, fee_sat: u64, one: bool) -> bool {
        self.exceeds(fee_sat, 1, one)
    }

    /// Whether core models refuse the fee altogether, while their safety checks are strict.
    pub(super) fn refuses(self, fee_sat: u64) -> bool {
        self.exceeds(fee_sat, 10, false)
    }

    fn exceeds(self, fee_sat: u64, times: u64, one: bool) -> bool {
        let (size, unit) = if one { (self.weight, 4000_u64) } else { (self.vbytes(), 1000) };
        let (size, unit) = (u128::from(size), u128::from(unit));
        let most = size.saturating_mul(u128::from(self.most_sat_per_kvb)).saturating_mul(u128::from(times));
        let most = if one { most.checked_div(unit).unwrap_or(0).saturating_mul(unit) } else { most };
        u128::from(fee_sat).saturating_mul(unit) > most
    }

    /// Writes a fee per virtual byte with two decimals, as the firmware rounds it.
    pub(super) fn fee_rate(self, fee_sat: u64) -> String {
        let vbytes = u128::from(self.vbytes().max(1));
        let hundredths = u128::from(fee_sat).saturating_mul(100).saturating_add(vbytes / 2);
        let hundredths = hundredths.checked_div(vbytes).unwrap_or(0);
        let whole = Value::Count(u64::try_from(hundredths / 100).unwrap_or(u64::MAX), "").to_text();
        let number = format!("{whole}.{:02}", hundredths % 100);
        format!("{} sat/vB", number.trim_end_matches('0').trim_end_matches('.'))
    }
}

fn own_weight(own: &OwnInput<'_>) -> u64 {
    let keys = own.multisig.as_ref().map(|multisig| {
        let keys = multisig.nodes.len().saturating_add(multisig.pubkeys.len()) as u64;
        (u64::from(multisig.m()), keys)
    });
    form_weight(own.script_type, keys)
}

fn form_weight(form: InputScriptType, multisig: Option<(u64, u64)>) -> u64 {
    use InputScriptType::{SPENDADDRESS, SPENDMULTISIG, SPENDP2SHWITNESS};
    let script = script_size(form, multisig);
    let own = match form {
        SPENDADDRESS | SPENDMULTISIG => scaled(script.saturating_add(length_size(script))),
        SPENDP2SHWITNESS => {
            let program = if multisig.is_some() { 34 } else { 22 };
            scaled(2_u64.saturating_add(program)).saturating_add(script)
        }
        _ => scaled(1).saturating_add(script),
    };
    scaled(INPUT).saturating_add(own)
}

fn script_size(form: InputScriptType, multisig: Option<(u64, u64)>) -> u64 {
    let signature = DER_SIGNATURE.saturating_add(1);
    match (multisig, form) {
        (Some((threshold, keys)), _) => {
            let script = MULTISIG_FRAME.saturating_add(keys.saturating_mul(KEY.saturating_add(1)));
            let prefix = if form == InputScriptType::SPENDMULTISIG { push_size(script) } else { length_size(script) };
            1_u64.saturating_add(threshold.saturating_mul(signature)).saturating_add(script).saturating_add(prefix)
        }
        (None, InputScriptType::SPENDTAPROOT) => SCHNORR_SIGNATURE.saturating_add(1),
        (None, _) => signature.saturating_add(1).saturating_add(KEY),
    }
}

/// Core models count what is given; the first one guesses the form from the script.
fn foreign_weight(foreign: &ForeignInput, one: bool) -> u64 {
    if one {
        return match guess(foreign) {
            Some(form) => form_weight(form, None),
            None => scaled(INPUT),
        };
    }
    let (script_sig, witness) = (foreign.script_sig.len() as u64, foreign.witness.len() as u64);
    scaled(INPUT.saturating_add(length_size(script_sig)).saturating_add(script_sig)).saturating_add(witness)
}

fn guess(foreign: &ForeignInput) -> Option<InputScriptType> {
    match foreign.script_pubkey.first() {
        Some(0x76) => Some(InputScriptType::SPENDADDRESS),
        Some(0xa9) => Some(InputScriptType::SPENDP2SHWITNESS),
        Some(0x00) => Some(InputScriptType::SPENDWITNESS),
        Some(0x51) => Some(InputScriptType::SPENDTAPROOT),
        _ => None,
    }
}

/// Marker, flag, and the number of witness items of each input, where there is a witness (BIP-144).
///
/// Core models have that number in the witness of somebody else; the first model sees witnesses of its own alone.
fn markers(plan: &Plan<'_>, one: bool) -> u64 {
    let own = plan.own_inputs().filter(|own| is_segwit(own.script_type)).count();
    let given = plan.foreign_inputs().filter(|(_, foreign)| !one && foreign.witness.len() > 1).count();
    if own.saturating_add(given) == 0 {
        return 0;
    }
    (plan.inputs.len().saturating_sub(given) as u64).saturating_add(2)
}

const fn is_segwit(form: InputScriptType) -> bool {
    !matches!(form, InputScriptType::SPENDADDRESS | InputScriptType::SPENDMULTISIG)
}

const fn scaled(bytes: u64) -> u64 {
    bytes.saturating_mul(WITNESS_SCALE)
}

const fn length_size(length: u64) -> u64 {
    match length {
        0..253 => 1,
        253..0x1_0000 => 3,
        _ => 5,
    }
}

const fn push_size(length: u64) -> u64 {
    match length {
        0..0x4c => 1,
        0x4c..0x100 => 2,
        0x100..0x1_0000 => 3,
        _ => 5,
    }
}
