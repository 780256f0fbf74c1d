//! The domain: for which program, chain and contract a signature is.

use alloy_primitives::{Address, B256, U256};

use super::types::Types;
use super::value::TypedNode;
use super::{DOMAIN_TYPE, TypedDataError, TypedDataProblem};
use crate::json::Json;

/// The members that EIP-712 gives the domain, with their types, in its order.
const MEMBERS: [(&str, &str); 5] = [
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
    ("salt", "bytes32"),
];

/// The domain of a typed-data request, as it is hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// `name`; hostile.
    pub name: Option<String>,
    /// `version`; hostile.
    pub version: Option<String>,
    /// `chainId`.
    pub chain_id: DomainChain,
    /// `verifyingContract`.
    pub verifying_contract: Option<Address>,
    /// `salt`.
    pub salt: Option<B256>,
    /// The same as values with their places.
    pub node: TypedNode,
}

/// For which chain a signature is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DomainChain {
    /// The domain names none: the signature is good on every chain.
    Absent,
    /// The domain names chain 0, which is none.
    Zero,
    /// This chain.
    Chain(U256),
}

impl Domain {
    pub(super) fn new(node: TypedNode) -> Self {
        let text = |name| node.member(name).and_then(TypedNode::text).map(str::to_owned);
        let chain_id = match node.member("chainId").and_then(TypedNode::uint) {
            None => DomainChain::Absent,
            Some(id) if id.is_zero() => DomainChain::Zero,
            Some(id) => DomainChain::Chain(id),
        };
        let salt = node.member("salt").and_then(TypedNode::bytes).map(|salt| B256::right_padding_from(salt.bytes()));
        let verifying_contract = node.member("verifyingContract").and_then(TypedNode::address);
        Self { name: text("name"), version: text("version"), chain_id, verifying_contract, salt, node }
    }
}

/// Whether the declared domain is a selection of EIP-712's members in its order. Programs hash others differently:
/// some by the declaration, some by the keys that are there.
pub(super) fn check_declaration(types: &Types) -> Result<(), TypedDataError> {
    let mut allowed = MEMBERS.iter();
    for member in types.members(DOMAIN_TYPE) {
        let kind = member.kind.to_string();
        if !allowed.any(|(name, known)| *name == member.name && *known == kind) {
            let problem = TypedDataProblem::DomainMember(format!("{kind} {}", member.name));
            return Err(TypedDataError { offset: member.name_span.start, problem });
        }
    }
    Ok(())
}

/// Whether the domain has the declared keys alone.
pub(super) fn check_keys(types: &Types, domain: &Json) -> Result<(), TypedDataError> {
    let declared = types.members(DOMAIN_TYPE);
    let mut given = domain.members().unwrap_or_default().iter();
    match given.find(|given| declared.iter().all(|member| member.name != given.key)) {
        Some(undeclared) => Err(TypedDataError {
            offset: undeclared.key_span.start,
            problem: TypedDataProblem::UndeclaredDomainKey(undeclared.key.clone()),
        }),
        None => Ok(()),
    }
}
