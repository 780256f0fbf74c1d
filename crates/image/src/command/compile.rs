//! The appliance's program, from its sources, with the pinned compilers alone.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use vitrine_image::{BuildError, EPOCH_S};

use crate::command::toolchain::{Renamed, Toolchain};
use crate::command::{run, text};

/// Package and program.
pub(crate) const PROGRAM: &str = "vitrine-appliance";
pub(crate) const TARGET: &str = "x86_64-unknown-linux-gnu";
const CONFIG: &str = "reproducible-build/cargo-config.toml";
/// Profile of the workspace's `Cargo.toml`.
const PROFILE: &str = "appliance";
/// Starts a program without any network but its own, as any user may where the kernel allows it.
const UNSHARE: &str = "/usr/bin/unshare";

/// Where the sources, cargo's downloads, and what is made of them are.
pub(crate) struct Places {
    pub(crate) source: PathBuf,
    pub(crate) cargo_home: PathBuf,
    pub(crate) target: PathBuf,
}

impl Places {
    /// What stands in the program instead of these places.
    pub(crate) fn renamed(&self) -> Renamed {
        vec![(self.source.clone(), "/vitrine"), (self.cargo_home.clone(), "/cargo"), (self.target.clone(), "/target")]
    }

    /// The program's file.
    pub(crate) fn program(&self) -> PathBuf {
        self.target.join("build").join(TARGET).join(PROFILE).join(PROGRAM)
    }
}

/// Downloads the crates of `Cargo.lock`; cargo checks the hash of each.
pub(crate) fn fetch(places: &Places, rust: &Path) -> Result<(), BuildError> {
    let mut cargo = Command::new(rust.join("bin/cargo"));
    cargo.args(["fetch", "--locked", "--target", TARGET]).current_dir(&places.source);
    run(cargo.env("CARGO_HOME", &places.cargo_home))
}

/// Compiles the program. Nothing of the environment reaches the compilers, nor does a network.
pub(crate) fn compile(places: &Places, tools: &Toolchain) -> Result<(), BuildError> {
    let cargo = tools.rust.join("bin/cargo");
    let mut command = if without_network() {
        let mut command = Command::new(UNSHARE);
        command.args(["--user", "--map-root-user", "--net", "--"]).arg(&cargo);
        command
    } else {
        println!("no user namespace here: cargo is offline by its own word");
        Command::new(&cargo)
    };
    command.args(["build", "--locked", "--offline", "--profile", PROFILE, "--package", PROGRAM, "--bin", PROGRAM]);
    command.args(["--target", TARGET, "--target-dir"]).arg(places.target.join("build"));
    command.current_dir(&places.source).env_clear().envs(environment(places, tools)?);
    run(&mut command)
}

fn without_network() -> bool {
    let mut probe = Command::new(UNSHARE);
    probe.args(["--user", "--map-root-user", "--net", "true"]).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

fn environment(places: &Places, tools: &Toolchain) -> Result<Vec<(&'static str, OsString)>, BuildError> {
    let program = |name: &str| tools.programs.join(name).into_os_string();
    let mut path = tools.programs.clone().into_os_string();
    path.push(":");
    path.push(tools.rust.join("bin"));
    let clang = format!("'--sysroot={}'", tools.sysroot.display());
    Ok(vec![
        ("PATH", path),
        ("CARGO_HOME", places.cargo_home.clone().into()),
        ("CARGO_TERM_COLOR", "never".into()),
        ("CARGO_ENCODED_RUSTFLAGS", flags(places)?.join("\u{1f}").into()),
        ("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER", program("cc")),
        ("CC", program("cc")),
        ("CXX", program("c++")),
        ("AR", program("ar")),
        ("RANLIB", program("ranlib")),
        ("LD_LIBRARY_PATH", tools.libraries.clone().into()),
        ("LIBCLANG_PATH", tools.sysroot.join("usr/lib/x86_64-linux-gnu").into()),
        ("BINDGEN_EXTRA_CLANG_ARGS", clang.into()),
        // Libraries of the machine are none of the program: neither is asked for.
        ("PKG_CONFIG", "false".into()),
        ("LIBUDEV_NO_PKG_CONFIG", "1".into()),
        ("SOURCE_DATE_EPOCH", EPOCH_S.to_string().into()),
        ("LC_ALL", "C".into()),
        ("TZ", "UTC".into()),
    ])
}

/// The flags of the project's configuration for this target, and other names for the places.
fn flags(places: &Places) -> Result<Vec<String>, BuildError> {
    let malformed = || BuildError::Missing(format!("target.{TARGET}.rustflags of {CONFIG}"));
    let config: toml::Table = text(&places.source.join(CONFIG))?.parse().map_err(|_| malformed())?;
    let flags = config.get("target").and_then(|target| target.get(TARGET)?.get("rustflags")?.as_array());
    let flags = flags.ok_or_else(malformed)?.iter().map(|flag| flag.as_str().map(str::to_owned));
    let mut flags: Vec<String> = flags.collect::<Option<_>>().ok_or_else(malformed)?;
    for (from, to) in places.renamed() {
        flags.push(format!("--remap-path-prefix={}={to}", from.display()));
    }
    Ok(flags)
}
