//! The repository as text: which files there are, and what they say.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that are made, not written.
const MADE: [&str; 8] = ["target", ".git", "node_modules", ".venv", "demo-out", "__pycache__", "corpus", "artifacts"];

/// Endings of the files that people read.
const TEXT: [&str; 12] = ["rs", "toml", "md", "py", "mjs", "json", "sh", "txt", "yml", "yaml", "lock", "svg"];

/// A text file of the repository.
pub struct Source {
    /// Path from the root of the repository, with `/`.
    pub path: String,
    /// Content.
    pub text: String,
}

impl Source {
    /// Returns the lines before the file's tests, with their numbers from 1.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(n, line)| (n.saturating_add(1), line));
        lines.take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
    }

    /// Returns the lines of [`Self::code`] that are not comments.
    pub fn statements(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code().filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// Returns the root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    // As cargo says it when the test runs: a checkout that was moved still finds itself.
    let here = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    let here = Path::new(&here);
    here.parent().unwrap_or(here).to_owned()
}

/// Returns every text file below a folder of the repository (`""` is the root), in order of path.
///
/// # Panics
/// If a folder or file cannot be read.
#[must_use]
pub fn texts(folder: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    collect(&root().join(folder), &mut sources);
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

/// Returns the Rust files of a crate's `src`, given as `crates/NAME`.
#[must_use]
pub fn rust(package: &str) -> Vec<Source> {
    let mut sources = texts(&format!("{package}/src"));
    sources.retain(|s| s.path.ends_with(".rs"));
    sources
}

#[expect(clippy::panic, reason = "a test that cannot read the repository has failed")]
fn collect(folder: &Path, sources: &mut Vec<Source>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if !MADE.contains(&name.as_str()) {
                collect(&path, sources);
            }
        } else if is_text(&name) {
            let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            sources.push(Source { path: relative(&path), text });
        }
    }
}

fn is_text(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| TEXT.contains(&ending)) || ["Makefile", "run", "packages"].contains(&name)
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
