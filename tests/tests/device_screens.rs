//! `vitrine inspect --screens`: what a device is going to show, for people who have none.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "in a test each is an assertion")]

use acceptance::program::{folder, vitrine};

/// 1 ETH to 0x8eA7…3b0A on the main chain, and the same with calldata.
const PAYMENT: &str =
    "02f10105843b9aca008504a817c800830186a0948ea7a3fccc211ed48b763b4164884ddbcf3b0a98880de0b6b3a764000080c0";
const CALL: &str = "02f86e0105843b9aca008504a817c800830186a0948ea7a3fccc211ed48b763b4164884ddbcf3b0a9880b844abcdef01\
                    0000000000000000000000005a321744667052affa8386ed49e00ef223cbffc3\
                    00000000000000000000000000000000000000000000000000000000000f4240c0";

fn inspect(name: &str, request: &str, model: &str) -> String {
    let file = folder(name).join("request.hex");
    std::fs::write(&file, request).unwrap();
    let finished = vitrine(["inspect", file.to_str().unwrap(), "--screens", model]);
    assert!(finished.stderr.is_empty() || finished.code == 4, "{}", finished.stderr);
    finished.stdout
}

#[test]
fn a_witness_without_a_device_reads_what_it_is_going_to_show() {
    let page = inspect("screens-payment", PAYMENT, "ledger");
    let device = page.split("ON THE DEVICE").nth(1).unwrap();
    for expected in ["Review transaction", "1 ETH", "0x8eA7a3fccC211ED48b763b4164884DDbcF3b0A98", "0.002 ETH"] {
        assert!(device.contains(expected), "{expected}: {device}");
    }
    assert!(device.contains("not shown there") && device.contains("the nonce"), "{device}");
}

#[test]
fn what_a_device_cannot_explain_is_said_before_it_is_plugged_in() {
    let page = inspect("screens-call", CALL, "ledger");
    let device = page.split("ON THE DEVICE").nth(1).unwrap();
    assert!(device.contains("Blind signing ahead") && device.contains("Tx hash"), "{device}");
    assert!(device.contains("the calldata: only the hash"), "{device}");
    let finished = vitrine(["inspect", "no-such-file", "--screens", "calculator"]);
    assert_eq!(finished.code, 2);
    assert!(finished.stderr.contains("ledger-touch"), "{}", finished.stderr);
}
