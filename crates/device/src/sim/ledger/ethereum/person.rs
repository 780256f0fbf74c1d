//! The simulated screen and the person before it: made from what arrived over the link alone.

use vitrine_ethereum::alloy_primitives::{Address, B256, U256, hex};

use super::Status;
use super::filters::{Tokens, Told};
use super::token::Token;
use super::transaction::Arrived;
use super::typed::{Root, Whole};
use super::value::{Shown, coins};
use crate::device::DeviceScreen;
use crate::ledger::{LedgerScreen, networks};
use crate::sim::{Fault, ScreenLog};

/// Contracts with screens of their own.
const STAKING: [&str; 3] = [
    "0x00000000219ab540356cBB839Cbe05303d7705Fa",
    "0x00000961Ef480Eb55e80D19ad83579A64c007002",
    "0x0000BBdDc7CE488642fb579F8B00f3a590007251",
];

pub(super) struct Person {
    log: ScreenLog,
    size: LedgerScreen,
    fault: Option<Fault>,
}

/// Screens of one review, before the person sees them.
struct Review {
    size: LedgerScreen,
    warned: bool,
    screens: Vec<DeviceScreen>,
}

impl Person {
    pub(super) const fn new(size: LedgerScreen, fault: Option<Fault>, log: ScreenLog) -> Self {
        Self { log, size, fault }
    }

    const fn review(&self) -> Review {
        Review { size: self.size, warned: false, screens: Vec::new() }
    }

    /// The person turns the pages, and may refuse at one of them.
    fn press(&self, review: Review) -> Result<(), Status> {
        for screen in review.screens {
            let at = self.log.count();
            self.log.show(screen);
            if self.fault == Some(Fault::Refuses { at_screen: at }) {
                return Err(Status::REFUSED);
            }
        }
        Ok(())
    }

    pub(super) fn confirm_address(&self, address: Address, chain_id: u64) -> Result<(), Status> {
        let mut review = self.review();
        let network = networks::name(chain_id).map(|name| format!("{name} ")).unwrap_or_default();
        review.open(&format!("Verify {network}address"));
        review.address("Own address", "Address", address);
        review.page("Confirming", "Confirm", Vec::new());
        self.press(review)
    }

    pub(super) fn confirm_message(&self, message: &[u8]) -> Result<(), Status> {
        let is_text = message.iter().all(|byte| matches!(byte, 0x20..=0x7e | 0x09..=0x0d));
        let text = if is_text {
            let text = String::from_utf8_lossy(message).into_owned();
            let blank = |c: char| if c.is_ascii_graphic() || self.size == LedgerScreen::Touch { c } else { ' ' };
            vitrine_review::escape(&text.chars().map(blank).collect::<String>())
        } else {
            format!("0x{}", hex::encode(message))
        };
        let mut review = self.review();
        review.open("Review message");
        review.page("The message", "Message", vec![text]);
        review.close("Sign message");
        self.press(review)
    }

    pub(super) fn confirm_hashes(&self, domain: B256, message: B256) -> Result<(), Status> {
        let mut review = self.review();
        review.warn();
        review.open("Review typed message");
        review.page("Hash of the domain", "Domain hash", vec![capitals(domain)]);
        review.page("Hash of the message", "Message hash", vec![capitals(message)]);
        review.close_typed();
        self.press(review)
    }

    pub(super) fn confirm_typed(&self, whole: &Whole) -> Result<(), Status> {
        let mut review = self.review();
        if let Some(told) = &whole.told {
            review.told(told);
            return self.press(review);
        }
        review.warn();
        review.open("Review typed message");
        if self.size == LedgerScreen::Touch {
            review.page("Domain", "Review struct", vec![whole.domain.name.clone()]);
        }
        review.values("Domain", &whole.domain);
        if self.size == LedgerScreen::Touch {
            review.page("Message", "Review struct", vec![whole.message.name.clone()]);
            review.values("Message", &whole.message);
        } else {
            review.page("Hash of the message", "Message hash", vec![capitals(whole.message_hash)]);
        }
        review.close_typed();
        self.press(review)
    }

    /// Shows a transaction, or refuses it as the app does.
    pub(super) fn confirm_transaction(
        &self,
        arrived: &Arrived,
        sender: Address,
        tokens: &Tokens,
        blind_signing: bool,
    ) -> Result<(), Status> {
        let mut review = self.review();
        let call = TokenCall::of(arrived)?;
        let token = tokens.of(arrived.to);
        let is_staking = arrived.to.is_some_and(|to| STAKING.contains(&to.to_checksum(None).as_str()));
        match (&call, token) {
            (Some(call), Some(token)) => review.token(call, token, arrived, sender),
            _ if is_staking && !arrived.data.is_empty() => return Err(Status::NOT_ALLOWED), // not simulated
            _ if !arrived.data.is_empty() && !blind_signing => return Err(Status::DATA),
            (Some(call), None) => {
                review.warn();
                review.around_token(call, arrived, sender, |_| {});
            }
            (None, _) => review.plain(arrived, sender),
        }
        self.press(review)
    }
}

/// What the app takes for a token's call: two selectors, whatever the contract is.
struct TokenCall<'a> {
    word: &'static str,
    account: Address,
    value: U256,
    extra: &'a [u8],
}

impl<'a> TokenCall<'a> {
    fn of(arrived: &'a Arrived) -> Result<Option<Self>, Status> {
        let word = match arrived.data.get(..4) {
            Some([0xa9, 0x05, 0x9c, 0xbb]) => "Send",
            Some([0x09, 0x5e, 0xa7, 0xb3]) => "Approve",
            _ => return Ok(None),
        };
        if arrived.to.is_none() {
            return Ok(None);
        }
        let arguments = arrived.data.get(4..).unwrap_or_default();
        if !arrived.value_wei.is_zero() || arguments.len() > 128 {
            return Err(Status::DATA);
        }
        let mut padded = arguments.to_vec();
        padded.resize(arguments.len().max(64), 0);
        let word_at = |range: core::ops::Range<usize>| B256::from_slice(padded.get(range).unwrap_or(&[0; 32]));
        Ok(Some(Self {
            word,
            account: Address::from_word(word_at(0..32)),
            value: word_at(32..64).into(),
            extra: arguments.get(64..).unwrap_or_default(),
        }))
    }
}

impl Review {
    fn page(&mut self, step: &str, title: &str, lines: Vec<String>) {
        self.screens.push(DeviceScreen { step: step.to_owned(), title: title.to_owned(), lines, address: false });
    }

    fn address(&mut self, step: &str, title: &str, address: Address) {
        let lines = vec![address.to_checksum(None)];
        self.screens.push(DeviceScreen { step: step.to_owned(), title: title.to_owned(), lines, address: true });
    }

    fn warn(&mut self) {
        self.warned = true;
        let words = match self.size {
            LedgerScreen::Nano => "To accept risk, press both buttons".to_owned(),
            LedgerScreen::Touch => {
                let first = "If you sign this transaction, you could lose your assets.";
                format!("{first} Explore safer alternatives: ledger.com/integrated-apps")
            }
        };
        self.page("Warning: the device cannot explain this request", "Blind signing ahead", vec![words]);
    }

    fn open(&mut self, title: &str) {
        let below = if self.warned { "Blind signing required." } else { "Swipe to review" };
        let lines = if self.size == LedgerScreen::Touch { vec![below.to_owned()] } else { Vec::new() };
        self.page("Opening", title, lines);
    }

    fn close(&mut self, words: &str) {
        match self.size {
            LedgerScreen::Nano => self.page("Signing", words, Vec::new()),
            LedgerScreen::Touch => self.page("Signing", &format!("{words}?"), vec!["Hold to sign".to_owned()]),
        }
    }

    fn close_typed(&mut self) {
        match self.size {
            LedgerScreen::Nano => self.close("Sign message"),
            LedgerScreen::Touch => self.close("Accept risk and sign typed message"),
        }
    }

    const fn sign(&self) -> &'static str {
        if self.warned { "Accept risk and sign" } else { "Sign" }
    }

    fn told(&mut self, told: &Told) {
        self.open("Review typed message");
        self.page("What Ledger calls the contract", "Contract", vec![vitrine_review::escape(&told.contract)]);
        if told.chain_id != 1 {
            let name = networks::name(told.chain_id).map_or_else(|| told.chain_id.to_string(), str::to_owned);
            self.page("Network", "Network", vec![name]);
        }
        for pair in &told.pairs {
            let step = format!("Message, {}", vitrine_review::escape(&pair.path));
            if let [Shown::Address(address)] = pair.rows.as_slice() {
                self.address(&step, &pair.title, *address);
                continue;
            }
            let text = |row: &Shown| match row {
                Shown::Text(text) => text.clone(),
                Shown::Address(address) => address.to_checksum(None),
            };
            self.page(&step, &pair.title, pair.rows.iter().map(text).collect());
        }
        match self.size {
            LedgerScreen::Nano => self.close("Sign message"),
            LedgerScreen::Touch => self.close("Sign typed message"),
        }
    }

    fn values(&mut self, place: &str, root: &Root) {
        for (name, value) in &root.values {
            let step = format!("{place}, {name}");
            match value {
                Shown::Text(text) => self.page(&step, name, vec![text.clone()]),
                Shown::Address(address) => self.address(&step, name, *address),
            }
        }
    }

    fn plain(&mut self, arrived: &Arrived, sender: Address) {
        let has_data = !arrived.data.is_empty();
        if has_data {
            self.warn();
        }
        self.open("Review transaction");
        self.address("Sender", "From", sender);
        if !has_data || !arrived.value_wei.is_zero() {
            self.page("Amount", "Amount", vec![coins(arrived.value_wei, 18, networks::ticker(arrived.chain_id))]);
        }
        match arrived.to {
            Some(to) => self.address("Recipient", "To", to),
            None => self.page("A new contract is created", "To", vec!["Contract".to_owned()]),
        }
        self.fees(arrived);
        self.network(arrived);
        if has_data {
            let title = if self.size == LedgerScreen::Nano { "Tx hash" } else { "Transaction hash" };
            self.page("Hash of the transaction", title, vec![format!("0x{}", hex::encode(arrived.hash))]);
        }
        self.close(&format!("{} transaction", self.sign()));
    }

    fn token(&mut self, call: &TokenCall<'_>, token: &Token, arrived: &Arrived, sender: Address) {
        let ticker = vitrine_review::escape(&token.ticker);
        self.around_token(call, arrived, sender, |review| {
            let amount = match call.value {
                U256::MAX => format!("Unlimited {ticker}"),
                value => coins(value, token.decimals, &ticker),
            };
            review.page("Amount of the token", call.word, vec![amount]);
            match call.word {
                "Approve" => review.address("Who may spend the token", "Approve to", call.account),
                _ => review.address("Recipient", "To", call.account),
            }
            if !call.extra.is_empty() {
                review.page("Data behind the arguments", "Extra Data", vec![extra(call.extra)]);
            }
        });
    }

    fn around_token(
        &mut self,
        call: &TokenCall<'_>,
        arrived: &Arrived,
        sender: Address,
        values: impl FnOnce(&mut Self),
    ) {
        let what = format!("to {} ERC20 token", call.word.to_ascii_lowercase());
        self.open(&format!("Review transaction {what}"));
        self.address("Sender", "From", sender);
        values(self);
        self.network(arrived);
        self.fees(arrived);
        match self.size {
            LedgerScreen::Nano => self.close(&format!("{} transaction", self.sign())),
            LedgerScreen::Touch => self.close(&format!("{} transaction {what}", self.sign())),
        }
    }

    fn fees(&mut self, arrived: &Arrived) {
        let fees = coins(arrived.largest_fee_wei, 18, networks::ticker(arrived.chain_id));
        self.page("Largest fee", "Max fees", vec![fees]);
    }

    fn network(&mut self, arrived: &Arrived) {
        if arrived.chain_id != 1 {
            self.page("Network", "Network", vec![networks::shown_name(arrived.chain_id)]);
        }
    }
}

fn capitals(hash: B256) -> String {
    let digits: String = hash.iter().map(|byte| format!("{byte:02X}")).collect();
    format!("0x{digits}")
}

fn extra(data: &[u8]) -> String {
    if data.iter().all(|byte| matches!(byte, 0x20..=0x7e)) {
        return String::from_utf8_lossy(data).into_owned();
    }
    let mut text = format!("0x{}", data.iter().map(|byte| format!("{byte:02X}")).collect::<String>());
    if text.len() > 99 {
        text.truncate(96);
        text.push_str("...");
    }
    text
}
