//! Vitrine on the desktop: command line and window.

mod cli;
mod commands;
mod demo;
mod devices;
mod failure;
mod files;
mod input;
mod outputs;
mod ports;
mod prompter;
mod window;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{CeremonyCommand, Cli, Command, RecordCommand, WalletCommand};
use crate::failure::Failure;

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("vitrine: {failure}");
            failure.exit_code()
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let Some(command) = cli.command else { return window::run(&cli.window) };
    match command {
        Command::Demo(args) => demo::run(&args),
        Command::Inspect(args) => commands::inspect::run(&args),
        Command::Show(args) => commands::show::run(&args),
        Command::Scan(args) => commands::scan::run(&args),
        Command::Sign(args) => commands::sign::run(&args),
        Command::Verify(args) => commands::verify::run(&args),
        Command::VerifyMedia(args) => commands::media::verify(&args),
        Command::Combine(args) => commands::combine::run(&args),
        Command::Wallet(WalletCommand::Import(args)) => commands::wallet::import(&args),
        Command::Wallet(WalletCommand::Address(args)) => commands::wallet::address(&args),
        Command::Wallet(WalletCommand::Register(args)) => commands::wallet::register(&args),
        Command::Ceremony(CeremonyCommand::Lint { dir }) => commands::ceremony::lint(&dir),
        Command::Record(RecordCommand::Verify { dir }) => commands::record::verify(&dir),
        Command::Record(RecordCommand::Show { dir }) => commands::record::show(&dir),
        Command::Devices(args) => commands::lists::devices(&args),
        Command::Cameras => commands::lists::cameras(),
    }
}
