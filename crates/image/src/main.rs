//! Builds the image: `vitrine-image build --packages DIR --program FILE --out DIR`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use vitrine_image::assemble::{Parts, assemble};
use vitrine_image::{BuildError, Kernel, Lock, deb, manifest};

const USAGE: &str = "\
usage: vitrine-image build --lock FILE --packages DIR --program FILE --out DIR
       vitrine-image names --lock FILE      the packages, as apt-get download takes them";

/// Modules that the image may load, beside those that they need (`modules.txt`).
const MODULES: &str = include_str!("../../../reproducible-build/modules.txt");
const COMMAND_LINE: &str = include_str!("../../../reproducible-build/command-line.txt");
const STUB: &str = "usr/lib/systemd/boot/efi/linuxx64.efi.stub";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match args.first().map(String::as_str) {
        Some("build") => build(&args),
        Some("names") => names(&args),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("vitrine-image: {error}");
            ExitCode::from(1)
        }
    }
}

fn option(args: &[String], name: &str) -> Result<PathBuf, BuildError> {
    let place = args.iter().position(|arg| arg == name);
    let value = place.and_then(|place| args.get(place.saturating_add(1)));
    value.map(PathBuf::from).ok_or_else(|| BuildError::Missing(format!("{name}\n{USAGE}")))
}

fn read(path: &Path) -> Result<Vec<u8>, BuildError> {
    std::fs::read(path).map_err(|error| BuildError::File { path: path.to_owned(), error })
}

fn lock(args: &[String]) -> Result<Lock, BuildError> {
    let path = option(args, "--lock")?;
    Lock::parse(&String::from_utf8_lossy(&read(&path)?))
}

fn names(args: &[String]) -> Result<(), BuildError> {
    for package in lock(args)?.packages() {
        println!("{}={}", package.name, package.version);
    }
    Ok(())
}

fn build(args: &[String]) -> Result<(), BuildError> {
    let (lock, packages, out) = (lock(args)?, option(args, "--packages")?, option(args, "--out")?);
    let allowed: Vec<String> = lines(MODULES).map(str::to_owned).collect();
    let kernel = Kernel::unpack(&lock.read(lock.beginning("linux-image-")?, &packages)?, &allowed)?;
    let stub = lock.read(lock.beginning("systemd-boot-efi")?, &packages)?;
    let stub = deb::files(&stub, |path| path == STUB)?;
    let stub = stub.get(STUB).ok_or_else(|| BuildError::Missing(STUB.to_owned()))?;
    lock.check_used()?;

    let command_line = lines(COMMAND_LINE).collect::<Vec<_>>().join(" ");
    let program = read(&option(args, "--program")?)?;
    let image = assemble(Parts { kernel: &kernel, stub, program, command_line: &command_line, files: Vec::new() })?;
    let listing = image.measure.listing();
    let files: [(&str, &[u8]); 6] = [
        ("vmlinuz", &kernel.image),
        ("initramfs.img", &image.initramfs),
        ("vitrine.efi", &image.unified),
        ("vitrine-stick.img", &image.stick),
        ("vitrine.iso", &image.disc),
        ("files.txt", listing.as_bytes()),
    ];
    std::fs::create_dir_all(&out).map_err(|error| BuildError::File { path: out.clone(), error })?;
    for (name, bytes) in files {
        let path = out.join(name);
        std::fs::write(&path, bytes).map_err(|error| BuildError::File { path, error })?;
    }
    let manifest = manifest::manifest(&files);
    print!("{manifest}");
    let path = out.join("manifest.txt");
    std::fs::write(&path, manifest).map_err(|error| BuildError::File { path, error })
}

/// Lines that say something: the others explain.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()).filter(|line| !line.is_empty())
}
