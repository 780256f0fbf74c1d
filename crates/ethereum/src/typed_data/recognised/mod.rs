//! Messages whose meaning is known, by the exact description of their type.
//!
//! A type is what its `encodeType` says: a struct named `Permit` with other members is another type, and is not
//! recognised. Whether the contract that verifies the signature is the one that gives it this meaning is not checked
//! here: see [`super::Domain::verifying_contract`].

mod account;
mod governance;
mod token;
mod trade;

use alloy_primitives::{Address, B256, U256};

pub use account::{ForwardRequest, PackedUserOperation, SafeOp, SafeTx};
pub use governance::{Ballot, Delegation, Support};
pub use token::{
    AuthorizedSender, CancelAuthorization, DaiPermit, NftPermit, Permit, Permit2Allowance, Permit2Transfer,
    PermitDetails, PermitForAll, TokenPermissions, TransferAuthorization,
};
pub use trade::{SeaportItem, SeaportOrder};

use super::{TypedData, TypedNode};
use crate::Located;

/// A message whose meaning is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recognised {
    /// A Safe transaction.
    SafeTx(SafeTx),
    /// A message that a Safe signs: `SafeMessage(bytes message)`.
    SafeMessage(Located),
    /// A Safe's ERC-4337 operation.
    SafeOp(SafeOp),
    /// An ERC-4337 operation, as EntryPoint 0.8 and later verify it.
    PackedUserOperation(PackedUserOperation),
    /// A call that somebody else sends (ERC-2771).
    ForwardRequest(ForwardRequest),
    /// Spending right over an ERC-20 token (EIP-2612).
    Permit(Permit),
    /// Spending right over Dai and tokens made like it.
    DaiPermit(DaiPermit),
    /// Right over one token of an ERC-721 collection (ERC-4494, Uniswap positions).
    NftPermit(NftPermit),
    /// Right over all tokens of a collection (Uniswap v4 positions).
    PermitForAll(PermitForAll),
    /// Spending rights through Permit2: `PermitSingle`, `PermitBatch`.
    Permit2Allowance(Permit2Allowance),
    /// Transfers through Permit2: `PermitTransferFrom` and its batch and witness forms.
    Permit2Transfer(Permit2Transfer),
    /// A transfer of an ERC-20 token (EIP-3009).
    TransferAuthorization(TransferAuthorization),
    /// A transfer of EIP-3009 called off.
    CancelAuthorization(CancelAuthorization),
    /// An order of Seaport, which anybody may fill.
    SeaportOrder(SeaportOrder),
    /// Votes delegated (ERC-5805).
    Delegation(Delegation),
    /// A vote of a governor.
    Ballot(Ballot),
}

impl TypedData {
    /// What the message is, if its type is known exactly.
    pub fn recognise(&self) -> Option<Recognised> {
        let (encode_type, fields) = (self.encode_type(), Fields(self.message()));
        account::recognise(encode_type, &fields)
            .or_else(|| token::recognise(encode_type, &fields))
            .or_else(|| trade::recognise(encode_type, &fields))
            .or_else(|| governance::recognise(encode_type, &fields))
    }
}

/// Members of a struct by name and type.
struct Fields<'a>(&'a TypedNode);

impl<'a> Fields<'a> {
    fn uint(&self, name: &str) -> Option<U256> {
        self.0.member(name)?.uint()
    }

    fn small<T: TryFrom<U256>>(&self, name: &str) -> Option<T> {
        T::try_from(self.uint(name)?).ok()
    }

    fn address(&self, name: &str) -> Option<Address> {
        self.0.member(name)?.address()
    }

    fn bool(&self, name: &str) -> Option<bool> {
        self.0.member(name)?.bool()
    }

    fn bytes(&self, name: &str) -> Option<Located> {
        self.0.member(name)?.bytes().cloned()
    }

    fn bytes32(&self, name: &str) -> Option<B256> {
        B256::try_from(self.0.member(name)?.bytes()?.bytes()).ok()
    }

    fn text(&self, name: &str) -> Option<String> {
        self.0.member(name)?.text().map(str::to_owned)
    }

    /// The one struct of this name, or the structs of an array of this name.
    fn structs(&self, name: &str) -> Option<Vec<Fields<'a>>> {
        let node = self.0.member(name)?;
        Some(match node.kind {
            super::Kind::Array(..) => node.parts().iter().map(Fields).collect(),
            _ => vec![Fields(node)],
        })
    }
}
