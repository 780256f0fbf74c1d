//! The image, from the pinned packages and the sources.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use vitrine_image::assemble::{Image, Parts, assemble};
use vitrine_image::{BuildError, Kernel, Lock, cpio, deb, manifest};

use crate::command::compile::{Places, compile};
use crate::command::toolchain::{Toolchain, Unpacked};
use crate::command::{bill, failed, files_below, lock, read, text, toolchain, write};

/// Modules that the image may load, beside those that they need.
const MODULES: &str = "reproducible-build/modules.txt";
const COMMAND_LINE: &str = "reproducible-build/command-line.txt";
const STUB: &str = "usr/lib/systemd/boot/efi/linuxx64.efi.stub";
/// File of the image with the licences of everything in it, compressed.
const LICENCES: &str = "licences.txt.gz";
/// What the program knows of tokens, and where it reads it.
const TABLES: [&str; 2] = ["tokens.bin", "token_signatures.bin"];
const TABLES_FROM: &str = "assets/ethereum";
const TABLES_TO: &str = "usr/share/vitrine";
/// Most bytes of a stick or a disc: 24 MiB.
const MOST_IMAGE_BYTES: u64 = 24 << 20;
/// Most bytes of the program.
const MOST_PROGRAM_BYTES: u64 = 12_000_000;

/// What is asked for.
pub(crate) struct Order {
    pub(crate) places: Places,
    pub(crate) packages: PathBuf,
    /// A ceremony folder for the image.
    pub(crate) ceremony: Option<PathBuf>,
    /// A program that is there already, instead of one that is compiled.
    pub(crate) program: Option<PathBuf>,
    pub(crate) out: PathBuf,
}

/// Builds everything, and prints what came of it.
pub(crate) fn make(order: &Order) -> Result<(), BuildError> {
    let began = Instant::now();
    let lock = lock(&order.places.source)?;
    let (kernel, stub, copyright) = kernel(&order.places.source, &lock, &order.packages)?;
    let mut files = order.ceremony.as_deref().map_or(Ok(Vec::new()), ceremony)?;
    let program = match &order.program {
        Some(program) => read(program)?,
        None => {
            let program = program(order, &lock)?;
            files.push((LICENCES.to_owned(), inventory(order, &lock, &copyright)?));
            program
        }
    };
    for name in TABLES {
        files.push((format!("{TABLES_TO}/{name}"), read(&order.places.source.join(TABLES_FROM).join(name))?));
    }
    lock.check_used()?;
    let command_line = lines(&text(&order.places.source.join(COMMAND_LINE))?).collect::<Vec<_>>().join(" ");
    let parts = Parts { kernel: &kernel, stub: &stub, program: program.clone(), command_line: &command_line, files };
    let image = assemble(parts)?;
    within("the program", &program, MOST_PROGRAM_BYTES)?;
    within("the stick", &image.stick, MOST_IMAGE_BYTES)?;
    within("the disc", &image.disc, MOST_IMAGE_BYTES)?;
    keep(order, &kernel, &program, &image)?;
    report(order, &image, &program, began);
    Ok(())
}

fn within(what: &'static str, bytes: &[u8], limit: u64) -> Result<(), BuildError> {
    let bytes = bytes.len() as u64;
    if bytes > limit { Err(BuildError::TooLarge { what, bytes, limit }) } else { Ok(()) }
}

fn program(order: &Order, lock: &Lock) -> Result<Vec<u8>, BuildError> {
    let places = &order.places;
    let tools = Toolchain::unpack(lock, &order.packages, &places.target.join("toolchain"), &places.renamed())?;
    let build = places.target.join("build");
    if tools.unpacked == Unpacked::Now && build.exists() {
        fs::remove_dir_all(&build).map_err(|error| failed(&build, error))?;
    }
    let (cold, began) = (!build.exists(), Instant::now());
    compile(places, &tools)?;
    let from = if cold { "from nothing" } else { "from what was there" };
    println!("program compiled {from} in {} s", began.elapsed().as_secs());
    match tools.unused()? {
        None => println!("this file system does not note what was read: whether every package was used is not known"),
        Some(unused) if unused.is_empty() => {}
        Some(unused) => return Err(BuildError::Unused(unused.join(", "))),
    }
    read(&places.program())
}

/// Writes what is inside of the image, and gives the licences for the image itself.
fn inventory(order: &Order, lock: &Lock, kernel: &[u8]) -> Result<Vec<u8>, BuildError> {
    let components = bill::components(&order.places, &toolchain::rust()?, lock, &order.packages, kernel)?;
    let licences = vitrine_image::bill::licences(&components);
    let sbom = vitrine_image::bill::sbom(&components, env!("CARGO_PKG_VERSION"));
    write(&order.out.join("sbom.json"), sbom.as_bytes())?;
    write(&order.out.join("licences.txt"), licences.as_bytes())?;
    println!("{} components; licences of all: {} bytes", components.len(), licences.len());
    cpio::compress(licences.as_bytes())
}

/// The kernel, the stub, and the copyright file of the kernel's package.
fn kernel(source: &Path, lock: &Lock, packages: &Path) -> Result<(Kernel, Vec<u8>, Vec<u8>), BuildError> {
    let modules = text(&source.join(MODULES))?;
    let allowed: Vec<String> = lines(&modules).map(str::to_owned).collect();
    let package = lock.beginning("linux-image-")?;
    let copyright = format!("usr/share/doc/{}/copyright", package.name);
    let mut files = deb::files(&lock.read(package, packages)?, |path| Kernel::wants(path) || path == copyright)?;
    let copyright = files.remove(&copyright).ok_or(BuildError::Missing(copyright))?;
    let kernel = Kernel::of(files, &allowed)?;
    let package = lock.read(lock.beginning("systemd-boot-efi")?, packages)?;
    let stub = deb::files(&package, |path| path == STUB)?.remove(STUB);
    Ok((kernel, stub.ok_or_else(|| BuildError::Missing(STUB.to_owned()))?, copyright))
}

/// Lines that say something: the others explain.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()).filter(|line| !line.is_empty())
}

fn ceremony(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, BuildError> {
    let mut files = Vec::new();
    for path in files_below(folder)? {
        let inside = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
        files.push((format!("ceremony/{inside}"), read(&path)?));
    }
    if files.is_empty() {
        return Err(failed(folder, std::io::Error::other("no files for the image's ceremony folder")));
    }
    Ok(files)
}

fn keep(order: &Order, kernel: &Kernel, program: &[u8], image: &Image) -> Result<(), BuildError> {
    let listing = image.measure.listing();
    let files: [(&str, &[u8]); 7] = [
        ("vitrine-appliance", program),
        ("vmlinuz", &kernel.image),
        ("initramfs.img", &image.initramfs),
        ("vitrine.efi", &image.unified),
        ("vitrine-stick.img", &image.stick),
        ("vitrine.iso", &image.disc),
        ("files.txt", listing.as_bytes()),
    ];
    for (name, bytes) in files {
        write(&order.out.join(name), bytes)?;
    }
    let manifest = manifest::manifest(&files);
    print!("{manifest}");
    write(&order.out.join("manifest.txt"), manifest.as_bytes())
}

fn report(order: &Order, image: &Image, program: &[u8], began: Instant) {
    let digest = image.measure.digest();
    println!("program {} of at most {MOST_PROGRAM_BYTES} bytes", program.len());
    println!("stick   {} and disc {} of at most {MOST_IMAGE_BYTES} bytes", image.stick.len(), image.disc.len());
    if let Some(ceremony) = &order.ceremony {
        println!("ceremony folder {} is in it, and in the measure: no other image has this one", ceremony.display());
    }
    println!("measure {}", digest.groups().join(" "));
    for words in digest.words().chunks(8) {
        println!("        {}", words.join(" "));
    }
    println!("{} s; {}", began.elapsed().as_secs(), order.out.display());
}
