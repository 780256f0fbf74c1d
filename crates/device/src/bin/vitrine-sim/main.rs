//! A simulated device behind the protocol of its vendor's emulator, for other programs to talk to.
//!
//! Only this machine is listened to.

mod ledger;
mod trezor;

use std::process::ExitCode;

const USAGE: &str = "\
usage: vitrine-sim ledger --tcp 127.0.0.1:9999 [--app any|ethereum|bitcoin-test] [--fault NAME] [--blind-signing-off]
       vitrine-sim trezor --udp 127.0.0.1:21324 [--model one|safe5] [--fault NAME] [--pin DIGITS] [--passphrase TYPED]
                          [--safety-checks prompt]

The device confirms everything. Its seed is public: the Ledger's that of Ledger's emulator, the Trezor's that of SLIP-14. It
signs for chains 11155111, 17000, 560048, 31337 and 1337 and for Bitcoin's test networks alone. Each connection finds a
Ledger that was just switched on. With any app, which is the default, each command finds its app open; asked for its name,
it is Bitcoin Test. With --passphrase, a Trezor asks for one in each session; TYPED is what is entered where the host
leaves it to the device, and may be empty. A port of 0 takes a free one; the first line printed says which.";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match args.split_first() {
        Some((device, rest)) if device == "ledger" => ledger::run(rest),
        Some((device, rest)) if device == "trezor" => trezor::run(rest),
        _ => None,
    };
    match outcome {
        Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(error)) => {
            eprintln!("vitrine-sim: {error}");
            ExitCode::from(5)
        }
        None => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}
