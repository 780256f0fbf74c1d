//! The image, from the pinned packages and the sources.

use std::path::{Path, PathBuf};
use std::time::Instant;

use vitrine_image::assemble::{Image, Parts, assemble};
use vitrine_image::{BuildError, Kernel, Lock, deb, manifest};

use crate::command::compile::{Places, compile};
use crate::command::toolchain::Toolchain;
use crate::command::{failed, files_below, lock, read, text, write};

/// Modules that the image may load, beside those that they need.
const MODULES: &str = "reproducible-build/modules.txt";
const COMMAND_LINE: &str = "reproducible-build/command-line.txt";
const STUB: &str = "usr/lib/systemd/boot/efi/linuxx64.efi.stub";
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
    let program = match &order.program {
        Some(program) => read(program)?,
        None => program(order, &lock)?,
    };
    let (kernel, stub) = kernel(&order.places.source, &lock, &order.packages)?;
    lock.check_used()?;
    let command_line = lines(&text(&order.places.source.join(COMMAND_LINE))?).collect::<Vec<_>>().join(" ");
    let files = order.ceremony.as_deref().map_or(Ok(Vec::new()), ceremony)?;
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
    compile(places, &tools)?;
    match tools.unused()? {
        None => println!("this file system does not note what was read: whether every package was used is not known"),
        Some(unused) if unused.is_empty() => {}
        Some(unused) => return Err(BuildError::Unused(unused.join(", "))),
    }
    read(&places.program())
}

fn kernel(source: &Path, lock: &Lock, packages: &Path) -> Result<(Kernel, Vec<u8>), BuildError> {
    let modules = text(&source.join(MODULES))?;
    let allowed: Vec<String> = lines(&modules).map(str::to_owned).collect();
    let kernel = Kernel::unpack(&lock.read(lock.beginning("linux-image-")?, packages)?, &allowed)?;
    let package = lock.read(lock.beginning("systemd-boot-efi")?, packages)?;
    let stub = deb::files(&package, |path| path == STUB)?.remove(STUB);
    Ok((kernel, stub.ok_or_else(|| BuildError::Missing(STUB.to_owned()))?))
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
