//! `vitrine record`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use vitrine_ceremony::{Memory, Record};
use vitrine_review::{Digest, Value, escape};

use crate::failure::{Failure, Kind};
use crate::files;

/// What was signed before, and the head to continue: by the record in the ceremony folder, if there is one, and by
/// those given. The head of the last one goes into the review digest, so that nobody can leave a record out unnoticed.
pub(crate) fn before(ceremony: Option<&Path>, given: &[PathBuf]) -> Result<(Memory, Option<Digest>), Failure> {
    let own = ceremony.map(|dir| dir.join(files::RECORD)).filter(|dir| dir.exists());
    let (mut memory, mut head) = (Memory::default(), None);
    for dir in own.iter().chain(given) {
        let record = read(dir)?;
        let failed = |error| Failure::new(Kind::Verification, format!("{}: {error}", dir.display()));
        memory.add(&record).map_err(failed)?;
        head = Some(record.head());
    }
    Ok((memory, head))
}

/// Recomputes the chain and prints its head.
pub(crate) fn verify(dir: &Path) -> Result<(), Failure> {
    let record = read(dir)?;
    println!("Chain is whole, {} entries", record.entries().len());
    println!("Head: {}", record.head().groups().join(" "));
    println!("      {}", record.head().words().join(" "));
    Ok(())
}

/// Prints the entries, after recomputing the chain.
pub(crate) fn show(dir: &Path) -> Result<(), Failure> {
    for entry in read(dir)?.entries() {
        let at = Value::Time(entry.at).to_text();
        let (kind, what, who) = (escape(&entry.kind), escape(&entry.what), escape(&entry.who));
        println!("{:02}  {at}  {kind:<12} {what}  ({who})", entry.number);
    }
    Ok(())
}

/// Reads a record and recomputes its chain.
pub(crate) fn read(dir: &Path) -> Result<Record, Failure> {
    let lines = String::from_utf8(files::read(&dir.join("record.jsonl"))?)
        .map_err(|_| Failure::input(format!("{}: record.jsonl is not UTF-8 text", dir.display())))?;
    Record::parse(&lines, contents(&dir.join("content"))?)
        .map_err(|error| Failure::new(Kind::Verification, format!("{}: {error}", dir.display())))
}

fn contents(dir: &Path) -> Result<BTreeMap<Digest, Vec<u8>>, Failure> {
    let mut contents = BTreeMap::new();
    if !dir.exists() {
        return Ok(contents);
    }
    for entry in fs::read_dir(dir).map_err(|error| Failure::file(dir, &error))? {
        let path = entry.map_err(|error| Failure::file(dir, &error))?.path();
        let name = path.file_name().and_then(|n| n.to_str()).and_then(Digest::from_hex);
        if let Some(digest) = name {
            contents.insert(digest, files::read(&path)?);
        }
    }
    Ok(contents)
}
