//! Signature hash types, and the digest that each input's signature signs.

/// What a signature commits to, by its sighash type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SighashType {
    /// Taproot's default: everything.
    Default,
    /// All inputs and all outputs.
    All,
    /// All inputs, no output.
    None,
    /// All inputs, the output of the same number.
    Single,
    /// This input alone, all outputs.
    AllAnyoneCanPay,
    /// This input alone, no output.
    NoneAnyoneCanPay,
    /// This input alone, the output of the same number.
    SingleAnyoneCanPay,
    /// No type that this input can have.
    Unknown(u32),
}
