//! The parts of an image, read back by others where others read them, and the same whenever they are made.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod support;

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use object::{Object as _, ObjectSection as _, write};
use support::stub;
use vitrine_image::bill::{self, Component, Origin};
use vitrine_image::tree::Node;
use vitrine_image::{
    BuildError, Lock, Package, Rust, Tree, Use, cpio, deb, fat, gpt, iso, kernel, lock, manifest, uki,
};

/// A Debian package of these files.
fn package(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        tar.append_data(&mut header, format!("./{path}"), *bytes).unwrap();
    }
    archived(&tar.into_inner().unwrap())
}

fn archived(tar: &[u8]) -> Vec<u8> {
    let mut xz = Vec::new();
    lzma_rs::xz_compress(&mut &tar[..], &mut xz).unwrap();
    let mut archive = b"!<arch>\n".to_vec();
    for (name, bytes) in [("debian-binary", b"2.0\n".as_slice()), ("data.tar.xz", &xz)] {
        let size = bytes.len();
        archive.extend(format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 100_644).into_bytes());
        archive.extend(bytes);
        archive.resize(archive.len().next_multiple_of(2), b'\n');
    }
    archive
}

#[test]
fn files_of_a_package_come_out_as_they_went_in_and_no_cut_package_does() {
    let long = vec![7; 10_000];
    let package = package(&[("boot/vmlinuz-6", b"kernel"), ("usr/share/doc/x", &long)]);
    let all = deb::files(&package, |_| true).unwrap();
    assert_eq!(all["boot/vmlinuz-6"], b"kernel");
    assert_eq!(all["usr/share/doc/x"], long);
    assert_eq!(deb::files(&package, |path| path.starts_with("boot/")).unwrap().len(), 1);
    for end in 0..package.len() - 1 {
        assert!(deb::files(&package[..end], |_| true).is_err(), "{end}");
    }
    assert!(deb::files(b"!<arch>\n", |_| true).is_err());
}

/// A kernel module that needs these others.
fn module(needs: &str) -> Vec<u8> {
    let mut file =
        write::Object::new(object::BinaryFormat::Elf, object::Architecture::X86_64, object::Endianness::Little);
    let section = file.add_section(Vec::new(), b".modinfo".to_vec(), object::SectionKind::ReadOnlyData);
    file.append_section_data(section, format!("license=GPL\0depends={needs}\0name=x\0").as_bytes(), 1);
    file.write().unwrap()
}

#[test]
fn a_module_stands_behind_what_it_needs_and_nothing_else_comes_along() {
    let path = |name: &str| format!("lib/modules/6/kernel/{name}.ko");
    let files: BTreeMap<_, _> = [
        (path("a/usbhid"), module("hid,usbcore")),
        (path("b/hid"), module("")),
        (path("c/usbcore"), module("usb-common")),
        (path("d/usb-common"), module("")),
        (path("e/e1000e"), module("")),
    ]
    .into();
    let names = |allowed: &[&str]| {
        let allowed: Vec<String> = allowed.iter().map(|name| (*name).to_owned()).collect();
        kernel::modules(files.clone(), &allowed).map(|all| all.into_iter().map(|(name, _)| name).collect::<Vec<_>>())
    };
    assert_eq!(names(&["usbhid"]).unwrap(), ["hid", "usb_common", "usbcore", "usbhid"]);
    assert_eq!(names(&["usb-common", "hid"]).unwrap(), ["usb_common", "hid"]);
    assert!(matches!(names(&["uvcvideo"]), Err(BuildError::Missing(what)) if what.contains("uvcvideo")));
}

fn tree() -> Tree {
    let mut tree = Tree::default();
    tree.add("dev/console", Node::Device { major: 5, minor: 1 }).unwrap();
    tree.add("init", Node::File { bytes: b"program".to_vec(), runs: true }).unwrap();
    tree.add("modules/a.ko", Node::File { bytes: b"module".to_vec(), runs: false }).unwrap();
    tree
}

/// Path, mode, size and content of each entry.
fn entries(archive: &[u8]) -> Vec<(String, u32, Vec<u8>)> {
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        assert_eq!(&archive[at..at + 6], b"070701", "{at}");
        let field = |n: usize| {
            let text = std::str::from_utf8(&archive[at + 6 + n * 8..at + 14 + n * 8]).unwrap();
            u32::from_str_radix(text, 16).unwrap()
        };
        let (mode, size, name) = (field(1), field(6) as usize, field(11) as usize);
        let path = String::from_utf8(archive[at + 110..at + 110 + name - 1].to_vec()).unwrap();
        let content = (at + 110 + name).next_multiple_of(4);
        if path == "TRAILER!!!" {
            return found;
        }
        found.push((path, mode, archive[content..content + size].to_vec()));
        at = (content + size).next_multiple_of(4);
    }
}

#[test]
fn an_initramfs_has_folders_before_what_is_in_them_and_everything_is_roots() {
    let archive = cpio::archive(&tree()).unwrap();
    let found = entries(&archive);
    let paths: Vec<&str> = found.iter().map(|(path, ..)| path.as_str()).collect();
    assert_eq!(paths, ["dev", "dev/console", "init", "modules", "modules/a.ko"]);
    assert_eq!(found[2], ("init".to_owned(), 0o100_555, b"program".to_vec()));
    assert_eq!(found[4].1, 0o100_444);
    assert_eq!(found[1].1, 0o020_600);
    let packed = cpio::compress(&archive).unwrap();
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, archive);
    assert_eq!(packed[4..8], [0; 4], "no time in the header");
}

#[test]
fn a_path_that_leads_elsewhere_or_stands_twice_is_refused() {
    let file = || Node::File { bytes: Vec::new(), runs: false };
    for path in ["", "/init", "a//b", "a/../b", "./a", "a/", "ä"] {
        assert!(Tree::default().add(path, file()).is_err(), "{path}");
    }
    let mut tree = tree();
    assert!(tree.add("init", file()).is_err());
    assert!(tree.add("init/x", file()).is_err());
}

#[test]
fn another_reader_finds_kernel_and_initramfs_in_the_program_for_efi() {
    let kernel = vec![0x4b; 70_001];
    let unified = uki::unified(&stub(), &[(".cmdline", b"quiet"), (".linux", &kernel), (".initrd", b"init")]).unwrap();
    let file = object::File::parse(unified.as_slice()).unwrap();
    let data = |name: &str| {
        let section = file.section_by_name(name).unwrap();
        let data = section.data().unwrap();
        (section.address(), data[..usize::try_from(section.size()).unwrap().min(data.len())].to_vec())
    };
    assert_eq!(data(".cmdline").1, b"quiet");
    assert_eq!(data(".linux").1, kernel);
    assert_eq!(data(".initrd").1, b"init");
    assert!(data(".linux").0 >= data(".cmdline").0 + 5 && data(".initrd").0 >= data(".linux").0 + 70_001);
    assert_eq!(file.sections().count(), 4);
    // As much as the headers need that are read.
    let optional = u32::from_le_bytes(stub()[0x3c..0x40].try_into().unwrap()) as usize + 24;
    for end in 0..optional + 64 {
        assert!(uki::unified(&stub()[..end], &[(".linux", b"x")]).is_err(), "{end}");
    }
    let many: Vec<(&str, &[u8])> = vec![(".x", b"x"); 60];
    assert!(uki::unified(&stub(), &many).is_err(), "no room in the headers");
}

#[test]
fn firmware_finds_its_program_on_stick_and_disc() {
    let program = vec![0xef; 300_000];
    let volume = fat::volume("VITRINE", &[("EFI/BOOT/BOOTX64.EFI", &program)]).unwrap();
    for (medium, place) in [(gpt::stick(&volume).unwrap(), 1 << 20), (iso::disc(&volume).unwrap(), 24 * 2048)] {
        let inside = &medium[place..place + volume.len()];
        assert!(inside == volume, "the file system lies where the table says");
        let entry = &medium[1024..1152];
        let first = u64::from_le_bytes(entry[32..40].try_into().unwrap());
        assert_eq!(usize::try_from(first).unwrap() * 512, place);
        let system = fatfs::FileSystem::new(Cursor::new(inside.to_vec()), fatfs::FsOptions::new()).unwrap();
        let mut read = Vec::new();
        system.root_dir().open_file("EFI/BOOT/BOOTX64.EFI").unwrap().read_to_end(&mut read).unwrap();
        assert!(read == program);
        check_tables(&medium);
    }
}

/// Both headers of the partition table: at the beginning and at the end, with right sums, each naming the other.
fn check_tables(medium: &[u8]) {
    let last = medium.len() / 512 - 1;
    for (own, other) in [(1, last), (last, 1)] {
        let mut header = medium[own * 512..own * 512 + 92].to_vec();
        let number = |at: usize| usize::try_from(u64::from_le_bytes(header[at..at + 8].try_into().unwrap())).unwrap();
        assert_eq!((&header[..8], number(24), number(32)), (b"EFI PART".as_slice(), own, other));
        let table = number(72) * 512;
        let sum = crc32fast::hash(&medium[table..table + 128 * 128]);
        assert_eq!(header[88..92], sum.to_le_bytes());
        let stated = header[16..20].to_vec();
        header[16..20].fill(0);
        assert_eq!(stated, crc32fast::hash(&header).to_le_bytes());
    }
    assert_eq!(medium[510..512], [0x55, 0xaa]);
}

#[test]
fn a_disc_names_its_volume_and_what_to_start() {
    let volume = fat::volume("VITRINE", &[("A.TXT", b"a")]).unwrap();
    let disc = iso::disc(&volume).unwrap();
    let block = |n: usize| &disc[n * 2048..(n + 1) * 2048];
    assert_eq!((&block(16)[..6], &block(16)[40..47]), (b"\x01CD001".as_slice(), b"VITRINE".as_slice()));
    assert_eq!(&block(17)[7..30], b"EL TORITO SPECIFICATION");
    assert_eq!(block(18)[0], 255);
    let catalog = usize::try_from(u32::from_le_bytes(block(17)[71..75].try_into().unwrap())).unwrap();
    let words = block(catalog)[..32].chunks(2).map(|word| u16::from_le_bytes([word[0], word[1]]));
    assert_eq!(words.fold(0, u16::wrapping_add), 0);
    assert_eq!((block(catalog)[1], block(catalog)[32]), (0xef, 0x88));
    let start = usize::try_from(u32::from_le_bytes(block(catalog)[40..44].try_into().unwrap())).unwrap();
    assert!(disc[start * 2048..start * 2048 + volume.len()] == volume);
}

#[test]
fn everything_is_the_same_when_it_is_made_again() {
    let make = || {
        let initramfs = cpio::compress(&cpio::archive(&tree()).unwrap()).unwrap();
        let unified = uki::unified(&stub(), &[(".initrd", &initramfs)]).unwrap();
        let volume = fat::volume("VITRINE", &[("EFI/BOOT/BOOTX64.EFI", &unified)]).unwrap();
        let (stick, disc) = (gpt::stick(&volume).unwrap(), iso::disc(&volume).unwrap());
        manifest::manifest(&[("stick", &stick), ("disc", &disc)])
    };
    let first = make();
    assert_eq!(first, make());
    assert_eq!(first.lines().count(), 4);
}

fn pinned(bytes: &[u8]) -> Package {
    Package {
        name: "linux-image-6".to_owned(),
        version: "1:6.1-2".to_owned(),
        architecture: "amd64".to_owned(),
        bytes: bytes.len() as u64,
        sha256: lock::sha256(bytes),
        used_in: Use::Image,
    }
}

#[test]
fn a_package_that_is_not_the_pinned_one_or_is_not_used_is_named() {
    let folder = std::env::temp_dir().join(format!("vitrine-image-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let lock = Lock::of(Rust::default(), vec![pinned(b"right")]);
    let package = lock.beginning("linux-image-").unwrap();
    assert_eq!(package.file(), "linux-image-6_1%3a6.1-2_amd64.deb");
    assert!(matches!(lock.read(package, &folder), Err(BuildError::NoPackage { .. })));
    std::fs::write(folder.join(package.file()), b"wrong").unwrap();
    assert!(matches!(lock.read(package, &folder), Err(BuildError::OtherPackage { .. })));
    assert!(matches!(lock.check_used(), Err(BuildError::Unused(name)) if name == "linux-image-6"));
    std::fs::write(folder.join(package.file()), b"right").unwrap();
    assert_eq!(lock.read(package, &folder).unwrap(), b"right");
    lock.check_used().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_lock_file_is_read_strictly() {
    let good = Lock::of(Rust::default(), vec![pinned(b"x")]).to_toml().unwrap();
    assert_eq!(Lock::parse(&good).unwrap().packages().count(), 1);
    let sha256 = lock::sha256(b"x");
    for (from, to) in [
        ("version = 1", "version = 2"),
        ("linux-image-6", "../linux"),
        ("amd64", "arm64"),
        (sha256.as_str(), "abc"),
        ("use = \"image\"", "use = \"else\""),
        ("bytes = 1", "bytes = 1\nmore = 1"),
    ] {
        let changed = good.replacen(from, to, 1);
        assert_ne!(changed, good, "{from}");
        assert!(matches!(Lock::parse(&changed), Err(BuildError::Lock(_))), "{to}");
    }
    let kept = include_str!("../../../reproducible-build/packages.lock");
    let kept = Lock::parse(kept).unwrap();
    let count = |used_in: Use| kept.packages().filter(|package| package.used_in == used_in).count();
    assert_eq!(count(Use::Image), 2);
    assert!(count(Use::Program) > 2 && count(Use::Tool) > 10);
    assert_eq!(kept.rust().sha256.len(), 64);
}

/// A Debian package with a link and a program.
fn linked(path: &str, link: &str) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(1);
    header.set_mode(0o755);
    tar.append_data(&mut header, "./usr/bin/tool", b"t".as_slice()).unwrap();
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    tar.append_link(&mut header, path, link).unwrap();
    archived(&tar.into_inner().unwrap())
}

#[test]
fn a_link_of_a_package_stays_among_the_files_it_was_unpacked_with() {
    let link = |to: &str| match deb::entries(&linked("./usr/lib/libx.so", to)).unwrap().remove("usr/lib/libx.so") {
        Some(deb::Entry::Link { target }) => target,
        other => panic!("{other:?}"),
    };
    assert_eq!(link("libx.so.1"), "libx.so.1");
    assert_eq!(link("/lib/libx.so.1"), "../../lib/libx.so.1");
    let entries = deb::entries(&linked("./lib64", "lib")).unwrap();
    assert_eq!(entries["usr/bin/tool"], deb::Entry::File { bytes: b"t".to_vec(), mode: 0o755 });
}

fn component(name: &str, licence: Option<&str>, text: &str) -> Component {
    Component {
        origin: if licence.is_some() { Origin::Crate } else { Origin::Debian },
        name: name.to_owned(),
        version: "1.0+x".to_owned(),
        licence: licence.map(str::to_owned),
        sha256: Some(lock::sha256(b"x")),
        texts: if text.is_empty() { Vec::new() } else { vec![text.to_owned()] },
    }
}

#[test]
fn a_package_of_npm_is_data_with_its_scope_escaped() {
    let mut typeface = component("@fontsource/atkinson-hyperlegible-next", Some("OFL-1.1"), "Open Font");
    typeface.origin = Origin::Npm;
    typeface.version = "5.3.0".to_owned();
    assert_eq!(typeface.purl(), "pkg:npm/%40fontsource/atkinson-hyperlegible-next@5.3.0");
    let json: serde_json::Value = serde_json::from_str(&bill::sbom(&[typeface], "0.1.0")).unwrap();
    assert_eq!(json["components"][0]["type"], "data");
}

#[test]
fn every_package_that_typefaces_come_from_is_in_their_manifest() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/fonts");
    let source = std::fs::read_to_string(folder.join("SOURCE.md")).unwrap();
    let manifest = std::fs::read_to_string(folder.join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let field = |package: &serde_json::Value, name: &str| package[name].as_str().unwrap().to_owned();
    let listed: Vec<_> = manifest["packages"].as_array().unwrap().iter().map(|p| field(p, "package")).collect();
    let mut named: Vec<_> = source.split("npm `").skip(1).map(|rest| rest.split_once('`').unwrap().0).collect();
    named.sort_unstable();
    assert_eq!(listed, named);
    for package in manifest["packages"].as_array().unwrap() {
        let row = source.lines().find(|line| line.contains(&field(package, "package"))).unwrap();
        let (version, licence) = (field(package, "version"), field(package, "licence"));
        assert!(row.contains(&format!("| {version} | {licence} |")), "{row}");
        assert!(folder.join(field(package, "text")).is_file());
    }
}

#[test]
fn the_bill_of_materials_has_the_form_of_cyclonedx_and_every_component_a_licence() {
    let components = [
        component("b", Some("MIT OR Apache-2.0"), "Permission\n"),
        component("a", Some("MIT"), "Permission"),
        component("libc6-dev", None, "Lesser"),
        component("bare", Some("CC0-1.0"), ""),
    ];
    let reversed: Vec<Component> = components.iter().rev().cloned().collect();
    let text = bill::sbom(&components, "0.1.0");
    assert_eq!(text, bill::sbom(&reversed, "0.1.0"), "in whatever order they are found");
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&json["bomFormat"], &json["specVersion"]), (&"CycloneDX".into(), &"1.5".into()));
    assert_eq!(json["version"], 1);
    let listed = json["components"].as_array().unwrap();
    let names: Vec<&str> = listed.iter().map(|component| component["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["a", "b", "bare", "libc6-dev"]);
    for component in listed {
        assert_eq!(component["type"], "library");
        assert!(component["purl"].as_str().unwrap().starts_with("pkg:") && component["bom-ref"] == component["purl"]);
        assert_eq!(component["hashes"][0]["alg"], "SHA-256");
        let licence = &component["licenses"][0];
        assert!(licence["expression"].is_string() || licence["license"]["name"].is_string(), "{component}");
    }
    assert_eq!(listed[3]["purl"], "pkg:deb/debian/libc6-dev@1.0%2Bx?arch=amd64");
    let licences = bill::licences(&components);
    assert_eq!(licences, bill::licences(&reversed));
    assert_eq!(licences.matches("Permission").count(), 1, "once, for both");
    assert!(licences.contains("a 1.0+x, b 1.0+x") && licences.contains("bare 1.0+x: CC0-1.0"));
}
