//! Owners' signatures that a bundle brings along: claims, until the signer is recovered.
//!
//! Source: `checkSignatures` of `Safe.sol`: the last byte of a signature says what it is over.

use alloy_primitives::{Address, B256, U256, eip191_hash_message};

use super::Confirmation;

/// What a signature of a bundle is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfirmationProof {
    /// The owner's key signed this very transaction.
    Recovered,
    /// Over this transaction it is the signature of another account, or of none: something else was signed.
    Wrong(Option<Address>),
    /// A contract's signature, or a hash approved on the chain: only the chain can say.
    OnChain,
}

impl Confirmation {
    /// Recovers who signed the transaction with this hash, and compares with who is said to have.
    pub fn proof(&self, safe_tx_hash: B256) -> ConfirmationProof {
        let Ok([r @ .., v]) = <&[u8; 65]>::try_from(self.signature.bytes()) else {
            return ConfirmationProof::Wrong(None);
        };
        let (r, s) = r.split_at(32);
        let (hash, parity) = match *v {
            0 | 1 => return ConfirmationProof::OnChain,
            27 | 28 => (safe_tx_hash, *v == 28),
            31 | 32 => (eip191_hash_message(safe_tx_hash), *v == 32),
            _ => return ConfirmationProof::Wrong(None),
        };
        let signature = alloy_primitives::Signature::new(U256::from_be_slice(r), U256::from_be_slice(s), parity);
        match signature.recover_address_from_prehash(&hash) {
            Ok(signer) if signer == self.owner => ConfirmationProof::Recovered,
            signer => ConfirmationProof::Wrong(signer.ok()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Located;
    use alloy_primitives::{address, b256, hex};

    /// Published by Safe's transaction service, nonce 71 of 0x1Db92e2EeBC8E0c075a02BeA49a2935BcD2dFCF4: signed with
    /// `eth_sign`, for the first hash; listed beside the second as well.
    #[test]
    fn an_owners_signature_of_something_else_is_told_apart() {
        let bytes = hex!(
            "d0afef78a52fd504479dc2af3dc401334762cbd05609c7ac18db9ec5abf4a07a"
            "5cc09fc86efd3489707b89b0c729faed616459189cb50084f208d03b201b001f1f"
        );
        let owner = address!("1F4EB0a903619ac168b19A82F1a6e2e426522211");
        let with = |bytes: &[u8]| Confirmation { owner, signature: Located::hex(bytes.to_vec(), 0) };
        let signed = b256!("b3476d061aeb8fc1d605a873c483a2402d88a68a9cdd1a8b47655dd55ba004f8");
        let shown = b256!("9d89e67333f99c136537be74029c44592985a4855172f4c2d0d942029868f98e");
        assert_eq!(with(&bytes).proof(signed), ConfirmationProof::Recovered);
        let somebody = address!("9ed84723885128072E4EeBe53D2C71Cac23ceb01");
        assert_eq!(with(&bytes).proof(shown), ConfirmationProof::Wrong(Some(somebody)));
        for (v, proof) in [(0, ConfirmationProof::OnChain), (1, ConfirmationProof::OnChain)] {
            let mut bytes = bytes;
            bytes[64] = v;
            assert_eq!(with(&bytes).proof(signed), proof);
        }
        for v in [2, 26, 27, 28, 29, 30, 32, 33, 255] {
            let mut bytes = bytes;
            bytes[64] = v;
            assert!(matches!(with(&bytes).proof(signed), ConfirmationProof::Wrong(_)), "{v}");
        }
        assert_eq!(with(&bytes[..64]).proof(signed), ConfirmationProof::Wrong(None));
    }
}
