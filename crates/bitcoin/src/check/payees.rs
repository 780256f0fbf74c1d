//! Who the payees are, by the address book of the ceremony.

use super::{CheckedOutput, OutputRole};
use crate::AddressBook;
use crate::findings::{Notes, Says};
use crate::keyvalue::MapKind;

/// Names each output that stands in the book, and notes the payees that do not.
///
/// Silent payments are proven by then: whoever is paid by one is looked for by that address, not by its script.
pub(super) fn name_payees(outputs: &mut [CheckedOutput], book: &AddressBook, notes: &mut Notes) {
    for (n, output) in outputs.iter_mut().enumerate() {
        let entry = book.find(output.script_pubkey(), output.silent_payment());
        output.label = entry.map(|entry| entry.label());
        output.provenance = entry.and_then(|entry| entry.provenance());
        let shown = output.silent_payment().or(output.address());
        if let (OutputRole::Payee(number), Some(address), None) = (output.role, shown, &output.label) {
            note_stranger(n, number, address, book, notes);
        }
    }
}

fn note_stranger(n: usize, number: usize, address: &str, book: &AddressBook, notes: &mut Notes) {
    if book.is_empty() {
        return;
    }
    let field = Some(format!("{}.address", MapKind::Output(n).code()));
    if let Some(like) = book.look_alike(address) {
        let groups: Vec<String> = like.differing_groups.iter().map(usize::to_string).collect();
        let truth = format!("Payee {number} looks like {} but is a different address.", like.label);
        let consequence =
            format!("Coins sent there cannot be called back. These groups differ: {}.", groups.join(", "));
        let action = "Type the differing groups from the payee's own document.";
        return notes.add("btc.payee-look-alike", field, Says(truth, &consequence, action));
    }
    let truth = format!("Payee {number} is not in the address book.");
    let consequence = "Coins sent there cannot be called back.";
    let action = "Compare the whole address with the payee's own document.";
    notes.add("btc.payee-unknown", field, Says(truth, consequence, action));
}
