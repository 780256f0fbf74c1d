//! From one call to the tree of all calls within it.

use std::fmt;

use alloy_primitives::{Address, U256};

use super::nested::{self, Within};
use super::{Call, Contracts, Explained, Known, Meaning, Operation, Part, Standard, Via};
use crate::abi::{self, AbiError, AbiProblem, Budget, Function, Selector};
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
    /// All calls together have more than [`limits::ABI_VALUES`] values, or paths to them longer than
    /// [`limits::ABI_PATHS`]; the offset of the first one too many.
    TooManyValues(usize),
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
            Self::TooManyValues(offset) => {
                write!(f, "calls have more values than can be read (byte {offset}); ask for several smaller requests")
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
    Explainer { contracts, calls: 0, budget: Budget::default() }.call(root, Vec::new())
}

struct Explainer<'a> {
    contracts: &'a dyn Contracts,
    calls: usize,
    budget: Budget,
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
        let mut meaning = self.meaning(&root, target.as_ref())?;
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

    fn meaning(&mut self, root: &Root, target: Option<&Known>) -> Result<Meaning, ExplainError> {
        if root.operation == Operation::Create || root.to.is_none() {
            return Ok(Meaning::InitCode);
        }
        if root.data.is_empty() && root.operation == Operation::Call {
            return Ok(Meaning::Transfer);
        }
        let Some(known) = target.filter(|known| means_what_it_says(root, known)) else {
            return Ok(Meaning::Guess(self.guesses(&root.data)?));
        };
        if known.is_create2_factory {
            return Ok(create2(&root.data));
        }
        match self.function(root) {
            Some((standard, function)) => self.bound(standard, function, &root.data),
            // A list attests ERC-20; a token may well have more.
            None if known.token.is_some() => Ok(Meaning::Guess(self.guesses(&root.data)?)),
            None => Ok(Meaning::NotCanonical { function: None, error: None }),
        }
    }

    /// The function of the target's interface with the selector of the data.
    fn function(&self, root: &Root) -> Option<(Standard, Function)> {
        root.to.zip(selector(&root.data)).and_then(|(to, selector)| self.contracts.function(to, selector))
    }

    fn bound(&mut self, standard: Standard, function: Function, data: &Located) -> Result<Meaning, ExplainError> {
        Ok(match self.decode(Some(standard), function.clone(), data)? {
            Ok(explained) => Meaning::Function(explained),
            Err(error) => Meaning::NotCanonical { function: Some(function), error: Some(error) },
        })
    }

    fn guesses(&mut self, data: &Located) -> Result<Vec<Explained>, ExplainError> {
        let Some(selector) = selector(data) else { return Ok(Vec::new()) };
        let mut guesses = Vec::new();
        for function in self.contracts.guesses(selector) {
            let decoded = self.decode(None, function, data)?;
            guesses.extend(decoded.ok().filter(|explained| explained.decoded.trailing.is_empty()));
        }
        Ok(guesses)
    }

    /// The function with its parameters, or why the data is not their encoding.
    fn decode(
        &mut self,
        standard: Option<Standard>,
        function: Function,
        data: &Located,
    ) -> Result<Result<Explained, AbiError>, ExplainError> {
        let (Some(selector), Some(parameters)) = (data.slice(0..4), data.from(4)) else {
            return Ok(Err(AbiError { offset: data.span().start, problem: AbiProblem::TooShort }));
        };
        let selector = selector.span();
        match abi::decode_within(&function.inputs, &parameters, &mut self.budget) {
            Err(error) if error.problem == AbiProblem::TooManyValues => Err(ExplainError::TooManyValues(error.offset)),
            Err(error) => Ok(Err(error)),
            Ok(decoded) => Ok(Ok(Explained { standard, function, selector, decoded, called: Vec::new() })),
        }
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

fn create2(data: &Located) -> Meaning {
    match (data.slice(0..32), data.from(32).filter(|code| !code.is_empty())) {
        (Some(salt), Some(init_code)) => Meaning::Create2 { salt, init_code },
        _ => Meaning::NotCanonical { function: None, error: None },
    }
}
