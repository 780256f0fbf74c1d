//! What a review does: no more than the request asks for, and nothing beyond the limits.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by failing"
)]

mod common;
mod hostile;
mod town;

use std::cell::Cell;

use hostile::surroundings;
use vitrine_ethereum::abi::{Function, Selector};
use vitrine_ethereum::alloy_primitives::Address;
use vitrine_ethereum::call::{Contracts, Known, Standard, explain};
use vitrine_ethereum::{RequestForm, Surroundings, decode};

/// Counts what is asked of contracts.
struct Counted<'a> {
    known: &'a Surroundings,
    asked: Cell<usize>,
}

impl Counted<'_> {
    fn count(&self) {
        self.asked.set(self.asked.get() + 1);
    }
}

impl Contracts for Counted<'_> {
    fn at(&self, address: Address) -> Option<Known> {
        self.count();
        self.known.at(address)
    }

    fn function(&self, address: Address, selector: Selector) -> Option<(Standard, Function)> {
        self.count();
        self.known.function(address, selector)
    }

    fn guesses(&self, selector: Selector) -> Vec<Function> {
        self.count();
        self.known.guesses(selector)
    }
}

#[test]
fn each_call_is_looked_up_once() {
    let known = surroundings(0);
    for n in [1, 10, 1_000] {
        let request = decode(&hostile::transfers(n), RequestForm::Json).unwrap();
        let vitrine_ethereum::Payload::SafeBundle(bundle) = request.asked().payload() else { panic!() };
        let counted = Counted { known: &known, asked: Cell::new(0) };
        let tree = explain(bundle.transaction.call(bundle.safe), &counted).unwrap();
        assert_eq!(tree.walk().len(), n + 1);
        assert_eq!(counted.asked.get(), 2 * (n + 1), "the contract, and its function");
    }
}

#[test]
fn what_is_beyond_the_limits_is_refused_with_the_place() {
    let known = surroundings(0);
    let refused = |bytes: &[u8], form| match decode(bytes, form).unwrap().check(&known) {
        Ok(_) => panic!("it is reviewed"),
        Err(error) => error.to_string(),
    };
    let many = refused(&hostile::transfers(2_048), RequestForm::Json);
    assert!(many.starts_with("there are more than 2048 calls (byte "), "{many}");
    let nested = refused(&hostile::nested_tuples(2_600), RequestForm::Transaction);
    assert!(nested.starts_with("calls have more values than can be read (byte "), "{nested}");
    let batch = hostile::batch_of_nested_tuples(30, 100);
    let together = refused(&batch, RequestForm::Transaction);
    assert!(together.starts_with("calls have more values than can be read (byte "), "{together}");
    let authorizations = match decode(&hostile::authorizations(1_025), RequestForm::Transaction) {
        Ok(_) => panic!("they are read"),
        Err(error) => error.to_string(),
    };
    assert!(authorizations.contains("authorization_list has more than 1024 items"), "{authorizations}");
}
