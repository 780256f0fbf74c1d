//! The review document of a PSBT.

use vitrine_review::{ByteAccount, Context, Document, Effects, Findings, Review, ReviewParts, WorstCase};

use crate::CheckedPsbt;

pub(crate) fn review(checked: &CheckedPsbt, context: &Context) -> Review {
    let parts = ReviewParts {
        chain: "Bitcoin",
        network: checked.network().name().to_owned(),
        document: Document::new(Vec::new())
            .unwrap_or_else(|_| Document::new(Vec::new()).unwrap_or_else(|_| std::process::abort())),
        effects: Effects {
            list: Vec::new(),
            leaving: None,
            worst_case: WorstCase::Unbounded("not reviewed".to_owned()),
            others_can_change: Vec::new(),
        },
        findings: Findings::default(),
        account: ByteAccount::new(0, Vec::new()).unwrap_or_else(|_| std::process::abort()),
    };
    Review::new(parts, checked.bytes(), context)
}
