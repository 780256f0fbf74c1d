//! `functions.txt`: signatures with the names of their parameters, by interface.

use std::collections::BTreeMap;
use std::fmt::Write;

use vitrine_ethereum::interface::{functions_of_abi, signature_text};

use crate::packages::Packages;
use crate::{Output, Result, safe};

const OPENZEPPELIN: &str = "@openzeppelin/contracts";
const OPENZEPPELIN_4: &str = "openzeppelin-4";

/// Standards: name of the interface and the ABI of OpenZeppelin that spells it out.
const STANDARDS: [(&str, &str); 19] = [
    ("erc20", "ERC20"),
    ("erc20_burnable", "ERC20Burnable"),
    ("erc20_permit", "ERC20Permit"),
    ("erc20_votes", "ERC20Votes"),
    ("erc20_wrapper", "ERC20Wrapper"),
    ("erc1155", "ERC1155"),
    ("erc1155_burnable", "ERC1155Burnable"),
    ("erc1271", "IERC1271"),
    ("erc1363", "ERC1363"),
    ("erc2771_forwarder", "ERC2771Forwarder"),
    ("erc3009", "ERC3009"),
    ("erc3156_flash_lender", "IERC3156FlashLender"),
    ("erc4626", "ERC4626"),
    ("erc6909", "ERC6909Metadata"),
    ("erc721", "ERC721"),
    ("erc721_burnable", "ERC721Burnable"),
    ("erc721_enumerable", "ERC721Enumerable"),
    ("erc7579_account", "AccountERC7579"),
    ("erc7821", "ERC7821"),
];

/// Contracts of OpenZeppelin 5 that are taken whole.
const CONTRACTS: [&str; 30] = [
    "AccessControl",
    "AccessControlDefaultAdminRules",
    "AccessControlEnumerable",
    "AccessManaged",
    "AccessManager",
    "ERC721Votes",
    "Governor",
    "GovernorPreventLateQuorum",
    "GovernorProposalGuardian",
    "GovernorSettings",
    "GovernorStorage",
    "GovernorTimelockAccess",
    "GovernorTimelockCompound",
    "GovernorTimelockControl",
    "GovernorVotes",
    "GovernorVotesQuorumFraction",
    "GovernorVotesSuperQuorumFraction",
    "ICompoundTimelock",
    "ITransparentUpgradeableProxy",
    "Multicall",
    "Ownable",
    "Ownable2Step",
    "Pausable",
    "ProxyAdmin",
    "TimelockController",
    "UUPSUpgradeable",
    "UpgradeableBeacon",
    "VestingWallet",
    "VestingWalletCliff",
    "Votes",
];

/// Contracts of OpenZeppelin 4.9 that differ from those of 5 and are still in use.
const CONTRACTS_4: [&str; 22] = [
    "AccessControl",
    "ERC1155PresetMinterPauser",
    "ERC20",
    "ERC20PresetMinterPauser",
    "ERC20Snapshot",
    "ERC20VotesComp",
    "ERC721PresetMinterPauserAutoId",
    "ERC777",
    "Governor",
    "GovernorCompatibilityBravo",
    "GovernorSettings",
    "GovernorTimelockCompound",
    "GovernorTimelockControl",
    "GovernorVotesQuorumFraction",
    "ITransparentUpgradeableProxy",
    "MinimalForwarder",
    "PaymentSplitter",
    "ProxyAdmin",
    "TimelockController",
    "TokenTimelock",
    "UUPSUpgradeable",
    "UpgradeableBeacon",
];

/// Contracts of ERC-4337's reference implementation: folder, version, contract.
const ACCOUNT_ABSTRACTION: [(&str, &str, &[&str]); 3] = [
    ("account-abstraction-0.6", "0.6.0", &["EntryPoint", "SimpleAccount", "SimpleAccountFactory"]),
    ("account-abstraction-0.7", "0.7.0", &["EntryPoint", "SimpleAccount", "SimpleAccountFactory"]),
    (
        "@account-abstraction/contracts",
        "0.8.0",
        &["EntryPoint", "Simple7702Account", "SimpleAccount", "SimpleAccountFactory"],
    ),
];

/// Interfaces by name, with their source and signatures.
type Interfaces = BTreeMap<String, (String, Vec<String>)>;

/// Makes `functions.txt`.
pub fn functions(packages: &Packages) -> Result<Output> {
    let mut all = Interfaces::new();
    for (name, contract) in STANDARDS {
        add(&mut all, packages, name, OPENZEPPELIN, &format!("build/contracts/{contract}.json"))?;
    }
    for (front, folder, contracts) in
        [("openzeppelin", OPENZEPPELIN, &CONTRACTS[..]), ("openzeppelin/4", OPENZEPPELIN_4, &CONTRACTS_4[..])]
    {
        for contract in contracts {
            let file = format!("build/contracts/{contract}.json");
            add(&mut all, packages, &format!("{front}/{contract}"), folder, &file)?;
        }
    }
    for (folder, version, contracts) in ACCOUNT_ABSTRACTION {
        for contract in contracts {
            let name = format!("account-abstraction/{version}/{contract}");
            add(&mut all, packages, &name, folder, &format!("artifacts/{contract}.json"))?;
        }
    }
    add(&mut all, packages, "permit2", "@uniswap/permit2-sdk", "dist/cjs/abis/Permit2.json")?;
    for file in safe::files(packages)? {
        add(&mut all, packages, &file.interface(), file.folder, &file.path)?;
    }
    Ok(write(&all))
}

fn add(all: &mut Interfaces, packages: &Packages, name: &str, folder: &str, file: &str) -> Result<()> {
    let functions = functions_of_abi(&packages.text(folder, file)?);
    let functions = functions.map_err(|e| format!("{folder}/{file}: {e}"))?;
    let source = format!("{}: {file}", packages.title(folder)?);
    let signatures = functions.iter().map(signature_text).collect();
    match all.insert(name.to_owned(), (source, signatures)) {
        None => Ok(()),
        Some(_) => Err(format!("interface {name} is made twice").into()),
    }
}

fn write(all: &Interfaces) -> Output {
    let mut text = String::from("# Made by crates/ethereum/examples/generate_assets; see SOURCE.md.\n");
    let mut rows = 0usize;
    for (name, (source, signatures)) in all {
        let _ = writeln!(text, "[{name}] {source}");
        for signature in signatures {
            let _ = writeln!(text, "{signature}");
        }
        rows = rows.saturating_add(signatures.len());
    }
    Output { name: "functions.txt", bytes: text.into_bytes(), rows }
}
