//! What a BitBox02 is about to show of a Bitcoin transaction.
//!
//! Titles and texts are the firmware's, in the rows that it breaks by itself; where its font breaks a longer row is not
//! foretold. Change is not shown.
//!
//! Source: BitBoxSwiss/bitbox02-firmware 9.27.0, `hww/api/bitcoin/{signtx,multisig,policies}.rs`, `workflow`.

use vitrine_bitcoin::Network;
use vitrine_review::groups_of_four;

use super::account::{Account, Form};
use super::plan::{Destination, Plan, PlannedOutput, SILENT_CHANGE, Sums};
use crate::device::DeviceScreen;

/// The share of what is sent, in tenths of a percent, from which the device warns of the fee.
const HIGH_FEE_PERMILLE: u128 = 100;

/// Screens of a signing, in order.
pub(super) fn bitcoin(plan: &Plan<'_>) -> Vec<DeviceScreen> {
    let mut screens: Vec<DeviceScreen> = plan.accounts.iter().flat_map(spend_from).collect();
    let shown = plan.outputs.iter().filter(|output| !Plan::is_change(output));
    screens.extend(shown.flat_map(|output| output_screens(plan.network, output)));
    let change = plan.outputs.iter().filter(|output| Plan::is_change(output)).count();
    if change > SILENT_CHANGE {
        let text = format!("There are {change}\nchange outputs.\nProceed?");
        screens.push(screen("Number of change outputs", "Warning", &text));
    }
    screens.extend(lock_time(plan));
    if let Some(sums) = plan.sums_sat() {
        let total =
            format!("Total {}\nFee {}", amount(sums.total_sat, plan.network), amount(sums.fee_sat, plan.network));
        screens.push(screen("Total and fee", "", &total));
        screens.extend(high_fee(&sums));
    }
    screens
}

/// Screens that name the wallet: none for one of a single key.
fn spend_from(account: &Account) -> Vec<DeviceScreen> {
    const TITLE: &str = "Spend from";
    let coin = coin_name(account.network);
    let keys = account.key_count();
    match &account.form {
        Form::Simple(_) => Vec::new(),
        Form::Multisig { threshold, .. } => vec![
            screen("The wallet", TITLE, &format!("{threshold}-of-{keys}\n{coin} multisig")),
            screen("The wallet's name", TITLE, &account.name),
        ],
        Form::Policy(template) => {
            let mut screens = vec![
                screen("The wallet", TITLE, &format!("{coin}\npolicy with\n{keys} keys")),
                screen("The wallet's name", "Name", &account.name),
                screen("Whether to show more", "", "Show policy\ndetails?"),
                screen("The policy, if asked for", "Policy", template),
            ];
            for (number, key) in (1_usize..).zip(account.key_texts()) {
                let title = format!("Key {number}/{keys}");
                screens.push(screen("A key, if asked for, the device's own after “This device: ”", &title, &key));
            }
            screens
        }
    }
}

fn output_screens(network: Network, output: &PlannedOutput<'_>) -> Vec<DeviceScreen> {
    let (prefix, address) = match &output.to {
        Destination::Data(data) => return data_screens(data),
        Destination::Own { address, .. } => ("This BitBox (same account): ", address),
        Destination::Payee { address, .. } => ("", address),
    };
    let who = output.role.name();
    let rows = vec![amount(output.amount_sat, network), format!("{prefix}{}", groups_of_four(address).join(" "))];
    vec![DeviceScreen { step: format!("{who}, amount and address"), title: String::new(), lines: rows, address: false }]
}

/// Text row by row, where it is printable; otherwise digits.
fn data_screens(data: &[u8]) -> Vec<DeviceScreen> {
    const TITLE: &str = "OP_RETURN";
    let step = format!("Data output, {} bytes", data.len());
    if !data.iter().all(|byte| (b' '..=b'~').contains(byte) || *byte == b'\n') {
        let digits = data_encoding::HEXLOWER.encode(data);
        return vec![screen(&step, &format!("{TITLE}\ndata (hex)"), &digits)];
    }
    let text = String::from_utf8_lossy(data);
    let pages: Vec<&str> = text.split('\n').collect();
    let title = |number: usize| match pages.len() {
        1 => TITLE.to_owned(),
        count => format!("{TITLE} {number}/{count}"),
    };
    (1_usize..).zip(&pages).map(|(number, page)| screen(&step, &title(number), page)).collect()
}

/// The device asks whenever a lock time is set and an input lets it apply.
fn lock_time(plan: &Plan<'_>) -> Option<DeviceScreen> {
    let height = plan.transaction.lock_time.to_consensus_u32();
    let sequences = || plan.transaction.input.iter().map(|input| input.sequence);
    if height == 0 || sequences().all(|sequence| sequence.is_final()) {
        return None;
    }
    let rbf =
        if sequences().any(|sequence| sequence.is_rbf()) { "Transaction is RBF" } else { "Transaction is not RBF" };
    Some(screen("Lock time and replaceability", "", &format!("Locktime on block:\n{height}\n{rbf}")))
}

fn high_fee(sums: &Sums) -> Option<DeviceScreen> {
    let (basis, of) = match sums.out_sat {
        0 => (sums.inputs_sat, "of all inputs"),
        out_sat => (out_sat, "the send amount"),
    };
    let (fee, basis) = (u128::from(sums.fee_sat), u128::from(basis));
    let permille = fee.checked_mul(1000)?;
    if basis == 0 || permille < basis.checked_mul(HIGH_FEE_PERMILLE)? {
        return None;
    }
    let rounded = permille.checked_mul(2)?.checked_add(basis)?.checked_div(basis.checked_mul(2)?)?;
    let text = format!("The fee is {}.{}%\n{of}.\nProceed?", rounded / 10, rounded % 10);
    Some(screen("High fee", "High fee", &text))
}

fn coin_name(network: Network) -> &'static str {
    match network {
        Network::Mainnet => "Bitcoin",
        Network::Testnet3 | Network::Testnet4 | Network::Signet => "BTC Testnet",
        Network::Regtest => "BTC Regtest",
    }
}

/// An amount with eight digits behind the point, in the unit that the device names.
fn amount(sat: u64, network: Network) -> String {
    let unit = match network {
        Network::Mainnet => "BTC",
        Network::Testnet3 | Network::Testnet4 | Network::Signet => "TBTC",
        Network::Regtest => "RBTC",
    };
    format!("{}.{:08} {unit}", sat / 100_000_000, sat % 100_000_000)
}

pub(super) fn screen(step: &str, title: &str, text: &str) -> DeviceScreen {
    let lines = text.split('\n').map(str::to_owned).collect();
    DeviceScreen { step: step.to_owned(), title: title.to_owned(), lines, address: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_the_device_writes_them() {
        assert_eq!(amount(60_000, Network::Testnet3), "0.00060000 TBTC");
        assert_eq!(amount(0, Network::Mainnet), "0.00000000 BTC");
        assert_eq!(amount(2_100_000_000_000_001, Network::Regtest), "21000000.00000001 RBTC");
    }

    #[test]
    fn the_fee_that_is_warned_of_is_rounded_as_the_device_rounds_it() {
        let sums = |fee_sat, out_sat| Sums { inputs_sat: 1000, out_sat, total_sat: 0, fee_sat };
        let text = |fee, out| high_fee(&sums(fee, out)).map(|screen| screen.lines.join(" "));
        assert_eq!(text(99, 1000), None);
        assert_eq!(text(100, 1000).as_deref(), Some("The fee is 10.0% the send amount. Proceed?"));
        assert_eq!(text(20_299, 200_000).as_deref(), Some("The fee is 10.1% the send amount. Proceed?"));
        assert_eq!(text(20_300, 200_000).as_deref(), Some("The fee is 10.2% the send amount. Proceed?"));
        assert_eq!(text(300, 0).as_deref(), Some("The fee is 30.0% of all inputs. Proceed?"));
    }
}
