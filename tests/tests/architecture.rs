//! The arrows between crates, and what must never be linked (docs/ARCHITECTURE.md).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "in a test each is an assertion")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use acceptance::repository::{self, rust};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};

/// Our crate, and ours that it may use. Everything absent is forbidden.
const ARROWS: [(&str, &[&str]); 12] = [
    ("vitrine-review", &[]),
    ("vitrine-bitcoin", &["vitrine-review"]),
    ("vitrine-ethereum", &["vitrine-review"]),
    ("vitrine-qr", &[]),
    ("vitrine-device", &["vitrine-bitcoin", "vitrine-ethereum", "vitrine-review"]),
    ("vitrine-ceremony", &["vitrine-qr", "vitrine-review", "vitrine-bitcoin", "vitrine-ethereum", "vitrine-device"]),
    ("vitrine-camera", &["vitrine-qr"]),
    ("vitrine-raster", &[]),
    ("vitrine-app", &["vitrine-raster", "vitrine-qr", "vitrine-review", "vitrine-device", "vitrine-ceremony"]),
    (
        "vitrine-desktop",
        &[
            "vitrine-app",
            "vitrine-qr",
            "vitrine-review",
            "vitrine-ceremony",
            "vitrine-camera",
            "vitrine-device",
            "vitrine-image",
        ],
    ),
    (
        "vitrine-appliance",
        &[
            "vitrine-app",
            "vitrine-qr",
            "vitrine-review",
            "vitrine-ceremony",
            "vitrine-camera",
            "vitrine-device",
            "vitrine-image",
        ],
    ),
    ("vitrine-image", &["vitrine-review"]),
];

/// Crates by which a transaction could be named.
const CHAIN: [&str; 7] = [
    "vitrine-bitcoin",
    "bitcoin",
    "miniscript",
    "secp256k1",
    "vitrine-ethereum",
    "alloy-consensus",
    "alloy-primitives",
];

/// Crates that speak to networks, encrypt for them, or run async code.
const NETWORK: [&str; 40] = [
    "async-executor",
    "async-global-executor",
    "async-io",
    "async-net",
    "async-process",
    "async-std",
    "attohttpc",
    "blocking",
    "curl",
    "curl-sys",
    "futures-executor",
    "h2",
    "h3",
    "hickory-resolver",
    "hyper",
    "hyper-util",
    "isahc",
    "libp2p",
    "mbedtls",
    "mio",
    "minreq",
    "native-tls",
    "openssl",
    "openssl-sys",
    "quinn",
    "reqwest",
    "ring",
    "rustls",
    "smol",
    "socket2",
    "surf",
    "tiny_http",
    "tokio",
    "tokio-util",
    "trust-dns-resolver",
    "tungstenite",
    "ureq",
    "websocket",
    "zbus",
    "zmq",
];

/// The bridge to screen readers: the one way to an async crate, in the desktop alone.
const BRIDGE: &str = "accesskit_unix";

/// What reaches the operating system, and where it may.
const OUTSIDE: [(&[&str], &[&str]); 7] = [
    (
        &["std::net", "TcpStream", "TcpListener", "UdpSocket", "UnixStream"],
        &["crates/device/src/bin/", "crates/device/src/emulator/", "crates/appliance/"],
    ),
    (&["std::process::Command"], &["crates/appliance/", "crates/image/"]),
    (
        &["std::fs", "File::open", "File::create"],
        &["crates/camera/", "crates/desktop/", "crates/image/", "crates/appliance/"],
    ),
    (
        &["std::thread", "thread::spawn"],
        &["crates/camera/", "crates/desktop/", "crates/appliance/", "crates/app/src/workers", "crates/device/src/hid"],
    ),
    (
        &["SystemTime::now", "Instant::now"],
        &[
            "crates/camera/",
            "crates/desktop/",
            "crates/appliance/",
            "crates/image/",
            "crates/app/src/workers",
            "crates/device/src/hid",
            "crates/device/src/emulator/",
        ],
    ),
    (&["std::env::"], &["crates/desktop/", "crates/device/src/bin/", "crates/image/", "crates/appliance/"]),
    // The list of system calls of the appliance names that one too.
    (
        &["rand::", "getrandom", "thread_rng"],
        &["crates/device/src/hid", "crates/device/src/emulator", "crates/appliance/src/confine/calls.rs"],
    ),
];

fn metadata() -> Metadata {
    let mut command = MetadataCommand::new();
    command.manifest_path(repository::root().join("Cargo.toml"));
    command.other_options(["--offline", "--locked", "--filter-platform", &host()].map(String::from));
    command.exec().unwrap()
}

fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

fn name<'a>(metadata: &'a Metadata, id: &PackageId) -> &'a str {
    &metadata[id].name
}

/// Packages linked into a crate: everything that is reached by normal dependencies, without passing `stop`.
fn linked(metadata: &Metadata, package: &str, stop: Option<&str>) -> BTreeSet<String> {
    let resolve = metadata.resolve.as_ref().unwrap();
    let edges: BTreeMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, &node.deps)).collect();
    let start = metadata.packages.iter().find(|p| p.name.as_str() == package).unwrap();
    let (mut reached, mut queue) = (BTreeSet::new(), vec![&start.id]);
    while let Some(id) = queue.pop() {
        let normal = edges[id].iter().filter(|d| d.dep_kinds.iter().any(|k| k.kind == DependencyKind::Normal));
        for dependency in normal.filter(|d| Some(name(metadata, &d.pkg)) != stop) {
            if reached.insert(name(metadata, &dependency.pkg).to_owned()) {
                queue.push(&dependency.pkg);
            }
        }
    }
    reached
}

fn direct(metadata: &Metadata, package: &str) -> Vec<String> {
    let package = metadata.packages.iter().find(|p| p.name.as_str() == package).unwrap();
    let normal = package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal);
    normal.map(|d| d.name.clone()).collect()
}

#[test]
fn every_crate_has_a_line_in_the_table_of_arrows() {
    let metadata = metadata();
    let members: BTreeSet<_> = metadata.workspace_packages().iter().map(|p| p.name.to_string()).collect();
    let mut expected: BTreeSet<_> = ARROWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    expected.insert("acceptance".to_owned());
    assert_eq!(members, expected);
}

#[test]
fn no_arrow_that_the_design_forbids() {
    let metadata = metadata();
    for (package, allowed) in ARROWS {
        for used in direct(&metadata, package).iter().filter(|d| d.starts_with("vitrine-")) {
            assert!(allowed.contains(&used.as_str()), "{package} may not use {used}: see docs/ARCHITECTURE.md");
        }
    }
}

#[test]
fn the_interface_cannot_name_a_transaction() {
    let metadata = metadata();
    for package in ["vitrine-app", "vitrine-desktop"] {
        for used in direct(&metadata, package) {
            assert!(!CHAIN.contains(&used.as_str()), "{package} may show the review document alone, not {used}");
        }
    }
}

#[test]
fn the_review_knows_no_chain_and_the_chain_no_transport() {
    let metadata = metadata();
    let review = linked(&metadata, "vitrine-review", None);
    assert!(CHAIN.iter().all(|chain| !review.contains(*chain)), "{review:?}");
    for chain in ["vitrine-bitcoin", "vitrine-ethereum"] {
        let chain = linked(&metadata, chain, None);
        assert!(["vitrine-qr", "rxing", "rqrr", "ur", "trezor-client", "rusb"].iter().all(|t| !chain.contains(*t)));
    }
}

/// What is compiled into the program. `cargo metadata` counts optional packages that are named by a weak feature
/// (`secp256k1?/std` of alloy) and never built; `cargo tree` does not.
#[test]
fn one_copy_of_the_libraries_that_say_what_a_transaction_is() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--workspace", "--offline", "--locked", "--edges", "normal,build", "--prefix", "none"])
        .args(["--target", &host(), "--format", "{p}"])
        .current_dir(repository::root())
        .output()
        .unwrap();
    let tree = String::from_utf8(output.stdout).unwrap();
    for library in [
        "bitcoin",
        "miniscript",
        "secp256k1",
        "secp256k1-sys",
        "bitcoinconsensus",
        "alloy-consensus",
        "alloy-primitives",
    ] {
        let copies: BTreeSet<_> = tree
            .lines()
            .filter_map(|line| line.strip_prefix(library)?.strip_prefix(" v")?.split_whitespace().next())
            .collect();
        assert_eq!(copies.len(), 1, "{library}: {copies:?}");
    }
}

#[test]
fn no_network_tls_or_async_crate_is_linked() {
    let metadata = metadata();
    for (package, _) in ARROWS {
        let bridge = (package == "vitrine-desktop").then_some(BRIDGE);
        let linked = linked(&metadata, package, bridge);
        let found: Vec<_> = NETWORK.iter().filter(|network| linked.contains(**network)).collect();
        assert!(found.is_empty(), "{package} links {found:?}");
    }
}

/// Fails when the test above looks at the wrong graph and so finds nothing.
#[test]
fn the_screen_reader_bridge_is_where_the_exception_says() {
    let linked = linked(&metadata(), "vitrine-desktop", None);
    assert!(linked.contains(BRIDGE) && linked.contains("zbus"));
}

#[test]
fn the_operating_system_is_reached_only_where_the_design_says() {
    for (package, _) in ARROWS {
        let folder = package.replace("vitrine-", "crates/");
        for source in rust(&folder) {
            for (line, text) in source.statements() {
                assert_inside(&source.path, line, text);
            }
        }
    }
}

fn assert_inside(path: &str, line: usize, text: &str) {
    for (words, places) in OUTSIDE {
        let word = words.iter().find(|word| text.contains(**word));
        let inside = places.iter().any(|place| path.starts_with(place));
        assert!(word.is_none() || inside, "{path}:{line}: {} only in {places:?}: {text}", word.unwrap());
    }
}

/// Sockets are for `vitrine-sim` alone, which no other program contains.
#[test]
fn no_other_crate_asks_for_the_emulators_protocol() {
    let metadata = metadata();
    let on_device = |p: &&Package| p.dependencies.iter().any(|d| d.name == "vitrine-device");
    let users: Vec<_> = metadata.workspace_packages().into_iter().filter(on_device).collect();
    assert!(users.len() >= 3, "its users were not found");
    for package in users {
        let features = package.dependencies.iter().filter(|d| d.name == "vitrine-device").flat_map(|d| &d.features);
        assert!(features.clone().all(|feature| feature != "emulator"), "{}", package.name);
    }
}

/// `trezor-client` contains a module that speaks UDP to an emulator.
#[test]
fn the_emulator_transport_of_trezor_client_is_never_called() {
    for source in rust("crates/device") {
        for (line, text) in source.statements() {
            let calls = ["transport::udp", "UdpTransport", "find_devices("].iter().any(|word| text.contains(word));
            assert!(!calls, "{}:{line}: {text}", source.path);
        }
    }
}

#[test]
fn no_float_near_value_and_no_hash_order_in_what_is_shown() {
    for folder in ["crates/review", "crates/bitcoin", "crates/ethereum", "crates/ceremony"] {
        for source in rust(folder) {
            for (line, text) in source.statements() {
                let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
                let found = words.into_iter().find(|w| ["f32", "f64", "HashMap", "HashSet"].contains(w));
                assert!(found.is_none(), "{}:{line}: {text}", source.path);
            }
        }
    }
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    let root = repository::root();
    for package in metadata().workspace_packages() {
        let manifest = std::fs::read_to_string(&package.manifest_path).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{}", package.manifest_path);
    }
    let workspace = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    assert!(workspace.contains("unsafe_code = \"forbid\""));
}

/// `ledger-transport-hid` waits for hours and logs each packet; only its search is used (`docs/adr/0005-ledger-link.md`).
#[test]
fn the_exchange_of_ledger_transport_hid_is_never_called() {
    const TYPE: &str = "TransportNativeHID";
    let mut searches = 0;
    for source in rust("crates/device") {
        for (line, text) in source.statements() {
            let rest = text.split(TYPE).skip(1);
            for rest in rest.filter(|_| !text.trim_start().starts_with("use ")) {
                assert!(rest.starts_with("::list_ledgers("), "{}:{line}: {text}", source.path);
                searches += 1;
            }
            assert!(!text.contains("log::") && !text.contains("set_logger"), "{}:{line}: {text}", source.path);
        }
    }
    assert!(searches > 0, "the search was not found");
}
