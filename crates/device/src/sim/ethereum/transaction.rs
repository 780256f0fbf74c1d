//! Transactions: what the person is asked, and what is hashed.

use trezor_client::protos::{EthereumSignTx, EthereumSignTxEIP1559, EthereumTxRequest};
use trezor_client::transport::ProtoMessage;
use vitrine_ethereum::alloy_primitives::{Address, B256, U256};

use super::super::Refusal;
use super::call::{Call, call};
use super::hash::{keccak, list, number, string};
use super::one;
use super::screen::{self, Costs};
use super::script::{Pause, Script, reply};
use super::signer::Signer;

/// Most bytes of data asked for at once.
const CHUNK_BYTES: usize = 1024;

/// Fields that both kinds of transaction have.
struct Fields<'a> {
    to: Option<Address>,
    value: &'a [u8],
    first: &'a [u8],
    data_length: usize,
    chain_id: u64,
    chunkify: bool,
    costs: Costs,
}

impl<'a> Fields<'a> {
    /// Checks them as the firmware does.
    fn read(
        to: &str,
        (value, first, data_length): (&'a [u8], &'a [u8], u32),
        (chain_id, chunkify): (u64, bool),
        costs: Costs,
    ) -> Result<Self, Refusal> {
        let data_length = usize::try_from(data_length).unwrap_or(usize::MAX);
        let to = match to {
            "" => None,
            text => Some(text.parse().map_err(|_| Refusal::data("Invalid recipient address"))?),
        };
        match () {
            () if data_length > 0 && first.is_empty() => {
                Err(Refusal::data("Data length provided, but no initial chunk"))
            }
            () if data_length > 16_000_000 => Err(Refusal::data("Data length exceeds limit")),
            () if first.len() > data_length => Err(Refusal::data("Invalid size of initial chunk")),
            () if to.is_none() && data_length == 0 => Err(Refusal::data("Contract creation without data")),
            () if chain_id == 0 => Err(Refusal::data("Chain ID out of bounds")),
            () => Ok(Self { to, value, first, data_length, chain_id, chunkify, costs }),
        }
    }

    /// Asks for the person's consent and for the rest of the data; returns all of it.
    fn confirm(&self, script: &mut Script<'_>) -> Result<Vec<u8>, Pause> {
        if script.is_one() {
            return self.confirm_first(script);
        }
        let mut data = self.first.to_vec();
        let call = call(self.chain_id, self.to, self.first, self.data_length)?;
        let blind = matches!(call, Call::Data);
        let mut paging = blind && self.data_length > 0;
        paging = paging && self.pages(script, 0, self.first)?;
        while data.len() < self.data_length {
            let left = self.data_length.saturating_sub(data.len());
            let chunk = script.data(left.min(CHUNK_BYTES))?;
            paging = paging && self.pages(script, data.len(), chunk)?;
            data.extend_from_slice(chunk);
        }
        let value = U256::try_from_be_slice(self.value).unwrap_or_default();
        let payment = (self.to, value, self.chain_id);
        for question in screen::questions(&call, payment, self.chunkify, &self.costs) {
            script.show(|| question)?;
        }
        Ok(data)
    }

    /// The first model asks first, then takes the data.
    fn confirm_first(&self, script: &mut Script<'_>) -> Result<Vec<u8>, Pause> {
        let value = U256::try_from_be_slice(self.value).unwrap_or_default();
        let (to, chain_id, first, data_length) = (self.to, self.chain_id, self.first, self.data_length);
        for question in one::questions(&one::Payment { to, value, chain_id, first, data_length }, &self.costs)? {
            script.show(|| question)?;
        }
        let mut data = first.to_vec();
        while data.len() < data_length {
            data.extend_from_slice(script.data(data_length.saturating_sub(data.len()).min(CHUNK_BYTES))?);
        }
        Ok(data)
    }

    /// Shows a chunk page by page; a hurried person confirms all at the first.
    fn pages(&self, script: &mut Script<'_>, before: usize, chunk: &[u8]) -> Result<bool, Pause> {
        let mut shown = before;
        for page in chunk.chunks(screen::PAGE_BYTES) {
            shown = shown.saturating_add(page.len());
            script.show(|| screen::data_page(page, shown, self.data_length))?;
            if !script.looks() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The recipient as it is signed.
    fn signed_to(&self, signer: &Signer<'_>) -> Vec<u8> {
        let mut to = self.to.map(|to| to.to_vec()).unwrap_or_default();
        if signer.changes() {
            to = vec![0xbe; 20];
        }
        string(&to)
    }
}

pub(super) fn legacy(
    opening: &EthereumSignTx,
    signer: &Signer<'_>,
    script: &mut Script<'_>,
) -> Result<ProtoMessage, Pause> {
    signer.account(&opening.address_n)?;
    if opening.tx_type.is_some() {
        return Err(Refusal::data("tx_type out of bounds").into());
    }
    let costs = Costs::legacy(opening.gas_limit(), opening.gas_price())?;
    let data = (opening.value(), opening.data_initial_chunk(), opening.data_length());
    let fields = Fields::read(opening.to(), data, (opening.chain_id(), opening.chunkify()), costs)?;
    let data = fields.confirm(script)?;
    let items = [
        string(opening.nonce()),
        string(opening.gas_price()),
        string(opening.gas_limit()),
        fields.signed_to(signer),
        string(opening.value()),
        string(&data),
        string(&number(opening.chain_id())),
        string(&[]),
        string(&[]),
    ];
    signature(signer, &opening.address_n, keccak(&[&list(&items)]), Some(opening.chain_id()))
}

pub(super) fn dynamic(
    opening: &EthereumSignTxEIP1559,
    signer: &Signer<'_>,
    script: &mut Script<'_>,
) -> Result<ProtoMessage, Pause> {
    signer.account(&opening.address_n)?;
    let costs = Costs::dynamic(opening.gas_limit(), opening.max_gas_fee(), opening.max_priority_fee())?;
    let data = (opening.value(), opening.data_initial_chunk(), opening.data_length());
    let fields = Fields::read(opening.to(), data, (opening.chain_id(), opening.chunkify()), costs)?;
    let data = fields.confirm(script)?;
    let mut access_list = Vec::new();
    for item in &opening.access_list {
        let address: Address = item.address().parse().map_err(|_| Refusal::data("Invalid recipient address"))?;
        let keys: Vec<Vec<u8>> = item.storage_keys.iter().map(|key| string(key)).collect();
        access_list.push(list(&[string(address.as_slice()), list(&keys)]));
    }
    let items = [
        string(&number(opening.chain_id())),
        string(opening.nonce()),
        string(opening.max_priority_fee()),
        string(opening.max_gas_fee()),
        string(opening.gas_limit()),
        fields.signed_to(signer),
        string(opening.value()),
        string(&data),
        list(&access_list),
    ];
    signature(signer, &opening.address_n, keccak(&[&[2], &list(&items)]), None)
}

/// The answer; v of a legacy transaction names the chain, if that fits into 32 bits.
fn signature(signer: &Signer<'_>, path: &[u32], digest: B256, chain_id: Option<u64>) -> Result<ProtoMessage, Pause> {
    let signed = signer.sign(path, digest)?;
    let parity = u64::from(signed.v.saturating_sub(27));
    let largest = u64::from((u32::MAX - 36) / 2);
    let v = match chain_id.filter(|chain_id| *chain_id <= largest) {
        Some(chain_id) => chain_id.saturating_mul(2).saturating_add(35).saturating_add(parity),
        None => parity,
    };
    Ok(reply(&EthereumTxRequest {
        signature_v: u32::try_from(v).ok(),
        signature_r: Some(signed.r),
        signature_s: Some(signed.s),
        ..Default::default()
    })?)
}

/// A signature over something that nobody sent.
pub(super) fn signature_of_nothing(signer: &Signer<'_>) -> Result<ProtoMessage, Refusal> {
    const PATH: [u32; 5] = [44 | 1 << 31, 60 | 1 << 31, 1 << 31, 0, 0];
    let signed = signer.sign(&PATH, keccak(&[]))?;
    let (signature_r, signature_s) = (Some(signed.r), Some(signed.s));
    reply(&EthereumTxRequest { signature_v: Some(0), signature_r, signature_s, ..Default::default() })
}
