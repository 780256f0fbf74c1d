//! Time and exchanges that signing takes over a socket, by our drivers and by the vendors' own clients, with the same
//! device, the same request, in the same run: simulated devices (`vitrine-sim`), and the vendors' firmware in the
//! emulators that `VITRINE_LEDGER_TCP` with `VITRINE_LEDGER_API` (a Nano with the Bitcoin Test app open) and
//! `VITRINE_TREZOR_UDP` name, at `ADDRESS:PORT`. `VITRINE_BENCH_INPUTS` names other numbers of inputs than 2,20,100.
//!
//! It fails where ours takes more exchanges than theirs and the four that compare the device's keys, or more time by more
//! than the noise: our median is more than 5 % above theirs, and our fastest run is slower than their slowest. On firmware a person's part is played the same way for
//! both: a Ledger's pages are turned by looking at its screen, a Trezor's button is pressed 0.1 s after each question.
//!
//! `make bench`, or `cargo run --release -p vitrine-device --features emulator --example bench_devices -- PYTHON` with a
//! Python that has what `tests/peers/requirements.txt` names, once `vitrine-sim` is built with the same profile.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bitcoin::absolute::LockTime;
use bitcoin::hashes::Hash as _;
use bitcoin::transaction::Version;
use bitcoin::{Amount, OutPoint, Psbt, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Txid, Witness};
use trezor_client::transport::error::Error as TransportError;
use trezor_client::transport::{ProtoMessage, Transport};
use vitrine_bitcoin::{AddressBook, CheckedPsbt, Network, Surroundings, Wallet, decode, verify};
use vitrine_device::{
    AddressLayout, Answer, ApduExchange, Control, Device, Ledger, LedgerScreen, LinkError, Prompt, Prompter, Trezor,
    emulator,
};

use self::person::{Person, Wish};

#[allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "shared with a test, whose helpers fail by panicking"
)]
#[path = "../tests/live_ledger/person.rs"]
mod person;

const NETWORK: Network = Network::Testnet3;
const PATH: &str = "84'/1'/0'";
const COIN_SAT: u64 = 10_000;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let python = std::env::args().nth(1).unwrap_or_else(|| "python3".to_owned());
    let numbers = std::env::var("VITRINE_BENCH_INPUTS").unwrap_or_else(|_| "2,20,100".to_owned());
    let numbers = numbers.split(',').map(str::parse).collect::<std::result::Result<Vec<u32>, _>>()?;
    println!("p2wpkh with previous transactions, one payee, change; signed, without verification; median of the runs");
    println!("device              inputs      ours ms  exchanges     theirs ms  exchanges   ratio");
    let mut slower = Vec::new();
    for vendor in [Vendor::Ledger, Vendor::Trezor] {
        for place in [Some(Place::Simulated), Place::named(vendor)?].into_iter().flatten() {
            for inputs in &numbers {
                if compare(vendor, place, *inputs, &python)? {
                    slower.push(format!("{} {} with {inputs} inputs", vendor.name(), place.name()));
                }
            }
        }
    }
    if slower.is_empty() {
        Ok(())
    } else {
        Err(format!("slower than the vendor's client: {}", slower.join(", ")).into())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Vendor {
    Ledger,
    Trezor,
}

impl Vendor {
    const fn name(self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::Trezor => "trezor",
        }
    }

    const fn options(self) -> &'static [&'static str] {
        match self {
            Self::Ledger => &["ledger", "--app", "bitcoin-test", "--tcp", "127.0.0.1:0"],
            Self::Trezor => &["trezor", "--udp", "127.0.0.1:0"],
        }
    }

    /// The device, and a count of what was asked of it.
    fn open(self, address: SocketAddr) -> Result<(Box<dyn Device>, Arc<AtomicUsize>)> {
        let (control, count) = (Control::default(), Arc::new(AtomicUsize::new(0)));
        let device: Box<dyn Device> = match self {
            Self::Trezor => {
                let link = Counted(emulator::trezor_link(address, control.clone())?, count.clone());
                Box::new(Trezor::new(Box::new(link), control, AddressLayout::Grouped))
            }
            Self::Ledger => {
                let link = Counted(emulator::ledger_tcp(address, control.clone())?, count.clone());
                Box::new(Ledger::new(Box::new(link), control, LedgerScreen::Nano).found_running())
            }
        };
        Ok((device, count))
    }
}

/// Where the device is.
#[derive(Debug, Clone, Copy)]
enum Place {
    Simulated,
    /// In its maker's emulator: where it listens, and where its buttons are pressed.
    Firmware(SocketAddr, SocketAddr),
}

impl Place {
    /// The emulator that the environment names.
    fn named(vendor: Vendor) -> Result<Option<Self>> {
        let (tcp, udp) = (std::env::var("VITRINE_LEDGER_TCP"), std::env::var("VITRINE_TREZOR_UDP"));
        Ok(match vendor {
            Vendor::Ledger => match tcp {
                Ok(tcp) => Some(Self::Firmware(tcp.parse()?, std::env::var("VITRINE_LEDGER_API")?.parse()?)),
                Err(_) => None,
            },
            Vendor::Trezor => match udp {
                Ok(udp) => {
                    let device: SocketAddr = udp.parse()?;
                    let debug = device.port().checked_add(1).ok_or("no port for the debug link")?;
                    Some(Self::Firmware(device, SocketAddr::new(device.ip(), debug)))
                }
                Err(_) => None,
            },
        })
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Simulated => "simulated",
            Self::Firmware(..) => "firmware",
        }
    }

    /// The person who turns a Ledger's pages, until they are told to leave.
    fn person(self, vendor: Vendor) -> Option<Person> {
        match (vendor, self) {
            (Vendor::Ledger, Self::Firmware(_, api)) => Some(Person::sit_down(api, LedgerScreen::Nano, Wish::Approve)),
            _ => None,
        }
    }
}

/// The same request by both; whether we were slower, by more than the noise, or took more exchanges.
fn compare(vendor: Vendor, place: Place, inputs: u32, python: &str) -> Result<bool> {
    let runs = if inputs < 100 { 5 } else { 3 };
    let simulator = if let Place::Simulated = place { Some(Simulator::start(vendor)?) } else { None };
    let (address, debug) = match place {
        Place::Simulated => (simulator.as_ref().ok_or("no simulator")?.address, None),
        Place::Firmware(address, debug) => (address, (vendor == Vendor::Trezor).then_some(debug)),
    };
    let (mut device, count) = vendor.open(address)?;
    let (psbt, request) = request(&wallet(device.as_mut())?, inputs)?;
    let before = count.load(Ordering::Relaxed);
    let mut times = Vec::new();
    for _ in 0..runs {
        let person = place.person(vendor);
        let start = Instant::now();
        let signatures = device.sign_bitcoin(&request, &mut Agreeing { debug })?;
        times.push(start.elapsed());
        drop(person.map(Person::leave));
        verify(&request, &signatures)?;
    }
    let exchanges = (count.load(Ordering::Relaxed) - before) / runs;
    drop(device);
    let person = place.person(vendor);
    let (theirs, their_exchanges) = theirs(vendor, address, debug, &psbt, runs, python)?;
    drop(person.map(Person::leave));
    let (ours, theirs) = (Spread::of(times)?, Spread::of(theirs)?);
    let ratio = ours.median.as_secs_f64() / theirs.median.as_secs_f64();
    println!(
        "{:<19} {inputs:>6} {:>12.1} {exchanges:>10} {:>13.1} {their_exchanges:>10} {ratio:>7.2}",
        format!("{} {}", vendor.name(), place.name()),
        ours.median.as_secs_f64() * 1e3,
        theirs.median.as_secs_f64() * 1e3,
    );
    Ok(exchanges > their_exchanges.saturating_add(SEED_CHECK) || (ratio > NOISE && ours.fastest > theirs.slowest))
}

/// What we ask before each signing, and they once before the first or never: which app or firmware, whose fingerprint,
/// whose account key.
const SEED_CHECK: usize = 4;

/// How far our median may be above theirs.
const NOISE: f64 = 1.05;

struct Spread {
    fastest: Duration,
    median: Duration,
    slowest: Duration,
}

impl Spread {
    fn of(mut times: Vec<Duration>) -> Result<Self> {
        times.sort();
        let at = |place: usize| times.get(place).copied().ok_or("no runs");
        Ok(Self { fastest: at(0)?, median: at(times.len() / 2)?, slowest: at(times.len().saturating_sub(1))? })
    }
}

/// The vendor's own client, in Python: the time of each run, and the exchanges of one.
fn theirs(
    vendor: Vendor,
    address: SocketAddr,
    debug: Option<SocketAddr>,
    psbt: &Psbt,
    runs: usize,
    python: &str,
) -> Result<(Vec<Duration>, usize)> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/bench_devices.py");
    let mut command = Command::new(python);
    command.arg(script).args([vendor.name(), &address.port().to_string(), &runs.to_string()]);
    command.args(debug.map(|debug| debug.port().to_string()));
    let mut program = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    program.stdin.take().ok_or("no input")?.write_all(&psbt.serialize())?;
    let output = program.wait_with_output()?;
    let text = String::from_utf8(output.stdout)?;
    let (times_ns, exchanges) = text.trim().rsplit_once(' ').ok_or("the vendor's client gave no figures")?;
    let times_ns = times_ns.split(' ').map(str::parse).collect::<std::result::Result<Vec<u64>, _>>()?;
    Ok((times_ns.into_iter().map(Duration::from_nanos).collect(), exchanges.parse()?))
}

/// `vitrine-sim` beside this program.
struct Simulator {
    program: Child,
    address: SocketAddr,
}

impl Simulator {
    fn start(vendor: Vendor) -> Result<Self> {
        let mut program: PathBuf = std::env::current_exe()?;
        program.pop();
        program.pop();
        program.push("vitrine-sim");
        let mut program = Command::new(program).args(vendor.options()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(program.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        let address = line.trim().rsplit(' ').next().ok_or("no address")?.parse()?;
        Ok(Self { program, address })
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        drop(self.program.kill());
        drop(self.program.wait());
    }
}

/// A link that counts what was asked over it.
struct Counted<L: ?Sized>(Box<L>, Arc<AtomicUsize>);

impl Transport for Counted<dyn Transport> {
    fn session_begin(&mut self) -> std::result::Result<(), TransportError> {
        self.0.session_begin()
    }

    fn session_end(&mut self) -> std::result::Result<(), TransportError> {
        self.0.session_end()
    }

    fn write_message(&mut self, message: ProtoMessage) -> std::result::Result<(), TransportError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.write_message(message)
    }

    fn read_message(&mut self) -> std::result::Result<ProtoMessage, TransportError> {
        self.0.read_message()
    }
}

impl ApduExchange for Counted<dyn ApduExchange> {
    fn exchange(&mut self, apdu: &[u8]) -> std::result::Result<Vec<u8>, LinkError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.exchange(apdu)
    }
}

/// Agrees to everything, on the device too where its debug link is known.
struct Agreeing {
    debug: Option<SocketAddr>,
}

/// `DebugLinkDecision(button=YES)`, in a packet.
const YES: [u8; 11] = *b"?##\x00\x64\x00\x00\x00\x02\x08\x01";
/// The emulator takes a press once it got the acknowledgement of its question.
const AFTER_THE_QUESTION: Duration = Duration::from_millis(100);

impl Prompter for Agreeing {
    fn prompt(&mut self, prompt: Prompt) -> Answer {
        if let (Some(debug), Prompt::ConfirmOnDevice { .. }) = (self.debug, prompt) {
            let mut packet = [0; 64];
            packet.iter_mut().zip(YES).for_each(|(to, from)| *to = from);
            std::thread::spawn(move || {
                std::thread::sleep(AFTER_THE_QUESTION);
                UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.send_to(&packet, debug))
            });
        }
        Answer::Continue
    }
}

fn wallet(device: &mut dyn Device) -> Result<Wallet> {
    let key = device.account_key(&PATH.parse()?, NETWORK, &mut Agreeing { debug: None })?;
    let fingerprint = device.fingerprint(NETWORK, &mut Agreeing { debug: None })?;
    Ok(Wallet::of_policy("Benchmark", "wpkh(@0/**)", &[format!("[{fingerprint}/{PATH}]{key}")], NETWORK)?)
}

fn request(wallet: &Wallet, inputs: u32) -> Result<(Psbt, CheckedPsbt)> {
    let empty = Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input: vec![], output: vec![] };
    let mut psbt = Psbt::from_unsigned_tx(empty)?;
    for index in 0..inputs {
        let own = wallet.script(false, index)?;
        let coin = TxOut { value: Amount::from_sat(COIN_SAT), script_pubkey: own.script_pubkey() };
        let salt = index.to_be_bytes().repeat(8);
        let spent = OutPoint { txid: Txid::from_slice(&salt)?, vout: index };
        let previous =
            Transaction { input: vec![spending(spent)], output: vec![coin.clone()], ..psbt.unsigned_tx.clone() };
        psbt.unsigned_tx.input.push(spending(OutPoint { txid: previous.compute_txid(), vout: 0 }));
        let mut input =
            bitcoin::psbt::Input { non_witness_utxo: Some(previous), witness_utxo: Some(coin), ..Default::default() };
        for key in own.keys() {
            input.bip32_derivation.insert(key.public_key().inner, (key.fingerprint(), key.path().clone()));
        }
        psbt.inputs.push(input);
    }
    let total_sat = COIN_SAT * u64::from(inputs);
    let payee = ScriptBuf::new_p2wpkh(&bitcoin::WPubkeyHash::from_byte_array([0x44; 20]));
    psbt.unsigned_tx.output.push(TxOut { value: Amount::from_sat(total_sat / 2), script_pubkey: payee });
    psbt.outputs.push(bitcoin::psbt::Output::default());
    let own = wallet.script(true, 0)?;
    let change = TxOut { value: Amount::from_sat(total_sat / 2 - 2_000), script_pubkey: own.script_pubkey() };
    psbt.unsigned_tx.output.push(change);
    let mut output = bitcoin::psbt::Output::default();
    for key in own.keys() {
        output.bip32_derivation.insert(key.public_key().inner, (key.fingerprint(), key.path().clone()));
    }
    psbt.outputs.push(output);
    let surroundings =
        Surroundings { network: NETWORK, wallets: vec![wallet.clone()], address_book: AddressBook::default() };
    let checked = decode(&psbt.serialize())?.check(&surroundings)?;
    Ok((psbt, checked))
}

fn spending(previous_output: OutPoint) -> TxIn {
    let sequence = Sequence::ENABLE_RBF_NO_LOCKTIME;
    TxIn { previous_output, script_sig: ScriptBuf::new(), sequence, witness: Witness::new() }
}
