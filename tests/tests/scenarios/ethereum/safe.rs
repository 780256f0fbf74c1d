//! Transactions of a Safe, and what hides in them.

use alloy_dyn_abi::DynSolValue;
use vitrine_ethereum::alloy_primitives::{Address, U256, address as addr};
use vitrine_ethereum::{Payload, RequestForm, decode};

use super::maker::{
    ALICE, BOB, Ceremony, GOVERNOR, HALDEN, MULTI_SEND, OWNED, SAFE, STRANGER, SafeTx, TIMELOCK, USDC, VAULT,
    asked_of_alice,
};
use super::town::{address, bytes, calldata, entry, exec, multi_send, number, schedule, transfer, word};
use crate::maker::Made;

fn made(transaction: &SafeTx) -> Made {
    Ceremony::default().made(transaction.bundle())
}

fn approve(amount: u64) -> Vec<u8> {
    calldata("approve(address,uint256)", vec![address(HALDEN), number(amount)])
}

fn upgrade() -> Vec<u8> {
    calldata("upgradeToAndCall(address,bytes)", vec![address(STRANGER), bytes(vec![])])
}

/// A request as it should be: a payment, a right to spend, and a payment that the timelock makes in two days.
pub fn batch() -> Made {
    made(&SafeTx::batch(&[
        entry(0, USDC, 0, &transfer(1_000_250_000)),
        entry(0, USDC, 0, &approve(5_000_000)),
        entry(0, TIMELOCK, 0, &schedule(USDC, transfer(250_000_000))),
    ]))
}

/// The data reads as a token transfer; the operation makes it foreign code.
pub fn delegatecall_to_stranger() -> Made {
    made(&SafeTx::delegatecall(STRANGER, transfer(0)))
}

/// The request says what it does in keys that nobody signs; the data does another thing.
pub fn other_than_described() -> Made {
    let data = calldata("transferOwnership(address)", vec![address(STRANGER)]);
    let described = ",\"description\":\"Pay 1,000 USDC to Halden Freight AS\",\"method\":\"transfer(address,uint256)\"";
    let typed = SafeTx::call(OWNED, data).typed(described);
    Ceremony::default().made(asked_of_alice(2, &typed))
}

/// Only known addresses may be paid, and the target is one.
pub fn upgrade_behind_known_address() -> Made {
    let strict = Ceremony::default().with(|c| c.approval = "recipients = \"address-book\"\n".to_owned());
    strict.made(SafeTx::call(VAULT, upgrade()).bundle())
}

/// Safe's own multiSend, but that of zkSync: whoever deploys there on mainnet decides what it does.
pub fn multi_send_of_another_chain() -> Made {
    let zksync = addr!("309D0B190FeCCa8e1D5D8309a16F7e3CB133E885");
    made(&SafeTx::delegatecall(zksync, multi_send(&[entry(0, USDC, 0, &transfer(1_000_000))])))
}

/// The last entry claims more data than there is: the contract stops quietly where the bytes end.
pub fn entries_not_whole() -> Made {
    let mut cut = entry(0, USDC, 0, &transfer(2_000_000));
    cut.truncate(cut.len() - 20);
    made(&SafeTx::batch(&[entry(0, USDC, 0, &transfer(1_000_000)), cut]))
}

/// The offset points past entries that a decoder shows, to others that the contract executes.
pub fn second_encoding() -> Made {
    let shown = multi_send(&[entry(0, USDC, 0, &transfer(1_000_000))]);
    let mut data = shown[..4].to_vec();
    data.extend(U256::from(shown.len() - 4).to_be_bytes_vec());
    data.extend(&shown[36..]);
    data.extend(&multi_send(&[entry(0, USDC, 0, &transfer(900_000_000_000))])[4..][32..]);
    made(&SafeTx { data, ..SafeTx::batch(&[]) })
}

/// The outer delegatecall goes to Safe's own multiSend, the one within does not.
pub fn delegatecall_in_multi_send() -> Made {
    let entries = [entry(0, USDC, 0, &transfer(1_000_000)), entry(1, STRANGER, 0, &transfer(0))];
    made(&SafeTx::delegatecall(MULTI_SEND, multi_send(&entries)))
}

/// Transactions of the Safe within transactions of the Safe, deeper than anybody reads.
pub fn too_deep() -> Made {
    let nested = (0..17).fold(transfer(1), |data, _| exec(SAFE, 0, data, 0));
    made(&SafeTx::call(SAFE, nested))
}

/// Whoever executes it is paid back in tokens, at any price.
pub fn refund() -> Made {
    let refund = SafeTx::call(USDC, transfer(1_000_000));
    made(&SafeTx { gas_price: 1_000_000, base_gas: 900_000, gas_token: USDC, refund_receiver: STRANGER, ..refund })
}

/// A second Safe, of which the treasury's Safe is an owner.
const OTHER: Address = Address::repeat_byte(0x7e);

fn inner() -> SafeTx {
    SafeTx { safe: OTHER, nonce: 7, ..SafeTx::call(USDC, transfer(5_000_000)) }
}

fn approving(more: String) -> SafeTx {
    let request = decode(&inner().bundle().bytes, RequestForm::Json).unwrap();
    let Payload::SafeBundle(bundle) = request.asked().payload() else {
        panic!("a bundle is read as one");
    };
    let hash = DynSolValue::FixedBytes(bundle.hashes.safe_tx, 32);
    SafeTx { more, ..SafeTx::call(OTHER, calldata("approveHash(bytes32)", vec![hash])) }
}

fn two_safes() -> Ceremony {
    let toml = format!(
        "version = 1\nname = \"Operations\"\nsafe = \"{OTHER}\"\nsafe_version = \"1.4.1\"\nthreshold = 1\n\n\
         [[owner]]\nname = \"Treasury\"\naddress = \"{SAFE}\"\n"
    );
    Ceremony::default().with(|c| c.more.push(("wallets/operations.toml", toml)))
}

/// A hash, and nothing that says what it stands for.
pub fn approve_hash_alone() -> Made {
    two_safes().made(approving(String::new()).bundle())
}

/// The same hash with the transaction that it stands for.
pub fn approve_hash_with_transaction() -> Made {
    two_safes().made(approving(format!(",\n  \"approves\": {}", inner().bundle_text().trim_end())).bundle())
}

pub fn module() -> Made {
    made(&SafeTx::call(SAFE, calldata("enableModule(address)", vec![address(STRANGER)])))
}

/// A payment, and between it everything that gives the Safe away.
pub fn owners_guard_and_handler() -> Made {
    let own = |function: &str, values| entry(0, SAFE, 0, &calldata(function, values));
    made(&SafeTx::batch(&[
        entry(0, USDC, 0, &transfer(1_000_000)),
        own("addOwnerWithThreshold(address,uint256)", vec![address(STRANGER), number(1)]),
        own("swapOwner(address,address,address)", vec![address(ALICE), address(BOB), address(STRANGER)]),
        own("changeThreshold(uint256)", vec![number(1)]),
        own("setGuard(address)", vec![address(STRANGER)]),
        own("setFallbackHandler(address)", vec![address(STRANGER)]),
    ]))
}

/// An upgrade, in the data of a schedule.
pub fn upgrade_in_timelock() -> Made {
    made(&SafeTx::call(TIMELOCK, schedule(VAULT, upgrade())))
}

/// An upgrade in a batch of the timelock, in a proposal, in a multiSend.
pub fn proposal_in_multi_send() -> Made {
    let list = DynSolValue::Array;
    let batch = calldata(
        "scheduleBatch(address[],uint256[],bytes[],bytes32,bytes32,uint256)",
        vec![
            list(vec![address(USDC), address(VAULT)]),
            list(vec![number(0), number(0)]),
            list(vec![bytes(transfer(1_000_000)), bytes(upgrade())]),
            word(0),
            word(1),
            number(172_800),
        ],
    );
    let propose = calldata(
        "propose(address[],uint256[],bytes[],string)",
        vec![
            list(vec![address(TIMELOCK)]),
            list(vec![number(0)]),
            list(vec![bytes(batch)]),
            DynSolValue::String("Pay Halden Freight AS for November".to_owned()),
        ],
    );
    made(&SafeTx::batch(&[entry(0, HALDEN, 1_000_000_000_000_000_000, &[]), entry(0, GOVERNOR, 0, &propose)]))
}

/// Nothing is wrong here: what a device shows can be compared word by word.
pub fn hashes_that_devices_show() -> Made {
    let typed = SafeTx::call(USDC, transfer(1_000_000)).typed("");
    Ceremony::default().made(asked_of_alice(2, &typed))
}
