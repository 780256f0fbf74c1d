//! What the Ethereum app is going to show, value by value, foretold from the request alone.
//!
//! Source: LedgerHQ/app-ethereum 1.22.0, `src/nbgl` and `src/features`, compared with the pictures of its own tests. The
//! settings are those of a new device, with “Blind signing” on where nothing could be signed without. Values are whole:
//! where the device breaks them into rows and pages depends on its font.

mod format;
mod pages;
mod transaction;
mod typed;

use vitrine_ethereum::{CheckedRequest, Payload};

use self::pages::Pages;
pub(super) use self::transaction::{Presentation, descriptor, token_descriptor};
use super::{LedgerScreen, TypedDataForm, safe};
use crate::device::DeviceScreen;

/// The screens of a request; empty where the app refuses it.
pub(crate) fn foretold(request: &CheckedRequest, screen: LedgerScreen, form: TypedDataForm) -> Vec<DeviceScreen> {
    let mut pages = Pages::new(screen);
    match request.payload() {
        Payload::Transaction(transaction) => transaction::show(transaction, request.signer(), &mut pages),
        Payload::TypedData(data) => typed::show(data, form, &mut pages),
        Payload::SafeBundle(bundle) => {
            if let Some(data) = safe::typed_data(bundle) {
                typed::show(&data, form, &mut pages);
            }
        }
        Payload::Message(message) => message_pages(message.bytes().bytes(), &mut pages),
    }
    pages.into_screens()
}

/// What is signed and these screens do not show, or only within a hash.
pub(crate) fn not_shown(request: &CheckedRequest, screen: LedgerScreen, form: TypedDataForm) -> Vec<String> {
    match request.payload() {
        Payload::Transaction(transaction) => transaction::not_shown(transaction),
        Payload::TypedData(data) => typed::not_shown(Some(data), screen, form),
        Payload::SafeBundle(_) => typed::not_shown(None, screen, form),
        Payload::Message(_) => Vec::new(),
    }
}

fn message_pages(message: &[u8], pages: &mut Pages) {
    pages.intro("Review message");
    pages.value("The message", "Message", format::message(message, pages.screen()));
    pages.finish("Sign message");
}
