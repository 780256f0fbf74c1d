//! The call tree as sections: each call with its target, its function, every parameter, and every byte's owner.

use std::collections::BTreeSet;

use alloy_primitives::{B256, U256, keccak256};
use vitrine_review::{ByteOwner, Notes, Ownership, Proof, Says, Section, SectionBuilder, Span, Value};

use super::sentences::{Names, how, operation};
use super::values::{address, leaf, number, term};
use crate::Located;
use crate::abi::Node;
use crate::call::{Call, Explained, Meaning, Operation, Via};

/// Sections, owners of bytes and findings of a call tree.
pub(crate) struct CallSections {
    pub(crate) sections: Vec<Section>,
    pub(crate) owners: Vec<ByteOwner>,
    pub(crate) notes: Notes,
}

/// Shows a call and all calls within it.
pub(crate) fn sections(root: &Call, names: &dyn Names) -> CallSections {
    let notes = crate::findings::notes();
    let mut out = CallSections { sections: Vec::new(), owners: Vec::new(), notes };
    for call in root.walk() {
        let code = code(call);
        let title = title(call, names);
        let mut view = CallView { call, names, section: SectionBuilder::new("Calls", code.clone(), title), code, out };
        view.show();
        out = view.finish();
    }
    out
}

/// Code of a call's section: `eth.call[0]` for the request, `eth.call[1.2]` within.
pub(crate) fn code(call: &Call) -> String {
    let number = if call.number.is_empty() { "0".to_owned() } else { call.number_text() };
    format!("eth.call[{number}]")
}

fn title(call: &Call, names: &dyn Names) -> String {
    let what = match &call.meaning {
        Meaning::Transfer => "transfer of the native coin".to_owned(),
        Meaning::Function(explained) => explained.function.name.clone(),
        Meaning::InitCode | Meaning::Create2 { .. } => "contract creation".to_owned(),
        Meaning::NotCanonical { .. } => "data that is no call".to_owned(),
        Meaning::Guess(_) => "call of unknown meaning".to_owned(),
    };
    let target = call.to.and_then(|to| names.name(to)).map(|name| format!(" of {name}")).unwrap_or_default();
    match call.number.is_empty() {
        true => format!("Call: {what}{target}"),
        false => format!("Call {}: {what}{target}", call.number_text()),
    }
}

struct CallView<'a> {
    call: &'a Call,
    names: &'a dyn Names,
    section: SectionBuilder,
    code: String,
    out: CallSections,
}

impl CallView<'_> {
    fn finish(self) -> CallSections {
        let mut out = self.out;
        out.sections.push(self.section.build());
        out
    }

    fn show(&mut self) {
        let call = self.call;
        self.add("via", "How it comes about", term(how(&call.via)), computed());
        let (executor, proof) = match call.executor.is_zero() {
            true => (term("the signer"), Proof::Unknown("signer", "nobody says which account signs".to_owned())),
            false => (address(call.executor), self.names.proof(call.executor)),
        };
        self.add("executor", "In the name of", executor, proof);
        self.add("operation", "Operation", term(operation(call.operation)), computed());
        if let Some(to) = call.to {
            self.add("to", "Target", address(to), self.names.proof(to));
        }
        self.add("value", "Value in wei", number(call.value_wei), computed());
        for part in &call.parts {
            let field = if part.name == "factory" { "to" } else { part.name };
            let field = (!part.is_structure).then(|| self.field(field));
            let ownership = if part.is_structure { Ownership::Structure } else { Ownership::Meaning };
            self.own(part.span, part.name, field, ownership);
        }
        if !call.data.is_empty() {
            self.add("calldata-digest", "Calldata digest (ERC-8213)", digest(&call.data), computed());
        }
        self.delegatecall();
        self.meaning();
        if let Some(broken) = &call.broken {
            let truth = format!("What {} makes others do cannot be read: {broken}.", self.number());
            self.note(
                "eth.calls-unreadable",
                None,
                truth,
                "Calls can hide there.",
                "Do not sign. Ask for the calls one by one.",
            );
        }
    }

    fn meaning(&mut self) {
        let call = self.call;
        match &call.meaning {
            Meaning::Transfer => {}
            Meaning::Function(explained) => self.function(explained),
            Meaning::InitCode => self.init_code("init-code", &call.data),
            Meaning::Create2 { salt, init_code } => {
                self.bytes("salt", "Salt", salt, Ownership::Meaning);
                self.init_code("init-code", init_code);
                if let (Some(factory), Ok(salt)) = (call.to, B256::try_from(salt.bytes())) {
                    let contract = factory.create2_from_code(salt, init_code.bytes());
                    self.add("creates", "Address that the contract gets", address(contract), computed());
                }
            }
            Meaning::NotCanonical { function: Some(function), error: Some(error) } => {
                self.bytes("data", "Data, not explained", &call.data, Ownership::Unknown);
                let truth = format!("The data of {} is not the one encoding of {function}: {error}.", self.number());
                let field = Some(self.field("data"));
                let action = "Do not sign. Have the request made anew by a wallet that encodes canonically.";
                self.note("eth.calldata-not-canonical", field, truth, "It can be read in more than one way.", action);
            }
            Meaning::NotCanonical { .. } => {
                self.bytes("data", "Data, not explained", &call.data, Ownership::Unknown);
                let truth =
                    format!("The interface of the target has no function that the data of {} calls.", self.number());
                self.unknown(truth);
            }
            Meaning::Guess(guesses) => self.guess(guesses),
        }
    }

    fn function(&mut self, explained: &Explained) {
        let signature = term(explained.function.to_string());
        let proof = self.interface_proof();
        self.add("function", "Function", signature, proof);
        self.own(explained.selector, "selector", Some(self.field("function")), Ownership::Meaning);
        for span in &explained.decoded.structure {
            self.own(*span, "ABI offsets, lengths and padding", None, Ownership::Structure);
        }
        let called: BTreeSet<Span> = explained.called.iter().copied().collect();
        for (path, node) in explained.decoded.paths() {
            self.argument(&path, node, explained, &called);
        }
        let trailing = &explained.decoded.trailing;
        if !trailing.is_empty() {
            self.bytes("trailing", "Bytes behind the call", trailing, Ownership::Unknown);
            let truth = format!("{} bytes follow the parameters of {}.", trailing.len(), self.number());
            let (field, action) = (Some(self.field("trailing")), "Do not sign unless you know what they are for.");
            self.note("eth.calldata-trailing", field, truth, "The contract may read them, or not.", action);
        }
    }

    /// Shows a parameter or an item of one; bytes that are calls are shown as calls.
    fn argument(&mut self, path: &str, node: &Node, explained: &Explained, called: &BTreeSet<Span>) {
        let label = format!("{path} ({})", node.kind);
        if !node.span.is_empty() && called.contains(&node.span) {
            let count = Value::Count(u64::try_from(node.span.len()).unwrap_or(u64::MAX), "bytes of the request");
            self.add(&format!("arg.{path}"), format!("{label}, shown as calls"), count, signed());
            return;
        }
        let name = format!("arg.{path}");
        self.add(&name, label, leaf(&node.value), signed());
        let ownership = if explained.reads(node) { Ownership::Meaning } else { Ownership::Unknown };
        self.own(node.span, path, Some(self.field(&name)), ownership);
    }

    fn guess(&mut self, guesses: &[Explained]) {
        let call = self.call;
        self.bytes("data", "Data, not explained", &call.data, Ownership::Unknown);
        for (i, guess) in guesses.iter().enumerate() {
            let proof = guessed(guess, self.names);
            self.add(
                &format!("guess[{i}]"),
                "Guess, by selector alone",
                term(guess.function.to_string()),
                proof.clone(),
            );
            for (path, node) in guess.decoded.paths() {
                self.add(&format!("guess[{i}].{path}"), format!("Guess, {path}"), leaf(&node.value), proof.clone());
            }
        }
        if call.operation == Operation::DelegateCall {
            return;
        }
        let is_token = call.target.as_ref().is_some_and(|target| target.token.is_some());
        self.unknown(match is_token {
            true => {
                format!("The list of tokens vouches for ERC-20 alone, and {} is none of its functions.", self.number())
            }
            false => format!("Nobody bound an interface to the target of {}.", self.number()),
        });
    }

    fn unknown(&mut self, truth: String) {
        let action = "Have the contract's interface added to the ceremony folder, or do not sign.";
        self.note("eth.call-unknown", Some(self.field("data")), truth, "What it does cannot be said.", action);
    }

    fn delegatecall(&mut self) {
        let call = self.call;
        if call.operation != Operation::DelegateCall {
            return;
        }
        let field = Some(self.field("operation"));
        let pinned = call.target.as_ref().filter(|target| target.pinned_for_delegatecall);
        if let Some(target) = pinned {
            if !matches!(call.meaning, Meaning::Function(_)) || call.broken.is_some() {
                return;
            }
            let account = self.names.who(call.executor);
            let truth =
                format!("{} runs as {account}. That it lies there is said by {}.", target.name, target.source.1);
            self.note("eth.delegatecall-pinned", field, truth, "It does what is shown within.", "Nothing to do.");
            return;
        }
        let known_init =
            matches!(call.via, Via::Upgrade | Via::Initializer) && matches!(call.meaning, Meaning::Function(_));
        if !known_init {
            let to = call.to.map(|to| to.to_checksum(None)).unwrap_or_default();
            let truth = format!("This contract's code will run as {}: {to}.", self.names.who(call.executor));
            let consequence = "It can take everything the account has, and the account itself.";
            self.note("eth.delegatecall-unpinned", field, truth, consequence, "Do not sign.");
        }
    }

    fn init_code(&mut self, name: &str, code: &Located) {
        self.bytes(name, "Init code", code, Ownership::Unknown);
        let hash = Value::Hash(keccak256(code.bytes()).to_vec());
        self.add("init-code-hash", "Keccak-256 of the init code", hash, computed());
        let truth = format!("{} creates a contract from {} bytes of code.", self.number_capital(), code.len());
        let action = "Compare the hash with that of a build which you made yourself.";
        self.note("eth.creates-contract", Some(self.field("init-code-hash")), truth, "The code runs at once.", action);
    }

    fn bytes(&mut self, name: &str, label: &str, bytes: &Located, ownership: Ownership) {
        self.add(name, label, Value::Bytes(bytes.bytes().to_vec()), signed());
        self.own(bytes.span(), label, Some(self.field(name)), ownership);
    }

    fn interface_proof(&self) -> Proof {
        match &self.call.target {
            Some(target) => Proof::Proven(target.source.0, target.source.1.clone()),
            None => Proof::Unknown("interface", "nobody bound an interface to the target".to_owned()),
        }
    }

    fn add(&mut self, name: &str, label: impl Into<String>, value: Value, proof: Proof) {
        self.section.add(name, label, value, proof);
    }

    fn field(&self, name: &str) -> String {
        format!("{}.{name}", self.code)
    }

    fn own(&mut self, span: Span, label: &str, field: Option<String>, ownership: Ownership) {
        let label = format!("{} {label}", self.number());
        self.out.owners.push(ByteOwner { span, label, field, ownership });
    }

    fn note(&mut self, code: &'static str, field: Option<String>, truth: String, consequence: &str, action: &str) {
        self.out.notes.add(code, field, Says(truth, consequence, action));
    }

    fn number(&self) -> String {
        if self.call.number.is_empty() { "the call".to_owned() } else { format!("call {}", self.call.number_text()) }
    }

    fn number_capital(&self) -> String {
        if self.call.number.is_empty() { "The call".to_owned() } else { format!("Call {}", self.call.number_text()) }
    }
}

/// What speaks for a guess: an interface that has such a function. Any contract can have one with its selector.
pub(crate) fn guessed(guess: &Explained, names: &dyn Names) -> Proof {
    let of = names.interface_of(&guess.function).map(|name| format!(" as in {name}")).unwrap_or_default();
    Proof::Claimed("selector", format!("a selector{of}, which any contract can have"))
}

/// keccak256(uint256(length) ‖ calldata).
fn digest(data: &Located) -> Value {
    let length = U256::from(data.len()).to_be_bytes::<32>();
    Value::Hash(keccak256([&length, data.bytes()].concat()).to_vec())
}

fn signed() -> Proof {
    Proof::signed_bytes()
}

fn computed() -> Proof {
    Proof::Proven("computed", "computation from the request".to_owned())
}
