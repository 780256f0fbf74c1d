//! Answers to what the app asks during a command, from what was prepared for it and from nothing else.
//!
//! Source: LedgerHQ/app-bitcoin-new, `doc/bitcoin.md`, Client commands reference.

use bitcoin::VarInt;
use bitcoin::consensus::encode::deserialize_partial;

use super::known::{Known, varint};
use super::merkle::Digest;
use crate::error::DeviceError;

const YIELD: u8 = 0x10;
const GET_PREIMAGE: u8 = 0x40;
const GET_MERKLE_LEAF_PROOF: u8 = 0x41;
const GET_MERKLE_LEAF_INDEX: u8 = 0x42;
const GET_MORE_ELEMENTS: u8 = 0xa0;

/// Most bytes of an answer.
const ANSWER_BYTES: usize = 255;
/// Most of them that elements take in an answer to `GET_MORE_ELEMENTS`: their number and size stand before.
const ELEMENT_BYTES: usize = 253;
/// Most hashes of a proof beside the leaf's.
const PROOF_HASHES: usize = 6;

/// One command's dialogue.
pub(super) struct Client<'a> {
    at: &'static str,
    known: &'a Known,
    /// Elements of an answer that did not fit, and the size of each.
    rest: (Vec<u8>, usize),
    yielded: Vec<Vec<u8>>,
    most_yielded: usize,
    asked: usize,
    most_asked: usize,
}

impl<'a> Client<'a> {
    /// `rounds` is how often the app may ask for everything, `most_yielded` how many results it may give.
    pub(super) fn new(at: &'static str, known: &'a Known, rounds: usize, most_yielded: usize) -> Self {
        let most_asked = known.answers().saturating_mul(rounds).saturating_add(most_yielded);
        Self { at, known, rest: (Vec::new(), 1), yielded: Vec::new(), most_yielded, asked: 0, most_asked }
    }

    /// What the app gave, in order.
    pub(super) fn into_yielded(self) -> Vec<Vec<u8>> {
        self.yielded
    }

    /// Answers one question.
    pub(super) fn answer(&mut self, question: &[u8]) -> Result<Vec<u8>, DeviceError> {
        self.asked = self.asked.saturating_add(1);
        if self.asked > self.most_asked {
            return Err(DeviceError::TooManyMessages { at: self.at, limit: self.most_asked });
        }
        let (command, request) = question.split_first().ok_or_else(|| self.malformed("a question without words"))?;
        if !self.rest.0.is_empty() && *command != GET_MORE_ELEMENTS {
            return Err(self.malformed("a question before the last answer was heard out"));
        }
        match *command {
            YIELD => self.take(request),
            GET_PREIMAGE => self.data(request),
            GET_MERKLE_LEAF_PROOF => self.proof(request),
            GET_MERKLE_LEAF_INDEX => self.index(request),
            GET_MORE_ELEMENTS => self.more(request),
            other => Err(DeviceError::UnexpectedMessage { at: self.at, received: format!("question {other:02x}") }),
        }
    }

    fn take(&mut self, result: &[u8]) -> Result<Vec<u8>, DeviceError> {
        if self.yielded.len() >= self.most_yielded {
            return Err(DeviceError::TooManyMessages { at: self.at, limit: self.most_yielded });
        }
        self.yielded.push(result.to_vec());
        Ok(Vec::new())
    }

    fn data(&mut self, request: &[u8]) -> Result<Vec<u8>, DeviceError> {
        let Some((0, digest)) = request.split_first() else { return Err(self.malformed("a question for no hash")) };
        let (digest, []) = self.digest(digest)? else { return Err(self.malformed("a hash that is too long")) };
        let unknown = self.malformed("a question for data that is no part of this request");
        let data = self.known.data(&digest).ok_or(unknown)?;
        let mut answer = varint(data.len());
        let room = ANSWER_BYTES.saturating_sub(answer.len()).saturating_sub(1);
        let (now, later) = data.split_at(room.min(data.len()));
        answer.extend(u8::try_from(now.len()));
        answer.extend(now);
        self.rest = (later.to_vec(), 1);
        Ok(answer)
    }

    fn proof(&mut self, request: &[u8]) -> Result<Vec<u8>, DeviceError> {
        let (root, request) = self.digest(request)?;
        let (size, request) = self.number(request)?;
        let (index, []) = self.number(request)? else { return Err(self.malformed("a place that is too long")) };
        let tree =
            self.known.tree(&root).ok_or_else(|| self.malformed("a question for a list that it was not given"))?;
        if tree.len() != size {
            return Err(self.malformed("a list of another length than the one it was given"));
        }
        let missing = DeviceError::NoSuchPart { part: "element of a list", index, count: size };
        let (leaf, proof) = tree.proof(index).ok_or(missing)?;
        let (now, later) = proof.split_at(PROOF_HASHES.min(proof.len()));
        let mut answer = leaf.to_vec();
        answer.extend(u8::try_from(proof.len()));
        answer.extend(u8::try_from(now.len()));
        answer.extend(now.concat());
        self.rest = (later.concat(), leaf.len());
        Ok(answer)
    }

    /// A leaf that does not exist has an answer too: the app asks for fields that a request need not have.
    fn index(&self, request: &[u8]) -> Result<Vec<u8>, DeviceError> {
        let (root, request) = self.digest(request)?;
        let (leaf, []) = self.digest(request)? else { return Err(self.malformed("a hash that is too long")) };
        let tree =
            self.known.tree(&root).ok_or_else(|| self.malformed("a question for a list that it was not given"))?;
        Ok(match tree.index_of(&leaf) {
            Some(index) => [vec![1], varint(index)].concat(),
            None => vec![0, 0],
        })
    }

    fn more(&mut self, request: &[u8]) -> Result<Vec<u8>, DeviceError> {
        let (elements, size) = &mut self.rest;
        if !request.is_empty() || elements.is_empty() {
            return Err(self.malformed("a question for more where there is no more"));
        }
        let count = ELEMENT_BYTES.checked_div(*size).unwrap_or_default();
        let bytes = count.saturating_mul(*size).min(elements.len());
        let later = elements.split_off(bytes);
        let now = core::mem::replace(elements, later);
        let count = now.len().checked_div(*size).unwrap_or_default();
        let mut answer: Vec<u8> = [count, *size].into_iter().flat_map(u8::try_from).collect();
        answer.extend(now);
        Ok(answer)
    }

    fn digest<'r>(&self, bytes: &'r [u8]) -> Result<(Digest, &'r [u8]), DeviceError> {
        let (digest, rest) = bytes.split_first_chunk().ok_or_else(|| self.malformed("a hash that is cut short"))?;
        Ok((*digest, rest))
    }

    fn number<'r>(&self, bytes: &'r [u8]) -> Result<(usize, &'r [u8]), DeviceError> {
        let read = deserialize_partial::<VarInt>(bytes).ok().and_then(|(number, length)| {
            let number = usize::try_from(number.0).ok()?;
            Some((number, bytes.get(length..)?))
        });
        read.ok_or_else(|| self.malformed("a number that cannot be read"))
    }

    const fn malformed(&self, what: &'static str) -> DeviceError {
        DeviceError::Malformed { at: self.at, what }
    }
}
