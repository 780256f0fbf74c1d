//! The outputs: which are change, and what is paid to others.

use bitcoin::{Amount, ScriptBuf, TxOut};

use super::super::super::Status;
use super::super::host::Map;
use super::super::person::{SIMPLE_OUTPUTS, destination};
use super::{ALL_COINS_SAT, Found, MOST_CHANGE, Paid, Position, Signing};

const BIP32_DERIVATION: u8 = 0x02;
const AMOUNT: u8 = 0x03;
const SCRIPT: u8 = 0x04;
const TAP_BIP32_DERIVATION: u8 = 0x07;

/// Longest scriptPubKey that the app pays to.
const SCRIPT_BYTES: usize = 83;

impl Signing<'_> {
    pub(super) async fn read_outputs(&self, found: &Found) -> Result<Paid, Status> {
        let mut paid = Paid { external: Vec::new(), total_sat: 0 };
        let mut change_count = 0_usize;
        for i in 0..self.outputs.size {
            let (map, position) = self.output_map(i).await?;
            let output = self.output(&map).await.ok_or(Status::DATA)?;
            let sat = output.value.to_sat();
            if sat > ALL_COINS_SAT {
                return Err(Status::DATA);
            }
            paid.total_sat = paid.total_sat.checked_add(sat).ok_or(Status::DATA)?;
            let is_change = match position.filter(|position| position.change) {
                Some(position) => self.is_own(position, &output.script_pubkey).await?,
                None => false,
            };
            if is_change {
                change_count = change_count.saturating_add(1);
            } else {
                paid.external.push((i, output));
            }
        }
        if found.total_in_sat < paid.total_sat {
            return Err(Status::DATA);
        }
        if change_count > MOST_CHANGE { Err(Status::NOT_SUPPORTED.because(9)) } else { Ok(paid) }
    }

    /// Reads the keys of an output's map, and the origins of public keys until one is the wallet's.
    async fn output_map(&self, index: u64) -> Result<(Map, Option<Position>), Status> {
        let host = &self.app.host;
        let mut scan = host.open(&self.outputs, index).await.ok_or(Status::DATA)?;
        let (mut position, mut outcome) = (None, Ok(()));
        while let Some((at, key)) = scan.next(host).await.ok_or(Status::DATA)? {
            let Some((kind @ (&BIP32_DERIVATION | &TAP_BIP32_DERIVATION), public_key)) = key.split_first() else {
                continue;
            };
            if position.is_some() {
                continue;
            }
            match self.origin(&scan.map, at, public_key, *kind == TAP_BIP32_DERIVATION).await {
                Ok(Some(origin)) => position = self.own.iter().find_map(|own| own.position(&origin)),
                Ok(None) => {}
                Err(status) => outcome = Err(status),
            }
        }
        outcome.map(|()| (scan.map, position))
    }

    pub(super) async fn output(&self, map: &Map) -> Option<TxOut> {
        let value = self.app.host.fixed(map, AMOUNT).await?;
        let script = self.app.host.value(map, SCRIPT, SCRIPT_BYTES).await?;
        let value = Amount::from_sat(u64::from_le_bytes(value));
        Some(TxOut { value, script_pubkey: ScriptBuf::from_bytes(script) })
    }

    /// Lets the person read the whole. The app keeps as many outputs as it shows in one review; of more, it asks for
    /// every further one again when it shows it.
    pub(super) async fn confirm(&self, found: &Found, paid: &Paid) -> Result<(), Status> {
        let person = &self.app.person;
        let count = paid.external.len();
        let fee_sat = found.total_in_sat.saturating_sub(paid.total_sat);
        let mut warnings = found.warnings;
        warnings.high_fee = fee_sat.saturating_mul(10) >= found.total_in_sat && found.total_in_sat > 100_000;
        let is_simple = count <= SIMPLE_OUTPUTS;
        if is_simple && paid.external.iter().any(|(_, output)| destination(&output.script_pubkey).is_none()) {
            return Err(Status::NOT_SUPPORTED);
        }
        person.begin_transaction(warnings, self.registered.then_some(self.wallet.name.as_str()))?;
        if count == 0 {
            person.confirm_no_payee()?;
        }
        for (i, (index, output)) in paid.external.iter().enumerate() {
            if i >= SIMPLE_OUTPUTS {
                let map = self.app.host.map(&self.outputs, *index).await.ok_or(Status::DATA)?;
                self.output(&map).await.ok_or(Status::DATA)?;
            }
            let to = destination(&output.script_pubkey).ok_or(Status::NOT_SUPPORTED)?;
            person.confirm_output(i.saturating_add(1), count, &to, output.value.to_sat())?;
        }
        person.confirm_fee(fee_sat, warnings)
    }
}
