//! Typed data (EIP-712), as `eth_signTypedData_v4` takes it.
//!
//! The request is JSON; what is signed is a hash of the parts that the declared types ask for. All others are
//! [`TypedData::not_signed`], and nothing of them is shown as if it were. A value that two programs could read
//! differently is refused: the hash found here must be the one that alloy finds.
//!
//! Source: <https://eips.ethereum.org/EIPS/eip-712>

mod account;
mod domain;
mod error;
mod hash;
mod kind;
mod number;
mod recognised;
mod second_reading;
mod types;
mod value;

use alloy_primitives::B256;
use vitrine_review::Span;

pub use account::{TypedPart, TypedPartOwner};
pub use domain::{Domain, DomainChain};
pub use error::{TypedDataError, TypedDataProblem};
pub use kind::Kind;
pub use recognised::{
    AuthorizedSender, Ballot, CancelAuthorization, DaiPermit, Delegation, ForwardRequest, NftPermit,
    PackedUserOperation, Permit, Permit2Allowance, Permit2Transfer, PermitDetails, PermitForAll, Recognised, SafeOp,
    SafeTx, SeaportItem, SeaportOrder, Support, TokenPermissions, TransferAuthorization,
};
pub use types::{StructMember, StructType};
pub use value::{TypedNode, TypedValue};

use crate::json::{self, Document, Json};
use crate::limits;
use account::Seen;
use types::Types;

/// Name of the domain's type.
const DOMAIN_TYPE: &str = "EIP712Domain";

/// A typed-data request whose every byte is accounted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedData {
    domain: Domain,
    message: TypedNode,
    primary_type: String,
    primary_type_span: Span,
    encode_type: String,
    types: Types,
    not_signed: Vec<NotSigned>,
    structure: Vec<Span>,
    domain_hash: B256,
    message_hash: B256,
    digest: B256,
}

/// A member of the request that is not hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotSigned {
    /// Its path: `message.order.comment`. Of the request: hostile.
    pub path: String,
    /// Where it lies, from the key's first quote to the value's last byte.
    pub span: Span,
}

impl TypedData {
    /// Reads typed data that begins at `offset` of the request.
    ///
    /// # Errors
    /// [`TypedDataError`] unless it is strict JSON, complete, hashed by all programs alike, and alloy finds our hash.
    pub fn decode(bytes: &[u8], offset: usize) -> Result<Self, TypedDataError> {
        Self::read(json::read(bytes, offset)?, bytes, offset)
    }

    /// Reads typed data from its JSON, which stands in `bytes` that begin at `offset` of the request.
    pub(crate) fn read(document: Document, bytes: &[u8], offset: usize) -> Result<Self, TypedDataError> {
        let root = &document.root;
        let mut seen = Seen::default();
        let primary = part(root, "primaryType", &mut seen)?;
        let primary_type = primary.text().ok_or_else(|| wrong_kind(primary, "a string"))?;
        if primary_type == DOMAIN_TYPE {
            return Err(TypedDataError { offset: primary.span.start, problem: TypedDataProblem::PrimaryTypeIsDomain });
        }
        let types = Types::read(part(root, "types", &mut seen)?, primary_type, &mut seen)?;
        domain::check_declaration(&types)?;
        let (domain, message) = values(&types, root, primary_type, &mut seen)?;
        let (domain_hash, message_hash) = (hash::word(&types, &domain), hash::word(&types, &message));
        let digest = hash::digest(domain_hash, message_hash);
        second_reading::agrees(bytes, &message, digest).map_err(|problem| TypedDataError { offset, problem })?;
        let (not_signed, structure) = seen.divide(document.structure);
        Ok(Self {
            domain: Domain::new(domain),
            message,
            primary_type: primary_type.to_owned(),
            primary_type_span: primary.span,
            encode_type: types.encode_type(primary_type),
            types,
            not_signed,
            structure,
            domain_hash,
            message_hash,
            digest,
        })
    }

    /// The domain.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The message: a struct of the primary type.
    pub fn message(&self) -> &TypedNode {
        &self.message
    }

    /// Name of the message's type: an identifier, of the request.
    pub fn primary_type(&self) -> &str {
        &self.primary_type
    }

    /// `encodeType` of the primary type, as it is hashed.
    pub fn encode_type(&self) -> &str {
        &self.encode_type
    }

    /// The struct types that the message and the domain use, by name. All of them are hashed.
    pub fn types(&self) -> impl Iterator<Item = &StructType> {
        self.types.declared()
    }

    /// Members that are not hashed, in order.
    pub fn not_signed(&self) -> &[NotSigned] {
        &self.not_signed
    }

    /// The domain separator: `hashStruct(domain)`.
    pub fn domain_hash(&self) -> B256 {
        self.domain_hash
    }

    /// `hashStruct(message)`.
    pub fn message_hash(&self) -> B256 {
        self.message_hash
    }

    /// What is signed.
    pub fn digest(&self) -> B256 {
        self.digest
    }
}

fn part<'a>(root: &'a Json, name: &'static str, seen: &mut Seen) -> Result<&'a Json, TypedDataError> {
    let missing = || TypedDataError { offset: root.span.start, problem: TypedDataProblem::MissingPart(name) };
    root.members().ok_or_else(|| wrong_kind(root, "an object"))?;
    root.get(name).ok_or_else(missing)?;
    seen.member(root, name)
}

/// The domain and the message.
fn values(
    types: &Types,
    root: &Json,
    primary_type: &str,
    seen: &mut Seen,
) -> Result<(TypedNode, TypedNode), TypedDataError> {
    let (domain, message) = (part(root, "domain", seen)?, part(root, "message", seen)?);
    let known = ["types", "primaryType", "domain", "message"];
    let others = root.members().unwrap_or_default().iter().filter(|member| !known.contains(&member.key.as_str()));
    seen.not_signed("", others)?;
    let mut reader = value::Reader { types, seen, hashed: 0 };
    let domain_node = reader.root(DOMAIN_TYPE, domain, "domain")?;
    domain::check_keys(types, domain)?;
    let message_node = reader.root(primary_type, message, "message")?;
    let too_much = |what| TypedDataError { offset: message.span.start, problem: TypedDataProblem::TooMuch(what) };
    if reader.hashed > limits::TYPED_DATA_HASHED {
        return Err(too_much("structs"));
    }
    if types.expanded(primary_type).is_some_and(|count| count > limits::TYPED_DATA_EXPANDED) {
        return Err(too_much("members of types within types"));
    }
    Ok((domain_node, message_node))
}

fn wrong_kind(json: &Json, expected: &'static str) -> TypedDataError {
    let problem = TypedDataProblem::WrongKind(expected, json.kind());
    TypedDataError { offset: json.span.start, problem }
}
