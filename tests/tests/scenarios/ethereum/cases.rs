//! Thefts as they happened, from the public record. The hashes by which they are known are part of the requests, so that
//! a wrong character of ours would be an error.

use vitrine_ethereum::alloy_primitives::{Address, U256, address as addr, hex};

use super::maker::{Ceremony, HALDEN, STRANGER, Safe, SafeTx, USDC};
use super::town::{address, calldata, entry, multi_send, transfer};
use crate::maker::Made;

/// A folder for the Safe that was robbed; the first owner is who signs here.
fn ceremony(network: &'static str, chain_id: u64, safe: Safe) -> Ceremony {
    let account = safe.owners[0];
    Ceremony { network, chain_id, account, safe, book: Vec::new(), contracts: Vec::new(), ..Ceremony::default() }
}

fn known_as(hash: &str) -> String {
    format!(",\n  \"safeTxHash\": \"{hash}\"")
}

/// What the last owner saw: the signatures of those before, as Safe's service lists them.
const BYBITS_SIGNATURES: [(&str, &str); 2] = [
    (
        "0x1F4EB0a903619ac168b19A82F1a6e2e426522211",
        "0xd0afef78a52fd504479dc2af3dc401334762cbd05609c7ac18db9ec5abf4a07a\
         5cc09fc86efd3489707b89b0c729faed616459189cb50084f208d03b201b001f1f",
    ),
    (
        "0x3Cc3A225769900e003E264dd4CB43E90896BC21A",
        "0x0f62ad358d6b319d3c1221d44456080068fe02ae5b1a39b4afb1e6721ca7f990\
         3ac523a801533f265231cd35fc2dfddc3bd9a9563b51315cf9d5ff23dc6d2c221f",
    ),
];

fn bybits_confirmations() -> String {
    let one = |(owner, signature)| format!("    {{ \"owner\": \"{owner}\", \"signature\": \"{signature}\" }}");
    format!(",\n  \"confirmations\": [\n{}\n  ]", BYBITS_SIGNATURES.map(one).join(",\n"))
}

const COLD_WALLET: Address = addr!("1Db92e2EeBC8E0c075a02BeA49a2935BcD2dFCF4");
const WARM_WALLET: Address = addr!("88a1493366D48225fc3cEFbdae9eBb23E323Ade3");

fn bybits_folder() -> Ceremony {
    let owners = vec![
        ("Signer 3", addr!("e3dF2cCEAc61B1aFA311372ecC5B40A3A6585a9E")),
        ("Signer 1", addr!("1F4EB0a903619ac168b19A82F1a6e2e426522211")),
        ("Signer 2", addr!("3Cc3A225769900e003E264dd4CB43E90896BC21A")),
    ];
    let safe = Safe { name: "Cold wallet 1", address: COLD_WALLET, version: "1.1.1", threshold: 3, owners };
    ceremony("mainnet", 1, safe).with(|c| c.book.push(("Warm wallet", WARM_WALLET)))
}

fn bybits(to: Address, value_wei: U256, data: Vec<u8>, operation: u8, hash: &str) -> SafeTx {
    let (safe, version, more) = (COLD_WALLET, "1.1.1", known_as(hash) + &bybits_confirmations());
    SafeTx { safe, version, value_wei, operation, safe_tx_gas: 45_746, nonce: 71, more, ..SafeTx::call(to, data) }
}

/// 21 February 2025, nonce 71 of the cold wallet: what three owners signed.
pub fn bybit() -> Made {
    let trojan = addr!("96221423681A6d52E184D440a8eFCEbB105C7242");
    let data = hex!(
        "a9059cbb000000000000000000000000bdd077f651ebe7f7b3ce16fe5f2b025be2969516"
        "0000000000000000000000000000000000000000000000000000000000000000"
    );
    let hash = "0xb3476d061aeb8fc1d605a873c483a2402d88a68a9cdd1a8b47655dd55ba004f8";
    bybits_folder().made(bybits(trojan, U256::ZERO, data.to_vec(), 1, hash).bundle())
}

/// What the same owners were shown, and meant to sign, with the signatures that Safe's service lists beside it.
pub fn bybit_as_shown() -> Made {
    let thirty_thousand_ether = U256::from(30_000) * U256::from(10).pow(U256::from(18));
    let hash = "0x9d89e67333f99c136537be74029c44592985a4855172f4c2d0d942029868f98e";
    let shown = bybits(WARM_WALLET, thirty_thousand_ether, vec![], 0, hash);
    bybits_folder().made(SafeTx { safe_tx_gas: 45_745, ..shown }.bundle())
}

/// 16 October 2024, nonce 230 of the Safe on Arbitrum.
pub fn radiant() -> Made {
    let (safe, provider) =
        (addr!("111CEEee040739fD91D29C34C33E6B3E112F2177"), addr!("091d52CacE1edc5527C99cDCFA6937C1635330E4"));
    let owners = vec![
        ("Developer 1", addr!("20340c2a71055FD2887D9A71054100FF7F425BE5")),
        ("Developer 2", addr!("83434627e72d977af18F8D2F26203895050eF9Ce")),
        ("Developer 3", addr!("bB67c265e7197A7c3Cd458F8F7C1d79a2fb04d57")),
    ];
    let of_the_protocol = Safe { name: "Radiant", address: safe, version: "1.3.0", threshold: 3, owners };
    let folder = ceremony("arbitrum", 42_161, of_the_protocol).with(|c| {
        c.contracts.push(("LendingPoolAddressesProvider", provider, "interface = \"openzeppelin/Ownable\""));
    });
    let thief = addr!("57ba8957ed2ff2e7AE38F4935451E81Ce1eEFbf5");
    let hand_over = SafeTx::call(provider, calldata("transferOwnership(address)", vec![address(thief)]));
    let more = known_as("0x5c28ef88f6696dd8c5c5e4ba5632374d5de9e6cb9ebf75884332f29ef9fad416");
    folder.made(SafeTx { chain_id: 42_161, safe, version: "1.3.0", nonce: 230, more, ..hand_over }.bundle())
}

/// 18 July 2024, nonce 1718 of the Safe.
pub fn wazirx() -> Made {
    let safe = addr!("27fD43BABfbe83a81d14665b1a6fB8030A60C9b4");
    let owners = vec![
        ("Team member 1", addr!("D83b89E261D02B0f2f9E384B44907f8d380E9AF0")),
        ("Team member 2", addr!("9AF78003CecC2383d9D576A49c0C6b17fc34Ae34")),
        ("Team member 3", addr!("fA54B4085811aef6ACf47D51B05FdA188DEAe28b")),
        ("Custodian", addr!("d967113224C354600B3151E27Aaba53e3034f372")),
    ];
    let of_the_exchange = Safe { name: "WazirX", address: safe, version: "1.3.0", threshold: 4, owners };
    let data = hex!("804e1f0a000000000000000000000000ef279c2ab14960aa319008cbea384b9f8ac35fc6").to_vec();
    let upgrade = SafeTx::delegatecall(addr!("fbfFEF83b1C172fE3BC86C1CCB036AB9F3efCAF2"), data);
    let more = known_as("0x4e82121a3bc2fb62c0b06ab5fff5ca965ceab4f51cc949c6e50d85ed63e6aa70");
    let signed = SafeTx { safe, version: "1.3.0", nonce: 1718, more, ..upgrade };
    ceremony("mainnet", 1, of_the_exchange).made(signed.bundle())
}

/// November 2021: a batch like any other, to a multiSend like Safe's own, which also replaces the Safe's code.
pub fn habitat() -> Made {
    let entries = [
        entry(0, USDC, 0, &transfer(12_500_000_000)),
        entry(0, USDC, 0, &calldata("transfer(address,uint256)", vec![address(HALDEN), super::town::number(1)])),
    ];
    let batch = SafeTx { version: "1.3.0", ..SafeTx::delegatecall(STRANGER, multi_send(&entries)) };
    Ceremony::default().with(|c| c.safe.version = "1.3.0").made(batch.bundle())
}
