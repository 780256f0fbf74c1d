//! Typed data that arrives as types and then as values, hashed from what arrived alone.

use sha2::{Digest, Sha224};
use vitrine_ethereum::alloy_primitives::{B256, keccak256};

use super::Status;
use super::filters::{Filters, Next, Tokens, Told};
use super::value::{Shown, Solidity};

const DOMAIN: &str = "EIP712Domain";
/// Most values and arrays of one message that the simulated device keeps.
const PARTS: usize = 4_096;
const COMPLETE: u8 = 0x00;

/// A struct type as it was announced.
#[derive(Debug)]
struct StructType {
    name: String,
    members: Vec<Member>,
}

#[derive(Debug)]
struct Member {
    name: String,
    kind: Kind,
    /// From the innermost; none for any number of items.
    levels: Vec<Option<u8>>,
}

#[derive(Debug)]
enum Kind {
    Struct(String),
    Solidity(Solidity),
}

/// Something of the values, as it arrived.
#[derive(Debug)]
enum Part {
    Array(u8),
    Value(Vec<u8>),
}

/// What arrived so far.
#[derive(Debug, Default)]
pub(super) struct TypedSigning {
    types: Vec<StructType>,
    root: Option<String>,
    parts: Vec<Part>,
    /// A value of which packets are still to come, and how many bytes.
    open: Option<(Vec<u8>, usize)>,
    domain: Option<Root>,
    message: Option<Root>,
    filters: Option<Filters>,
}

/// A struct that arrived whole.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) name: String,
    pub(super) hash: B256,
    /// Members by name, as they are shown.
    pub(super) values: Vec<(String, Shown)>,
    chain_id: Option<u64>,
}

/// Domain and message, both whole.
pub(super) struct Whole {
    pub(super) domain_hash: B256,
    pub(super) message_hash: B256,
    pub(super) chain_id: Option<u64>,
    pub(super) domain: Root,
    pub(super) message: Root,
    /// What Ledger's filters made of it.
    pub(super) told: Option<Told>,
}

impl TypedSigning {
    /// From now on nothing is shown but what Ledger signed something about.
    pub(super) fn filter(&mut self) {
        self.filters = Some(Filters::new(self.schema()));
    }

    pub(super) const fn is_filtered(&self) -> bool {
        self.filters.is_some()
    }

    /// SHA-224 of the types as JSON, in the order in which they came.
    fn schema(&self) -> [u8; 28] {
        let mut types = Vec::new();
        for declared in &self.types {
            let mut members = Vec::new();
            for member in &declared.members {
                let spelled = member.spelled();
                let kind = spelled.strip_suffix(&format!(" {}", member.name)).unwrap_or_default();
                members.push(format!("{{\"name\":\"{}\",\"type\":\"{kind}\"}}", member.name));
            }
            types.push(format!("\"{}\":[{}]", declared.name, members.join(",")));
        }
        Sha224::digest(format!("{{{}}}", types.join(","))).into()
    }

    pub(super) fn take_filter(&mut self, kind: u8, data: &[u8], tokens: &Tokens) -> Result<(), Status> {
        if kind == 0x0f {
            let domain = self.domain.as_ref().filter(|_| self.root.is_none() && self.message.is_none());
            let domain = domain.ok_or(Status::NOT_ALLOWED)?;
            let contract = domain.values.iter().find_map(|(name, value)| match value {
                Shown::Address(address) if name == "verifyingContract" => Some(*address),
                _ => None,
            });
            let filters = self.filters.as_mut().ok_or(Status::NOT_ALLOWED)?;
            filters.domain(domain.chain_id.unwrap_or_default(), contract.ok_or(Status::NO_INFO)?);
            return filters.title(data);
        }
        if !matches!(kind, 0xfc..=0xff) {
            return Err(Status::PARAMETERS);
        }
        let (_, next) = self.next()?;
        self.filters.as_mut().ok_or(Status::NOT_ALLOWED)?.take(kind, data, &next, tokens)
    }

    /// The member of the message whose value comes next, and its name.
    fn next(&self) -> Result<(String, Next), Status> {
        let name = self.root.as_ref().filter(|_| self.domain.is_some()).ok_or(Status::NOT_ALLOWED)?;
        let mut reading = self.reading(self.parts.iter());
        reading.struct_hash(name)?;
        reading.missing.ok_or(Status::NO_INFO)
    }

    fn reading<'a>(&'a self, parts: core::slice::Iter<'a, Part>) -> Reading<'a> {
        let (values, path) = (Vec::new(), Vec::new());
        Reading { types: &self.types, parts, values, chain_id: None, path, missing: None }
    }

    pub(super) fn define(&mut self, data: &[u8]) -> Result<(), Status> {
        if self.root.is_some() || self.domain.is_some() {
            return Err(Status::DATA);
        }
        self.types.push(StructType { name: text(data), members: Vec::new() });
        Ok(())
    }

    pub(super) fn define_member(&mut self, data: &[u8]) -> Result<(), Status> {
        if self.root.is_some() || self.domain.is_some() {
            return Err(Status::DATA);
        }
        let member = Member::read(data)?;
        self.types.last_mut().ok_or(Status::DATA)?.members.push(member);
        Ok(())
    }

    pub(super) fn begin(&mut self, data: &[u8]) -> Result<(), Status> {
        let name = text(data);
        let is_domain = name == DOMAIN;
        if self.root.is_some() || self.message.is_some() || is_domain == self.domain.is_some() {
            return Err(Status::DATA);
        }
        self.find(&name)?;
        self.root = Some(name);
        Ok(())
    }

    pub(super) fn array(&mut self, data: &[u8]) -> Result<(), Status> {
        let [count] = *data else { return Err(Status::DATA) };
        self.push(Part::Array(count))
    }

    pub(super) fn member(&mut self, data: &[u8], p1: u8, tokens: &mut Tokens) -> Result<(), Status> {
        let (mut value, left, data) = match self.open.take() {
            Some((value, left)) => (value, left, data),
            None => {
                let (length, data) = data.split_first_chunk::<2>().ok_or(Status::DATA)?;
                (Vec::new(), usize::from(u16::from_be_bytes(*length)), data)
            }
        };
        let left = left.checked_sub(data.len()).ok_or(Status::DATA)?;
        value.extend(data);
        match (left, p1 != COMPLETE) {
            (0, false) => {
                if self.domain.is_some() && self.is_filtered() {
                    let (name, next) = self.next()?;
                    let filters = self.filters.as_mut().ok_or(Status::NOT_ALLOWED)?;
                    filters.value(&name, next, &value, tokens)?;
                }
                self.push(Part::Value(value))
            }
            (0, true) | (_, false) => Err(Status::DATA),
            (_, true) => {
                self.open = Some((value, left));
                Ok(())
            }
        }
    }

    /// Domain and message, if nothing is missing.
    pub(super) fn whole(self) -> Result<Whole, Status> {
        let domain = self.domain.ok_or(Status::DATA)?;
        let message = self.message.ok_or(Status::DATA)?;
        let (domain_hash, message_hash, chain_id) = (domain.hash, message.hash, domain.chain_id);
        let told = self.filters.map(Filters::told).transpose()?;
        Ok(Whole { domain_hash, message_hash, chain_id, domain, message, told })
    }

    /// Takes a part, and closes the root when it was the last one.
    fn push(&mut self, part: Part) -> Result<(), Status> {
        let name = self.root.clone().filter(|_| self.open.is_none()).ok_or(Status::DATA)?;
        if self.parts.len() >= PARTS {
            return Err(Status::MEMORY);
        }
        self.parts.push(part);
        let mut reading = self.reading(self.parts.iter());
        let Some(hash) = reading.struct_hash(&name)? else { return Ok(()) };
        let Reading { values, chain_id, .. } = reading;
        let root = Root { name, hash, values, chain_id };
        self.root = None;
        self.parts.clear();
        *(if self.domain.is_none() { &mut self.domain } else { &mut self.message }) = Some(root);
        Ok(())
    }

    fn find(&self, name: &str) -> Result<&StructType, Status> {
        self.types.iter().find(|declared| declared.name == name).ok_or(Status::DATA)
    }
}

impl Member {
    fn read(data: &[u8]) -> Result<Self, Status> {
        let mut data = data.iter().copied();
        let mut next = || data.next().ok_or(Status::DATA);
        let flags = next()?;
        let name = |length: u8, next: &mut dyn FnMut() -> Result<u8, Status>| {
            (0..length).map(|_| next()).collect::<Result<Vec<u8>, _>>().map(|bytes| text(&bytes))
        };
        let (is_array, is_sized) = (flags & 0x80 != 0, flags & 0x40 != 0);
        let kind = match flags & 0x0f {
            0 if is_sized => return Err(Status::DATA),
            0 => {
                let length = next()?;
                Kind::Struct(name(length, &mut next)?)
            }
            number => {
                let size = if is_sized { Some(next()?) } else { None };
                Kind::Solidity(Solidity::new(number, size).ok_or(Status::DATA)?)
            }
        };
        let mut levels = Vec::new();
        for _ in 0..if is_array { next()? } else { 0 } {
            levels.push(match next()? {
                0 => None,
                1 => Some(next()?),
                _ => return Err(Status::DATA),
            });
        }
        let length = next()?;
        let name = name(length, &mut next)?;
        if next().is_ok() { Err(Status::DATA) } else { Ok(Self { name, kind, levels }) }
    }

    fn spelled(&self) -> String {
        let stem = match &self.kind {
            Kind::Struct(name) => name.clone(),
            Kind::Solidity(kind) => kind.to_string(),
        };
        let levels = self.levels.iter().map(|level| level.map_or("[]".to_owned(), |count| format!("[{count}]")));
        format!("{stem}{} {}", levels.collect::<String>(), self.name)
    }
}

/// Reads the parts of one struct in the order of its types. “None” is: more has to come.
struct Reading<'a> {
    types: &'a [StructType],
    parts: core::slice::Iter<'a, Part>,
    values: Vec<(String, Shown)>,
    chain_id: Option<u64>,
    /// Names of the members that lead to the present one.
    path: Vec<String>,
    /// The first value that is not there yet, by its name.
    missing: Option<(String, Next)>,
}

type Hashed = Result<Option<B256>, Status>;

impl<'a> Reading<'a> {
    fn declared(&self, name: &str) -> Result<&'a StructType, Status> {
        self.types.iter().find(|declared| declared.name == name).ok_or(Status::DATA)
    }

    fn struct_hash(&mut self, name: &str) -> Hashed {
        let mut encoded = self.type_hash(name)?.to_vec();
        for member in &self.declared(name)?.members {
            self.path.push([member.name.as_str(), &".[]".repeat(member.levels.len())].concat());
            let word = self.member(member, member.levels.len())?;
            self.path.pop();
            match word {
                Some(word) => encoded.extend(word),
                None => return Ok(None),
            }
        }
        Ok(Some(keccak256(encoded)))
    }

    /// A member, or an item of it `level` arrays deep.
    fn member(&mut self, member: &Member, level: usize) -> Hashed {
        if let Some(inner) = level.checked_sub(1) {
            return self.items(member, inner);
        }
        let kind = match &member.kind {
            Kind::Struct(name) => return self.struct_hash(name),
            Kind::Solidity(kind) => kind,
        };
        let bytes = match self.parts.next() {
            Some(Part::Value(bytes)) => bytes,
            Some(Part::Array(_)) => return Err(Status::DATA),
            None => {
                let next = Next { path: self.path.join("."), kind: *kind };
                self.missing.get_or_insert((member.name.clone(), next));
                return Ok(None);
            }
        };
        if member.name == "chainId" {
            self.chain_id = Some(bytes.iter().fold(0, |sum: u64, byte| sum << 8 | u64::from(*byte)));
        }
        self.values.push((member.name.clone(), kind.shown(bytes)?));
        kind.encoded(bytes).map(Some)
    }

    fn items(&mut self, member: &Member, level: usize) -> Hashed {
        let count = match self.parts.next() {
            Some(Part::Array(count)) => *count,
            Some(Part::Value(_)) => return Err(Status::DATA),
            None => return Ok(None),
        };
        if member.levels.get(level).copied().flatten().is_some_and(|fixed| fixed != count) {
            return Err(Status::DATA);
        }
        let mut encoded = Vec::new();
        for _ in 0..count {
            match self.member(member, level)? {
                Some(word) => encoded.extend(word),
                None => return Ok(None),
            }
        }
        Ok(Some(keccak256(encoded)))
    }

    /// keccak256 of the type's description, then those of the types that it uses in the order of their names.
    fn type_hash(&self, name: &str) -> Result<B256, Status> {
        let mut used = vec![self.declared(name)?];
        let mut next = 0;
        while let Some(declared) = used.get(next).copied() {
            next = next.saturating_add(1);
            for member in &declared.members {
                if let Kind::Struct(inner) = &member.kind
                    && used.iter().all(|known| known.name != *inner)
                {
                    used.push(self.declared(inner)?);
                }
            }
        }
        if let Some(others) = used.get_mut(1..) {
            others.sort_by(|a, b| a.name.cmp(&b.name));
        }
        let describe = |declared: &&StructType| {
            let members: Vec<String> = declared.members.iter().map(Member::spelled).collect();
            format!("{}({})", declared.name, members.join(","))
        };
        Ok(keccak256(used.iter().map(describe).collect::<String>()))
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
