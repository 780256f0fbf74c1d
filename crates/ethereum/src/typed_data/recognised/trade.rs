//! Orders that anybody may fill.

use alloy_primitives::{Address, B256, U256};

use super::{Fields, Recognised};

const ORDER_COMPONENTS: &str = "OrderComponents(address offerer,address zone,OfferItem[] offer,\
                                ConsiderationItem[] consideration,uint8 orderType,uint256 startTime,uint256 endTime,\
                                bytes32 zoneHash,uint256 salt,bytes32 conduitKey,uint256 counter)\
                                ConsiderationItem(uint8 itemType,address token,uint256 identifierOrCriteria,\
                                uint256 startAmount,uint256 endAmount,address recipient)\
                                OfferItem(uint8 itemType,address token,uint256 identifierOrCriteria,\
                                uint256 startAmount,uint256 endAmount)";

/// An order of Seaport: the offer leaves the signer for the consideration, whenever somebody fills it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeaportOrder {
    /// `offerer`: has to be the signer.
    pub offerer: Address,
    /// `zone`: may refuse or let pass who fills the order.
    pub zone: Address,
    /// `offer`: what the signer gives.
    pub offer: Vec<SeaportItem>,
    /// `consideration`: what has to be paid, each item with its recipient.
    pub consideration: Vec<SeaportItem>,
    /// `orderType`: 0 and 2 whole, 1 and 3 in parts, 4 by a contract; 2 and 3 through the zone.
    pub order_type: u8,
    /// `startTime`, Unix time.
    pub start_time: U256,
    /// `endTime`, Unix time.
    pub end_time: U256,
    /// `zoneHash`.
    pub zone_hash: B256,
    /// `salt`.
    pub salt: U256,
    /// `conduitKey`: names the contract that moves the items.
    pub conduit_key: B256,
    /// `counter`.
    pub counter: U256,
}

/// An item of a [`SeaportOrder`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeaportItem {
    /// `itemType`: 0 ether, 1 ERC-20, 2 ERC-721, 3 ERC-1155, 4 and 5 any of a set of tokens.
    pub item_type: u8,
    /// `token`; zero for ether.
    pub token: Address,
    /// `identifierOrCriteria`: the token's ID, or the Merkle root of the set; a root of 0 is the whole collection.
    pub identifier_or_criteria: U256,
    /// `startAmount`, in the token's smallest unit.
    pub start_amount: U256,
    /// `endAmount`: the amount moves from start to end as time passes.
    pub end_amount: U256,
    /// `recipient`, of an item of the consideration.
    pub recipient: Option<Address>,
}

pub(super) fn recognise(encode_type: &str, fields: &Fields<'_>) -> Option<Recognised> {
    match encode_type {
        ORDER_COMPONENTS => order(fields).map(Recognised::SeaportOrder),
        _ => None,
    }
}

fn order(fields: &Fields<'_>) -> Option<SeaportOrder> {
    Some(SeaportOrder {
        offerer: fields.address("offerer")?,
        zone: fields.address("zone")?,
        offer: items(fields, "offer")?,
        consideration: items(fields, "consideration")?,
        order_type: fields.small("orderType")?,
        start_time: fields.uint("startTime")?,
        end_time: fields.uint("endTime")?,
        zone_hash: fields.bytes32("zoneHash")?,
        salt: fields.uint("salt")?,
        conduit_key: fields.bytes32("conduitKey")?,
        counter: fields.uint("counter")?,
    })
}

fn items(fields: &Fields<'_>, name: &str) -> Option<Vec<SeaportItem>> {
    let item = |item: &Fields<'_>| {
        Some(SeaportItem {
            item_type: item.small("itemType")?,
            token: item.address("token")?,
            identifier_or_criteria: item.uint("identifierOrCriteria")?,
            start_amount: item.uint("startAmount")?,
            end_amount: item.uint("endAmount")?,
            recipient: item.address("recipient"),
        })
    };
    fields.structs(name)?.iter().map(item).collect()
}
