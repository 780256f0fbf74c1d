//! Typed data (EIP-712): struct types and values asked for one by one, shown, and hashed.

use std::collections::{BTreeMap, BTreeSet};

use trezor_client::protos::ethereum_typed_data_struct_ack::{
    EthereumDataType, EthereumFieldType, EthereumStructMember,
};
use trezor_client::protos::{EthereumSignTypedData, EthereumTypedDataSignature};
use trezor_client::transport::ProtoMessage;
use vitrine_ethereum::alloy_primitives::{Address, B256, I256, U256};

use super::super::{NetworkGuard, Refusal};
use super::hash::keccak;
use super::screen;
use super::script::{Pause, Script, reply};
use super::signer::Signer;

const DOMAIN: &str = "EIP712Domain";

/// Deepest nesting of structs: the firmware's stack ends somewhere too.
const DEPTH: usize = 32;

pub(super) fn sign(
    opening: &EthereumSignTypedData,
    guard: NetworkGuard,
    signer: &Signer<'_>,
    script: &mut Script<'_>,
) -> Result<ProtoMessage, Pause> {
    let account = signer.account(&opening.address_n)?;
    script.show(|| screen::typed_account(account))?;
    let mut envelope = Envelope { types: BTreeMap::new(), guard, chain_id: None };
    envelope.collect(DOMAIN, script, 0)?;
    envelope.collect(opening.primary_type(), script, 0)?;
    let domain = envelope.domain(script)?;
    let message = envelope.message(opening.primary_type(), script)?;
    if let Some(shown) = &opening.show_message_hash {
        if shown.as_slice() != message.as_slice() {
            return Err(Refusal::data("Message hash mismatch").into());
        }
        script.show(|| screen::message_hash(message.as_slice()))?;
    }
    script.show(screen::typed_final)?;
    let message = if signer.changes() { keccak(&[message.as_slice()]) } else { message };
    let digest = keccak(&[&[0x19, 0x01], domain.as_slice(), message.as_slice()]);
    let signature = Some(signer.sign(&opening.address_n, digest)?.to_bytes());
    let address = Some(account.to_string());
    Ok(reply(&EthereumTypedDataSignature { signature, address, ..Default::default() })?)
}

struct Envelope<'a> {
    types: BTreeMap<String, &'a [EthereumStructMember]>,
    guard: NetworkGuard,
    chain_id: Option<u64>,
}

/// Where a struct's members are.
struct Place<'p> {
    path: &'p [u32],
    parents: &'p [String],
    shown: bool,
}

impl<'a> Envelope<'a> {
    fn collect(&mut self, name: &str, script: &mut Script<'a>, depth: usize) -> Result<(), Pause> {
        if depth > DEPTH {
            return Err(Refusal::process("Too deep").into());
        }
        let members = script.members(name)?;
        self.types.insert(name.to_owned(), members);
        for member in members {
            let kind = member.type_.as_ref().ok_or(Refusal::data("Missing type"))?;
            validate_type(kind)?;
            let inner = innermost(kind);
            if is(inner, EthereumDataType::STRUCT) && !self.types.contains_key(inner.struct_name()) {
                self.collect(inner.struct_name(), script, depth.saturating_add(1))?;
            }
        }
        Ok(())
    }

    fn members(&self, name: &str) -> Result<&'a [EthereumStructMember], Refusal> {
        self.types.get(name).copied().ok_or(Refusal::data("Unknown struct"))
    }

    fn domain(&mut self, script: &mut Script<'a>) -> Result<B256, Pause> {
        let (mut name, mut version) = (vec!["unknown".to_owned()], vec!["unknown".to_owned()]);
        for (index, member) in (0_u32..).zip(self.members(DOMAIN)?) {
            let text = match member.name() {
                "name" => &mut name,
                "version" => &mut version,
                _ => continue,
            };
            *text = screen::rows(&String::from_utf8_lossy(self.value(kind(member)?, &[0, index], script)?));
        }
        let lines = [vec!["Name and version".to_owned()], name, version].concat();
        let shown = script.offer(|| {
            let (step, title) = ("Domain, name and version".to_owned(), "Confirm domain".to_owned());
            screen::typed("should_show_domain", step, title, lines)
        })?;
        let place = Place { path: &[0], parents: &[DOMAIN.to_owned()], shown };
        let hash = self.hash_struct(DOMAIN, &place, script)?;
        self.guard.chain(self.chain_id)?;
        Ok(hash)
    }

    fn message(&mut self, name: &str, script: &mut Script<'a>) -> Result<B256, Pause> {
        let shown = self.offer_struct(name, "Message, its members".to_owned(), "Confirm message".to_owned(), script)?;
        self.hash_struct(name, &Place { path: &[1], parents: &[name.to_owned()], shown }, script)
    }

    fn offer_struct(&self, name: &str, step: String, title: String, script: &mut Script<'a>) -> Result<bool, Pause> {
        let members = self.members(name)?;
        script.offer(|| {
            let keys = if members.len() == 1 { "key" } else { "keys" };
            let names: Vec<&str> = members.iter().map(EthereumStructMember::name).collect();
            let lines = vec![name.to_owned(), format!("Contains {} {keys}", members.len()), names.join(", ")];
            screen::typed("should_show_struct", step, title, lines)
        })
    }

    fn hash_struct(&mut self, name: &str, place: &Place<'_>, script: &mut Script<'a>) -> Result<B256, Pause> {
        if place.path.len() > DEPTH {
            return Err(Refusal::process("Too deep").into());
        }
        let mut words = keccak(&[self.encode_type(name)?.as_bytes()]).to_vec();
        for (index, member) in (0_u32..).zip(self.members(name)?) {
            let path = [place.path, &[index]].concat();
            let word = self.member(member, &path, place, script)?;
            words.extend_from_slice(word.as_slice());
        }
        Ok(keccak(&[&words]))
    }

    fn member(
        &mut self,
        member: &EthereumStructMember,
        path: &[u32],
        place: &Place<'_>,
        script: &mut Script<'a>,
    ) -> Result<B256, Pause> {
        let (kind, name) = (kind(member)?, member.name());
        let below = [place.parents, &[name.to_owned()]].concat();
        if is(kind, EthereumDataType::STRUCT) {
            let step = format!("{}, its members", below.join("."));
            let shown = place.shown && self.offer_struct(kind.struct_name(), step, below.join("."), script)?;
            return self.hash_struct(kind.struct_name(), &Place { path, parents: &below, shown }, script);
        }
        if is(kind, EthereumDataType::ARRAY) {
            return self.array(kind, path, &Place { path, parents: &below, shown: place.shown }, script);
        }
        let value = self.value(kind, path, script)?;
        if path.first() == Some(&0) && name == "chainId" {
            self.chain_id = U256::try_from_be_slice(value).and_then(|id| u64::try_from(id).ok());
        }
        if place.shown {
            let title = shortened(&place.parents.join("."));
            script.show(|| typed_value(below.join("."), title, name, kind, value))?;
        }
        Ok(word(kind, value))
    }

    fn array(
        &mut self,
        kind: &EthereumFieldType,
        path: &[u32],
        place: &Place<'_>,
        script: &mut Script<'a>,
    ) -> Result<B256, Pause> {
        let count = match kind.size {
            Some(size) => size,
            None => match *script.value(path)? {
                [high, low] => u32::from(u16::from_be_bytes([high, low])),
                _ => return Err(Refusal::data("Invalid length").into()),
            },
        };
        let item = kind.entry_type.as_ref().ok_or(Refusal::data("Missing entry_type in array"))?;
        let title = shortened(&place.parents.join("."));
        let line = format!("Array of {count} {}", plural(count, &type_name(item)));
        let heading = title.clone();
        let step = format!("{}, its items", place.parents.join("."));
        let shown = place.shown && script.offer(|| screen::typed("should_show_array", step, heading, vec![line]))?;
        let mut words = Vec::new();
        for index in 0..count {
            let path = [path, &[index]].concat();
            let hash = if is(item, EthereumDataType::STRUCT) {
                self.hash_struct(item.struct_name(), &Place { path: &path, parents: place.parents, shown }, script)?
            } else if is(item, EthereumDataType::ARRAY) {
                return Err(Refusal { code: 99, text: "Firmware error" }.into());
            } else {
                let value = self.value(item, &path, script)?;
                let step = format!("{}[{index}]", place.parents.join("."));
                if shown {
                    script.show(|| typed_value(step, title.clone(), &format!("[{index}]"), item, value))?;
                }
                word(item, value)
            };
            words.extend_from_slice(hash.as_slice());
        }
        Ok(keccak(&[&words]))
    }

    fn value(&self, kind: &EthereumFieldType, path: &[u32], script: &mut Script<'a>) -> Result<&'a [u8], Pause> {
        let value = script.value(path)?;
        validate_value(kind, value)?;
        Ok(value)
    }

    fn encode_type(&self, name: &str) -> Result<String, Refusal> {
        let mut others = BTreeSet::new();
        self.dependencies(name, &mut others)?;
        others.remove(name);
        let mut text = String::new();
        for part in core::iter::once(name).chain(others.iter().map(String::as_str)) {
            let fields: Vec<String> = self
                .members(part)?
                .iter()
                .filter_map(|member| Some(format!("{} {}", type_name(member.type_.as_ref()?), member.name())))
                .collect();
            text.push_str(&format!("{part}({})", fields.join(",")));
        }
        Ok(text)
    }

    fn dependencies(&self, name: &str, found: &mut BTreeSet<String>) -> Result<(), Refusal> {
        if !found.insert(name.to_owned()) {
            return Ok(());
        }
        for member in self.members(name)? {
            let inner = member.type_.as_ref().map(innermost);
            if let Some(inner) = inner.filter(|inner| is(inner, EthereumDataType::STRUCT)) {
                self.dependencies(inner.struct_name(), found)?;
            }
        }
        Ok(())
    }
}

fn kind(member: &EthereumStructMember) -> Result<&EthereumFieldType, Refusal> {
    member.type_.as_ref().ok_or(Refusal::data("Missing type"))
}

fn is(kind: &EthereumFieldType, wanted: EthereumDataType) -> bool {
    kind.data_type.and_then(|kind| kind.enum_value().ok()) == Some(wanted)
}

fn innermost(mut kind: &EthereumFieldType) -> &EthereumFieldType {
    while let Some(inner) = kind.entry_type.as_ref() {
        kind = inner;
    }
    kind
}

fn validate_type(kind: &EthereumFieldType) -> Result<(), Refusal> {
    use EthereumDataType as T;
    let data_type = kind.data_type.and_then(|kind| kind.enum_value().ok()).ok_or(Refusal::data("Unknown type"))?;
    match (data_type == T::ARRAY, kind.entry_type.as_ref()) {
        (true, Some(inner)) => validate_type(inner)?,
        (true, None) => return Err(Refusal::data("Missing entry_type in array")),
        (false, Some(_)) => return Err(Refusal::data("Unexpected entry_type in nonarray")),
        (false, None) => {}
    }
    if (data_type == T::STRUCT) != kind.struct_name.is_some() {
        return Err(Refusal::data("Missing struct_name in struct, or one elsewhere"));
    }
    let fits = match data_type {
        T::STRUCT => kind.size.is_some(),
        T::BYTES => kind.size.is_none_or(|size| (1..=32).contains(&size)),
        T::UINT | T::INT => kind.size.is_some_and(|size| (1..=32).contains(&size)),
        T::STRING | T::BOOL | T::ADDRESS => kind.size.is_none(),
        T::ARRAY => true,
    };
    if fits { Ok(()) } else { Err(Refusal::data("Invalid size in type")) }
}

fn validate_value(kind: &EthereumFieldType, value: &[u8]) -> Result<(), Refusal> {
    if kind.size.is_some_and(|size| usize::try_from(size) != Ok(value.len())) {
        return Err(Refusal::data("Invalid length"));
    }
    let is = |wanted| is(kind, wanted);
    if is(EthereumDataType::BOOL) && !matches!(value, [0 | 1]) {
        return Err(Refusal::data("Invalid boolean value"));
    }
    if is(EthereumDataType::ADDRESS) && value.len() != 20 {
        return Err(Refusal::data("Invalid address"));
    }
    if is(EthereumDataType::STRING) && core::str::from_utf8(value).is_err() {
        return Err(Refusal::data("Invalid UTF-8"));
    }
    Ok(())
}

/// The 32 bytes that stand for a value.
fn word(kind: &EthereumFieldType, value: &[u8]) -> B256 {
    let dynamic = is(kind, EthereumDataType::STRING) || (is(kind, EthereumDataType::BYTES) && kind.size.is_none());
    if dynamic {
        return keccak(&[value]);
    }
    if is(kind, EthereumDataType::BYTES) {
        return B256::right_padding_from(value);
    }
    let negative = is(kind, EthereumDataType::INT) && value.first().is_some_and(|byte| *byte >= 0x80);
    let padding = vec![if negative { 0xff } else { 0 }; 32_usize.saturating_sub(value.len())];
    B256::try_from([padding.as_slice(), value].concat().as_slice()).unwrap_or_default()
}

fn type_name(kind: &EthereumFieldType) -> String {
    use EthereumDataType as T;
    let bits = || kind.size().saturating_mul(8);
    match kind.data_type.and_then(|kind| kind.enum_value().ok()) {
        Some(T::UINT) => format!("uint{}", bits()),
        Some(T::INT) => format!("int{}", bits()),
        Some(T::BYTES) => kind.size.map_or("bytes".to_owned(), |size| format!("bytes{size}")),
        Some(T::STRING) => "string".to_owned(),
        Some(T::BOOL) => "bool".to_owned(),
        Some(T::ADDRESS) => "address".to_owned(),
        Some(T::STRUCT) => kind.struct_name().to_owned(),
        Some(T::ARRAY) => {
            let item = kind.entry_type.as_ref().map(type_name).unwrap_or_default();
            format!("{item}[{}]", kind.size.map(|size| size.to_string()).unwrap_or_default())
        }
        None => String::new(),
    }
}

fn typed_value(
    step: String,
    title: String,
    name: &str,
    kind: &EthereumFieldType,
    value: &[u8],
) -> super::super::Button {
    let mut lines = vec![format!("{name} ({})", type_name(kind))];
    lines.extend(text(kind, value));
    screen::typed("confirm_typed_value", step, title, lines)
}

fn text(kind: &EthereumFieldType, value: &[u8]) -> Vec<String> {
    use EthereumDataType as T;
    let word = word(kind, value);
    match kind.data_type.and_then(|kind| kind.enum_value().ok()) {
        Some(T::STRING) => screen::rows(&String::from_utf8_lossy(value)),
        Some(T::ADDRESS) => vec![Address::from_word(word).to_string()],
        Some(T::BOOL) => vec![(value == [1]).to_string()],
        Some(T::UINT) => vec![U256::from_be_bytes(word.0).to_string()],
        Some(T::INT) => vec![I256::from_raw(U256::from_be_bytes(word.0)).to_string()],
        _ => vec![screen::digits(value)],
    }
}

/// The last sixteen characters of a long title.
fn shortened(title: &str) -> String {
    match title.char_indices().rev().nth(15) {
        Some((start, _)) if title.chars().count() > 18 => format!("..{}", title.get(start..).unwrap_or_default()),
        _ => title.to_owned(),
    }
}

/// The firmware's English: -ies after a consonant and y, -es after a hiss, else -s.
fn plural(count: u32, word: &str) -> String {
    let ending = word.as_bytes();
    match ending {
        _ if count == 1 => word.to_owned(),
        [.., before, b'y'] if !b"aeiouy".contains(before) => {
            format!("{}ies", word.get(..word.len().saturating_sub(1)).unwrap_or_default())
        }
        [.., b'h' | b's' | b'x' | b'z'] => format!("{word}es"),
        _ => format!("{word}s"),
    }
}
