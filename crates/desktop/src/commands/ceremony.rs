//! `vitrine ceremony`.

use std::path::Path;

use vitrine_ceremony::TypedDataRule;

use crate::failure::Failure;
use crate::files;

/// Checks a folder and prints what it says and its digest.
pub(crate) fn lint(dir: &Path) -> Result<(), Failure> {
    let folder = files::ceremony_folder(dir)?;
    println!("{}, {} {}", folder.title(), folder.chain(), folder.network());
    for (path, bytes) in folder.files() {
        println!("  {path}, {bytes} bytes");
    }
    println!("Wallets: {}", folder.wallet_names().join(", "));
    if folder.approval().sign_twice {
        println!("The device is asked twice, and its signatures are compared");
    }
    if folder.approval().ethereum.as_ref().is_some_and(|rules| rules.typed_data == TypedDataRule::Hashes) {
        println!("A device that takes no more than the hashes of typed data may sign it");
    }
    println!("Digest: {}", folder.digest().groups().join(" "));
    println!("        {}", folder.digest().words().join(" "));
    Ok(())
}
