//! What a Trezor is about to show, so that the person can compare it with what was approved.
//!
//! Change that the device recognises by itself is not shown. Characters are exact; where an address is grouped, rows are
//! too. The rows of data are 16 hex digits each here; the device breaks them where its font does.

use bitcoin::absolute::LockTime;
use vitrine_bitcoin::Network;
use vitrine_review::{Value, groups_of_four};

use super::plan::{Destination, Plan, PlannedOutput};
use crate::device::DeviceScreen;

/// Change outputs that core firmware passes over before it asks once about their number.
const SILENT_CHANGE_OUTPUTS: usize = 2;

/// The last words of a warning.
const CONTINUE: &str = "Continue anyway?";

/// Screens of core models (T, Safe 3, Safe 5).
pub(super) fn core(plan: &Plan<'_>, grouped: bool) -> Vec<DeviceScreen> {
    let mut screens = Vec::new();
    let shown = plan.outputs.iter().filter(|output| !plan.is_silent(output));
    for (recipient, output) in (1_usize..).zip(shown) {
        screens.extend(core_output(plan.network, recipient, output, grouped));
    }
    screens.extend(accounts(plan));
    screens.extend(change_count(plan));
    screens.extend(lock_time(plan));
    screens.extend(core_total(plan));
    screens
}

/// Screens of the first model.
pub(super) fn one(plan: &Plan<'_>) -> Vec<DeviceScreen> {
    let shown = plan.outputs.iter().filter(|output| !plan.is_silent(output));
    let mut screens: Vec<DeviceScreen> = shown.map(|output| one_output(plan.network, output)).collect();
    screens.extend(lock_time(plan));
    screens.extend(one_total(plan));
    screens
}

fn core_output(network: Network, recipient: usize, output: &PlannedOutput, grouped: bool) -> Vec<DeviceScreen> {
    let address = match &output.to {
        Destination::Data(data) => return vec![data_screen(data)],
        Destination::Address(address) | Destination::Change { address, .. } => address,
    };
    let who = output.role.name();
    let title = format!("Recipient #{recipient}");
    let rows = if grouped { grouped_rows(address) } else { vec![address.clone()] };
    vec![
        DeviceScreen { step: format!("{who}, address"), title: title.clone(), lines: rows, address: true },
        screen(format!("{who}, amount"), &title, vec![amount(output.amount_sat, network)]),
    ]
}

fn one_output(network: Network, output: &PlannedOutput) -> DeviceScreen {
    let address = match &output.to {
        Destination::Data(data) => return data_screen(data),
        Destination::Address(address) | Destination::Change { address, .. } => address,
    };
    let mut lines = vec![format!("{} to", amount(output.amount_sat, network))];
    lines.extend(address.as_bytes().chunks(21).map(|row| String::from_utf8_lossy(row).into_owned()));
    let step = format!("{}, amount and address", output.role.name());
    DeviceScreen { step, title: "Confirm sending".to_owned(), lines, address: false }
}

fn data_screen(data: &[u8]) -> DeviceScreen {
    let hex = Value::Bytes(data.to_vec()).to_text();
    let lines = hex.as_bytes().chunks(16).map(|row| String::from_utf8_lossy(row).into_owned()).collect();
    screen(format!("Data output, {} bytes", data.len()), "OP_RETURN", lines)
}

fn accounts(plan: &Plan<'_>) -> Option<DeviceScreen> {
    let lines = vec!["Sending from multiple accounts.".to_owned(), CONTINUE.to_owned()];
    plan.account.is_none().then(|| screen("Several accounts".to_owned(), "Warning", lines))
}

fn change_count(plan: &Plan<'_>) -> Option<DeviceScreen> {
    let count = plan.outputs.iter().filter(|output| plan.is_silent(output)).count();
    let lines = vec!["A lot of change-outputs.".to_owned(), format!("{count} outputs")];
    (count > SILENT_CHANGE_OUTPUTS).then(|| screen("Number of change outputs".to_owned(), "Warning", lines))
}

/// Returns the lock time's screen; the device asks whenever one is set.
fn lock_time(plan: &Plan<'_>) -> Option<DeviceScreen> {
    if plan.transaction.lock_time == LockTime::ZERO {
        return None;
    }
    if plan.transaction.input.iter().all(|input| input.sequence.is_final()) {
        let lines = vec!["Locktime is set but will have no effect.".to_owned(), CONTINUE.to_owned()];
        return Some(screen("Lock time, without effect".to_owned(), "Warning", lines));
    }
    let (step, lines) = match plan.transaction.lock_time {
        LockTime::Blocks(height) => {
            let height = height.to_consensus_u32();
            (Value::Height(height), ["Locktime set to blockheight".to_owned(), height.to_string()])
        }
        LockTime::Seconds(time) => {
            let time = Value::Time(u64::from(time.to_consensus_u32()));
            let shown = time.to_text().trim_end_matches(" UTC").to_owned();
            (time, ["Locktime set to".to_owned(), shown])
        }
    };
    Some(screen(format!("Lock time, {}", step.to_text()), "Confirm locktime", lines.to_vec()))
}

fn core_total(plan: &Plan<'_>) -> Vec<DeviceScreen> {
    let Some((total, fee)) = plan.total_and_fee_sat() else { return Vec::new() };
    let lines = vec![
        "Total amount".to_owned(),
        amount(total, plan.network),
        "incl. Transaction fee".to_owned(),
        amount(fee, plan.network),
    ];
    vec![
        screen("Total and fee".to_owned(), "Summary", lines),
        screen("Hold to sign".to_owned(), "Sign transaction", vec!["Hold to sign".to_owned()]),
    ]
}

/// Below these rows the device writes the fee rate that it computed itself.
fn one_total(plan: &Plan<'_>) -> Option<DeviceScreen> {
    let (total, fee) = plan.total_and_fee_sat()?;
    let lines = vec![amount(total, plan.network), "including fee:".to_owned(), amount(fee, plan.network)];
    Some(screen("Total and fee".to_owned(), "Confirm sending:", lines))
}

fn screen(step: String, title: &str, lines: Vec<String>) -> DeviceScreen {
    DeviceScreen { step, title: title.to_owned(), lines, address: false }
}

/// Splits an address into rows of four groups of four.
fn grouped_rows(address: &str) -> Vec<String> {
    groups_of_four(address).chunks(4).map(|row| row.join(" ")).collect()
}

/// Writes an amount as the firmware does: no trailing zeros, commas between thousands, the firmware's own unit.
fn amount(sat: u64, network: Network) -> String {
    const SAT_PER_COIN: u64 = 100_000_000;
    let unit = match network {
        Network::Mainnet => "BTC",
        Network::Regtest => "REGTEST",
        Network::Testnet3 | Network::Testnet4 | Network::Signet => "TEST",
    };
    let whole = Value::Count(sat / SAT_PER_COIN, "").to_text();
    let fraction = format!("{:08}", sat % SAT_PER_COIN);
    let number = format!("{whole}.{fraction}");
    format!("{} {unit}", number.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_on_the_device() {
        assert_eq!(amount(60_000, Network::Testnet3), "0.0006 TEST");
        assert_eq!(amount(100_000_000, Network::Mainnet), "1 BTC");
        assert_eq!(amount(123_456_700_000_000, Network::Regtest), "1,234,567 REGTEST");
        assert_eq!(amount(10 * 100_000_000, Network::Signet), "10 TEST");
        assert_eq!(amount(0, Network::Mainnet), "0 BTC");
    }

    #[test]
    fn no_character_of_an_address_is_lost_in_its_rows() {
        let address = "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7";
        let rows = grouped_rows(address);
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[0], "tb1q rp33 g0q5 c5tx");
        assert_eq!(rows.concat().replace(' ', ""), address);
    }
}
