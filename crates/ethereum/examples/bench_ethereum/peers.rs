//! What others do with the same calldata: alloy in this process, cast in its own.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use alloy_dyn_abi::{DynSolType, DynSolValue};
use vitrine_ethereum::alloy_primitives::hex;

use crate::{Address, Result};

static MULTI_SEND: LazyLock<DynSolType> = LazyLock::new(|| DynSolType::Tuple(vec![DynSolType::Bytes]));
static TRANSFER: LazyLock<DynSolType> =
    LazyLock::new(|| DynSolType::Tuple(vec![DynSolType::Address, DynSolType::Uint(256)]));
static NUMBERS: LazyLock<DynSolType> =
    LazyLock::new(|| DynSolType::Tuple(vec![DynSolType::Array(Box::new(DynSolType::Uint(256)))]));

fn arguments(data: &[u8]) -> Result<&[u8]> {
    Ok(data.get(4..).ok_or("no selector")?)
}

/// Decodes a multiSend and the transfer in each of its entries.
pub fn alloy_multi_send(data: &[u8]) -> Result<()> {
    let decoded = MULTI_SEND.abi_decode_params(arguments(data)?)?;
    let Some([DynSolValue::Bytes(packed)]) = decoded.as_tuple() else { return Err("no bytes".into()) };
    let (mut rest, mut all) = (packed.as_slice(), Vec::new());
    while let Some((head, behind)) = rest.split_first_chunk::<85>() {
        let length = usize::from(u16::from_be_bytes([head[83], head[84]]));
        let (call, next) = behind.split_at_checked(length).ok_or("an entry is cut off")?;
        all.push((Address::from_slice(&head[1..21]), TRANSFER.abi_decode_params(arguments(call)?)?));
        rest = next;
    }
    std::hint::black_box(all);
    Ok(())
}

/// Decodes `numbers(uint256[])`.
pub fn alloy_numbers(data: &[u8]) -> Result<()> {
    std::hint::black_box(NUMBERS.abi_decode_params(arguments(data)?)?);
    Ok(())
}

fn program() -> Result<PathBuf> {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers");
    let cast = peers.join("node_modules/@foundry-rs/cast-linux-amd64/bin/cast");
    if cast.exists() { Ok(cast) } else { Err("cast is not installed: run `make bench`, which installs it".into()) }
}

/// Decodes calldata by cast, a process from start to end. A longer one than an argument may be goes through a file.
pub fn cast(signature: &str, data: &[u8]) -> Result<()> {
    let mut child = Command::new(program()?)
        .args(["decode-calldata", "--file", "/dev/stdin", signature])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    child.stdin.take().ok_or("no standard input")?.write_all(hex::encode_prefixed(data).as_bytes())?;
    if child.wait()?.success() { Ok(()) } else { Err("cast does not read the calldata of the benchmark".into()) }
}

/// CPU time of a process of cast that has next to nothing to decode.
pub fn cast_start() -> Result<Duration> {
    let data = [&[0xa9, 0x05, 0x9c, 0xbb][..], &[0; 64]].concat();
    crate::clock::of_children(|| cast("transfer(address,uint256)", &data))
}
