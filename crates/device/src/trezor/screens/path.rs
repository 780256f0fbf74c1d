//! A key's path as a Trezor writes it: the account's name where it knows one, else the numbers.

use trezor_client::protos::OutputScriptType;

const HARDENED: u32 = 1 << 31;

/// What core models call the account of a path for this form: `SegWit #1`.
pub(super) fn account(path: &[u32], form: OutputScriptType) -> Option<String> {
    let (name, number) = named(path)?;
    let own = match form {
        OutputScriptType::PAYTOADDRESS => "Legacy",
        OutputScriptType::PAYTOP2SHWITNESS => "L. SegWit",
        OutputScriptType::PAYTOWITNESS => "SegWit",
        OutputScriptType::PAYTOTAPROOT => "Taproot",
        _ => return None,
    };
    (own == name).then(|| format!("{name} #{number}"))
}

/// What the first model writes below an address of ours: `TEST SegWit account #1`, or the path.
pub(super) fn on_one(path: &[u32], unit: &str) -> String {
    match named(path) {
        Some((name, number)) if number < 100 => format!("{unit} {} account #{number}", name.replace(". ", ".")),
        _ => format!("Path: {}", written(path)),
    }
}

/// `m/48'/1'/0'/2'/1/7`.
pub(super) fn written(path: &[u32]) -> String {
    let step = |step: &u32| match step & !HARDENED {
        bare if bare == *step => format!("/{bare}"),
        bare => format!("/{bare}'"),
    };
    path.iter().map(step).fold("m".to_owned(), |text, step| text + &step)
}

fn named(path: &[u32]) -> Option<(&'static str, u32)> {
    let &[purpose, coin, account, _, _] = path else { return None };
    let name = match purpose.checked_sub(HARDENED)? {
        44 => "Legacy",
        49 => "L. SegWit",
        84 => "SegWit",
        86 => "Taproot",
        _ => return None,
    };
    let number = account.checked_sub(HARDENED)?.checked_add(1)?;
    (coin >= HARDENED).then_some((name, number))
}
