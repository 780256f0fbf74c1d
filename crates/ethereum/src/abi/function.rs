//! Functions by name and parameters.

use std::fmt;

use alloy_primitives::keccak256;

use super::kind::{Param, write_tuple};

/// The first four bytes of a call's data.
pub type Selector = [u8; 4];

/// A function of a contract's interface.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Its parameters in order.
    pub inputs: Vec<Param>,
}

impl Function {
    /// The first four bytes of the Keccak-256 of its canonical signature.
    pub fn selector(&self) -> Selector {
        let [a, b, c, d, ..] = keccak256(self.to_string()).0;
        [a, b, c, d]
    }
}

/// The canonical signature: `transfer(address,uint256)`.
impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        write_tuple(f, &self.inputs)
    }
}
