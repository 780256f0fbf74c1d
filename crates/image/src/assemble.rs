//! Kernel, program and files joined to an image, in each of its forms.

use vitrine_review::sha256;

use crate::measure::{KERNEL, LABEL, MOUNT_POINTS, Measure, PROGRAM, RELEASE, SECTIONS, STUB, of_tree};
use crate::tree::Node;
use crate::{BuildError, Kernel, Tree, cpio, fat, gpt, iso, uki};

/// What the system says that it is.
const SYSTEM: &str = "NAME=\"Vitrine\"\nID=vitrine\nPRETTY_NAME=\"Vitrine\"\nVERSION_ID=\"0.1.0\"\n";

/// What goes into an image.
pub struct Parts<'a> {
    /// The kernel and its modules.
    pub kernel: &'a Kernel,
    /// The program that firmware starts, which starts the kernel.
    pub stub: &'a [u8],
    /// The first program.
    pub program: Vec<u8>,
    /// The kernel's command line.
    pub command_line: &'a str,
    /// More files, by path: a ceremony folder, licences.
    pub files: Vec<(String, Vec<u8>)>,
}

/// An image in all its forms.
pub struct Image {
    /// What it consists of.
    pub measure: Measure,
    /// The initramfs, compressed.
    pub initramfs: Vec<u8>,
    /// The program for EFI.
    pub unified: Vec<u8>,
    /// The stick.
    pub stick: Vec<u8>,
    /// The disc.
    pub disc: Vec<u8>,
}

/// Joins the parts.
///
/// # Errors
/// [`BuildError`], saying which part is none or does not fit.
pub fn assemble(parts: Parts<'_>) -> Result<Image, BuildError> {
    let stub = uki::plain(parts.stub, SECTIONS.len())?;
    let kernel = parts.kernel;
    let tree = tree(kernel, &stub, parts.program, parts.files)?;
    let measure =
        of_tree(&tree, parts.command_line).map_err(|error| BuildError::malformed("the image's files", error))?;
    let initramfs = cpio::compress(&cpio::archive(&tree)?)?;
    let contents: [&[u8]; 4] = [SYSTEM.as_bytes(), parts.command_line.as_bytes(), &kernel.image, &initramfs];
    let sections: Vec<(&str, &[u8])> = SECTIONS.into_iter().zip(contents).collect();
    let unified = uki::unified(&stub, &sections)?;
    let volume = fat::volume(LABEL, &[(PROGRAM, &unified)])?;
    let (stick, disc) = (gpt::stick(&volume)?, iso::disc(&volume)?);
    Ok(Image { measure, initramfs, unified, stick, disc })
}

fn tree(kernel: &Kernel, stub: &[u8], program: Vec<u8>, more: Vec<(String, Vec<u8>)>) -> Result<Tree, BuildError> {
    let mut tree = Tree::default();
    for folder in MOUNT_POINTS {
        tree.add(folder, Node::Folder)?;
    }
    tree.add("dev/console", Node::Device { major: 5, minor: 1 })?;
    tree.add("dev/null", Node::Device { major: 1, minor: 3 })?;
    tree.add("init", Node::File { bytes: program, runs: true })?;
    let mut order = String::new();
    for (name, bytes) in &kernel.modules {
        order.push_str(&format!("{name}.ko\n"));
        plain(&mut tree, &format!("modules/{name}.ko"), bytes.clone())?;
    }
    plain(&mut tree, "modules/order", order.into_bytes())?;
    plain(&mut tree, KERNEL, format!("{}\n", sha256(&kernel.image)).into_bytes())?;
    plain(&mut tree, STUB, format!("{}\n", sha256(stub)).into_bytes())?;
    plain(&mut tree, RELEASE, SYSTEM.as_bytes().to_vec())?;
    for (path, bytes) in more {
        plain(&mut tree, &path, bytes)?;
    }
    Ok(tree)
}

fn plain(tree: &mut Tree, path: &str, bytes: Vec<u8>) -> Result<(), BuildError> {
    tree.add(path, Node::File { bytes, runs: false })
}
