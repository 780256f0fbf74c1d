//! Votes and their delegation.

use alloy_primitives::{Address, U256};

use super::{Fields, Recognised};
use crate::Located;

const DELEGATION: &str = "Delegation(address delegatee,uint256 nonce,uint256 expiry)";
const BALLOT_ALPHA: &str = "Ballot(uint256 proposalId,bool support)";
const BALLOT_4: &str = "Ballot(uint256 proposalId,uint8 support)";
const BALLOT_5: &str = "Ballot(uint256 proposalId,uint8 support,address voter,uint256 nonce)";
const EXTENDED_BALLOT_4: &str = "ExtendedBallot(uint256 proposalId,uint8 support,string reason,bytes params)";
const EXTENDED_BALLOT_5: &str =
    "ExtendedBallot(uint256 proposalId,uint8 support,address voter,uint256 nonce,string reason,bytes params)";

/// Votes delegated: ERC-5805, Compound's COMP and tokens made like it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// `delegatee`: who votes.
    pub delegatee: Address,
    /// `nonce`.
    pub nonce: U256,
    /// `expiry` of the signature, Unix time.
    pub expiry: U256,
}

/// A vote of Compound's governors or of OpenZeppelin's, versions 4 and 5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ballot {
    /// `proposalId`.
    pub proposal_id: U256,
    /// `support`.
    pub support: Support,
    /// `voter`; only OpenZeppelin 5 binds it.
    pub voter: Option<Address>,
    /// `nonce`; only OpenZeppelin 5 has it.
    pub nonce: Option<U256>,
    /// `reason`, of the extended form; hostile.
    pub reason: Option<String>,
    /// `params`, of the extended form.
    pub params: Option<Located>,
}

/// How a ballot votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// For or against, as Compound's first governor counts.
    YesOrNo(bool),
    /// 0 against, 1 for, 2 abstain, as governors usually count; a governor may give numbers other meanings.
    Number(u8),
}

pub(super) fn recognise(encode_type: &str, fields: &Fields<'_>) -> Option<Recognised> {
    match encode_type {
        DELEGATION => Some(Recognised::Delegation(Delegation {
            delegatee: fields.address("delegatee")?,
            nonce: fields.uint("nonce")?,
            expiry: fields.uint("expiry")?,
        })),
        BALLOT_ALPHA => ballot(fields, Support::YesOrNo(fields.bool("support")?)),
        BALLOT_4 | BALLOT_5 | EXTENDED_BALLOT_4 | EXTENDED_BALLOT_5 => {
            ballot(fields, Support::Number(fields.small("support")?))
        }
        _ => None,
    }
}

fn ballot(fields: &Fields<'_>, support: Support) -> Option<Recognised> {
    Some(Recognised::Ballot(Ballot {
        proposal_id: fields.uint("proposalId")?,
        support,
        voter: fields.address("voter"),
        nonce: fields.uint("nonce"),
        reason: fields.text("reason"),
        params: fields.bytes("params"),
    }))
}
