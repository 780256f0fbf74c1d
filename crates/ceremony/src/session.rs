//! The state machine: arrived → reviewed → approved → signed → presented.

use std::collections::BTreeSet;
use std::fmt;

use vitrine_device::{Foretold, ScreenModel};
use vitrine_qr::{Payload, ReadBack, Transport};
use vitrine_review::{Context, Digest, JudgedRule, Review, to_judged_text};

use crate::UnixTime;
use crate::approval::{RuleResult, TypedDataRule, Verdict};
use crate::chain::{Checked, Known};
use crate::error::{NotSigned, SessionError};
use crate::folder::Folder;
use crate::memory::Memory;
use crate::nonces::{self, Askings};
use crate::order::{Returned, SignOrder};
use crate::recognise;
use crate::record::{Record, Step};
use crate::signed::{Proven, Signed};

/// Where a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// No request has arrived.
    Opened,
    /// A request is frozen and reviewed; it may be approved.
    Reviewed,
    /// A finding or a rule refuses the request. Nothing but closing is left.
    Refused,
    /// The digest was approved; a device may sign.
    Approved,
    /// The device's signatures are verified.
    Signed,
    /// The result was read back and shown.
    Presented,
    /// The session is over.
    Closed,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Opened => "waiting for a request",
            Self::Reviewed => "in review",
            Self::Refused => "refused",
            Self::Approved => "approved",
            Self::Signed => "signed",
            Self::Presented => "presented",
            Self::Closed => "closed",
        })
    }
}

/// One thing that must be true before signing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// As shown, with numbers: "28 of 66 fields seen".
    pub label: String,
    /// Whether it is passed.
    pub done: bool,
}

/// A frozen request with its review.
struct Frozen {
    checked: Checked,
    review: Review,
    verdict: Verdict,
    seen: BTreeSet<String>,
    acknowledged: BTreeSet<usize>,
    transport: Transport,
    /// Whether the fields were read elsewhere, and the digest stated here.
    elsewhere: bool,
}

/// One signing session.
pub struct Session {
    folder: Option<Folder>,
    known: Known,
    context: Context,
    stage: Stage,
    frozen: Option<Frozen>,
    result: Option<Signed>,
    record: Record,
    memory: Memory,
}

impl Session {
    /// Opens a session. Without a folder nothing is ours and nothing can be signed; `network` then says how to read
    /// addresses (mainnet if none is given).
    ///
    /// # Errors
    /// [`SessionError::Network`] if `network` is unknown or not the folder's.
    pub fn open(
        folder: Option<Folder>,
        network: Option<&str>,
        previous_head: Option<Digest>,
        at: UnixTime,
    ) -> Result<Self, SessionError> {
        let known = known(folder.as_ref(), network)?;
        let context = Context {
            folder: folder.as_ref().map(Folder::digest),
            record_head: previous_head,
            stated_time: folder.as_ref().and_then(|folder| folder.stated().time),
            stated_height: folder.as_ref().and_then(|folder| folder.stated().height),
        };
        let mut record = Record::new(previous_head);
        let (what, content) = match &folder {
            Some(folder) => (format!("{}, {} files", folder.title(), folder.files().len()), folder.digest().hex()),
            None => ("No ceremony folder: nothing is ours, nothing can be signed".to_owned(), String::new()),
        };
        record.append(Step { at, kind: "Opened", what, who: "machine", content: Some(content.as_bytes()) });
        let (stage, memory) = (Stage::Opened, Memory::default());
        Ok(Self { folder, known, context, stage, frozen: None, result: None, record, memory })
    }

    /// The same session, which compares its request with what earlier ceremonies signed.
    #[must_use]
    pub fn with_memory(mut self, memory: Memory) -> Self {
        self.memory = memory;
        self
    }

    /// The ceremony folder, if there is one.
    pub fn folder(&self) -> Option<&Folder> {
        self.folder.as_ref()
    }

    /// Network that requests are read for.
    pub fn network(&self) -> String {
        self.known.network()
    }

    /// Where the session is.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// The record so far.
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Takes a request, freezes it and reviews it.
    ///
    /// # Errors
    /// [`SessionError`] if it is no unsigned request of the ceremony's chain, malformed, or its numbers make no sense. A refused request is
    /// not an error here: it is reviewed, and the stage is [`Stage::Refused`].
    pub fn receive(&mut self, payload: &Payload, at: UnixTime) -> Result<&Review, SessionError> {
        self.expect("take a request", &[Stage::Opened])?;
        let frozen =
            self.freeze(payload).inspect_err(|error| self.note(at, "Not read", error.to_string(), "machine"))?;
        self.record_request(&frozen, at);
        self.stage = if frozen.verdict.passes() && self.folder.is_some() { Stage::Reviewed } else { Stage::Refused };
        Ok(&self.frozen.insert(frozen).review)
    }

    fn freeze(&self, payload: &Payload) -> Result<Frozen, SessionError> {
        let checked = self.known.check(payload, &self.memory)?;
        let review = checked.review(&self.context);
        let verdict = match &self.folder {
            Some(folder) => folder.approval().judge(&review),
            None => checked.without_folder().judge(&review),
        };
        let review = review.with_excepted(verdict.lifted());
        let (seen, acknowledged) = (BTreeSet::new(), BTreeSet::new());
        let transport = payload.transport;
        Ok(Frozen { checked, review, verdict, seen, acknowledged, transport, elsewhere: false })
    }

    fn record_request(&mut self, frozen: &Frozen, at: UnixTime) {
        let bytes = frozen.checked.bytes();
        let what =
            format!("{}, {} bytes, digest {}", frozen.checked.kind(), bytes.len(), frozen.review.request_digest());
        self.record.append(Step { at, kind: "Request", what, who: "machine", content: Some(bytes) });
        let account = frozen.review.account();
        let json = vitrine_review::to_json(&frozen.review);
        let what = format!(
            "{} of {} bytes explained, review digest {}",
            account.explained(),
            account.total(),
            frozen.review.digest()
        );
        self.record.append(Step { at, kind: "Reviewed", what, who: "machine", content: Some(json.as_bytes()) });
        let verdict = &frozen.verdict;
        let lifted = verdict.lifted().len();
        let word = if verdict.passes() { "Passes" } else { "Refuses" };
        let exceptions =
            if lifted == 0 { String::new() } else { format!(", {lifted} findings excepted by the folder") };
        let what = format!("{word}, {} of {} rules{exceptions}", verdict.passed(), verdict.rules().len());
        self.note(at, "Policy", what, "machine");
    }

    /// The review of the frozen request.
    pub fn review(&self) -> Option<&Review> {
        self.frozen.as_ref().map(|frozen| &frozen.review)
    }

    /// What the approval policy says.
    pub fn verdict(&self) -> Option<&Verdict> {
        self.frozen.as_ref().map(|frozen| &frozen.verdict)
    }

    /// The review of the frozen request as one page of text; with a ceremony folder, what its policy says too.
    pub fn page(&self) -> Option<String> {
        let frozen = self.frozen.as_ref()?;
        let judged = |rule: &RuleResult| {
            let text = format!("{}. {}", rule.rule, rule.reason);
            JudgedRule { number: rule.number, passed: rule.passed, text }
        };
        let rules = frozen.verdict.rules().iter().filter(|_| self.folder.is_some());
        let mut page = to_judged_text(&frozen.review, &rules.map(judged).collect::<Vec<_>>());
        if self.askings() == Askings::Twice {
            page.push_str("\nTHE DEVICE\n  It is asked twice, and its signatures are compared.\n");
        }
        Some(page)
    }

    /// What a device of this kind is going to show for the frozen request; none where that is not foretold.
    pub fn foretold(&self, model: ScreenModel) -> Option<Foretold> {
        self.frozen.as_ref()?.checked.foretold(model)
    }

    /// Bytes of the frozen request.
    pub fn request(&self) -> Option<&[u8]> {
        self.frozen.as_ref().map(|frozen| frozen.checked.bytes())
    }

    /// Why the request is refused, one sentence each; empty if it is not.
    pub fn refusals(&self) -> Vec<String> {
        let Some(frozen) = &self.frozen else { return Vec::new() };
        let failed = frozen.verdict.rules().iter().filter(|r| !r.passed);
        let mut reasons: Vec<String> =
            failed.map(|r| format!("Rule {} is not kept: {}. {}", r.number, r.rule, r.reason)).collect();
        if self.folder.is_none() {
            reasons.push("There is no ceremony folder, so nothing is proven ours.".to_owned());
        }
        reasons
    }

    /// Notes that a person looked at a field.
    pub fn see(&mut self, field_code: &str) {
        if let Some(frozen) = self.frozen.as_mut().filter(|f| f.review.document().field(field_code).is_some()) {
            frozen.seen.insert(field_code.to_owned());
        }
    }

    /// Whether a person looked at a field.
    pub fn has_seen(&self, field_code: &str) -> bool {
        self.frozen.as_ref().is_some_and(|frozen| frozen.seen.contains(field_code))
    }

    /// Fields seen, and fields there are.
    pub fn fields_seen(&self) -> (usize, usize) {
        self.frozen.as_ref().map_or((0, 0), |f| (f.seen.len(), f.review.document().fields().count()))
    }

    /// Counts every field as seen: for a caller who states the digest of a review that he read elsewhere.
    ///
    /// # Errors
    /// [`SessionError::OtherDigest`] if that was another review.
    pub fn reviewed_elsewhere(&mut self, digest: Digest) -> Result<(), SessionError> {
        self.check_digest("approve", digest)?;
        if let Some(frozen) = &mut self.frozen {
            frozen.seen = frozen.review.document().fields().map(|f| f.code.clone()).collect();
            frozen.elsewhere = true;
        }
        Ok(())
    }

    /// Acknowledges the finding with this number of [`Review::findings`].
    ///
    /// # Errors
    /// [`SessionError::NothingToAcknowledge`] if it is no caution.
    pub fn acknowledge(&mut self, finding: usize, at: UnixTime) -> Result<(), SessionError> {
        self.expect("acknowledge", &[Stage::Reviewed])?;
        if !self.cautions().contains(&finding) {
            return Err(SessionError::NothingToAcknowledge(finding));
        }
        let Some(frozen) = &mut self.frozen else { return Ok(()) };
        let code = frozen.review.findings().iter().nth(finding).map_or("", |f| f.code);
        if frozen.acknowledged.insert(finding) {
            self.note(at, "Caution", format!("{code} acknowledged"), "signer");
        }
        Ok(())
    }

    /// Whether this finding was acknowledged.
    pub fn acknowledged(&self, finding: usize) -> bool {
        self.frozen.as_ref().is_some_and(|frozen| frozen.acknowledged.contains(&finding))
    }

    /// Numbers of the findings that must be acknowledged: cautions, and restricted ones that the folder allows.
    pub fn cautions(&self) -> Vec<usize> {
        let Some(frozen) = &self.frozen else { return Vec::new() };
        (0..frozen.review.findings().len()).filter(|finding| frozen.review.must_be_acknowledged(*finding)).collect()
    }

    /// Everything that must be true before signing, done or not.
    pub fn gates(&self) -> Vec<Gate> {
        let Some(frozen) = &self.frozen else { return Vec::new() };
        let passes = frozen.verdict.passes() && self.folder.is_some();
        let policy = if passes { "Policy passes" } else { "Policy refuses" };
        let (seen, fields) = self.fields_seen();
        let cautions = self.cautions();
        let acknowledged = cautions.iter().filter(|i| self.acknowledged(**i)).count();
        vec![
            Gate { label: policy.to_owned(), done: passes },
            Gate { label: "Decoders agree".to_owned(), done: true },
            Gate { label: format!("{seen} of {fields} fields seen"), done: seen == fields },
            Gate {
                label: format!("{acknowledged} of {} cautions acknowledged", cautions.len()),
                done: acknowledged == cautions.len(),
            },
        ]
    }

    /// Approves the review with this digest.
    ///
    /// # Errors
    /// [`SessionError`] if the request is refused, the digest is another one's, no device could sign it, or a gate is
    /// open.
    pub fn approve(&mut self, digest: Digest, at: UnixTime) -> Result<SignOrder, SessionError> {
        self.check_digest("approve", digest)?;
        let open: Vec<String> = self.gates().into_iter().filter(|g| !g.done).map(|g| g.label).collect();
        if !open.is_empty() {
            return Err(SessionError::GatesOpen(open));
        }
        let Some(frozen) = &self.frozen else {
            return Err(SessionError::OutOfOrder { step: "approve", stage: self.stage });
        };
        let network = recognise::network(&self.known);
        let order = SignOrder::new(frozen.checked.clone(), digest, self.askings(), self.typed_data(), network);
        let read = if frozen.elsewhere { "read elsewhere and stated here" } else { "every field seen here" };
        self.stage = Stage::Approved;
        self.note(at, "Approved", format!("Review digest {digest}, {read}"), "signer");
        Ok(order)
    }

    fn check_digest(&self, step: &'static str, approved: Digest) -> Result<(), SessionError> {
        if self.stage == Stage::Refused {
            return Err(SessionError::Refused(self.refusals()));
        }
        self.expect(step, &[Stage::Reviewed])?;
        let review = self.review().map(Review::digest);
        match review {
            Some(review) if review == approved => Ok(()),
            Some(review) => Err(SessionError::OtherDigest { approved, review }),
            None => Err(SessionError::OutOfOrder { step, stage: self.stage }),
        }
    }

    /// Takes what a device returned for a [`SignOrder`] of this session and verifies it against the reviewed request.
    /// After a device error the request stays approved, so that another try needs no second review; after a failed
    /// verification the session is refused.
    ///
    /// # Errors
    /// [`SessionError::Device`], [`SessionError::Verification`] and [`SessionError::OtherNonce`].
    pub fn signed(&mut self, returned: Result<Returned, NotSigned>, at: UnixTime) -> Result<&Signed, SessionError> {
        self.expect("take signatures", &[Stage::Approved])?;
        let returned = match returned {
            Ok(returned) => returned,
            Err(error) => {
                self.note(at, "Not signed", error.to_string(), "machine");
                return Err(SessionError::Device(error));
            }
        };
        self.note_device(&returned, at);
        let signed = self.verify(returned).inspect_err(|error| {
            self.stage = Stage::Refused;
            self.note(at, "Not verified", error.to_string(), "machine");
        })?;
        let what = signed.summary();
        let content = Some(signed.remembered());
        self.record.append(Step { at, kind: signed.kind(), what, who: signed.device(), content });
        self.stage = Stage::Signed;
        Ok(self.result.insert(signed))
    }

    /// Notes which device answered.
    fn note_device(&mut self, returned: &Returned, at: UnixTime) {
        let mut what = match returned.fingerprint {
            Some(fingerprint) => format!("Fingerprint {fingerprint}"),
            None => "It does not tell its fingerprint".to_owned(),
        };
        if let Known::Bitcoin(known) = &self.known {
            let wallets = recognise::belonging(&known.wallets, returned.fingerprint);
            what.extend(wallets.iter().map(|wallet| format!("; wallet {}", wallet.phrase())));
        }
        what.extend(recognise::known_against(&returned.identity).iter().map(|problem| format!("; known: {problem}")));
        self.note(at, "Device", what, &returned.identity.name());
    }

    /// Notes that a person read what is known against a device, and wants to sign with it all the same.
    pub fn acknowledge_device(&mut self, device: &str, at: UnixTime) {
        self.note(at, "Caution", format!("{device}: what is known against it acknowledged"), "signer");
    }

    fn verify(&self, returned: Returned) -> Result<Signed, SessionError> {
        let Some(frozen) = &self.frozen else {
            return Err(SessionError::OutOfOrder { step: "verify", stage: self.stage });
        };
        let review = frozen.review.digest();
        if returned.digest != review {
            return Err(SessionError::OtherDigest { approved: returned.digest, review });
        }
        let checked = &frozen.checked;
        let verify = |signatures| Proven::verify(checked, signatures).map_err(SessionError::Verification);
        let Returned { identity, signatures, again, nonces: rules, .. } = returned;
        let proven = verify(&signatures)?;
        let proven_again = again.as_ref().map(verify).transpose()?;
        let nonces = match again.as_ref().zip(proven_again.as_ref()) {
            Some(again) => nonces::compare(checked, rules, (&signatures, &proven), again)?,
            None => nonces::not_compared(checked, rules, self.askings(), &signatures),
        };
        let signed = Signed::new(checked, &proven, proven_again.as_ref(), frozen.transport);
        let device = identity.name();
        Ok(signed.map_err(SessionError::Verification)?.by(device, nonces))
    }

    /// How often the ceremony has a device asked for its signatures, if they can be compared.
    pub fn askings(&self) -> Askings {
        match self.folder.as_ref().is_some_and(|folder| folder.approval().sign_twice) {
            true => Askings::Twice,
            false => Askings::Once,
        }
    }

    fn typed_data(&self) -> TypedDataRule {
        let rules = self.folder.as_ref().and_then(|folder| folder.approval().ethereum.as_ref());
        rules.map_or(TypedDataRule::Fields, |rules| rules.typed_data)
    }

    /// The verified result.
    pub fn result(&self) -> Option<&Signed> {
        self.result.as_ref()
    }

    /// Notes that the codes to be shown were read back by the independent decoder.
    ///
    /// # Errors
    /// [`SessionError::OutOfOrder`] if nothing is signed, [`SessionError::OtherPayload`] if something else was read back.
    pub fn presented(&mut self, read_back: &ReadBack, at: UnixTime) -> Result<(), SessionError> {
        self.expect("present", &[Stage::Signed, Stage::Presented])?;
        let signed = self.result.as_ref().ok_or(SessionError::OtherPayload)?;
        if vitrine_review::sha256(&signed.payload().bytes) != Digest::new(read_back.sha256) {
            return Err(SessionError::OtherPayload);
        }
        let parts = read_back.parts;
        let all = if parts == 1 { "The one part equals".to_owned() } else { format!("All {parts} parts equal") };
        self.note(at, "Read back", format!("{all} the {}", signed.what()), "machine");
        self.stage = Stage::Presented;
        Ok(())
    }

    /// Ends the session before its end, with a reason for the record.
    pub fn abort(&mut self, reason: &str, at: UnixTime) {
        self.note(at, "Aborted", vitrine_review::escape(reason), "signer");
        self.stage = Stage::Closed;
    }

    /// Ends the session.
    pub fn close(&mut self, at: UnixTime) {
        self.note(at, "Closed", format!("The request was {} at the end", self.stage), "signer");
        self.stage = Stage::Closed;
    }

    fn note(&mut self, at: UnixTime, kind: &str, what: String, who: &str) {
        self.record.append(Step { at, kind, what, who, content: None });
    }

    fn expect(&self, step: &'static str, stages: &[Stage]) -> Result<(), SessionError> {
        if stages.contains(&self.stage) {
            return Ok(());
        }
        Err(SessionError::OutOfOrder { step, stage: self.stage })
    }
}

fn known(folder: Option<&Folder>, network: Option<&str>) -> Result<Known, SessionError> {
    let asked = Known::nothing(network)?;
    match (folder, network) {
        (Some(folder), Some(network)) if !folder.known().is_network(network) => Err(SessionError::Network(format!(
            "network {} was asked for, the ceremony folder says {}. Leave the network out",
            vitrine_review::escape(network),
            folder.network()
        ))),
        (Some(folder), _) => Ok(folder.known().clone()),
        (None, _) => Ok(asked),
    }
}
