//! Messages that give away tokens, or the right to take them.

use alloy_primitives::{Address, B256, U256};

use super::{Fields, Recognised};

const PERMIT: &str = "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)";
const PERMIT_DAI: &str = "Permit(address holder,address spender,uint256 nonce,uint256 expiry,bool allowed)";
const PERMIT_NFT: &str = "Permit(address spender,uint256 tokenId,uint256 nonce,uint256 deadline)";
const PERMIT_FOR_ALL: &str = "PermitForAll(address operator,bool approved,uint256 nonce,uint256 deadline)";

const PERMIT_SINGLE: &str = "PermitSingle(PermitDetails details,address spender,uint256 sigDeadline)\
                             PermitDetails(address token,uint160 amount,uint48 expiration,uint48 nonce)";
const PERMIT_BATCH: &str = "PermitBatch(PermitDetails[] details,address spender,uint256 sigDeadline)\
                            PermitDetails(address token,uint160 amount,uint48 expiration,uint48 nonce)";
const TOKEN_PERMISSIONS: &str = "TokenPermissions(address token,uint256 amount)";
const TRANSFER: &str = "PermitTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline)";
const TRANSFER_BATCH: &str =
    "PermitBatchTransferFrom(TokenPermissions[] permitted,address spender,uint256 nonce,uint256 deadline)";
const TRANSFER_WITNESS: &str =
    "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,";
const TRANSFER_BATCH_WITNESS: &str =
    "PermitBatchWitnessTransferFrom(TokenPermissions[] permitted,address spender,uint256 nonce,uint256 deadline,";

const TRANSFER_AUTHORIZATION: &str = "TransferWithAuthorization(address from,address to,uint256 value,\
                                      uint256 validAfter,uint256 validBefore,bytes32 nonce)";
const RECEIVE_AUTHORIZATION: &str = "ReceiveWithAuthorization(address from,address to,uint256 value,\
                                     uint256 validAfter,uint256 validBefore,bytes32 nonce)";
const CANCEL_AUTHORIZATION: &str = "CancelAuthorization(address authorizer,bytes32 nonce)";

/// EIP-2612: the spender may take `value` of the token that verifies it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    /// `owner`: has to be the signer.
    pub owner: Address,
    /// `spender`.
    pub spender: Address,
    /// `value`, in the token's smallest unit.
    pub value: U256,
    /// `nonce`.
    pub nonce: U256,
    /// `deadline` of the signature, Unix time.
    pub deadline: U256,
}

/// Dai: the spender may take everything, or nothing any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaiPermit {
    /// `holder`: has to be the signer.
    pub holder: Address,
    /// `spender`.
    pub spender: Address,
    /// `nonce`.
    pub nonce: U256,
    /// `expiry` of the signature, Unix time; 0 is never.
    pub expiry: U256,
    /// `allowed`: without limit, or not at all.
    pub allowed: bool,
}

/// ERC-4494: the spender may take one token of the collection that verifies it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NftPermit {
    /// `spender`.
    pub spender: Address,
    /// `tokenId`.
    pub token_id: U256,
    /// `nonce`.
    pub nonce: U256,
    /// `deadline` of the signature, Unix time.
    pub deadline: U256,
}

/// The operator may take all tokens of the collection that verifies it, or none any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermitForAll {
    /// `operator`.
    pub operator: Address,
    /// `approved`.
    pub approved: bool,
    /// `nonce`.
    pub nonce: U256,
    /// `deadline` of the signature, Unix time.
    pub deadline: U256,
}

/// Permit2 `PermitSingle`, `PermitBatch`: the spender may take these tokens until they expire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit2Allowance {
    /// `details`.
    pub details: Vec<PermitDetails>,
    /// `spender`.
    pub spender: Address,
    /// `sigDeadline` of the signature, Unix time.
    pub sig_deadline: U256,
}

/// One token of a [`Permit2Allowance`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermitDetails {
    /// `token`.
    pub token: Address,
    /// `amount`, in the token's smallest unit; 2^160 − 1 is without limit.
    pub amount: U256,
    /// `expiration` of the right, Unix time; 0 is the block in which it is set.
    pub expiration: u64,
    /// `nonce`.
    pub nonce: u64,
}

/// Permit2 `PermitTransferFrom`, `PermitBatchTransferFrom` and the forms with a witness: the spender may take up to
/// these amounts once, and send them anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit2Transfer {
    /// `permitted`.
    pub permitted: Vec<TokenPermissions>,
    /// `spender`: who calls Permit2 and names the recipients.
    pub spender: Address,
    /// `nonce`.
    pub nonce: U256,
    /// `deadline`, Unix time.
    pub deadline: U256,
    /// Name of the member of the message that the spender binds itself to, if there is one: an identifier.
    pub witness: Option<String>,
}

/// One token of a [`Permit2Transfer`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenPermissions {
    /// `token`.
    pub token: Address,
    /// `amount`, in the token's smallest unit.
    pub amount: U256,
}

/// EIP-3009: a transfer that anybody may send, or only the recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferAuthorization {
    /// `from`: has to be the signer.
    pub from: Address,
    /// `to`.
    pub to: Address,
    /// `value`, in the token's smallest unit.
    pub value: U256,
    /// `validAfter`, Unix time.
    pub valid_after: U256,
    /// `validBefore`, Unix time.
    pub valid_before: U256,
    /// `nonce`.
    pub nonce: B256,
    /// Who may send it.
    pub sender: AuthorizedSender,
}

/// Who may send a [`TransferAuthorization`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthorizedSender {
    /// Anybody: `TransferWithAuthorization`.
    Anybody,
    /// The recipient alone: `ReceiveWithAuthorization`.
    Recipient,
}

/// EIP-3009: the authorization with this nonce is void.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelAuthorization {
    /// `authorizer`: has to be the signer.
    pub authorizer: Address,
    /// `nonce`.
    pub nonce: B256,
}

pub(super) fn recognise(encode_type: &str, fields: &Fields<'_>) -> Option<Recognised> {
    match encode_type {
        PERMIT => permit(fields).map(Recognised::Permit),
        PERMIT_DAI => dai_permit(fields).map(Recognised::DaiPermit),
        PERMIT_NFT => nft_permit(fields).map(Recognised::NftPermit),
        PERMIT_FOR_ALL => permit_for_all(fields).map(Recognised::PermitForAll),
        PERMIT_SINGLE | PERMIT_BATCH => allowance(fields).map(Recognised::Permit2Allowance),
        TRANSFER_AUTHORIZATION => {
            transfer_authorization(fields, AuthorizedSender::Anybody).map(Recognised::TransferAuthorization)
        }
        RECEIVE_AUTHORIZATION => {
            transfer_authorization(fields, AuthorizedSender::Recipient).map(Recognised::TransferAuthorization)
        }
        CANCEL_AUTHORIZATION => Some(Recognised::CancelAuthorization(CancelAuthorization {
            authorizer: fields.address("authorizer")?,
            nonce: fields.bytes32("nonce")?,
        })),
        _ => transfer(encode_type, fields).map(Recognised::Permit2Transfer),
    }
}

fn permit(fields: &Fields<'_>) -> Option<Permit> {
    Some(Permit {
        owner: fields.address("owner")?,
        spender: fields.address("spender")?,
        value: fields.uint("value")?,
        nonce: fields.uint("nonce")?,
        deadline: fields.uint("deadline")?,
    })
}

fn dai_permit(fields: &Fields<'_>) -> Option<DaiPermit> {
    Some(DaiPermit {
        holder: fields.address("holder")?,
        spender: fields.address("spender")?,
        nonce: fields.uint("nonce")?,
        expiry: fields.uint("expiry")?,
        allowed: fields.bool("allowed")?,
    })
}

fn nft_permit(fields: &Fields<'_>) -> Option<NftPermit> {
    Some(NftPermit {
        spender: fields.address("spender")?,
        token_id: fields.uint("tokenId")?,
        nonce: fields.uint("nonce")?,
        deadline: fields.uint("deadline")?,
    })
}

fn permit_for_all(fields: &Fields<'_>) -> Option<PermitForAll> {
    Some(PermitForAll {
        operator: fields.address("operator")?,
        approved: fields.bool("approved")?,
        nonce: fields.uint("nonce")?,
        deadline: fields.uint("deadline")?,
    })
}

fn allowance(fields: &Fields<'_>) -> Option<Permit2Allowance> {
    let details = |detail: &Fields<'_>| {
        Some(PermitDetails {
            token: detail.address("token")?,
            amount: detail.uint("amount")?,
            expiration: detail.small("expiration")?,
            nonce: detail.small("nonce")?,
        })
    };
    Some(Permit2Allowance {
        details: fields.structs("details")?.iter().map(details).collect::<Option<_>>()?,
        spender: fields.address("spender")?,
        sig_deadline: fields.uint("sigDeadline")?,
    })
}

fn transfer_authorization(fields: &Fields<'_>, sender: AuthorizedSender) -> Option<TransferAuthorization> {
    Some(TransferAuthorization {
        from: fields.address("from")?,
        to: fields.address("to")?,
        value: fields.uint("value")?,
        valid_after: fields.uint("validAfter")?,
        valid_before: fields.uint("validBefore")?,
        nonce: fields.bytes32("nonce")?,
        sender,
    })
}

fn transfer(encode_type: &str, fields: &Fields<'_>) -> Option<Permit2Transfer> {
    let permission = |permission: &Fields<'_>| {
        Some(TokenPermissions { token: permission.address("token")?, amount: permission.uint("amount")? })
    };
    let witness = witness(encode_type)?;
    Some(Permit2Transfer {
        permitted: fields.structs("permitted")?.iter().map(permission).collect::<Option<_>>()?,
        spender: fields.address("spender")?,
        nonce: fields.uint("nonce")?,
        deadline: fields.uint("deadline")?,
        witness,
    })
}

/// Whether the type is a transfer of Permit2, and the name of its witness.
///
/// Permit2 takes the description of the witness from its caller: one more member, then the types, sorted.
fn witness(encode_type: &str) -> Option<Option<String>> {
    for plain in [TRANSFER, TRANSFER_BATCH] {
        if encode_type.strip_prefix(plain) == Some(TOKEN_PERMISSIONS) {
            return Some(None);
        }
    }
    let rest = [TRANSFER_WITNESS, TRANSFER_BATCH_WITNESS].iter().find_map(|stub| encode_type.strip_prefix(stub))?;
    let (member, types) = rest.split_once(')')?;
    let (_, name) = member.split_once(' ').filter(|_| !member.contains(','))?;
    let declares = |declaration: &str| declaration == TOKEN_PERMISSIONS;
    let mut declarations = types.split_inclusive(')');
    declarations.any(declares).then(|| Some(name.to_owned()))
}
