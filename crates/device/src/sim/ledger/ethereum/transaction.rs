//! A transaction that arrives in packets.

use vitrine_ethereum::alloy_primitives::{Address, B256, U256, keccak256};

use super::Status;
use super::rlp::{self, Item};

/// Most bytes of a transaction that the simulated device keeps.
const BYTES: usize = 1 << 20;

/// What arrived so far.
pub(super) struct TransactionSigning {
    path: Vec<u32>,
    bytes: Vec<u8>,
}

/// A transaction that arrived whole.
pub(super) struct Arrived {
    /// 0 for a transaction without chain.
    pub(super) chain_id: u64,
    pub(super) to: Option<Address>,
    pub(super) value_wei: U256,
    pub(super) largest_fee_wei: U256,
    pub(super) data: Vec<u8>,
    pub(super) hash: B256,
    is_legacy: bool,
    bytes: Vec<u8>,
}

impl TransactionSigning {
    pub(super) const fn new(path: Vec<u32>) -> Self {
        Self { path, bytes: Vec::new() }
    }

    pub(super) fn path(&self) -> &[u32] {
        &self.path
    }

    /// Takes a packet; returns the transaction when it is complete.
    pub(super) fn take(&mut self, data: &[u8], legacy_parser: bool) -> Result<Option<Arrived>, Status> {
        if self.bytes.is_empty() && data.is_empty() || self.bytes.len().saturating_add(data.len()) > BYTES {
            return Err(Status::DATA);
        }
        self.bytes.extend(data);
        let kind = self.bytes.first().copied().ok_or(Status::DATA)?;
        let rest = self.bytes.get(usize::from(kind < 0x80)..).unwrap_or_default();
        match kind {
            1 | 2 | 4 | 0xc0..=0xff => {}
            0..0x80 => return Err(Status::TYPE),
            _ => return Err(Status::DATA),
        }
        if kind >= 0xc0
            && legacy_parser
            && let Some(cut) = without_chain(rest)?
        {
            return Ok(Some(cut));
        }
        match rlp::first(rest)? {
            Some(list) if list.is_list => whole(kind, &list, &self.bytes).map(Some),
            Some(_) => Err(Status::DATA),
            None => Ok(None),
        }
    }
}

impl Arrived {
    /// v as the app writes it: parity, or for legacy the lowest byte of EIP-155's number.
    pub(super) fn v(&self, parity: u8) -> u8 {
        let chain = self.chain_id.to_be_bytes();
        let first = chain.iter().position(|byte| *byte != 0).unwrap_or(chain.len());
        let four = chain.iter().skip(first).take(4).fold(0u32, |sum, byte| sum << 8 | u32::from(*byte));
        let legacy = if self.chain_id == 0 { 27 } else { four.wrapping_mul(2).wrapping_add(35) };
        let base = if self.is_legacy { legacy.to_be_bytes()[3] } else { 0 };
        base.wrapping_add(parity)
    }

    /// The hash of the transaction to somebody else.
    pub(super) fn changed_hash(&self) -> B256 {
        let mut changed = self.bytes.clone();
        let to = self.to.unwrap_or_default();
        let place = changed.windows(20).position(|window| window == to.as_slice()).unwrap_or(0);
        if let Some(byte) = changed.get_mut(place.saturating_add(19)) {
            *byte ^= 1;
        }
        keccak256(changed)
    }
}

/// The fields of a transaction, by the places that its type gives them.
fn whole(kind: u8, list: &Item<'_>, bytes: &[u8]) -> Result<Arrived, Status> {
    let header = usize::from(kind < 0x80);
    if header.saturating_add(list.length()) != bytes.len() {
        return Err(Status::DATA);
    }
    let items = rlp::all(list.content)?;
    let (count, chain, price) = match kind {
        1 => (8, 0, 2),
        2 => (9, 0, 3),
        4 => (10, 0, 3),
        _ => (9, 6, 1),
    };
    if items.len() != count {
        return Err(Status::DATA);
    }
    let item = |index: usize| items.get(index).ok_or(Status::DATA);
    let number = |index: usize| uint(item(index)?);
    let after_price = |offset: usize| usize::saturating_add(price, offset);
    let chain_id = u64::try_from(number(chain)?).map_err(|_| Status::DATA)?;
    let lists = if kind < 0x80 { count.saturating_sub(after_price(5)) } else { 0 };
    for (index, item) in items.iter().enumerate() {
        if item.is_list != (index >= count.saturating_sub(lists)) {
            return Err(Status::DATA);
        }
    }
    let to = item(after_price(2))?.content;
    let to = if to.is_empty() { None } else { Some(Address::try_from(to).map_err(|_| Status::DATA)?) };
    Ok(Arrived {
        chain_id,
        to,
        value_wei: number(after_price(3))?,
        largest_fee_wei: number(price)?.checked_mul(number(after_price(1))?).ok_or(Status::DATA)?,
        data: item(after_price(4))?.content.to_vec(),
        hash: keccak256(bytes),
        is_legacy: kind >= 0x80,
        bytes: bytes.to_vec(),
    })
}

/// What an older parser makes of a packet that ends with the calldata: a transaction without chain.
fn without_chain(bytes: &[u8]) -> Result<Option<Arrived>, Status> {
    const FIELDS: usize = 6;
    let digits = match bytes.first() {
        Some(byte @ 0xf8..=0xff) => usize::from(byte.saturating_sub(0xf7)),
        _ => 0,
    };
    let mut place = digits.saturating_add(1);
    let mut items = Vec::new();
    while items.len() < FIELDS {
        let Some(item) = rlp::first(bytes.get(place..).unwrap_or_default())? else { return Ok(None) };
        place = place.saturating_add(item.length());
        items.push(item);
    }
    if place != bytes.len() {
        return Ok(None);
    }
    let [_, price, gas, to, value, data] = items.as_slice() else { return Ok(None) };
    Ok(Some(Arrived {
        chain_id: 0,
        to: Address::try_from(to.content).ok(),
        value_wei: uint(value)?,
        largest_fee_wei: uint(price)?.checked_mul(uint(gas)?).ok_or(Status::DATA)?,
        data: data.content.to_vec(),
        hash: keccak256(bytes),
        is_legacy: true,
        bytes: bytes.to_vec(),
    }))
}

fn uint(item: &Item<'_>) -> Result<U256, Status> {
    U256::try_from_be_slice(item.content).filter(|_| !item.is_list).ok_or(Status::DATA)
}
