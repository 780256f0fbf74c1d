//! Messages that make an account act: Safe transactions, ERC-4337 operations, forwarded calls.

use alloy_primitives::{Address, B256, U256};

use super::{Fields, Recognised};
use crate::Located;

const SAFE_TX: &str = "SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,\
                       uint256 gasPrice,address gasToken,address refundReceiver,uint256 nonce)";
const SAFE_MESSAGE: &str = "SafeMessage(bytes message)";
const SAFE_OP_0_2: &str = "SafeOp(address safe,uint256 nonce,bytes initCode,bytes callData,uint256 callGasLimit,\
                           uint256 verificationGasLimit,uint256 preVerificationGas,uint256 maxFeePerGas,\
                           uint256 maxPriorityFeePerGas,bytes paymasterAndData,uint48 validAfter,uint48 validUntil,\
                           address entryPoint)";
const SAFE_OP_0_3: &str = "SafeOp(address safe,uint256 nonce,bytes initCode,bytes callData,\
                           uint128 verificationGasLimit,uint128 callGasLimit,uint256 preVerificationGas,\
                           uint128 maxPriorityFeePerGas,uint128 maxFeePerGas,bytes paymasterAndData,\
                           uint48 validAfter,uint48 validUntil,address entryPoint)";
const PACKED_USER_OPERATION: &str = "PackedUserOperation(address sender,uint256 nonce,bytes initCode,bytes callData,\
                                     bytes32 accountGasLimits,uint256 preVerificationGas,bytes32 gasFees,\
                                     bytes paymasterAndData)";
const FORWARD_REQUEST_4: &str =
    "ForwardRequest(address from,address to,uint256 value,uint256 gas,uint256 nonce,bytes data)";
const FORWARD_REQUEST_5: &str =
    "ForwardRequest(address from,address to,uint256 value,uint256 gas,uint256 nonce,uint48 deadline,bytes data)";

/// A Safe transaction, of Safe 1.0.0 and later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeTx {
    /// `to`.
    pub to: Address,
    /// `value`, in wei.
    pub value: U256,
    /// `data`, with its place in the request.
    pub data: Located,
    /// `operation`: 0 is a call, 1 a delegatecall; others revert.
    pub operation: u8,
    /// `safeTxGas`.
    pub safe_tx_gas: U256,
    /// `baseGas`.
    pub base_gas: U256,
    /// `gasPrice`: above 0 the Safe refunds the sender.
    pub gas_price: U256,
    /// `gasToken`: the token of the refund; zero is ether.
    pub gas_token: Address,
    /// `refundReceiver`: zero is the sender.
    pub refund_receiver: Address,
    /// `nonce`.
    pub nonce: U256,
}

/// An operation for Safe's ERC-4337 module, of versions 0.2.0 and 0.3.0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeOp {
    /// `safe`.
    pub safe: Address,
    /// `nonce`.
    pub nonce: U256,
    /// `initCode`.
    pub init_code: Located,
    /// `callData`.
    pub call_data: Located,
    /// `callGasLimit`.
    pub call_gas_limit: U256,
    /// `verificationGasLimit`.
    pub verification_gas_limit: U256,
    /// `preVerificationGas`.
    pub pre_verification_gas: U256,
    /// `maxFeePerGas`, in wei.
    pub max_fee_per_gas_wei: U256,
    /// `maxPriorityFeePerGas`, in wei.
    pub max_priority_fee_per_gas_wei: U256,
    /// `paymasterAndData`.
    pub paymaster_and_data: Located,
    /// `validAfter`, Unix time; 0 is at once.
    pub valid_after: u64,
    /// `validUntil`, Unix time; 0 is for ever.
    pub valid_until: u64,
    /// `entryPoint`.
    pub entry_point: Address,
}

/// An ERC-4337 operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedUserOperation {
    /// `sender`.
    pub sender: Address,
    /// `nonce`.
    pub nonce: U256,
    /// `initCode`.
    pub init_code: Located,
    /// `callData`.
    pub call_data: Located,
    /// `accountGasLimits`: verification gas, then call gas, 16 bytes each.
    pub account_gas_limits: B256,
    /// `preVerificationGas`.
    pub pre_verification_gas: U256,
    /// `gasFees`: priority fee, then maximum fee, 16 bytes each, in wei.
    pub gas_fees: B256,
    /// `paymasterAndData`.
    pub paymaster_and_data: Located,
}

/// A call that a forwarder makes in the signer's name (OpenZeppelin 4 and 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForwardRequest {
    /// `from`.
    pub from: Address,
    /// `to`.
    pub to: Address,
    /// `value`, in wei.
    pub value: U256,
    /// `gas`.
    pub gas: U256,
    /// `nonce`.
    pub nonce: U256,
    /// `deadline`, Unix time; OpenZeppelin 4 has none.
    pub deadline: Option<u64>,
    /// `data`.
    pub data: Located,
}

pub(super) fn recognise(encode_type: &str, fields: &Fields<'_>) -> Option<Recognised> {
    match encode_type {
        SAFE_TX => safe_tx(fields).map(Recognised::SafeTx),
        SAFE_MESSAGE => fields.bytes("message").map(Recognised::SafeMessage),
        SAFE_OP_0_2 | SAFE_OP_0_3 => safe_op(fields).map(Recognised::SafeOp),
        PACKED_USER_OPERATION => packed_user_operation(fields).map(Recognised::PackedUserOperation),
        FORWARD_REQUEST_4 => forward_request(fields, None).map(Recognised::ForwardRequest),
        FORWARD_REQUEST_5 => forward_request(fields, Some(fields.small("deadline")?)).map(Recognised::ForwardRequest),
        _ => None,
    }
}

fn safe_tx(fields: &Fields<'_>) -> Option<SafeTx> {
    Some(SafeTx {
        to: fields.address("to")?,
        value: fields.uint("value")?,
        data: fields.bytes("data")?,
        operation: fields.small("operation")?,
        safe_tx_gas: fields.uint("safeTxGas")?,
        base_gas: fields.uint("baseGas")?,
        gas_price: fields.uint("gasPrice")?,
        gas_token: fields.address("gasToken")?,
        refund_receiver: fields.address("refundReceiver")?,
        nonce: fields.uint("nonce")?,
    })
}

fn safe_op(fields: &Fields<'_>) -> Option<SafeOp> {
    Some(SafeOp {
        safe: fields.address("safe")?,
        nonce: fields.uint("nonce")?,
        init_code: fields.bytes("initCode")?,
        call_data: fields.bytes("callData")?,
        call_gas_limit: fields.uint("callGasLimit")?,
        verification_gas_limit: fields.uint("verificationGasLimit")?,
        pre_verification_gas: fields.uint("preVerificationGas")?,
        max_fee_per_gas_wei: fields.uint("maxFeePerGas")?,
        max_priority_fee_per_gas_wei: fields.uint("maxPriorityFeePerGas")?,
        paymaster_and_data: fields.bytes("paymasterAndData")?,
        valid_after: fields.small("validAfter")?,
        valid_until: fields.small("validUntil")?,
        entry_point: fields.address("entryPoint")?,
    })
}

fn packed_user_operation(fields: &Fields<'_>) -> Option<PackedUserOperation> {
    Some(PackedUserOperation {
        sender: fields.address("sender")?,
        nonce: fields.uint("nonce")?,
        init_code: fields.bytes("initCode")?,
        call_data: fields.bytes("callData")?,
        account_gas_limits: fields.bytes32("accountGasLimits")?,
        pre_verification_gas: fields.uint("preVerificationGas")?,
        gas_fees: fields.bytes32("gasFees")?,
        paymaster_and_data: fields.bytes("paymasterAndData")?,
    })
}

fn forward_request(fields: &Fields<'_>, deadline: Option<u64>) -> Option<ForwardRequest> {
    Some(ForwardRequest {
        from: fields.address("from")?,
        to: fields.address("to")?,
        value: fields.uint("value")?,
        gas: fields.uint("gas")?,
        nonce: fields.uint("nonce")?,
        deadline,
        data: fields.bytes("data")?,
    })
}
