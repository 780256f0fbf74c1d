//! What lies at (chain, address): contracts, their functions, tokens; and which functions a selector could mean.
//!
//! A name or meaning comes from the pair of chain and address alone. Built in is what `assets/ethereum` pins; the
//! ceremony folder may add contracts, never change a pinned one. A selector by itself gives guesses.

mod abi_json;
mod assets;
mod chain;
mod contract;
mod filters;
mod functions;
mod registry;
mod signature;
mod token;

pub use abi_json::{AbiJsonError, functions_of_abi};
pub use assets::AssetError;
pub use chain::{
    DataFee, NativeCurrency, chain_id, chain_name, data_fee, is_testnet, native_currency, wrapped_native_token,
};
pub use contract::{BoundContract, BoundInterface, Contract, ContractKind, Pinned};
pub use filters::{TypedFilter, TypedFilterFormat, TypedFilters};
pub use registry::{BindError, Interface, Interfaces, provide_tokens};
pub use signature::signature_text;
pub use token::{Token, der, signed_part};
