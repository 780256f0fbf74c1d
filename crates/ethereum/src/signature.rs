//! Signatures: in range, low, and by whom.

use std::fmt;

use alloy_primitives::{Address, B256, U256, uint};

/// Order of the curve secp256k1 (SEC 2, 2.4.1).
const ORDER: U256 = uint!(0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141_U256);
/// Half of it: the largest s that chains take (EIP-2).
const HALF_ORDER: U256 = uint!(0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0_U256);
/// Longest v: that of the largest chain id, EIP-155.
const V_BYTES: usize = 9;

/// What is wrong with a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureFault {
    /// Not r, s and v.
    Length {
        /// Bytes found.
        found: usize,
    },
    /// r is zero or not below the curve's order.
    R,
    /// s is zero or not below the curve's order.
    S,
    /// s is above half the curve's order: the other signature of the same thing, which strict nodes refuse (EIP-2).
    HighS,
    /// No key could have made it.
    NotOnCurve,
    /// Somebody else signed, or something else was signed.
    Signer {
        /// Who should have signed.
        expected: Address,
        /// Who would have signed what was reviewed, by either parity.
        recovered: Vec<Address>,
    },
}

impl fmt::Display for SignatureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { found } => {
                write!(f, "the signature has {found} bytes instead of 64 and 1 to {V_BYTES} for v")
            }
            Self::R => f.write_str("the signature's r is not between zero and the order of the curve"),
            Self::S => f.write_str("the signature's s is not between zero and the order of the curve"),
            Self::HighS => {
                f.write_str("the signature's s is above half the order of the curve: strict nodes refuse it")
            }
            Self::NotOnCurve => f.write_str("no key makes this signature"),
            Self::Signer { expected, recovered } => {
                let recovered: Vec<String> = recovered.iter().map(Address::to_string).collect();
                write!(
                    f,
                    "the signature is not by {expected} over what was reviewed: over that it would be by {}",
                    recovered.join(" or ")
                )
            }
        }
    }
}

impl std::error::Error for SignatureFault {}

/// A signature in range: 0 < r < n, 0 < s <= n/2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    r: U256,
    s: U256,
    y_parity: bool,
}

impl Signature {
    /// A signature with this parity.
    ///
    /// # Errors
    /// [`SignatureFault`] if r or s is out of range, or s is high.
    pub fn new(r: U256, s: U256, y_parity: bool) -> Result<Self, SignatureFault> {
        match (r, s) {
            _ if r.is_zero() || r >= ORDER => Err(SignatureFault::R),
            _ if s.is_zero() || s >= ORDER => Err(SignatureFault::S),
            _ if s > HALF_ORDER => Err(SignatureFault::HighS),
            _ => Ok(Self { r, s, y_parity }),
        }
    }

    /// The account that signed this hash.
    ///
    /// # Errors
    /// [`SignatureFault::NotOnCurve`] if r is no point's coordinate.
    pub fn recover(&self, hash: B256) -> Result<Address, SignatureFault> {
        let recovered = self.to_alloy().recover_address_from_prehash(&hash);
        recovered.map_err(|_| SignatureFault::NotOnCurve)
    }

    /// r.
    pub fn r(&self) -> U256 {
        self.r
    }

    /// s, at most half the curve's order.
    pub fn s(&self) -> U256 {
        self.s
    }

    /// Parity of the curve point: 0 or 1.
    pub fn y_parity(&self) -> u8 {
        u8::from(self.y_parity)
    }

    /// r, s and these bytes of v.
    pub fn to_bytes(&self, v: &[u8]) -> Vec<u8> {
        [self.r.to_be_bytes::<32>().as_slice(), &self.s.to_be_bytes::<32>(), v].concat()
    }

    pub(crate) fn to_alloy(self) -> alloy_primitives::Signature {
        alloy_primitives::Signature::new(self.r, self.s, self.y_parity)
    }
}

/// A signature as a device returns it: what the device says about parity or v is not even kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReturnedSignature {
    r: U256,
    s: U256,
}

impl ReturnedSignature {
    /// From r and s, 32 bytes each, big-endian.
    pub fn from_scalars(r: [u8; 32], s: [u8; 32]) -> Self {
        Self { r: U256::from_be_bytes(r), s: U256::from_be_bytes(s) }
    }

    /// r and s, in whatever range.
    pub const fn scalars(&self) -> (U256, U256) {
        (self.r, self.s)
    }

    /// From r, s and v: 64 bytes and 1 to 9 that are ignored.
    ///
    /// # Errors
    /// [`SignatureFault::Length`] for any other number of bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SignatureFault> {
        let wrong = SignatureFault::Length { found: bytes.len() };
        let (r, rest) = bytes.split_first_chunk::<32>().ok_or_else(|| wrong.clone())?;
        let (s, v) = rest.split_first_chunk::<32>().ok_or_else(|| wrong.clone())?;
        if v.is_empty() || v.len() > V_BYTES { Err(wrong) } else { Ok(Self::from_scalars(*r, *s)) }
    }

    /// The signature with the parity that makes it `expected`'s over `hash`.
    ///
    /// # Errors
    /// [`SignatureFault`] if it is out of range, high, or by another account over this hash.
    pub fn by(&self, expected: Address, hash: B256) -> Result<Signature, SignatureFault> {
        let mut recovered = Vec::new();
        for y_parity in [false, true] {
            let signature = Signature::new(self.r, self.s, y_parity)?;
            match signature.recover(hash) {
                Ok(signer) if signer == expected => return Ok(signature),
                Ok(signer) => recovered.push(signer),
                Err(_) => {}
            }
        }
        if recovered.is_empty() {
            return Err(SignatureFault::NotOnCurve);
        }
        Err(SignatureFault::Signer { expected, recovered })
    }
}
