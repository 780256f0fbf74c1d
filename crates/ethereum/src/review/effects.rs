//! The ledger as effects that people read and policies judge.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256, hex};
use vitrine_review::{Amount, Effect, EffectKind, Notes, Proof, Quantity, Says, TokenAmount, Value, escape};

use super::sentences::{Names, digits, duration, how};
use super::values::address as address_value;
use crate::abi::Selector;
use crate::call::{Call, Meaning, Via};
use crate::effect::{Asset, Consequence, Control, Entry, Limit, Subject};

/// Effects of a ledger, and the findings that go with them.
pub(crate) fn effects(tree: Option<&Call>, entries: &[Entry], names: &dyn Names, notes: &mut Notes) -> Vec<Effect> {
    let place = |call| Place { call, shown_by: OnceCell::new() };
    let calls: BTreeMap<&[usize], Place<'_>> =
        tree.into_iter().flat_map(Call::walk).map(|call| (call.number.as_slice(), place(call))).collect();
    let mut list = Vec::new();
    for entry in entries {
        let place = calls.get(entry.call.as_slice());
        let around = (0..=entry.call.len()).filter_map(|depth| calls.get(entry.call.get(..depth)?));
        let later = around.map(|place| &place.call.via).filter(|via| is_later(via)).collect();
        let mut teller = Teller { entry, place, later, names, notes, is_guess: false };
        let effect = teller.effect();
        list.push(Effect { role: format!("{} {}", effect.role, list.len().saturating_add(1)), ..effect });
    }
    list
}

/// A call, and which of its parameters is the first to show an account, looked up once for all its consequences.
struct Place<'a> {
    call: &'a Call,
    shown_by: OnceCell<BTreeMap<Address, String>>,
}

impl Place<'_> {
    fn parameter(&self, account: Address) -> Option<&String> {
        let Meaning::Function(explained) = &self.call.meaning else { return None };
        let all = || {
            let mut found = BTreeMap::new();
            for (path, node) in explained.decoded.paths() {
                if let Some(address) = node.address() {
                    found.entry(address).or_insert(path);
                }
            }
            found
        };
        self.shown_by.get_or_init(all).get(&account)
    }
}

struct Teller<'a> {
    entry: &'a Entry,
    /// The call that has the consequence; none for typed data and authorizations, which make none.
    place: Option<&'a Place<'a>>,
    /// How the call and those around it come about, of all that do not run at once, the outermost first.
    later: Vec<&'a Via>,
    names: &'a dyn Names,
    notes: &'a mut Notes,
    /// Whether it is told of a guess: nothing is then refused for what may not be so.
    is_guess: bool,
}

const fn is_later(via: &Via) -> bool {
    matches!(via, Via::Scheduled { .. } | Via::Proposed | Via::Queued | Via::ScheduledAt { .. })
}

impl Teller<'_> {
    fn effect(&mut self) -> Effect {
        let effect = self.of(&self.entry.consequence);
        self.later(effect)
    }

    fn of(&mut self, consequence: &Consequence) -> Effect {
        match consequence {
            Consequence::Leaves { asset, amount, from, to } => self.leaves(*asset, *amount, *from, *to),
            Consequence::Unmakes { asset, amount, from, unwraps } => self.unmakes(*asset, *amount, *from, *unwraps),
            Consequence::MaySpend { asset, limit, owner, spender, until } => {
                self.may_spend(*asset, *limit, *owner, *spender, *until)
            }
            Consequence::Controls { what, over, subject } => self.controls(*what, *over, *subject),
            Consequence::RunsAs { account, code } => self.runs_as(*account, *code),
            Consequence::Creates { by, init_code_hash } => self.creates(*by, *init_code_hash),
            Consequence::Refunds { safe, asset, most, receiver } => self.refunds(*safe, *asset, *most, *receiver),
            Consequence::Governs { at } => {
                let sentence = format!("Uses a right of governance at {}.", self.who(*at));
                self.plain(EffectKind::Governs, "Governance", sentence, Some(*at))
            }
            Consequence::Guessed(guess) => self.guessed(guess),
            Consequence::Unknown { target, selector, why } => self.unknown(*target, *selector, why),
        }
    }

    fn guessed(&mut self, guess: &Consequence) -> Effect {
        self.is_guess = true;
        let effect = self.of(guess);
        self.is_guess = false;
        let proof = match self.place.map(|place| &place.call.meaning) {
            Some(Meaning::Guess(guesses)) => guesses.first().map(|guess| super::calls::guessed(guess, self.names)),
            _ => None,
        };
        let role = format!("Guess, {}", effect.role);
        let sentence = format!("PERHAPS, by a selector that any contract can have: {}", effect.sentence);
        Effect { role, sentence, proof: proof.unwrap_or(effect.proof), ..effect }
    }

    /// Says so where the call, or one around it, does not run at once.
    fn later(&mut self, mut effect: Effect) -> Effect {
        if !self.later.is_empty() {
            let when = self.later.iter().map(|via| how(via)).collect::<Vec<_>>().join("; within that, ");
            let truth = format!("{} It does not run now: {when}.", effect.sentence);
            effect.provenance.push(format!("Not now: {when}."));
            let says = Says(truth, "Circumstances may be others then.", "Ask who watches it until then.");
            self.notes.add("eth.later", self.field("via"), says);
        }
        effect
    }

    fn leaves(&mut self, asset: Asset, amount: U256, from: Address, to: Option<Address>) -> Effect {
        let what = self.asset_amount(asset, amount);
        let whom = to.map_or("the contract that is created".to_owned(), |to| self.who(to));
        let sentence = format!("Sends {what} from {} to {whom}.", self.whose(from));
        self.check_recipient(asset, amount, from, to);
        let kind = if to == Some(from) { EffectKind::ReturnsChange } else { EffectKind::Pays };
        let effect = self.plain(kind, "Payee", sentence, to);
        Effect { amount: self.native(asset, amount), token: self.token(asset, Some(amount)), ..effect }
    }

    fn unmakes(&mut self, asset: Asset, amount: U256, from: Address, unwraps: bool) -> Effect {
        let what = self.asset_amount(asset, amount);
        let (kind, sentence) = match unwraps {
            true => {
                let (from, coin) = (self.whose(from), self.names.currency());
                (EffectKind::ReturnsChange, format!("Unwraps {what} of {from}: as much {coin} comes back."))
            }
            false => (EffectKind::Pays, format!("Destroys {what} of {}.", self.whose(from))),
        };
        if !unwraps {
            self.note("eth.burns", self.field("function"), sentence.clone(), "It does not come back.", "Ask why.");
        }
        let effect = self.plain(kind, if unwraps { "Unwrapped" } else { "Destroyed" }, sentence, None);
        Effect { token: self.token(asset, Some(amount)), ..effect }
    }

    fn check_recipient(&mut self, asset: Asset, amount: U256, from: Address, to: Option<Address>) {
        let Some(to) = to.filter(|_| !self.is_guess) else { return };
        let field = self.field_of(to);
        if to.is_zero() && !amount.is_zero() {
            let truth = format!("{} goes to the empty address.", self.asset_amount(asset, amount));
            self.note("eth.recipient-zero", field, truth, "It is lost.", "Do not sign.");
        } else if contract(asset) == Some(to) {
            let truth =
                format!("{} goes to its own contract {}.", self.asset_amount(asset, amount), to.to_checksum(None));
            self.note("eth.token-to-itself", field, truth, "It is lost.", "Do not sign.");
        } else if is_precompile(to) {
            let truth = format!("{} goes to {}.", self.asset_amount(asset, amount), to.to_checksum(None));
            self.note(
                "eth.recipient-precompile",
                field,
                truth,
                "No one has a key to that account.",
                "Ask what it is for.",
            );
        } else if asset != Asset::Native && self.names.token(to).is_some() {
            let truth =
                format!("{} goes to {}, the contract of a token.", self.asset_amount(asset, amount), self.who(to));
            self.note("eth.recipient-token", field, truth, "Few of them give anything back.", "Ask what it is for.");
        } else if to == from {
            let truth = format!("{} comes back to where it was.", self.asset_amount(asset, amount));
            self.note("eth.self-transfer", field, truth, "Nothing changes hands.", "Nothing to do.");
        } else if self.names.name(to).is_none() || (asset != Asset::Native && self.is_built_in(to)) {
            let truth = format!("{} is not in the address book.", self.who(to));
            let action = "Compare the whole address with another source.";
            self.note("eth.payee-unknown", field, truth, "Nobody vouches for it.", action);
        }
        if let Some((label, known)) = self.names.look_alike(to) {
            let truth = format!("{} begins and ends like {label}, {}.", to.to_checksum(None), known.to_checksum(None));
            let action = "Compare every character in between. Do not sign if it was copied from a history.";
            self.note("eth.payee-look-alike", self.field_of(to), truth, "It is another account.", action);
        }
        if let (Some(contract), true) = (contract(asset), self.token(asset, None).is_some()) {
            self.check_token(contract, asset);
        }
    }

    /// Whether a contract has its name from the lists that are built in alone. Tokens that lie there are lost, or anybody's
    /// who calls it.
    fn is_built_in(&self, account: Address) -> bool {
        self.names.proof(account).code() == "pinned-contract"
    }

    fn check_token(&mut self, contract: Address, asset: Asset) {
        if matches!(asset, Asset::Token(_)) && self.names.token(contract).is_none() {
            let truth = format!("Nobody attests the decimals of the token {}.", contract.to_checksum(None));
            let action = "Work out the amount from the token's own documentation.";
            self.note("eth.token-unknown", None, truth, "The amount is shown in base units.", action);
        }
    }

    fn may_spend(
        &mut self,
        asset: Asset,
        limit: Limit,
        owner: Address,
        spender: Address,
        until: Option<U256>,
    ) -> Effect {
        let until_text = match until.map(u64::try_from) {
            // Permit2: an expiration of 0 is the time of the block.
            Some(Ok(0)) => "in that very block alone".to_owned(),
            Some(Ok(time)) => format!("until {}", Value::Time(time).to_text()),
            Some(Err(_)) | None => "for ever".to_owned(),
        };
        let (what, quantity, code) = match limit {
            Limit::Unlimited => (format!("UNLIMITED {}", self.asset_name(asset)), None, "eth.approval-unlimited"),
            Limit::AtMost(most) => (format!("at most {}", self.asset_amount(asset, most)), Some(most), "eth.approval"),
        };
        let (spender_text, owner_text) = (self.who(spender), self.whose(owner));
        let sentence = match limit {
            Limit::AtMost(most) if most.is_zero() => {
                let what = self.asset_name(asset);
                format!("Takes back the right of {spender_text} to spend {what} owned by {owner_text}.")
            }
            _ => format!("Lets {spender_text} spend {what} owned by {owner_text}, {until_text}."),
        };
        if quantity != Some(U256::ZERO) {
            let action = "Ask whether the spender needs that much, for that long.";
            self.note(code, self.field_of(spender), sentence.clone(), "The right outlives this transaction.", action);
        }
        if let Some(contract) = contract(asset) {
            self.check_token(contract, asset);
        }
        let effect = self.plain(EffectKind::GrantsSpending, "Right", sentence, Some(spender));
        Effect { token: self.token(asset, quantity), ..effect }
    }

    fn controls(&mut self, what: Control, over: Address, subject: Subject) -> Effect {
        let sentence = self.control_sentence(what, over, subject);
        let field = self.field("function");
        match what {
            Control::HashApproved => {
                let action = "Sign only with the transaction that the hash stands for in the same request.";
                self.note("eth.hash-approved", field, sentence.clone(), "It may authorise anything.", action);
            }
            _ => {
                let action = "Ask who decided that, and compare every character.";
                self.note("eth.control", field, sentence.clone(), "Control does not come back by itself.", action);
            }
        }
        let account = match subject {
            Subject::Account(account) | Subject::AccountWith(account, _) | Subject::Role(_, account) => Some(account),
            Subject::Number(_) | Subject::Hash(_) | Subject::Function => None,
        };
        self.plain(EffectKind::ChangesControl, "Control", sentence, account)
    }

    fn control_sentence(&self, what: Control, over: Address, subject: Subject) -> String {
        let (over, subject_text) = (self.who(over), self.subject(subject));
        match what {
            Control::OwnerAdded => format!("Makes {subject_text} an owner of {over}{}.", threshold(subject)),
            Control::OwnerRemoved => format!("Removes {subject_text} from the owners of {over}{}.", threshold(subject)),
            Control::Threshold => format!("Sets the threshold of {over} to {subject_text}: so many owners must sign."),
            Control::ModuleEnabled => format!("Lets the module {subject_text} act as {over}, without its owners."),
            Control::ModuleDisabled => format!("Disables the module {subject_text} of {over}."),
            Control::Guard => format!("Sets the guard of {over} to {subject_text}."),
            Control::FallbackHandler => format!("Sets the fallback handler of {over} to {subject_text}."),
            Control::Implementation => format!("Replaces the code behind {over} by that of {subject_text}."),
            Control::Admin => format!("Makes {subject_text} the admin of {over}."),
            Control::Owner => format!("Makes {subject_text} the owner of {over}."),
            Control::RoleGranted => format!("Gives {subject_text} at {over}{}.", role(subject)),
            Control::RoleRevoked => format!("Takes from {subject_text} at {over}{}.", role(subject)),
            Control::Setting => match subject {
                Subject::Number(seconds) => format!("Sets the least delay of {over} to {}.", duration(seconds)),
                _ => format!("Changes how {over} is governed: {subject_text}."),
            },
            Control::Delegate => format!("Makes {over} run the code of {subject_text} from now on."),
            Control::HashApproved => format!("Approves the hash {subject_text} in the name of an owner of {over}."),
            Control::MessageSigned => format!("Signs the message with the hash {subject_text} as {over}, for ever."),
        }
    }

    fn subject(&self, subject: Subject) -> String {
        match subject {
            Subject::Account(account) if account.is_zero() => "nobody (the empty address)".to_owned(),
            Subject::Account(account) | Subject::AccountWith(account, _) | Subject::Role(_, account) => {
                self.who(account)
            }
            Subject::Number(n) => digits(n),
            Subject::Hash(hash) => hash.to_string(),
            Subject::Function => format!("see the parameters of call {}", self.number()),
        }
    }

    fn runs_as(&mut self, account: Address, code: Address) -> Effect {
        let sentence = format!("Runs the code of {} as {}: it can do anything.", self.who(code), self.whose(account));
        self.plain(EffectKind::RunsCode, "Foreign code", sentence, Some(code))
    }

    fn creates(&mut self, by: Address, init_code_hash: B256) -> Effect {
        let sentence = format!("{} creates a contract; its init code has the hash {init_code_hash}.", self.whose(by));
        self.plain(EffectKind::CreatesContract, "Contract", sentence, None)
    }

    fn refunds(&mut self, safe: Address, asset: Asset, most: Option<U256>, receiver: Option<Address>) -> Effect {
        let whom = receiver.map_or("whoever executes it".to_owned(), |r| self.who(r));
        let what = match most {
            Some(most) => format!("up to {}", self.asset_amount(asset, most)),
            None => format!("an amount of {} that nothing limits", self.asset_name(asset)),
        };
        let sentence = format!("Pays {what} out of {} to {whom}, as refund of gas.", self.who(safe));
        let action = "Ask for gasPrice 0, or have the folder allow this very request.";
        self.note("eth.refund", None, sentence.clone(), "It comes on top of everything else.", action);
        let effect = self.plain(EffectKind::RefundsGas, "Refund", sentence, receiver);
        Effect { amount: most.and_then(|m| self.native(asset, m)), token: self.token(asset, most), ..effect }
    }

    fn unknown(&mut self, target: Option<Address>, selector: Option<Selector>, why: &str) -> Effect {
        let whom = target.map_or("a contract to be created".to_owned(), |t| self.who(t));
        let function = selector.map(|selector| format!(", selector {}", hex::encode_prefixed(selector)));
        let what = if self.place.is_some() { "Calls" } else { "Signs for" };
        let function = function.unwrap_or_default();
        let sentence = format!("{what} {whom}{function}, with consequences that nobody can state: {why}.");
        let action = "Do not sign unless the folder allows this very request.";
        self.note("eth.effects-unknown", None, sentence.clone(), "It may do anything the account may.", action);
        self.plain(EffectKind::Unknown { selector }, "Unknown", sentence, target)
    }

    fn plain(&self, kind: EffectKind, role: &str, sentence: String, account: Option<Address>) -> Effect {
        let address = account.map(|a| match address_value(a) {
            Value::Address(address) => address,
            _ => vitrine_review::Address::new(""),
        });
        Effect {
            kind,
            amount: None,
            token: None,
            role: role.to_owned(),
            sentence,
            address,
            proof: account.map_or_else(Proof::signed_bytes, |a| self.names.proof(a)),
            provenance: self.place.map(|_| format!("Call {}.", self.number())).into_iter().collect(),
            fields: account.and_then(|a| self.field_of(a)).into_iter().collect(),
        }
    }

    fn who(&self, account: Address) -> String {
        self.names.who(account)
    }

    /// Who acts, or whose something is.
    fn whose(&self, account: Address) -> String {
        if account.is_zero() { "the signer, who is not known,".to_owned() } else { self.who(account) }
    }

    fn asset_amount(&self, asset: Asset, amount: U256) -> String {
        let big_endian = amount.to_be_bytes();
        match asset {
            Asset::Native => Quantity::scaled(big_endian, 18, self.names.currency()).to_string(),
            Asset::Token(contract) => match self.names.token(contract) {
                Some(token) => {
                    let quantity = Quantity::scaled(big_endian, token.decimals, &token.symbol);
                    format!("{quantity} (token {})", contract.to_checksum(None))
                }
                None => {
                    let amount = digits(amount);
                    format!("{amount} base units (decimals unknown) of the token {}", self.who(contract))
                }
            },
            Asset::Nft(..) => self.asset_name(asset),
            Asset::Multi(..) => format!("{} of {}", digits(amount), self.asset_name(asset)),
            Asset::Everything(contract) => format!("everything of {}", contract.to_checksum(None)),
        }
    }

    fn asset_name(&self, asset: Asset) -> String {
        match asset {
            Asset::Native => self.names.currency().to_owned(),
            Asset::Token(contract) => match self.names.token(contract) {
                Some(token) => format!("{} (token {})", escape(&token.symbol), contract.to_checksum(None)),
                None => format!("amounts of the token {}", self.who(contract)),
            },
            Asset::Nft(contract, id) => format!("token number {} of {}", digits(id), self.who(contract)),
            Asset::Multi(contract, id) => format!("tokens number {} of {}", digits(id), self.who(contract)),
            Asset::Everything(contract) => format!("tokens of the collection {}", self.who(contract)),
        }
    }

    fn native(&self, asset: Asset, amount_wei: U256) -> Option<Amount> {
        let amount_wei = u128::try_from(amount_wei).ok().filter(|_| asset == Asset::Native)?;
        Some(Amount::new(amount_wei, 18, self.names.currency()))
    }

    fn token(&self, asset: Asset, amount: Option<U256>) -> Option<TokenAmount> {
        let contract = vitrine_review::Address::new(&contract(asset)?.to_checksum(None));
        let id = match asset {
            Asset::Nft(_, id) | Asset::Multi(_, id) => Some(Quantity::whole(id.to_be_bytes())),
            Asset::Native | Asset::Token(_) | Asset::Everything(_) => None,
        };
        let known = match asset {
            Asset::Token(contract) => self.names.token(contract),
            _ => None,
        };
        let quantity = amount.map(|amount| match &known {
            Some(token) => Quantity::scaled(amount.to_be_bytes(), token.decimals, &token.symbol),
            None => Quantity::whole(amount.to_be_bytes()),
        });
        Some(TokenAmount { contract, id, quantity })
    }

    fn number(&self) -> String {
        let number: Vec<String> = self.entry.call.iter().map(usize::to_string).collect();
        if number.is_empty() { "0".to_owned() } else { number.join(".") }
    }

    /// A field of the call; none if there is no call, or it has no such field.
    fn field(&self, name: &str) -> Option<String> {
        let call = self.place?.call;
        let is_there = name != "function" || matches!(call.meaning, Meaning::Function(_));
        is_there.then(|| format!("{}.{name}", super::calls::code(call)))
    }

    /// The field that shows an account: a parameter of the call, or its target.
    fn field_of(&self, account: Address) -> Option<String> {
        let place = self.place?;
        match place.parameter(account) {
            Some(path) => self.field(&format!("arg.{path}")),
            None if place.call.to == Some(account) => self.field("to"),
            None => None,
        }
    }

    fn note(&mut self, code: &'static str, field: Option<String>, truth: String, consequence: &str, action: &str) {
        self.notes.add(code, field, Says(truth, consequence, action));
    }
}

const fn contract(asset: Asset) -> Option<Address> {
    match asset {
        Asset::Native => None,
        Asset::Token(contract) | Asset::Nft(contract, _) | Asset::Multi(contract, _) | Asset::Everything(contract) => {
            Some(contract)
        }
    }
}

/// Addresses from 0x01 to 0xffff: precompiled contracts and those yet to come. Nobody can have a key to one.
fn is_precompile(address: Address) -> bool {
    let value = U256::from_be_slice(address.as_slice());
    !value.is_zero() && value <= U256::from(0xffff)
}

/// What goes with a change of owners.
fn threshold(subject: Subject) -> String {
    match subject {
        Subject::AccountWith(_, needed) if needed == U256::from(1) => "; from then on 1 owner must sign".to_owned(),
        Subject::AccountWith(_, needed) => format!("; from then on {} owners must sign", digits(needed)),
        _ => String::new(),
    }
}

fn role(subject: Subject) -> String {
    match subject {
        Subject::Role(role, _) => format!(" the role {}", role_name(role)),
        _ => " a role: see the parameters".to_owned(),
    }
}

fn role_name(role: B256) -> String {
    if role.is_zero() {
        return "DEFAULT_ADMIN_ROLE".to_owned();
    }
    let named =
        ["PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE", "TIMELOCK_ADMIN_ROLE", "MINTER_ROLE", "PAUSER_ROLE"];
    let found = named.into_iter().find(|name| alloy_primitives::keccak256(name) == role);
    found.map_or_else(|| role.to_string(), str::to_owned)
}
