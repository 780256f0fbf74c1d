//! Ledger: speculos' TCP protocol, four bytes of length (big endian) and the command; back four bytes of length, the
//! data of that length, and two bytes of status.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use vitrine_device::sim::{Fault, LedgerOptions, SimulatedLedger};
use vitrine_device::{ApduExchange, LinkError};

/// Header and data of the largest command.
const COMMAND_BYTES: usize = 5 + 255;

/// Runs until it is ended.
pub(crate) fn run(args: &[String]) -> Option<io::Result<()>> {
    let (address, options) = read_args(args)?;
    Some(listen(address, &options))
}

fn read_args(args: &[String]) -> Option<(SocketAddr, LedgerOptions)> {
    let mut args = args.iter().map(String::as_str);
    let (mut address, mut options) = (None, LedgerOptions::default());
    while let Some(arg) = args.next() {
        match arg {
            "--tcp" => address = args.next()?.parse().ok().filter(|address: &SocketAddr| address.ip().is_loopback()),
            "--app" => options.app = args.next()?.parse().ok()?,
            "--fault" => options.fault = Some(args.next()?.parse::<Fault>().ok()?),
            "--blind-signing-off" => options.blind_signing = false,
            _ => return None,
        }
    }
    Some((address?, options))
}

fn listen(address: SocketAddr, options: &LedgerOptions) -> io::Result<()> {
    let listener = TcpListener::bind(address)?;
    println!("listening on {}", listener.local_addr()?);
    for stream in listener.incoming() {
        // One that went away, or that speaks another protocol, is no reason to stop.
        if let Err(error) = serve(stream?, SimulatedLedger::new(options.clone())) {
            eprintln!("connection closed: {error}");
        }
    }
    Ok(())
}

fn serve(mut stream: TcpStream, mut device: SimulatedLedger) -> io::Result<()> {
    while let Some(command) = read_command(&mut stream)? {
        let reply = match device.exchange(&command) {
            Ok(reply) => reply,
            Err(LinkError::Timeout) => continue,
            Err(_) => return Ok(()),
        };
        let length = u32::try_from(reply.len().saturating_sub(2)).unwrap_or(u32::MAX);
        stream.write_all(&[&length.to_be_bytes(), reply.as_slice()].concat())?;
    }
    Ok(())
}

/// The next command; none if the other side is done.
fn read_command(stream: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match stream.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        outcome => outcome?,
    }
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > COMMAND_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a command of {length} bytes")));
    }
    let mut command = vec![0; length];
    stream.read_exact(&mut command)?;
    Ok(Some(command))
}
