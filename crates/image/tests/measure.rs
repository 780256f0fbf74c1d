//! One measure for a running system, an initramfs and each medium; and none for what differs in a byte.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use support::stub;
use vitrine_image::assemble::{Image, Parts, assemble};
use vitrine_image::measure::{Extent, Form, KERNEL, SECTIONS, of_initramfs, of_medium, of_root};
use vitrine_image::tree::Node;
use vitrine_image::{Kernel, MeasureError, Tree, cpio, fat, gpt, measure, uki};
use vitrine_review::{sha256, tagged_sha256};

const COMMAND_LINE: &str = "quiet lockdown=confidentiality";

fn kernel() -> Kernel {
    let modules = vec![("usbhid".to_owned(), b"a module".to_vec())];
    Kernel { release: "6".to_owned(), image: vec![0x4b; 9_001], modules }
}

fn image(files: Vec<(String, Vec<u8>)>) -> Image {
    let program = b"the program".to_vec();
    assemble(Parts { kernel: &kernel(), stub: &stub(), program, command_line: COMMAND_LINE, files }).unwrap()
}

/// Writes a tree as the kernel unpacks it, and mounts' content beside it.
fn unpacked(tree: &Tree, name: &str) -> PathBuf {
    let root = std::env::temp_dir().join(format!("vitrine-measure-{name}-{}", std::process::id()));
    for (path, node) in tree.nodes() {
        let path = root.join(path);
        match node {
            Node::Folder => fs::create_dir_all(&path).unwrap(),
            Node::File { bytes, runs } => {
                fs::write(&path, bytes).unwrap();
                let mode = if *runs { 0o555 } else { 0o444 };
                fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            }
            Node::Device { .. } => {}
        }
    }
    fs::write(root.join("proc/cmdline"), "mounted").unwrap();
    fs::create_dir_all(root.join("root")).unwrap();
    root
}

fn refused(bytes: &[u8]) -> String {
    of_medium(bytes, Extent::Whole).unwrap_err().to_string()
}

#[test]
fn running_system_initramfs_stick_disc_and_program_have_one_measure() {
    let image = image(vec![("ceremony/ceremony.toml".to_owned(), b"version = 1\n".to_vec())]);
    let (of_archive, tree) = of_initramfs(&image.initramfs, COMMAND_LINE).unwrap();
    let digest = image.measure.digest();
    assert_eq!(of_archive.digest(), digest);
    for (form, bytes) in [(Form::Stick, &image.stick), (Form::Disc, &image.disc), (Form::Program, &image.unified)] {
        let medium = of_medium(bytes, Extent::Whole).unwrap();
        assert_eq!((medium.form, medium.measure.digest(), medium.sha256), (form, digest, sha256(bytes)));
        assert_eq!(medium.bytes, bytes.len() as u64);
    }
    let root = unpacked(&tree, "same");
    assert_eq!(of_root(&root, &format!("{COMMAND_LINE}\n")).unwrap().digest(), digest);
    fs::remove_dir_all(root).unwrap();
}

/// With a shell and `sha256sum` alone.
#[test]
fn the_measure_is_what_the_format_says() {
    let measure = image(Vec::new()).measure;
    let listing = measure.listing();
    assert_eq!(listing.lines().next(), Some(COMMAND_LINE));
    assert!(listing.contains(&format!("0555 11 {} init\n", sha256(b"the program"))), "{listing}");
    assert!(
        listing
            .contains(&format!("0444 65 {} {KERNEL}\n", sha256(format!("{}\n", sha256(&kernel().image)).as_bytes())))
    );
    let paths: Vec<&str> = listing.lines().skip(1).map(|line| line.splitn(4, ' ').nth(3).unwrap()).collect();
    assert!(paths.is_sorted() && paths.len() == measure.files());
    assert_eq!(measure.digest(), tagged_sha256("vitrine/image/1", listing.as_bytes()));
}

/// Done to a system's folder.
type Change = fn(&Path);

#[test]
fn whatever_a_running_system_has_more_or_otherwise_changes_its_measure() {
    let image = image(Vec::new());
    let (measure, tree) = of_initramfs(&image.initramfs, COMMAND_LINE).unwrap();
    let changes: [(&str, Change); 5] = [
        ("more", |root| fs::write(root.join("etc/more"), "x").unwrap()),
        ("other", |root| {
            fs::remove_file(root.join("init")).unwrap();
            fs::write(root.join("init"), "the Program").unwrap();
            fs::set_permissions(root.join("init"), fs::Permissions::from_mode(0o555)).unwrap();
        }),
        ("mode", |root| fs::set_permissions(root.join("init"), fs::Permissions::from_mode(0o755)).unwrap()),
        ("suid", |root| fs::set_permissions(root.join("init"), fs::Permissions::from_mode(0o4555)).unwrap()),
        ("less", |root| fs::remove_file(root.join("modules/usbhid.ko")).unwrap()),
    ];
    for (name, change) in changes {
        let root = unpacked(&tree, name);
        assert_eq!(of_root(&root, COMMAND_LINE).unwrap().digest(), measure.digest(), "{name}");
        assert_ne!(of_root(&root, "quiet").unwrap().digest(), measure.digest());
        change(&root);
        assert_ne!(of_root(&root, COMMAND_LINE).unwrap().digest(), measure.digest(), "{name}");
        std::os::unix::fs::symlink("init", root.join("link")).unwrap();
        assert!(of_root(&root, COMMAND_LINE).is_err());
        fs::remove_dir_all(root).unwrap();
    }
}

/// Every byte of the program, the tables, the folders and the file system's ends; a sample of the rest.
#[test]
fn no_changed_byte_has_the_same_measure() {
    let image = image(Vec::new());
    let digest = image.measure.digest();
    let stick = &image.stick;
    let volume = 1 << 20;
    let program =
        (0..stick.len() - image.unified.len()).find(|at| stick[*at..].starts_with(&image.unified[..512])).unwrap();
    let mut places: Vec<usize> = (0..520).chain(1024..1160).step_by(7).collect();
    places.extend((volume..volume + 512).chain(program - 1024..program + 1200).step_by(13));
    places.extend((program..program + image.unified.len()).step_by(97));
    places.extend((0..stick.len()).step_by(40_009));
    places.extend([stick.len() - 1, stick.len() - 500]);
    for at in places {
        let mut changed = stick.clone();
        changed[at] ^= 0x21;
        match of_medium(&changed, Extent::Whole) {
            Ok(medium) => assert_ne!(medium.measure.digest(), digest, "{at}"),
            Err(error) => assert!(error.to_string().len() > 20, "{at}: {error}"),
        }
    }
}

#[test]
fn what_is_cut_short_or_followed_by_something_is_refused() {
    let image = image(Vec::new());
    for whole in [&image.stick, &image.disc, &image.unified] {
        for end in (0..whole.len()).step_by(whole.len() / 61) {
            assert!(of_medium(&whole[..end], Extent::Whole).is_err(), "{end}");
        }
        let longer = [whole.as_slice(), b"x"].concat();
        assert!(of_medium(&longer, Extent::Whole).is_err());
    }
    assert!(refused(&[image.stick.as_slice(), b"x"].concat()).contains("1 bytes follow the image"));
    let device = [image.stick.as_slice(), &[7; 4096]].concat();
    assert_eq!(of_medium(&device, Extent::Device).unwrap().measure, image.measure, "an older stick's rest");
    let behind = [image.initramfs.as_slice(), &[0]].concat();
    let error = of_initramfs(&behind, COMMAND_LINE).unwrap_err().to_string();
    assert!(error.contains("1 bytes follow it"), "{error}");
}

#[test]
fn something_else_is_no_image() {
    for bytes in [b"".as_slice(), b"MZ", b"hello", &[0; 100_000]] {
        assert!(of_medium(bytes, Extent::Whole).is_err());
    }
    assert!(matches!(of_medium(&[0; 100_000], Extent::Device), Err(MeasureError::NoImage(_))));
    let mut large = image(Vec::new()).stick;
    large[512 + 32..512 + 40].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(matches!(of_medium(&large, Extent::Whole), Err(MeasureError::NoImage(_))));
}

fn stick_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    gpt::stick(&fat::volume("VITRINE", files).unwrap()).unwrap()
}

#[test]
fn a_second_program_or_another_file_is_refused_by_name() {
    let unified = image(Vec::new()).unified;
    let program = ("EFI/BOOT/BOOTX64.EFI", unified.as_slice());
    assert!(of_medium(&stick_of(&[program]), Extent::Whole).is_ok());
    for (path, name) in [("EFI/BOOT/BOOTIA32.EFI", "BOOTIA32EFI"), ("STARTUP.NSH", "STARTUP"), ("EFI/A", "“A”")] {
        let error = refused(&stick_of(&[program, (path, &unified)]));
        assert!(error.contains(name) && error.contains("does not belong there"), "{error}");
    }
    assert!(refused(&stick_of(&[("EFI/BOOT/OTHER.EFI", &unified)])).contains("OTHER"));
    assert!(refused(&stick_of(&[])).contains("EFI is missing"));
}

/// An image of these sections, whose initramfs names `kernel`.
fn joined(names: [&str; 4], kernel: &[u8], release: &[u8], stub: &[u8]) -> Vec<u8> {
    let initramfs = image(Vec::new()).initramfs;
    let contents = [release, COMMAND_LINE.as_bytes(), kernel, &initramfs];
    let sections: Vec<(&str, &[u8])> = names.into_iter().zip(contents).collect();
    uki::unified(stub, &sections).unwrap()
}

#[test]
fn another_kernel_another_stub_and_other_sections_are_refused() {
    let good = image(Vec::new()).unified;
    let (plain, [release, _, kernel, _]) = uki::separate(&good, SECTIONS).unwrap();
    assert_eq!(plain, uki::plain(&stub(), 4).unwrap());
    assert!(joined(SECTIONS, kernel, release, &stub()) == good);
    let other = refused(&joined(SECTIONS, b"another kernel", release, &stub()));
    assert!(other.contains("the kernel: its SHA-256 is") && other.contains("etc/kernel.sha256"), "{other}");
    assert!(refused(&joined(SECTIONS, kernel, b"ID=other\n", &stub())).contains(".osrel"));
    let mut changed = stub();
    *changed.last_mut().unwrap() ^= 1;
    assert!(refused(&joined(SECTIONS, kernel, release, &changed)).contains("the stub that starts the kernel"));
    let order = [".osrel", ".cmdline", ".initrd", ".linux"];
    assert!(refused(&joined(order, kernel, release, &stub())).contains("section .linux is missing"));
    let twice = uki::unified(&good, &[(".linux", kernel)]).unwrap();
    assert!(refused(&twice).contains("is missing, or is not in its place"));
}

#[test]
fn nothing_hides_where_a_running_system_mounts() {
    let mut tree = Tree::default();
    tree.add("dev/console", Node::Device { major: 5, minor: 1 }).unwrap();
    assert!(measure::of_tree(&tree, COMMAND_LINE).is_ok());
    let nodes = [
        ("dev/x", Node::File { bytes: Vec::new(), runs: false }),
        ("proc/a", Node::Folder),
        ("dev/mem", Node::Device { major: 1, minor: 1 }),
        ("kmem", Node::Device { major: 1, minor: 3 }),
    ];
    for (path, node) in nodes {
        let mut hidden = tree.clone();
        hidden.add(path, node).unwrap();
        let packed = cpio::compress(&cpio::archive(&hidden).unwrap()).unwrap();
        let error = of_initramfs(&packed, COMMAND_LINE).unwrap_err().to_string();
        assert!(error.contains(path) && error.contains("does not belong there"), "{error}");
    }
    assert!(measure::of_tree(&tree, "two\nlines").is_err());
}

#[test]
fn an_archive_is_read_only_as_it_is_written() {
    let (_, tree) = of_initramfs(&image(Vec::new()).initramfs, COMMAND_LINE).unwrap();
    let archive = cpio::archive(&tree).unwrap();
    assert_eq!(cpio::files(&archive).unwrap(), tree);
    for at in 0..archive.len() {
        let mut changed = archive.clone();
        changed[at] ^= 0x10;
        assert!(cpio::files(&changed).map_or(true, |read| read != tree), "{at}");
    }
    for end in 0..archive.len() {
        assert!(cpio::files(&archive[..end]).is_err(), "{end}");
    }
}
