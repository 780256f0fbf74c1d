//! Screens of core models: T, Safe 3, Safe 5.

use vitrine_review::Value;

use super::{Lock, amount, grouped_rows, has_unverified, many_change_outputs, omni, path, rows, screen, unusual_paths};
use crate::device::DeviceScreen;
use crate::trezor::identity::Look;
use crate::trezor::plan::{Destination, Plan, PlannedOutput};
use crate::trezor::weight::Weight;

/// The last words of a warning.
const CONTINUE: &str = "Continue anyway?";

pub(super) fn screens(plan: &Plan<'_>, look: Look, grouped: bool) -> Vec<DeviceScreen> {
    let drawer = Drawer { plan, look, grouped };
    let mut screens: Vec<DeviceScreen> = unusual_paths(plan).map(|path| drawer.unusual_path(path)).collect();
    let shown = plan.outputs.iter().filter(|output| !plan.is_silent(output));
    for (number, output) in (1_usize..).zip(shown) {
        screens.extend(drawer.output(number, output));
    }
    screens.extend(drawer.warnings());
    screens.extend(drawer.lock_time());
    screens.extend(drawer.total());
    screens
}

struct Drawer<'p, 'a> {
    plan: &'p Plan<'a>,
    look: Look,
    grouped: bool,
}

impl Drawer<'_, '_> {
    fn output(&self, number: usize, output: &PlannedOutput) -> Vec<DeviceScreen> {
        let recipient = format!("Recipient #{number}");
        let (address, label) = match &output.to {
            Destination::Data(data) => return vec![data_screen(data)],
            Destination::Address(address) => (address, None),
            Destination::Change { address, multisig: Some(_), .. } => (address, None),
            Destination::Change { path, script_type, address, .. } => {
                let name = path::account(path, *script_type);
                (address, Some(name.unwrap_or_else(|| path::written(path))))
            }
        };
        let (first, second) = match self.look {
            Look::Caesar => (recipient, format!("Amount #{number}")),
            _ => {
                let title = label.clone().unwrap_or(recipient);
                (title.clone(), title)
            }
        };
        let who = output.role.name();
        let mut lines = if self.grouped { grouped_rows(address) } else { vec![address.clone()] };
        if let (Look::Caesar, Some(label)) = (self.look, label) {
            lines.insert(0, label.replacen(" #", " account #", 1));
        }
        vec![
            DeviceScreen { step: format!("{who}, address"), title: first, lines, address: true },
            screen(format!("{who}, amount"), &second, vec![amount(output.amount_sat, self.plan.network)]),
        ]
    }

    /// What stands above a warning.
    const fn warning(&self) -> &'static str {
        match self.look {
            Look::Caesar => "",
            Look::Delizia => "Important",
            Look::One | Look::Bolt => "Warning",
        }
    }

    /// The same for what it takes for a danger.
    const fn danger(&self) -> &'static str {
        match self.look {
            Look::Caesar => "",
            _ => "Warning",
        }
    }

    fn unusual_path(&self, path: &[u32]) -> DeviceScreen {
        let written = path::written(path);
        let step = "Unusual derivation path";
        match self.look {
            Look::Delizia => {
                let lines = rows(["Wrong derivation path for selected account.", &written, "Cancel and exit"]);
                screen(step, self.danger(), lines)
            }
            _ => screen(step, "Unknown path", vec![written]),
        }
    }

    fn warnings(&self) -> Vec<DeviceScreen> {
        let mut screens = Vec::new();
        let mut warn = |step: &str, lines| screens.push(screen(step, self.warning(), lines));
        if has_unverified(self.plan) {
            let words = "The transaction contains unverified external inputs.";
            warn("Inputs of others", rows([words, CONTINUE]));
        }
        screens.extend(self.accounts());
        let mut warn = |step: &str, lines| screens.push(screen(step, self.warning(), lines));
        let fee_sat = self.plan.amounts().map_or(0, |amounts| amounts.fee_sat);
        if Weight::of(self.plan, false).warns(fee_sat, false) {
            warn("High fee", rows(["Unusually high fee.", &amount(fee_sat, self.plan.network)]));
        }
        if let Some(count) = many_change_outputs(self.plan) {
            warn("Number of change outputs", rows(["A lot of change-outputs.", &format!("{count} outputs")]));
        }
        screens
    }

    fn accounts(&self) -> Option<DeviceScreen> {
        let question = if self.look == Look::Delizia { "Cancel transaction" } else { CONTINUE };
        let lines = rows(["Sending from multiple accounts.", question]);
        self.plan.shared.account.is_none().then(|| screen("Several accounts", self.danger(), lines))
    }

    fn lock_time(&self) -> Option<DeviceScreen> {
        let lock = Lock::of(self.plan)?;
        let colon = self.look.colon();
        let lines = match &lock {
            Lock::WithoutEffect => {
                let lines = rows(["Locktime is set but will have no effect.", CONTINUE]);
                return Some(screen(lock.step(), self.warning(), lines));
            }
            Lock::Height(height) => vec![format!("Locktime set to blockheight{colon}"), height.to_string()],
            Lock::Moment(_, shown) => vec![format!("Locktime set to{colon}"), shown.clone()],
        };
        Some(screen(lock.step(), "Confirm Locktime", lines))
    }

    fn total(&self) -> Vec<DeviceScreen> {
        let Some(amounts) = self.plan.amounts() else { return Vec::new() };
        let money = |sat| amount(sat, self.plan.network);
        let total = money(amounts.total_sat);
        let hold = screen("Hold to sign", "Sign transaction", rows(["Hold to sign"]));
        let joint =
            amounts.total_sat.checked_sub(amounts.verified_foreign_sat).filter(|_| amounts.verified_foreign_sat > 0);
        let (step, title, lines) = match joint {
            Some(own) => {
                let lines = rows(["You are contributing:", &money(own), "To the total amount:", &total]);
                ("Own part and total", "Joint transaction", lines)
            }
            None if self.look == Look::Caesar => {
                let lines = rows(["Total amount:", &total, "Including fee:", &money(amounts.fee_sat)]);
                ("Total and fee", "", lines)
            }
            None => {
                let lines = rows(["Total amount", &total, "incl. Transaction fee", &money(amounts.fee_sat)]);
                ("Total and fee", "Summary", lines)
            }
        };
        let summary = screen(step, title, lines);
        if self.look == Look::Caesar { vec![summary] } else { vec![summary, hold] }
    }
}

fn data_screen(data: &[u8]) -> DeviceScreen {
    let step = format!("Data output, {} bytes", data.len());
    match omni(data) {
        Some(words) => screen(step, "OMNI transaction", vec![words]),
        None => screen(step, "OP_RETURN", super::split(&Value::Bytes(data.to_vec()).to_text(), 16)),
    }
}
