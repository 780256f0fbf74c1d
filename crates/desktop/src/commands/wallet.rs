//! `vitrine wallet`: wallets of other programs, and addresses on a device's screen.

use vitrine_ceremony::{AddressError, ImportError, Network, ProposedWallet, propose_wallets};

use crate::cli::{WalletAddress, WalletImport};
use crate::failure::{Failure, Kind};
use crate::prompter::Terminal;
use crate::{devices, files};

/// Prints the file for `wallets/` that another program's file proposes.
pub(crate) fn import(args: &WalletImport) -> Result<(), Failure> {
    let network = args.network.as_deref().map(str::parse::<Network>).transpose();
    let network = network.map_err(|error| Failure::new(Kind::Usage, error))?;
    let failed = |error: ImportError| {
        let kind = if error == ImportError::PrivateKey { Kind::Refused } else { Kind::Input };
        Failure::new(kind, format!("{}: {error}", args.file.display()))
    };
    let proposed = propose_wallets(&files::read(&args.file)?, network).map_err(failed)?;
    let wallet = choose(&proposed, args.number)?;
    let stated = if wallet.first_address_stated { ", as the file states" } else { "" };
    eprintln!("vitrine: {}, wallet {}", wallet.format, wallet.name);
    eprintln!("vitrine: first address {}{stated}", wallet.first_address);
    eprintln!("vitrine: compare the address and each fingerprint with the cosigners before you register the wallet");
    match &args.out {
        Some(path) => files::write(path, wallet.toml.as_bytes())?,
        None => print!("{}", wallet.toml),
    }
    Ok(())
}

fn choose(proposed: &[ProposedWallet], number: Option<usize>) -> Result<&ProposedWallet, Failure> {
    match (proposed, number) {
        ([only], None) => Ok(only),
        (_, Some(number)) => number
            .checked_sub(1)
            .and_then(|n| proposed.get(n))
            .ok_or_else(|| Failure::new(Kind::Usage, format!("--number: the file has {} wallets", proposed.len()))),
        (several, None) => {
            let names = several.iter().enumerate().map(|(n, w)| format!("{} {}", n.saturating_add(1), w.name));
            let names = names.collect::<Vec<_>>().join(", ");
            Err(Failure::new(Kind::Usage, format!("the file has several wallets, choose one with --number: {names}")))
        }
    }
}

/// Prints an address in groups of four, and compares it with the device's screen.
pub(crate) fn address(args: &WalletAddress) -> Result<(), Failure> {
    let folder = files::ceremony_folder(&args.ceremony)?;
    println!("{}", folder.wallet_address(&args.wallet, args.change, args.index).map_err(failure)?);
    let Some(id) = &args.device else { return Ok(()) };
    let mut device = devices::open(id)?;
    let compared = folder.compare_address(&args.wallet, args.change, args.index, device.as_mut(), &mut Terminal);
    compared.map_err(failure)?;
    println!("The device shows the same address");
    Ok(())
}

fn failure(error: AddressError) -> Failure {
    let kind = match &error {
        AddressError::NoWallet { .. } | AddressError::Wallet(_) => Kind::Usage,
        AddressError::Device(_) => Kind::Device,
        AddressError::Differs { .. } => Kind::Verification,
    };
    Failure::new(kind, error)
}
