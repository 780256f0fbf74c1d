//! Calldata that can be read in two ways, or in none.

use vitrine_ethereum::alloy_primitives::Address;

use super::maker::{Ceremony, HALDEN, STRANGER, SafeTx, USDC};
use super::town::{address, bytes, calldata, number, transfer};
use crate::maker::Made;

fn made(to: Address, data: Vec<u8>) -> Made {
    Ceremony::default().made(SafeTx::call(to, data).bundle())
}

/// The 12 bytes before an address are zero, or some contract reads another address than is shown.
pub fn dirty_address() -> Made {
    let mut data = transfer(1_000_000);
    data[4..16].copy_from_slice(&[0xee; 12]);
    made(USDC, data)
}

/// One byte of calldata: too short for a function, and not nothing either.
pub fn single_byte() -> Made {
    made(HALDEN, vec![0])
}

/// Bytes behind the parameters, which the contract may read.
pub fn trailing_bytes() -> Made {
    made(USDC, [transfer(1_000_000), vec![0xee; 20]].concat())
}

/// The selector is that of a transfer; what the contract makes of it nobody knows.
pub fn selector_alone() -> Made {
    made(STRANGER, transfer(1_000_000))
}

/// An ABI of the folder, whose parameters have harmless names. Every one of them is shown all the same.
pub fn interface_of_the_folder() -> Made {
    let abi = r#"[
  {
    "type": "function",
    "name": "deposit",
    "stateMutability": "nonpayable",
    "inputs": [
      { "name": "amount", "type": "uint256" },
      { "name": "referral", "type": "address" },
      { "name": "reserved", "type": "bytes" }
    ],
    "outputs": []
  }
]
"#;
    let call = calldata(
        "deposit(uint256,address,bytes)",
        vec![number(1_000_000), address(STRANGER), bytes(transfer(900_000_000_000))],
    );
    let savings = Address::repeat_byte(0x5b);
    let known = Ceremony::default().with(|c| {
        c.contracts.push(("Savings", savings, "abi = \"savings.json\""));
        c.more.push(("contracts/savings.json", abi.to_owned()));
    });
    known.made(SafeTx::call(savings, call).bundle())
}
