//! `vitrine wallet`: wallets of other programs, and addresses on a device's screen.

use vitrine_ceremony::{
    AddressError, Folder, ImportError, Network, ProposedWallet, WalletRegistration, propose_wallets,
};
use vitrine_device::DeviceError;

use crate::cli::{WalletAddress, WalletImport, WalletRegister};
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
    let mut device = devices::open(id, Some(&folder))?;
    let compared = folder.compare_address(&args.wallet, args.change, args.index, device.as_mut(), &mut Terminal);
    compared.map_err(failure)?;
    println!("The device shows the same address");
    Ok(())
}

/// Lets a device register a wallet, and prints or writes what the wallet's file needs.
pub(crate) fn register(args: &WalletRegister) -> Result<(), Failure> {
    let folder = files::ceremony_folder(&args.ceremony)?;
    let mut device = devices::open(&args.device, Some(&folder))?;
    match folder.register_wallet(&args.wallet, device.as_mut(), &mut Terminal).map_err(failure)? {
        WalletRegistration::NotNeeded => {
            println!("The device registers no wallets of this form: the folder stays as it is");
            Ok(())
        }
        WalletRegistration::OnDevice => {
            println!("The device keeps the wallet itself: the folder stays as it is");
            Ok(())
        }
        WalletRegistration::Known => {
            println!("The wallet's file has what the device gave already");
            Ok(())
        }
        WalletRegistration::Kept { toml } if args.write => append(args, &folder, &toml),
        WalletRegistration::Kept { toml } => {
            eprintln!("vitrine: append this to {}, or use --write", file_of(&folder, &args.wallet));
            print!("{toml}");
            Ok(())
        }
        WalletRegistration::Differs { toml } => {
            print!("{toml}");
            let file = file_of(&folder, &args.wallet);
            let what = "has another registration of this device, which it no longer takes. Replace that table by the one printed";
            Err(Failure::new(Kind::Verification, format!("{file} {what}")))
        }
    }
}

fn file_of<'a>(folder: &'a Folder, wallet: &str) -> &'a str {
    folder.wallet_file(wallet).unwrap_or("the wallet's file")
}

/// Appends a table to the wallet's file. What was there stays byte for byte, and the folder must still be one.
fn append(args: &WalletRegister, folder: &Folder, toml: &str) -> Result<(), Failure> {
    let path = file_of(folder, &args.wallet);
    let mut all = files::ceremony_files(&args.ceremony)?;
    let content = all.get_mut(path).ok_or_else(|| Failure::internal(format!("{path} is gone")))?;
    if !content.ends_with(b"\n") {
        content.push(b'\n');
    }
    content.push(b'\n');
    content.extend_from_slice(toml.as_bytes());
    let content = content.clone();
    let folder = Folder::parse(&all).map_err(|error| Failure::new(Kind::Usage, error))?;
    files::write(&args.ceremony.join(path), &content)?;
    println!("Appended to {path}. The folder's digest is now");
    println!("{}", folder.digest().groups().join(" "));
    Ok(())
}

fn failure(error: AddressError) -> Failure {
    let kind = match &error {
        AddressError::NoWallet { .. } | AddressError::Wallet(_) => Kind::Usage,
        AddressError::Device(DeviceError::WrongSeed { .. })
        | AddressError::Differs { .. }
        | AddressError::NoKey { .. } => Kind::Verification,
        AddressError::Device(_) => Kind::Device,
    };
    Failure::new(kind, error)
}
