//! From one call to the tree of all calls within it.

use std::fmt;

use alloy_primitives::{Address, U256};

use super::nested::{self, Within};
use super::{Call, Contracts, Explained, Known, Meaning, Operation, Part, Via};
use crate::abi::{self, Function, Selector};
use crate::{Located, limits};

/// A call that is still to be explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// How it comes about.
    pub via: Via,
    /// The account in whose name it runs.
    pub executor: Address,
    /// How the target's code runs.
    pub operation: Operation,
    /// The target; none for a contract to be created.
    pub to: Option<Address>,
    /// The native coin sent along, in wei.
    pub value_wei: U256,
    /// Its data.
    pub data: Located,
    /// Values of the container that stand in no ABI encoding.
    pub parts: Vec<Part>,
}

/// Why a tree of calls is not explained: the request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExplainError {
    /// Calls are nested deeper than [`limits::CALL_DEPTH`]; the offset of the first that is.
    TooDeep(usize),
    /// There are more than [`limits::CALLS`]; the offset of the first one too many.
    TooMany(usize),
}

impl fmt::Display for ExplainError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooDeep(offset) => {
                write!(
                    f,
                    "calls are nested more than {} deep (byte {offset}); ask for a flatter request",
                    limits::CALL_DEPTH
                )
            }
            Self::TooMany(offset) => {
                write!(
                    f,
                    "there are more than {} calls (byte {offset}); ask for several smaller requests",
                    limits::CALLS
                )
            }
        }
    }
}

impl std::error::Error for ExplainError {}

/// Explains a call and everything within it.
///
/// # Errors
/// [`ExplainError`] beyond the limits of depth and number. Whatever cannot be explained is no error: it is in the tree.
pub fn explain(root: Root, contracts: &dyn Contracts) -> Result<Call, ExplainError> {
    Explainer { contracts, calls: 0 }.call(root, Vec::new())
}

struct Explainer<'a> {
    contracts: &'a dyn Contracts,
    calls: usize,
}

impl Explainer<'_> {
    fn call(&mut self, root: Root, number: Vec<usize>) -> Result<Call, ExplainError> {
        self.calls = self.calls.saturating_add(1);
        if number.len() > limits::CALL_DEPTH {
            return Err(ExplainError::TooDeep(root.data.span().start));
        }
        if self.calls > limits::CALLS {
            return Err(ExplainError::TooMany(root.data.span().start));
        }
        let target = root.to.and_then(|to| self.contracts.at(to));
        let mut meaning = self.meaning(&root, target.as_ref());
        let within = match &meaning {
            Meaning::Function(explained) => nested::within(&root, explained, target.as_ref()),
            _ => Within::default(),
        };
        if let Meaning::Function(explained) = &mut meaning {
            explained.called = within.called;
        }
        let mut inner = Vec::new();
        for (i, call) in within.calls.into_iter().enumerate() {
            let mut number = number.clone();
            number.push(i.saturating_add(1));
            inner.push(self.call(call, number)?);
        }
        let Root { via, executor, operation, to, value_wei, data, parts } = root;
        let broken = within.broken;
        Ok(Call { number, via, executor, operation, to, value_wei, data, parts, target, meaning, broken, inner })
    }

    fn meaning(&self, root: &Root, target: Option<&Known>) -> Meaning {
        if root.operation == Operation::Create || root.to.is_none() {
            return Meaning::InitCode;
        }
        if root.data.is_empty() && root.operation == Operation::Call {
            return Meaning::Transfer;
        }
        match target.filter(|known| means_what_it_says(root, known)) {
            Some(known) if known.is_create2_factory => create2(&root.data),
            // A list attests ERC-20; a token may well have more.
            Some(known) if known.token.is_some() && !has_function(&root.data, known) => {
                Meaning::Guess(self.guesses(&root.data))
            }
            Some(known) => bound(&root.data, known),
            None => Meaning::Guess(self.guesses(&root.data)),
        }
    }

    fn guesses(&self, data: &Located) -> Vec<Explained> {
        let Some(selector) = selector(data) else { return Vec::new() };
        let functions = self.contracts.guesses(selector).into_iter();
        let whole = |function| decode(None, function, data).ok().filter(|e| e.decoded.trailing.is_empty());
        functions.filter_map(whole).collect()
    }
}

/// Whether the interface of the target tells what its code does here. Run by DELEGATECALL it acts on the caller's
/// storage: only libraries made for that mean the same, and the code that a proxy is about to become.
fn means_what_it_says(root: &Root, known: &Known) -> bool {
    match root.operation {
        Operation::DelegateCall => known.pinned_for_delegatecall || matches!(root.via, Via::Upgrade | Via::Initializer),
        Operation::Call | Operation::Create => true,
    }
}

fn selector(data: &Located) -> Option<Selector> {
    data.bytes().get(..4)?.try_into().ok()
}

fn has_function(data: &Located, known: &Known) -> bool {
    let selector = selector(data);
    known.functions.iter().any(|(_, function)| Some(function.selector()) == selector)
}

fn bound(data: &Located, known: &Known) -> Meaning {
    let selector = selector(data);
    let found = known.functions.iter().find(|(_, function)| Some(function.selector()) == selector);
    let Some((standard, function)) = found else { return Meaning::NotCanonical { function: None, error: None } };
    match decode(Some(*standard), function.clone(), data) {
        Ok(explained) => Meaning::Function(explained),
        Err(error) => Meaning::NotCanonical { function: Some(function.clone()), error: Some(error) },
    }
}

fn decode(standard: Option<super::Standard>, function: Function, data: &Located) -> Result<Explained, abi::AbiError> {
    let too_short = || abi::AbiError { offset: data.span().start, problem: abi::AbiProblem::TooShort };
    let selector = data.slice(0..4).ok_or_else(too_short)?.span();
    let decoded = abi::decode(&function.inputs, &data.from(4).ok_or_else(too_short)?)?;
    Ok(Explained { standard, function, selector, decoded, called: Vec::new() })
}

fn create2(data: &Located) -> Meaning {
    match (data.slice(0..32), data.from(32).filter(|code| !code.is_empty())) {
        (Some(salt), Some(init_code)) => Meaning::Create2 { salt, init_code },
        _ => Meaning::NotCanonical { function: None, error: None },
    }
}
