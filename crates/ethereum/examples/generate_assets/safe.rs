//! `safe_deployments.txt`: where Safe's contracts lie, by chain.

use std::collections::BTreeMap;
use std::fmt::Write;

use alloy_primitives::{Address, B256};
use serde::Deserialize;

use crate::packages::Packages;
use crate::{Output, Result};

const DEPLOYMENTS: &str = "@safe-global/safe-deployments";
const MODULES: &str = "@safe-global/safe-modules-deployments";

/// Kinds by name of contract; a contract with another name is an error, so that somebody has to look at it.
const KINDS: [(&str, &str); 26] = [
    ("AddModulesLib", "safe_module_setup"),
    ("AllowanceModule", "safe_module"),
    ("CompatibilityFallbackHandler", "fallback_handler"),
    ("CreateCall", "create_call"),
    ("DefaultCallbackHandler", "fallback_handler"),
    ("ExtensibleFallbackHandler", "fallback_handler"),
    ("GnosisSafe", "safe"),
    ("GnosisSafeL2", "safe_l2"),
    ("GnosisSafeProxyFactory", "safe_proxy_factory"),
    ("MultiSend", "multi_send"),
    ("MultiSendCallOnly", "multi_send_call_only"),
    ("ProxyFactory", "safe_proxy_factory"),
    ("Safe", "safe"),
    ("Safe4337Module", "safe_module"),
    ("SafeL2", "safe_l2"),
    ("SafeMigration", "safe_migration"),
    ("SafeModuleSetup", "safe_module_setup"),
    ("SafeProxyFactory", "safe_proxy_factory"),
    ("SafeToL2Migration", "safe_to_l2_migration"),
    ("SafeToL2Setup", "safe_to_l2_setup"),
    ("SafeWebAuthnSharedSigner", "safe_passkey"),
    ("SafeWebAuthnSignerFactory", "safe_passkey"),
    ("SignMessageLib", "sign_message_lib"),
    ("SimulateTxAccessor", "simulate_tx_accessor"),
    ("SocialRecoveryModule", "safe_module"),
    ("TokenCallbackHandler", "fallback_handler"),
];

/// Has no functions, only a fallback that passkey signers call: nobody signs a call to it.
const WITHOUT_FUNCTIONS: &str = "DaimoP256Verifier";

/// One file of a list of deployments.
pub struct File {
    /// The package.
    pub folder: &'static str,
    /// Path in it.
    pub path: String,
    contract: String,
    version: String,
}

impl File {
    /// Name of the contract's interface.
    pub fn interface(&self) -> String {
        let front = if self.folder == DEPLOYMENTS { "safe" } else { "safe-modules" };
        format!("{front}/{}/{}", self.version, self.contract)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Deployment {
    released: bool,
    contract_name: String,
    version: String,
    #[serde(default)]
    deployments: BTreeMap<String, Code>,
    network_addresses: BTreeMap<String, OneOrMore>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Code {
    address: Address,
    code_hash: B256,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::More(more) => more,
        }
    }
}

/// Every released contract with functions of both lists, in order.
pub fn files(packages: &Packages) -> Result<Vec<File>> {
    let mut paths = Vec::new();
    for version in packages.list(DEPLOYMENTS, "dist/assets")? {
        let folder = format!("dist/assets/{version}");
        for file in packages.list(DEPLOYMENTS, &folder)? {
            paths.push((DEPLOYMENTS, format!("{folder}/{file}")));
        }
    }
    for module in packages.list(MODULES, "dist/assets")? {
        for version in packages.list(MODULES, &format!("dist/assets/{module}"))? {
            let folder = format!("dist/assets/{module}/{version}");
            for file in packages.list(MODULES, &folder)? {
                paths.push((MODULES, format!("{folder}/{file}")));
            }
        }
    }
    let mut files = Vec::new();
    for (folder, path) in paths {
        let deployment: Deployment = packages.json(folder, &path)?;
        if deployment.released && deployment.contract_name != WITHOUT_FUNCTIONS {
            files.push(File { folder, path, contract: deployment.contract_name, version: deployment.version });
        }
    }
    Ok(files)
}

/// One line: kind, interface, deployment, address with checksum, code hash.
type Row = (String, String, String, String, String);

/// Makes `safe_deployments.txt`.
pub fn deployments(packages: &Packages) -> Result<Output> {
    let mut by_source: BTreeMap<String, BTreeMap<Row, Vec<u64>>> = BTreeMap::new();
    for file in files(packages)? {
        let deployment: Deployment = packages.json(file.folder, &file.path)?;
        let rows = by_source.entry(packages.title(file.folder)?).or_default();
        for (chain, places) in &deployment.network_addresses {
            let chain: u64 = chain.parse().map_err(|_| format!("{}: chain {chain}", file.path))?;
            for place in places.all() {
                rows.entry(row(&file, &deployment, place)?).or_default().push(chain);
            }
        }
    }
    Ok(write(by_source))
}

/// A place is the name of a deployment or, in the list of modules, an address.
fn row(file: &File, deployment: &Deployment, place: &str) -> Result<Row> {
    let kind = KINDS.iter().find(|(name, _)| *name == file.contract);
    let (_, kind) = kind.ok_or_else(|| format!("{}: what kind of contract is {}?", file.path, file.contract))?;
    let (name, address, code_hash) = match deployment.deployments.get(place) {
        Some(code) => (place, code.address, code.code_hash.to_string()),
        None => {
            let address = place.parse().map_err(|_| format!("{}: {place} is no deployment", file.path))?;
            ("listed", address, "-".to_owned())
        }
    };
    Ok(((*kind).to_owned(), file.interface(), name.to_owned(), address.to_checksum(None), code_hash))
}

fn write(by_source: BTreeMap<String, BTreeMap<Row, Vec<u64>>>) -> Output {
    let mut text = String::from("# Made by crates/ethereum/examples/generate_assets; see SOURCE.md.\n");
    let (mut numbers, mut rows) = (BTreeMap::new(), 0usize);
    for (source, contracts) in by_source {
        let _ = writeln!(text, "source {source}");
        for ((kind, interface, name, address, code_hash), mut chains) in contracts {
            chains.sort_unstable();
            let ids: Vec<_> = chains.iter().map(u64::to_string).collect();
            let next = numbers.len();
            let number = *numbers.entry(ids.clone()).or_insert(next);
            if number == next {
                let _ = writeln!(text, "chains {number} {}", ids.join(" "));
            }
            let _ = writeln!(text, "contract {kind} {interface} {name} {address} {code_hash} {number}");
            rows = rows.saturating_add(1);
        }
    }
    Output { name: "safe_deployments.txt", bytes: text.into_bytes(), rows }
}
