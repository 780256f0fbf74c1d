//! Builds twice, as differently as two machines could, compares, and then checks that a planted change is found.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use vitrine_image::BuildError;
use vitrine_review::sha256;

use crate::command::difference::difference;
use crate::command::make::Order;
use crate::command::{failed, files_below, lock, read, run, text, write};

/// What must be the same, from what it is made of to what is made of it.
const COMPARED: [&str; 9] = [
    "vitrine-appliance",
    "vmlinuz",
    "initramfs.img",
    "vitrine.efi",
    "vitrine-stick.img",
    "vitrine.iso",
    "files.txt",
    "licences.txt",
    "sbom.json",
];
/// Folders of a project that are none of its sources.
const NO_SOURCES: [&str; 5] = ["target", ".git", "demo-out", "node_modules", ".venv"];
/// Where a letter of the program's text is changed: the tag of the measure.
const PLANTED: (&str, &str, &str) = ("crates/image/src/measure/mod.rs", "\"vitrine/image/1\"", "\"vitrine/image/2\"");
const MODULES: &str = "reproducible-build/modules.txt";

/// One of the two builds, and what is different about it.
struct Variant {
    folder: PathBuf,
    source: &'static str,
    cargo_home: &'static str,
    reversed: bool,
    umask: &'static str,
    environment: [(&'static str, &'static str); 4],
    /// Processors; all without a list.
    processors: Option<&'static str>,
}

impl Variant {
    fn both(base: &Path) -> [Self; 2] {
        let one = Self {
            folder: base.join("one"),
            source: "vitrine",
            cargo_home: "cargo",
            reversed: false,
            umask: "022",
            environment: [("TZ", "UTC"), ("LC_ALL", "C.UTF-8"), ("LANG", "C.UTF-8"), ("USER", "one")],
            processors: None,
        };
        let two = Self {
            folder: base.join("two"),
            source: "a/deeper folder/source",
            cargo_home: "home/other/.cargo",
            reversed: true,
            umask: "077",
            environment: [("TZ", "Pacific/Kiritimati"), ("LC_ALL", "tr_TR.UTF-8"), ("LANG", "de_CH"), ("USER", "two")],
            processors: Some("0"),
        };
        [one, two]
    }

    fn source(&self) -> PathBuf {
        self.folder.join(self.source)
    }

    fn out(&self) -> PathBuf {
        self.folder.join("out")
    }

    /// Sources, in another order if `reversed`, and a home for cargo with the same downloads, not unpacked yet.
    fn prepare(&self, order: &Order) -> Result<(), BuildError> {
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder).map_err(|error| failed(&self.folder, error))?;
        }
        let mut files = sources(&order.places.source)?;
        if self.reversed {
            files.reverse();
        }
        for file in files {
            let inside = file.strip_prefix(&order.places.source).unwrap_or(&file);
            let to = self.source().join(inside);
            write(&to, &read(&file)?)?;
            let mode = fs::metadata(&file).map_err(|error| failed(&file, error))?.permissions();
            fs::set_permissions(&to, mode).map_err(|error| failed(&to, error))?;
        }
        let registry = self.folder.join(self.cargo_home).join("registry");
        fs::create_dir_all(&registry).map_err(|error| failed(&registry, error))?;
        for part in ["cache", "index"] {
            let from = order.places.cargo_home.join("registry").join(part);
            symlink(&from, registry.join(part)).map_err(|error| failed(&from, error))?;
        }
        Ok(())
    }

    /// Starts this program anew, in its own folder, with its own habits.
    fn make(&self, packages: &Path, program: Option<&Path>, out: &Path) -> Result<Command, BuildError> {
        let own = std::env::current_exe().map_err(|error| failed(Path::new("vitrine-image"), error))?;
        let mut command = Command::new("sh");
        let start = match self.processors {
            Some(list) if taskset() => format!("umask {}; exec taskset -c {list} \"$@\"", self.umask),
            _ => format!("umask {}; exec \"$@\"", self.umask),
        };
        command.args(["-c", &start, "sh"]).arg(own).arg("make");
        command.arg("--source").arg(self.source()).arg("--target").arg(self.folder.join("target"));
        command.arg("--packages").arg(packages).arg("--out").arg(out);
        command.arg("--cargo-home").arg(self.folder.join(self.cargo_home));
        if let Some(program) = program {
            command.arg("--program").arg(program);
        }
        command.current_dir(self.source()).envs(self.environment).env("HOME", self.folder.join("home"));
        // Where rustup keeps the compiler: found by the home folder otherwise.
        if std::env::var_os("RUSTUP_HOME").is_none()
            && let Some(home) = std::env::var_os("HOME")
        {
            command.env("RUSTUP_HOME", PathBuf::from(home).join(".rustup"));
        }
        Ok(command)
    }
}

fn taskset() -> bool {
    let mut probe = Command::new("taskset");
    probe.args(["-c", "0", "true"]).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

fn sources(root: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let (mut files, entries) = (Vec::new(), fs::read_dir(root).map_err(|error| failed(root, error))?);
    for entry in entries {
        let path = entry.map_err(|error| failed(root, error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_file() {
            files.push(path);
        } else if !NO_SOURCES.contains(&name.as_str()) {
            files.extend(files_below(&path)?);
        }
    }
    let kept = |path: &PathBuf| {
        let inside = path.strip_prefix(root).unwrap_or(path);
        !inside.components().any(|step| NO_SOURCES.iter().any(|none| step.as_os_str() == *none))
    };
    files.retain(kept);
    files.sort();
    Ok(files)
}

/// Builds, compares and plants.
pub(crate) fn reproduce(order: &Order) -> Result<(), BuildError> {
    let base = order.places.target.join("reproduce");
    let variants = Variant::both(&base);
    for variant in &variants {
        let began = Instant::now();
        variant.prepare(order)?;
        run(&mut variant.make(&order.packages, None, &variant.out())?)?;
        println!("built in {} in {} s\n", variant.source().display(), began.elapsed().as_secs());
    }
    let [one, two] = &variants;
    compare(&one.out(), &two.out())?;
    plant(order, two, &base.join("planted"))
}

fn compare(one: &Path, two: &Path) -> Result<(), BuildError> {
    let mut other = Vec::new();
    for name in COMPARED {
        let (a, b) = (read(&one.join(name))?, read(&two.join(name))?);
        if a == b {
            println!("same   {} {name}", sha256(&a));
        } else {
            println!("OTHER  {} {name}\n       {}", sha256(&a), sha256(&b));
            other.push((name, a, b));
        }
    }
    // What differs first is what all behind it is made of.
    let Some((name, a, b)) = other.first() else { return Ok(()) };
    println!("{}", difference(a, b));
    diffoscope(&one.join(name), &two.join(name));
    Err(BuildError::Malformed { what: "the two builds", why: format!("{} of {} differ", other.len(), COMPARED.len()) })
}

fn diffoscope(one: &Path, two: &Path) {
    let shown = Command::new("diffoscope").args(["--max-report-size", "200000"]).args([one, two]).status();
    if shown.is_err() {
        println!("diffoscope is not installed: it would show more");
    }
}

/// Each of three changes of one letter must be found, or all that was compared says nothing.
fn plant(order: &Order, two: &Variant, out: &Path) -> Result<(), BuildError> {
    let program = two.out().join("vitrine-appliance");
    let modules = two.source().join(MODULES);
    let before = text(&modules)?;
    write(&modules, before.replacen("\nevdev\n", "\n# evdev\n", 1).as_bytes())?;
    run(two.make(&order.packages, Some(&program), out)?.stdout(Stdio::null()))?;
    write(&modules, before.as_bytes())?;
    found("a module left out of the list", differ(&two.out(), out, "files.txt")?)?;

    let packages = out.join("packages");
    let stub = lock(&two.source())?.beginning("systemd-boot-efi")?.file();
    for file in files_below(&order.packages)?.iter().filter(|file| file.extension().is_some_and(|e| e == "deb")) {
        let name = file.file_name().unwrap_or_default();
        let mut bytes = read(file)?;
        if name.to_string_lossy() == stub.as_str()
            && let Some(byte) = bytes.last_mut()
        {
            *byte ^= 1;
        }
        write(&packages.join(name), &bytes)?;
    }
    let refused = two.make(&packages, Some(&program), out)?.output().map_err(|error| failed(out, error))?;
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    found("a changed bit of a package", !refused.status.success() && words.contains("not the one that is pinned"))?;

    let (file, from, to) = PLANTED;
    let file = two.source().join(file);
    let changed = text(&file)?.replacen(from, to, 1);
    write(&file, changed.as_bytes())?;
    run(two.make(&order.packages, None, out)?.stdout(Stdio::null()))?;
    found("a changed letter of the sources", differ(&two.out(), out, "vitrine-appliance")?)
}

fn differ(one: &Path, two: &Path, name: &str) -> Result<bool, BuildError> {
    Ok(read(&one.join(name))? != read(&two.join(name))?)
}

fn found(what: &'static str, found: bool) -> Result<(), BuildError> {
    if !found {
        return Err(BuildError::Malformed { what, why: "it was planted, and nothing noticed it".to_owned() });
    }
    println!("found  {what}");
    Ok(())
}
