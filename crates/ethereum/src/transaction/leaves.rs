//! Every field of a transaction with its name, for the account of its bytes.

use vitrine_review::Span;

use super::{AccessListItem, Authorization, Fee, Transaction};

/// A run of bytes with a named meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The field, in the words of its EIP: `max_fee_per_gas`, `access_list[0].address`.
    pub name: String,
    /// Its bytes in the request.
    pub span: Span,
}

fn leaf(name: impl Into<String>, span: Span) -> Leaf {
    Leaf { name: name.into(), span }
}

impl Transaction {
    /// Every field of the transaction in the order of its bytes. Together with [`Transaction::structure`] these are all
    /// its bytes, each once.
    pub fn leaves(&self) -> Vec<Leaf> {
        let mut leaves: Vec<Leaf> = self.type_span.map(|span| leaf("type", span)).into_iter().collect();
        leaves.push(leaf("chain_id", self.chain_id.span));
        leaves.push(leaf("nonce", self.nonce.span));
        match self.fee {
            Fee::GasPrice { gas_price_wei } => leaves.push(leaf("gas_price", gas_price_wei.span)),
            Fee::Dynamic { max_priority_fee_per_gas_wei, max_fee_per_gas_wei } => leaves.extend([
                leaf("max_priority_fee_per_gas", max_priority_fee_per_gas_wei.span),
                leaf("max_fee_per_gas", max_fee_per_gas_wei.span),
            ]),
        }
        leaves.push(leaf("gas_limit", self.gas_limit.span));
        leaves.push(leaf("to", self.to.span));
        leaves.push(leaf("value", self.value_wei.span));
        leaves.push(leaf("data", self.data.span));
        leaves.extend(self.access_list.iter().enumerate().flat_map(of_access_list));
        if let Some(blobs) = &self.blobs {
            leaves.push(leaf("max_fee_per_blob_gas", blobs.max_fee_per_blob_gas_wei.span));
            let hashes = blobs.blob_versioned_hashes.iter().enumerate();
            leaves.extend(hashes.map(|(n, hash)| leaf(format!("blob_versioned_hashes[{n}]"), hash.span)));
        }
        leaves.extend(self.authorization_list.iter().enumerate().flat_map(of_authorization));
        leaves.sort_by_key(|leaf| leaf.span.start);
        leaves
    }
}

fn of_access_list((n, item): (usize, &AccessListItem)) -> Vec<Leaf> {
    let keys = item.storage_keys.iter().enumerate();
    let keys = keys.map(|(k, key)| leaf(format!("access_list[{n}].storage_keys[{k}]"), key.span));
    [leaf(format!("access_list[{n}].address"), item.address.span)].into_iter().chain(keys).collect()
}

fn of_authorization((n, item): (usize, &Authorization)) -> [Leaf; 6] {
    [
        ("chain_id", item.chain_id.span),
        ("address", item.address.span),
        ("nonce", item.nonce.span),
        ("y_parity", item.y_parity.span),
        ("r", item.r.span),
        ("s", item.s.span),
    ]
    .map(|(name, span)| leaf(format!("authorization_list[{n}].{name}"), span))
}
