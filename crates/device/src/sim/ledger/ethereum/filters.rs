//! What Ledger says about typed data: believed only with Ledger's own signature, as in the app.

use std::collections::{BTreeMap, BTreeSet};

use vitrine_ethereum::alloy_primitives::{Address, U256};

use super::Status;
use super::token::{self, Token};
use super::value::{Shown, Solidity, coins};

/// Places for tokens.
const TOKENS: usize = 5;
/// The token's number that stands for the domain's contract.
const OF_THE_CONTRACT: u8 = 0xff;
/// Longest name of an amount.
const NAME: usize = 25;

/// Tokens by their numbers; a number may stand for a token that nobody told.
#[derive(Debug, Default)]
pub(super) struct Tokens(Vec<Option<Token>>);

impl Tokens {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Returns the token's number.
    pub(super) fn push(&mut self, token: Token) -> Result<u8, Status> {
        if self.0.len() >= TOKENS {
            return Err(Status::MEMORY); // the app begins anew; nobody gives more
        }
        self.0.push(Some(token));
        u8::try_from(self.0.len().saturating_sub(1)).map_err(|_| Status::MEMORY)
    }

    pub(super) fn of(&self, address: Option<Address>) -> Option<&Token> {
        self.0.iter().flatten().find(|token| Some(token.address) == address)
    }

    fn number_of(&self, address: Address) -> Option<u8> {
        let at = self.0.iter().position(|token| token.as_ref().is_some_and(|token| token.address == address))?;
        u8::try_from(at).ok()
    }

    fn at(&self, number: u8) -> Option<&Token> {
        self.0.get(usize::from(number))?.as_ref()
    }

    /// A number that is used although nobody told its token stays empty.
    fn skip(&mut self, number: u8) {
        if self.0.len() == usize::from(number) {
            self.0.push(None);
        }
    }
}

/// Filters in force, and what they made of the values so far.
#[derive(Debug)]
pub(super) struct Filters {
    schema: [u8; 28],
    chain_id: u64,
    contract: Address,
    title: Option<(String, u8)>,
    paths: BTreeSet<String>,
    /// What the next value is shown as.
    next: Option<Format>,
    joins: BTreeMap<u8, Join>,
    pairs: Vec<Pair>,
}

/// A page: where its value is in the message, its title and rows.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) path: String,
    pub(super) title: String,
    pub(super) rows: Vec<Shown>,
}

#[derive(Debug, Default)]
struct Join {
    has_token: bool,
    /// Path, title, number.
    amount: Option<(String, String, Vec<u8>)>,
}

#[derive(Debug)]
enum Format {
    Raw(String),
    DateTime(String),
    Token(u8),
    Amount(u8, String),
}

/// The member whose value comes next.
pub(super) struct Next {
    pub(super) path: String,
    pub(super) kind: Solidity,
}

/// What a person is shown, in the app's order.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) contract: String,
    pub(super) chain_id: u64,
    pub(super) pairs: Vec<Pair>,
}

impl Filters {
    pub(super) fn new(schema: [u8; 28]) -> Self {
        Self {
            schema,
            chain_id: 0,
            contract: Address::ZERO,
            title: None,
            paths: BTreeSet::new(),
            next: None,
            joins: BTreeMap::new(),
            pairs: Vec::new(),
        }
    }

    /// Chain and contract of a domain that arrived whole.
    pub(super) fn domain(&mut self, chain_id: u64, contract: Address) {
        (self.chain_id, self.contract) = (chain_id, contract);
    }

    fn check(&self, kind: u8, parts: &[&[u8]], signature: &[u8]) -> Result<(), Status> {
        let chain_id = self.chain_id.to_be_bytes();
        let base: [&[u8]; 4] = [&[kind], &chain_id, self.contract.as_slice(), &self.schema];
        let signed = [base.concat(), parts.concat()].concat();
        token::check(&signed, signature).map_err(|_| Status::NO_INFO)
    }

    /// What stands for the contract, and how many members are told.
    pub(super) fn title(&mut self, data: &[u8]) -> Result<(), Status> {
        let (label, rest) = sized(data)?;
        let (count, rest) = rest.split_first().ok_or(Status::NO_INFO)?;
        let signature = last(rest)?;
        self.check(183, &[&[*count], label], signature)?;
        self.title = Some((ascii(label), *count));
        Ok(())
    }

    /// Takes a filter for the value that comes next.
    pub(super) fn take(&mut self, kind: u8, data: &[u8], next: &Next, tokens: &Tokens) -> Result<(), Status> {
        let path = next.path.as_bytes();
        let format = match kind {
            0xff | 0xfc => {
                let (label, rest) = sized(data)?;
                self.check(if kind == 0xff { 72 } else { 33 }, &[path, label], last(rest)?)?;
                let make = if kind == 0xff { Format::Raw } else { Format::DateTime };
                make(ascii(label))
            }
            0xfd => {
                let (number, rest) = data.split_first().ok_or(Status::NO_INFO)?;
                self.check(11, &[path, &[*number]], last(rest)?)?;
                Format::Token(*number)
            }
            _ => {
                let (label, rest) = sized(data)?;
                let (number, rest) = rest.split_first().ok_or(Status::NO_INFO)?;
                self.check(22, &[path, label, &[*number]], last(rest)?)?;
                self.amount(*number, ascii(label), tokens)?
            }
        };
        let fits = match format {
            Format::Raw(_) => true,
            Format::Token(number) => next.kind == Solidity::Address && usize::from(number) < TOKENS,
            Format::DateTime(_) | Format::Amount(..) => matches!(next.kind, Solidity::Uint(_)),
        };
        if !fits {
            return Err(Status::NO_INFO);
        }
        let count = self.title.as_ref().map_or(0, |(_, count)| usize::from(*count));
        if self.paths.insert(next.path.clone()) && self.paths.len() > count {
            return Err(Status::DATA);
        }
        self.next = Some(format);
        Ok(())
    }

    fn amount(&mut self, number: u8, label: String, tokens: &Tokens) -> Result<Format, Status> {
        let number = match number {
            OF_THE_CONTRACT => {
                let number = tokens.number_of(self.contract).ok_or(Status::NO_INFO)?;
                self.joins.entry(number).or_default().has_token = true;
                number
            }
            number if usize::from(number) < TOKENS => number,
            _ => return Err(Status::NO_INFO),
        };
        Ok(Format::Amount(number, label.chars().take(NAME).collect()))
    }

    /// The value of `next`, whose member has this name, arrived whole.
    pub(super) fn value(&mut self, name: &str, next: Next, bytes: &[u8], tokens: &mut Tokens) -> Result<(), Status> {
        let Next { path, kind } = next;
        match self.next.take() {
            None => {}
            Some(Format::Raw(label)) => {
                let title = if label.is_empty() { name.to_owned() } else { label };
                self.pairs.push(Pair { path, title, rows: vec![kind.shown(bytes)?] });
            }
            Some(Format::DateTime(title)) => self.pairs.push(Pair { path, title, rows: date(kind, bytes)? }),
            Some(Format::Token(number)) => {
                let told = tokens.at(number).map(|token| token.address);
                if told.is_some_and(|told| told.as_slice() != bytes) {
                    return Err(Status::NO_INFO);
                }
                tokens.skip(number);
                self.joins.entry(number).or_default().has_token = true;
                self.join(number, tokens)?;
            }
            Some(Format::Amount(number, label)) => {
                tokens.skip(number);
                self.joins.entry(number).or_default().amount = Some((path, label, bytes.to_vec()));
                self.join(number, tokens)?;
            }
        }
        Ok(())
    }

    /// Shows an amount once both it and its token arrived.
    fn join(&mut self, number: u8, tokens: &Tokens) -> Result<(), Status> {
        let Some(Join { has_token: true, amount: Some((path, title, bytes)) }) = self.joins.get(&number) else {
            return Ok(());
        };
        let token = tokens.at(number);
        let ticker = token.map_or("???".to_owned(), |token| vitrine_review::escape(&token.ticker));
        let shown = if bytes.as_slice() == [0xff; 32] {
            format!("Unlimited {ticker}")
        } else {
            let value = U256::try_from_be_slice(bytes).ok_or(Status::DATA)?;
            coins(value, token.map_or(0, |token| token.decimals), &ticker)
        };
        self.pairs.push(Pair { path: path.clone(), title: title.clone(), rows: vec![Shown::Text(shown)] });
        self.joins.remove(&number);
        Ok(())
    }

    /// Everything that was announced has to have come.
    pub(super) fn told(self) -> Result<Told, Status> {
        let (contract, count) = self.title.ok_or(Status::MISSING)?;
        if self.paths.len() != usize::from(count) {
            return Err(Status::MISSING);
        }
        Ok(Told { contract, chain_id: self.chain_id, pairs: self.pairs })
    }
}

fn sized(data: &[u8]) -> Result<(&[u8], &[u8]), Status> {
    let (length, rest) = data.split_first().ok_or(Status::NO_INFO)?;
    rest.split_at_checked(usize::from(*length)).ok_or(Status::NO_INFO)
}

/// A signature behind its length, and nothing behind it.
fn last(data: &[u8]) -> Result<&[u8], Status> {
    match sized(data)? {
        (signature, []) => Ok(signature),
        _ => Err(Status::NO_INFO),
    }
}

fn ascii(label: &[u8]) -> String {
    String::from_utf8_lossy(label).into_owned()
}

/// Date and time, counted year by year.
fn date(kind: Solidity, bytes: &[u8]) -> Result<Vec<Shown>, Status> {
    let size = if let Solidity::Uint(size) = kind { usize::from(size) } else { 0 };
    if bytes.len() >= size && bytes.iter().all(|byte| *byte == 0xff) {
        return Ok(vec![Shown::Text("Unlimited".to_owned())]);
    }
    let seconds = U256::try_from_be_slice(bytes).and_then(|value| u64::try_from(value).ok()).ok_or(Status::NO_INFO)?;
    let (mut days, second) = (seconds / 86_400, seconds % 86_400);
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970u64;
    while let Some(rest) = days.checked_sub(if is_leap(year) { 366 } else { 365 }) {
        (days, year) = (rest, year.saturating_add(1));
        if year > 9_999 {
            return Err(Status::NO_INFO); // not simulated
        }
    }
    let mut month = 1u64;
    for length in [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        let Some(rest) = days.checked_sub(length) else { break };
        (days, month) = (rest, month.saturating_add(1));
    }
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    let half = if hour < 12 { "AM" } else { "PM" };
    let shown = match hour {
        0 => 12,
        13.. => hour.saturating_sub(12),
        hour => hour,
    };
    let day = days.saturating_add(1);
    let time = format!("{shown:02}:{minute:02}:{:02} {half} UTC", second % 60);
    Ok(vec![Shown::Text(format!("{year:04}-{month:02}-{day:02}")), Shown::Text(time)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_counted_as_calendars_do() {
        let text = |seconds: u64| date(Solidity::Uint(32), &seconds.to_be_bytes()).unwrap();
        let shown = |date: &str, time: &str| vec![Shown::Text(date.to_owned()), Shown::Text(time.to_owned())];
        assert_eq!(text(0), shown("1970-01-01", "12:00:00 AM UTC"));
        assert_eq!(text(951_827_696), shown("2000-02-29", "12:34:56 PM UTC"));
        assert_eq!(text(1_767_225_599), shown("2025-12-31", "11:59:59 PM UTC"));
        assert_eq!(text(253_402_300_799), shown("9999-12-31", "11:59:59 PM UTC"));
        assert_eq!(date(Solidity::Uint(6), &[0xff; 6]), Ok(vec![Shown::Text("Unlimited".to_owned())]));
        assert!(date(Solidity::Uint(32), &253_402_300_800u64.to_be_bytes()).is_err());
    }
}
