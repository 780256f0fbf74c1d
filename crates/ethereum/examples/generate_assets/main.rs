//! Makes the files of `assets/ethereum` from pinned npm packages:
//! `cargo run -p vitrine-ethereum --example generate_assets -- --packages DIR --out DIR`
//!
//! DIR of the packages holds `package-lock.json` and `node_modules`, as `npm ci` leaves them. Nothing of the packages
//! is run. What is written depends on them and on the two hand-written files of the out folder alone.

mod filters;
mod functions;
mod known;
mod manifest;
mod packages;
mod safe;
mod tokens;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Any error, with the file it is about in its message.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A file to write.
pub struct Output {
    /// Its name.
    pub name: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Number of its records or lines that say something.
    pub rows: usize,
}

fn main() -> ExitCode {
    match arguments().and_then(|(packages, out)| generate(&packages, &out)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("generate_assets: {error}");
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Result<(PathBuf, PathBuf)> {
    let words: Vec<_> = std::env::args().skip(1).collect();
    match words.as_slice() {
        [p, packages, o, out] if p == "--packages" && o == "--out" => Ok((packages.into(), out.into())),
        _ => Err("usage: generate_assets --packages DIR --out DIR".into()),
    }
}

fn generate(folder: &Path, out: &Path) -> Result<()> {
    let packages = packages::Packages::open(folder)?;
    let mut outputs = vec![functions::functions(&packages)?, safe::deployments(&packages)?];
    outputs.extend(tokens::tokens(&packages)?);
    outputs.push(filters::filters(&packages)?);
    outputs.extend(known::files(&packages, out)?);
    outputs.push(manifest::manifest(&packages, &outputs)?);
    for output in &outputs {
        std::fs::write(out.join(output.name), &output.bytes).map_err(|e| format!("{}: {e}", output.name))?;
        println!("{}: {} rows, {} bytes", output.name, output.rows, output.bytes.len());
    }
    Ok(())
}
