//! Builds the image: `vitrine-image make`.

mod command;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use vitrine_image::BuildError;

use crate::command::compile::{self, Places};
use crate::command::make::{Order, make};
use crate::command::reproduce::reproduce;
use crate::command::{fetch, lock, toolchain};

const USAGE: &str = "\
usage: vitrine-image fetch [OPTIONS]     downloads what is pinned and not there yet
       vitrine-image make [OPTIONS]      builds program and image, without a network
       vitrine-image reproduce [OPTIONS] builds twice, compares, and checks that changes are found
       vitrine-image lock [OPTIONS]      moves the lock to the present packages and compiler
options: --source DIR     the project (.)
         --target DIR     where everything goes (target/image)
         --packages DIR   where the packages are (target/image/packages)
         --cargo-home DIR where cargo keeps crates (CARGO_HOME, or .cargo of the home folder)
         --ceremony DIR   a ceremony folder to put into the image
         --program FILE   a program to put into the image, instead of the one of these sources
         --out DIR        where the image goes (the target folder)";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let command = args.first().map(String::as_str).unwrap_or_default();
    if !["fetch", "make", "reproduce", "lock"].contains(&command) || !well_formed(&args) {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    match run(command, &args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vitrine-image: {error}");
            ExitCode::from(1)
        }
    }
}

fn well_formed(args: &[String]) -> bool {
    const NAMES: [&str; 7] = ["--source", "--target", "--packages", "--cargo-home", "--ceremony", "--program", "--out"];
    let options = args.get(1..).unwrap_or_default();
    options.chunks(2).all(|pair| pair.len() == 2 && pair.first().is_some_and(|name| NAMES.contains(&name.as_str())))
}

fn option(args: &[String], name: &str) -> Result<Option<PathBuf>, BuildError> {
    let place = args.iter().position(|arg| arg == name);
    let value = place.and_then(|place| args.get(place.saturating_add(1)));
    value.map(|value| absolute(Path::new(value))).transpose()
}

fn absolute(path: &Path) -> Result<PathBuf, BuildError> {
    std::path::absolute(path).map_err(|error| command::failed(path, error))
}

fn cargo_home() -> Result<PathBuf, BuildError> {
    let own = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let usual = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo"));
    own.or(usual).ok_or_else(|| BuildError::Missing("--cargo-home".to_owned()))
}

fn order(args: &[String]) -> Result<Order, BuildError> {
    let of = |name: &str| option(args, name);
    let source = of("--source")?.map_or_else(|| absolute(Path::new(".")), Ok)?;
    let target = of("--target")?.unwrap_or_else(|| source.join("target/image"));
    let packages = of("--packages")?.unwrap_or_else(|| target.join("packages"));
    let out = of("--out")?.unwrap_or_else(|| target.clone());
    let cargo_home = of("--cargo-home")?.map_or_else(cargo_home, Ok)?;
    let places = Places { source, cargo_home, target };
    Ok(Order { places, packages, ceremony: of("--ceremony")?, program: of("--program")?, out })
}

fn run(command: &str, args: &[String]) -> Result<(), BuildError> {
    let order = order(args)?;
    match command {
        "fetch" => {
            fetch::fetch(&lock(&order.places.source)?, &order.packages)?;
            compile::fetch(&order.places, &toolchain::rust()?)
        }
        "lock" => fetch::relock(&order.places.source, &order.packages),
        "reproduce" => reproduce(&order),
        _ => make(&order),
    }
}
