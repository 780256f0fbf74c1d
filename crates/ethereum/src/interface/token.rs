//! Tokens: symbol and decimals by chain and address, as Ledger signed them.

use alloy_primitives::Address;
use vitrine_review::escape;

/// Symbol and decimals of a token: Ledger's signature covers them together with chain and address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    ticker: &'a str,
    /// Decimals of its amounts.
    pub decimals: u8,
    /// Whether Ledger took the token off what it offers. It is the same token still.
    pub delisted: bool,
}

impl<'a> Token<'a> {
    /// Returns the ticker as it was signed. Hostile text: some are not ASCII, and hundreds of tokens share one. It
    /// never says which token this is; only chain and address do.
    pub const fn untrusted_ticker(&self) -> &'a str {
        self.ticker
    }

    /// Returns the ticker in printable ASCII, for the unit of an amount.
    pub fn escaped_ticker(&self) -> String {
        escape(self.ticker)
    }
}

/// First bytes of the table, with its version.
pub(super) const MAGIC: &[u8; 8] = b"vtokens1";
/// Bytes of one record: chain id (4, big endian), address (20), decimals (1), flags (1: delisted), ticker's offset in
/// the text behind the records (4, big endian), ticker's length (1).
pub(super) const RECORD: usize = 31;
/// Bytes of one signature: r and s.
pub(super) const SIGNATURE: usize = 64;

/// The table of tokens, in order of chain and address, and their signatures in the same order.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TokenTable {
    records: &'static [u8],
    tickers: &'static str,
    signatures: &'static [u8],
}

type Key = (u32, [u8; 20]);

impl TokenTable {
    /// Takes the two files apart: magic, number of records (4, big endian), records, tickers; signatures.
    ///
    /// # Errors
    /// The number of the first record that is not as it has to be.
    pub(super) fn parse(file: &'static [u8], signatures: &'static [u8]) -> Result<Self, usize> {
        let rest = file.strip_prefix(MAGIC).ok_or(0usize)?;
        let (count, rest) = rest.split_first_chunk::<4>().ok_or(0usize)?;
        let count = usize::try_from(u32::from_be_bytes(*count)).map_err(|_| 0usize)?;
        let length = count.checked_mul(RECORD).ok_or(0usize)?;
        let (records, tickers) = rest.split_at_checked(length).ok_or(count)?;
        let tickers = std::str::from_utf8(tickers).map_err(|_| count)?;
        if count.checked_mul(SIGNATURE) != Some(signatures.len()) {
            return Err(count);
        }
        let table = Self { records, tickers, signatures };
        let mut last = None;
        for index in 0..count {
            let (key, _) = table.record(index).ok_or(index)?;
            if last.is_some_and(|last| last >= key) {
                return Err(index);
            }
            last = Some(key);
        }
        Ok(table)
    }

    pub(super) fn len(&self) -> usize {
        self.records.len() / RECORD
    }

    fn record(&self, index: usize) -> Option<(Key, Token<'static>)> {
        let start = index.checked_mul(RECORD)?;
        let record: &[u8; RECORD] = self.records.get(start..)?.first_chunk()?;
        let (chain, rest) = record.split_first_chunk::<4>()?;
        let (address, rest) = rest.split_first_chunk::<20>()?;
        let [decimals, flags @ (0 | 1), a, b, c, d, length] = *rest else { return None };
        let start = usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?;
        let ticker = self.tickers.get(start..start.checked_add(usize::from(length))?)?;
        Some(((u32::from_be_bytes(*chain), *address), Token { ticker, decimals, delisted: flags == 1 }))
    }

    fn find(&self, chain_id: u64, address: Address) -> Option<(usize, Token<'static>)> {
        let key = (u32::try_from(chain_id).ok()?, address.into_array());
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            let (found, token) = self.record(middle)?;
            match found.cmp(&key) {
                std::cmp::Ordering::Less => low = middle.saturating_add(1),
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some((middle, token)),
            }
        }
        None
    }

    pub(super) fn token(&self, chain_id: u64, address: Address) -> Option<Token<'static>> {
        self.find(chain_id, address).map(|(_, token)| token)
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (u64, Address, Token<'static>)> {
        let table = *self;
        (0..self.len()).filter_map(move |index| {
            let ((chain, address), token) = table.record(index)?;
            Some((u64::from(chain), Address::from(address), token))
        })
    }

    /// What Ledger's app takes as ERC-20 information.
    pub(super) fn ledger_descriptor(&self, chain_id: u64, address: Address) -> Option<Vec<u8>> {
        let (index, token) = self.find(chain_id, address)?;
        let signature = self.signatures.get(index.checked_mul(SIGNATURE)?..)?.first_chunk::<SIGNATURE>()?;
        let mut out = vec![u8::try_from(token.ticker.len()).ok()?];
        out.extend(signed_part(token.ticker, address, token.decimals, u32::try_from(chain_id).ok()?));
        out.extend(der(signature));
        Some(out)
    }
}

/// The bytes that Ledger signs with SHA-256 and ECDSA over secp256k1: ticker, address, decimals (4, big endian), chain
/// id (4, big endian). Source: LedgerHQ/app-ethereum, `doc/ethapp.adoc`, PROVIDE ERC 20 TOKEN INFORMATION.
pub fn signed_part(ticker: &str, address: Address, decimals: u8, chain_id: u32) -> Vec<u8> {
    let mut out = ticker.as_bytes().to_vec();
    out.extend(address);
    out.extend(u32::from(decimals).to_be_bytes());
    out.extend(chain_id.to_be_bytes());
    out
}

/// The DER form of a signature, given as r and s of 32 bytes each.
pub fn der(signature: &[u8; SIGNATURE]) -> Vec<u8> {
    let (r, s) = signature.split_at(32);
    let mut body = integer(r);
    body.extend(integer(s));
    let mut out = vec![0x30];
    out.extend(u8::try_from(body.len()).ok()); // at most 70
    out.extend(body);
    out
}

fn integer(number: &[u8]) -> Vec<u8> {
    let start = number.iter().position(|b| *b != 0).unwrap_or(number.len().saturating_sub(1));
    let mut digits = number.get(start..).unwrap_or_default().to_vec();
    if digits.first().is_some_and(|b| *b >= 0x80) {
        digits.insert(0, 0);
    }
    let mut out = vec![0x02];
    out.extend(u8::try_from(digits.len()).ok()); // at most 33
    out.extend(digits);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two tokens, "A" and "BC", on one chain.
    fn file() -> Vec<u8> {
        let mut file = MAGIC.to_vec();
        file.extend([0, 0, 0, 2]);
        for (last, offset, length) in [(1, 0, 1), (2, 1, 2)] {
            file.extend([0, 0, 0, 1]);
            file.extend(Address::with_last_byte(last));
            file.extend([6, 0, 0, 0, 0, offset, length]);
        }
        file.extend(b"ABC");
        file
    }

    fn parse(file: Vec<u8>, signatures: usize) -> Result<TokenTable, usize> {
        TokenTable::parse(file.leak(), vec![1; signatures].leak())
    }

    #[test]
    fn a_table_that_is_cut_short_or_out_of_order_is_refused() {
        let table = parse(file(), 128).unwrap();
        assert_eq!(table.token(1, Address::with_last_byte(2)).unwrap().untrusted_ticker(), "BC");
        assert_eq!(table.token(1, Address::with_last_byte(3)), None);
        assert_eq!(table.token((1 << 32) + 1, Address::with_last_byte(2)), None);
        for end in 0..file().len() {
            assert!(parse(file()[..end].to_vec(), 128).is_err(), "{end}");
        }
        assert_eq!(parse(file(), 127).err(), Some(2));
        let (first, second) = (12..12 + RECORD, 12 + RECORD..12 + 2 * RECORD);
        let mut swapped = file();
        let (one, two) = (file()[first.clone()].to_vec(), file()[second.clone()].to_vec());
        swapped[first].copy_from_slice(&two);
        swapped[second].copy_from_slice(&one);
        assert_eq!(parse(swapped, 128).err(), Some(1));
        let mut flagged = file();
        flagged[12 + 25] = 2;
        assert_eq!(parse(flagged, 128).err(), Some(0));
    }

    #[test]
    fn der_is_as_short_as_it_may_be() {
        let mut signature = [0; 64];
        (signature[31], signature[63]) = (0x7f, 0x80);
        assert_eq!(der(&signature), [0x30, 7, 2, 1, 0x7f, 2, 2, 0, 0x80]);
        assert_eq!(der(&[0xff; 64]).len(), 72);
    }
}
