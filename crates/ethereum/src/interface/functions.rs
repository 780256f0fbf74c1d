//! The functions of an interface, found by selector.

use std::collections::BTreeMap;

use crate::abi::{Function, Selector};

/// Functions in the order of their interface, no two with one selector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Functions {
    list: Vec<Function>,
    by_selector: BTreeMap<Selector, usize>,
}

/// No functions.
pub(super) static NO_FUNCTIONS: Functions = Functions { list: Vec::new(), by_selector: BTreeMap::new() };

impl Functions {
    /// Appends a function, unless one before has its selector; whether it did.
    pub(super) fn push(&mut self, function: Function) -> bool {
        let selector = function.selector();
        if self.by_selector.contains_key(&selector) {
            return false;
        }
        self.by_selector.insert(selector, self.list.len());
        self.list.push(function);
        true
    }

    /// All of them.
    pub(super) fn list(&self) -> &[Function] {
        &self.list
    }

    /// Each with its selector.
    pub(super) fn selectors(&self) -> impl Iterator<Item = (Selector, usize)> {
        self.by_selector.iter().map(|(selector, place)| (*selector, *place))
    }

    /// The function with this selector.
    pub(super) fn by_selector(&self, selector: Selector) -> Option<&Function> {
        self.list.get(*self.by_selector.get(&selector)?)
    }
}
