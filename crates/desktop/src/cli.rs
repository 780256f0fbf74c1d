//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use vitrine_device::ScreenModel;

/// The glass case for signing: decodes every byte of a Bitcoin PSBT or an Ethereum request for people to review, has a
/// USB hardware wallet sign exactly what was reviewed, proves that it did, and shows the signed result as an animated QR.
///
/// Without a command it opens the window.
///
/// Exit codes: 0 done, 1 internal error, 2 usage, 3 malformed or unsupported input, 4 refused, 5 device or camera,
/// 6 verification failed. Messages go to stderr, results to stdout.
#[derive(Debug, Parser)]
#[command(name = "vitrine", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) window: Window,
}

#[derive(Debug, Args)]
pub(crate) struct Window {
    /// Ceremony folder
    #[arg(long, value_name = "DIR")]
    pub(crate) ceremony: Option<PathBuf>,
    /// Camera, as `vitrine cameras` prints it
    #[arg(long, value_name = "ID")]
    pub(crate) camera: Option<String>,
    /// Device, as `vitrine devices` prints it
    #[arg(long, value_name = "ID")]
    pub(crate) device: Option<String>,
    /// Record of an earlier ceremony, whose coins must not be signed for otherwise; once for each
    #[arg(long, value_name = "DIR")]
    pub(crate) previous_record: Vec<PathBuf>,
    /// Where results and the record go: a folder for each session
    #[arg(long, value_name = "DIR", default_value = "vitrine-out")]
    pub(crate) out: PathBuf,
    /// Light colours
    #[arg(long)]
    pub(crate) light: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Plays the whole main job on a simulated camera and wallet
    Demo(Demo),
    /// Decodes and reviews a request
    Inspect(Inspect),
    /// Shows a file as QR codes
    Show(Show),
    /// Reads a payload from pictures or a camera
    Scan(Scan),
    /// Reviews, has a device sign, verifies
    Sign(Sign),
    /// Proves that a response is the request plus signatures
    Verify(Verify),
    /// Reads a stick or disc of the appliance: is it one, to the last byte, and of what
    VerifyMedia(VerifyMedia),
    /// Brings signatures gathered at several places together
    Combine(Combine),
    /// Wallets: from other programs, and on the device's screen
    #[command(subcommand)]
    Wallet(WalletCommand),
    /// Ceremony folders
    #[command(subcommand)]
    Ceremony(CeremonyCommand),
    /// Ceremony records
    #[command(subcommand)]
    Record(RecordCommand),
    /// Lists hardware wallets
    Devices(Devices),
    /// Lists cameras
    Cameras,
}

#[derive(Debug, Args)]
pub(crate) struct Devices {
    /// Asks each device who it is: firmware, open app, fingerprint. It may want its PIN and its passphrase
    #[arg(long)]
    pub(crate) open: bool,
    /// This device alone, plugged in or simulated, as --device takes it; implies --open
    #[arg(long, value_name = "ID")]
    pub(crate) device: Option<String>,
    /// Ceremony folder: says which wallets a device has a key of
    #[arg(long, value_name = "DIR")]
    pub(crate) ceremony: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Without a window, even where there is a display
    #[arg(long)]
    pub(crate) headless: bool,
    /// Simulated device: sim:trezor or sim:ledger
    #[arg(long, value_name = "ID", default_value = "sim:trezor")]
    pub(crate) device: String,
    /// Chain of the request
    #[arg(long, value_enum, default_value = "bitcoin")]
    pub(crate) chain: Chain,
    /// Where everything goes
    #[arg(long, value_name = "DIR", default_value = "demo-out")]
    pub(crate) out: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Chain {
    /// A payment of testnet coins
    Bitcoin,
    /// A Safe's transfer, approval and scheduled upgrade on Sepolia
    Ethereum,
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// Request: PSBT, Ethereum request, transaction in hex, typed data or Safe bundle; or a picture, film or folder of
    /// frames; `-` reads standard input
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) input: Vec<PathBuf>,
    /// Ceremony folder: says what is ours
    #[arg(long, value_name = "DIR")]
    pub(crate) ceremony: Option<PathBuf>,
    /// Network, where no ceremony folder says it: mainnet, testnet4, …; for Ethereum mainnet, sepolia, … or a number
    #[arg(long)]
    pub(crate) network: Option<String>,
    /// Record of an earlier ceremony, whose coins must not be signed for otherwise; once for each
    #[arg(long, value_name = "DIR")]
    pub(crate) previous_record: Vec<PathBuf>,
    /// Form of the review
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
    /// Say too what a device is going to show, and what it will not: ledger, ledger-touch, bitbox02, trezor, trezor-safe3, trezor-one
    #[arg(long, value_name = "MODEL", conflicts_with = "format")]
    pub(crate) screens: Option<ScreenModel>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// Request, signature or transaction file; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Format of the parts
    #[arg(long = "as", value_enum, default_value = "ur")]
    pub(crate) parts: Parts,
    /// UR type, for wallets that know only one of them; else the one that the file's content has
    #[arg(long = "type", value_enum)]
    pub(crate) ur_type: Option<UrType>,
    /// Payload bytes in each part
    #[arg(long, value_name = "BYTES", default_value_t = 200, value_parser = clap::value_parser!(u16).range(10..=2000))]
    pub(crate) fragment: u16,
    /// Parts shown in a second
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=30))]
    pub(crate) fps: u32,
    #[command(flatten)]
    pub(crate) target: ShowTarget,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct ShowTarget {
    /// Writes an animated GIF
    #[arg(long, value_name = "FILE")]
    pub(crate) gif: Option<PathBuf>,
    /// Writes one PNG a part into a folder
    #[arg(long, value_name = "DIR")]
    pub(crate) png: Option<PathBuf>,
    /// Prints the parts as text
    #[arg(long)]
    pub(crate) text: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Parts {
    Ur,
    Bbqr,
    Base64,
    Hex,
    Text,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum UrType {
    CryptoPsbt,
    Psbt,
    Bytes,
    EthSignRequest,
    EthBatchSignRequest,
    EthSignature,
    EthBatchSignature,
}

#[derive(Debug, Args)]
pub(crate) struct Scan {
    /// Pictures, films or folders of frames
    #[arg(value_name = "INPUT", required_unless_present = "camera", conflicts_with = "camera")]
    pub(crate) input: Vec<PathBuf>,
    /// Camera, as `vitrine cameras` prints it
    #[arg(long, value_name = "ID")]
    pub(crate) camera: Option<String>,
    /// Where the payload goes
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// Request: PSBT, Ethereum request, transaction in hex, typed data or Safe bundle; or a picture, film or folder of
    /// frames; `-` reads standard input
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) input: Vec<PathBuf>,
    /// Ceremony folder
    #[arg(long, value_name = "DIR")]
    pub(crate) ceremony: PathBuf,
    /// Record of an earlier ceremony, whose coins must not be signed for otherwise; once for each
    #[arg(long, value_name = "DIR")]
    pub(crate) previous_record: Vec<PathBuf>,
    /// Device, as `vitrine devices` prints it, or sim:trezor or sim:ledger
    #[arg(long, value_name = "ID")]
    pub(crate) device: String,
    /// Digest of the review that was read and approved, as `vitrine inspect --ceremony` prints it
    #[arg(long, value_name = "DIGEST")]
    pub(crate) approve: Option<String>,
    /// Code of a caution that was read and acknowledged, once for each; `device` for what is known against the device
    #[arg(long, value_name = "CODE")]
    pub(crate) acknowledge: Vec<String>,
    /// Where the signed PSBT, signature or transaction goes; this or --gif is needed, or the signatures would be lost
    #[arg(long, value_name = "FILE", required_unless_present = "gif")]
    pub(crate) out: Option<PathBuf>,
    /// Where the animated QR goes
    #[arg(long, value_name = "FILE")]
    pub(crate) gif: Option<PathBuf>,
    /// Where the record goes
    #[arg(long, value_name = "DIR")]
    pub(crate) record: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyMedia {
    /// The device, such as /dev/sdb, or a file: stick, disc or program for EFI
    #[arg(value_name = "DEVICE|FILE")]
    pub(crate) medium: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The request, as it was shown to the signers
    #[arg(long, value_name = "FILE")]
    pub(crate) request: PathBuf,
    /// The signed result: file, picture, film or folder of frames
    #[arg(long, required = true, num_args = 1.., value_name = "INPUT")]
    pub(crate) response: Vec<PathBuf>,
    /// Ethereum account that had to sign, where the request does not say it
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) signer: Option<String>,
    /// Where the finished transaction goes, as hex
    #[arg(long, value_name = "FILE")]
    pub(crate) tx_out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Combine {
    /// PSBTs, of which the first one, signed or not, is the measure of what was asked; or the answers of a Safe's owners to
    /// --request. Files, or a picture or film of each
    #[arg(required = true, num_args = 1.., value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    /// What the owners of a Safe were asked to sign
    #[arg(long, value_name = "FILE", requires = "ceremony")]
    pub(crate) request: Option<PathBuf>,
    /// Ceremony folder that registers the Safe: it says whose signatures count
    #[arg(long, value_name = "DIR", requires = "request")]
    pub(crate) ceremony: Option<PathBuf>,
    /// Where the combined PSBT goes, or the calldata of the Safe's execTransaction, as hex
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Where the finished transaction goes, as hex
    #[arg(long, value_name = "FILE")]
    pub(crate) tx_out: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WalletCommand {
    /// Reads a wallet of Bitcoin Core, Sparrow, Specter or BSMS, and prints its file for wallets/
    Import(WalletImport),
    /// Prints an address of a registered wallet, and compares it on a device
    Address(WalletAddress),
    /// Lets a device register a wallet, and prints what belongs into the wallet's file
    Register(WalletRegister),
}

#[derive(Debug, Args)]
pub(crate) struct WalletImport {
    /// The other program's file; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Network of the wallet, where its keys do not say it: testnet4, signet, regtest
    #[arg(long)]
    pub(crate) network: Option<String>,
    /// Which of several wallets in the file, from 1
    #[arg(long, value_name = "N")]
    pub(crate) number: Option<usize>,
    /// Where the file for wallets/ goes
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct WalletAddress {
    /// Ceremony folder
    #[arg(long, value_name = "DIR")]
    pub(crate) ceremony: PathBuf,
    /// Name of the wallet
    #[arg(long, value_name = "NAME")]
    pub(crate) wallet: String,
    /// Index of the address
    #[arg(long, value_name = "N")]
    pub(crate) index: u32,
    /// On the change path
    #[arg(long)]
    pub(crate) change: bool,
    /// Device that shows the address too, as `vitrine devices` prints it, or sim:trezor or sim:ledger
    #[arg(long, value_name = "ID")]
    pub(crate) device: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct WalletRegister {
    /// Ceremony folder
    #[arg(long, value_name = "DIR")]
    pub(crate) ceremony: PathBuf,
    /// Name of the wallet
    #[arg(long, value_name = "NAME")]
    pub(crate) wallet: String,
    /// Device, as `vitrine devices` prints it, or sim:trezor or sim:ledger
    #[arg(long, value_name = "ID")]
    pub(crate) device: String,
    /// Appends what the device gave to the wallet's file; the folder's digest is another one afterwards
    #[arg(long)]
    pub(crate) write: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CeremonyCommand {
    /// Checks a ceremony folder and prints its digest
    Lint {
        /// The folder
        dir: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum RecordCommand {
    /// Recomputes the chain and prints its head
    Verify {
        /// The record's folder
        dir: PathBuf,
    },
    /// Prints the entries
    Show {
        /// The record's folder
        dir: PathBuf,
    },
}
