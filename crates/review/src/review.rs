//! A whole review and its digest.

use std::collections::BTreeSet;

use crate::digest::Canonical;
use crate::{ByteAccount, Digest, Document, Effects, Finding, Findings, Severity, sha256};

/// What the ceremony adds to a request: it enters the digest, so that equal words mean equal circumstances.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Digest of the whole ceremony folder; none without a folder.
    pub folder: Option<Digest>,
    /// Head of the previous ceremony's record; none if there is none.
    pub record_head: Option<Digest>,
    /// Date that the operator stated, seconds since 1970, where a rule uses it.
    pub stated_time: Option<u64>,
    /// Block height that the operator stated, where a rule uses it.
    pub stated_height: Option<u32>,
}

/// The parts a chain hands over; [`Review::new`] adds the digests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewParts {
    /// Chain as shown: "Bitcoin".
    pub chain: &'static str,
    /// Network as shown: "mainnet", "testnet".
    pub network: String,
    /// The document.
    pub document: Document,
    /// The consequences.
    pub effects: Effects,
    /// The findings.
    pub findings: Findings,
    /// Who owns each byte.
    pub account: ByteAccount,
}

/// Everything a person must see before signing, and the digest that approval binds to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    parts: ReviewParts,
    /// Numbers of restricted findings that the ceremony excepts; never a number of another finding.
    excepted: BTreeSet<usize>,
    request_digest: Digest,
    digest: Digest,
}

impl Review {
    /// The review of `request`, in the given circumstances.
    pub fn new(parts: ReviewParts, request: &[u8], context: &Context) -> Self {
        let request_digest = sha256(request);
        let digest = digest(&parts, &request_digest, context);
        Self { parts, excepted: BTreeSet::new(), request_digest, digest }
    }

    /// The same review where the ceremony excepts the restricted findings with these numbers (in [`Review::findings`]):
    /// they are to be acknowledged like cautions. The digest is the same, for the folder's digest is part of it.
    #[must_use]
    pub fn with_excepted(mut self, findings: &[usize]) -> Self {
        let restricted = |(n, finding): (usize, &Finding)| (finding.severity == Severity::Restricted).then_some(n);
        let restricted: BTreeSet<usize> = self.findings().iter().enumerate().filter_map(restricted).collect();
        self.excepted = findings.iter().copied().filter(|n| restricted.contains(n)).collect();
        self
    }

    /// Whether the ceremony excepts the finding with this number.
    pub fn is_excepted(&self, finding: usize) -> bool {
        self.excepted.contains(&finding)
    }

    /// Whether the finding with this number has to be acknowledged: cautions, and restricted ones that are excepted.
    pub fn must_be_acknowledged(&self, finding: usize) -> bool {
        let severity = self.findings().iter().nth(finding).map(|finding| finding.severity);
        severity == Some(Severity::Caution) || self.is_excepted(finding)
    }

    /// Chain as shown.
    pub fn chain(&self) -> &'static str {
        self.parts.chain
    }

    /// Network as shown.
    pub fn network(&self) -> &str {
        &self.parts.network
    }

    /// The document.
    pub fn document(&self) -> &Document {
        &self.parts.document
    }

    /// The consequences.
    pub fn effects(&self) -> &Effects {
        &self.parts.effects
    }

    /// The findings.
    pub fn findings(&self) -> &Findings {
        &self.parts.findings
    }

    /// Who owns each byte.
    pub fn account(&self) -> &ByteAccount {
        &self.parts.account
    }

    /// SHA-256 of the request's bytes alone.
    pub fn request_digest(&self) -> Digest {
        self.request_digest
    }

    /// Digest of the request, the circumstances and everything the document says.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

/// Tagged digest over codes, typed values, proofs and finding codes. Never sentences, language or layout.
fn digest(parts: &ReviewParts, request: &Digest, context: &Context) -> Digest {
    let mut c = Canonical::new("vitrine/review/1");
    c.item(request.as_bytes());
    c.option(context.folder.as_ref().map(|d| d.as_bytes().as_slice()));
    c.option(context.record_head.as_ref().map(|d| d.as_bytes().as_slice()));
    c.option(context.stated_time.map(u64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice));
    c.option(context.stated_height.map(u32::to_be_bytes).as_ref().map(<[u8; 4]>::as_slice));
    c.item(parts.chain.as_bytes()).item(parts.network.as_bytes());
    for field in parts.document.fields() {
        c.item(b"field").item(field.code.as_bytes());
        c.item(field.value.kind().as_bytes()).item(&field.value.canonical());
        c.item(field.proof.state().as_bytes()).item(field.proof.code().as_bytes());
    }
    for finding in parts.findings.iter() {
        c.item(b"finding").item(finding.code.as_bytes()).item(finding.severity.word().as_bytes());
        c.option(finding.field.as_ref().map(String::as_bytes));
    }
    c.digest()
}
