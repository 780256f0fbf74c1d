//! PSBT: strict decode, proof of what is ours, review and verification.
