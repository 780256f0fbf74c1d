//! The files written by hand: taken as they are, compared with the packages where one says the same.

use std::path::Path;

use crate::packages::Packages;
use crate::{Output, Result};

/// Addresses written by hand, and the package's folder and file in which each has to stand too.
const WITNESSES: [(&str, &str, &str); 4] = [
    ("0x0000000071727De22E5E9d8BAf0edAc6f37da032", "@openzeppelin/contracts", "account/utils/ERC4337Utils.sol"),
    ("0x4337084D9E255Ff0702461CF8895CE9E3b5Ff108", "@openzeppelin/contracts", "account/utils/ERC4337Utils.sol"),
    ("0x000000000022D473030F116dDEE9F6B43aC78BA3", "@uniswap/permit2-sdk", "dist/cjs/src/constants.js"),
    ("0x0000000000225e31D15943971F47aD3022F714Fa", "@uniswap/permit2-sdk", "dist/cjs/src/constants.js"),
];

/// Reads both files from the folder to which everything is written.
pub fn files(packages: &Packages, out: &Path) -> Result<[Output; 2]> {
    let (contracts, functions) = (file(out, "known_contracts.txt")?, file(out, "known_functions.txt")?);
    for (address, folder, path) in WITNESSES {
        let written = contracts.bytes.windows(address.len()).any(|part| part == address.as_bytes());
        if !written || !packages.text(folder, path)?.contains(address) {
            return Err(format!("{address} does not stand in {} and in {folder}/{path}", contracts.name).into());
        }
    }
    Ok([contracts, functions])
}

fn file(out: &Path, name: &'static str) -> Result<Output> {
    let bytes = std::fs::read(out.join(name)).map_err(|e| format!("{name}: {e}"))?;
    let rows = bytes.split(|b| *b == b'\n').filter(|line| !line.is_empty() && !line.starts_with(b"#")).count();
    Ok(Output { name, bytes, rows })
}
