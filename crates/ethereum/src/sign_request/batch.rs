//! Several requests in one message: `eth-batch-sign-request`, as `@keystonehq/bc-ur-registry-eth` writes it.
//!
//! ```cddl
//! eth-batch-sign-request = { 1: [ + #6.401(eth-sign-request) ] }
//! ```

use vitrine_review::Span;

use super::cbor::Reader;
use super::error::{RequestError, RequestProblem};
use super::{REQUEST_TAG, RequestId, SignRequest, check_size};
use crate::limits;

/// Tag of a batch.
const TAG: u64 = 40_404;

/// Several requests, each with a request id of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchSignRequest {
    requests: Vec<SignRequest>,
    structure: Vec<Span>,
}

impl BatchSignRequest {
    /// Decodes the message of a `ur:eth-batch-sign-request`.
    ///
    /// # Errors
    /// [`RequestError`] unless the message is exactly one batch of requests that can be told apart.
    pub fn decode(message: &[u8]) -> Result<Self, RequestError> {
        check_size(message)?;
        let mut reader = Reader::new(message);
        if reader.is_tagged() {
            reader.tag(TAG)?;
        }
        let requests = read_list(&mut reader, |reader| {
            reader.tag(REQUEST_TAG)?;
            SignRequest::read(reader)
        })?;
        reader.end()?;
        check_ids(&requests)?;
        Ok(Self { requests, structure: reader.structure })
    }

    /// The requests in order; at least one.
    pub fn requests(&self) -> &[SignRequest] {
        &self.requests
    }

    /// The requests, and what [`BatchSignRequest::structure`] gives.
    pub(crate) fn into_parts(self) -> (Vec<SignRequest>, Vec<Span>) {
        (self.requests, self.structure)
    }

    /// Bytes that are structure, of the batch and of all its requests; without those within transactions.
    pub fn structure(&self) -> &[Span] {
        &self.structure
    }
}

/// Reads `{1: [item, …]}`.
pub(super) fn read_list<T>(
    reader: &mut Reader<'_>,
    mut read: impl FnMut(&mut Reader<'_>) -> Result<T, RequestError>,
) -> Result<Vec<T>, RequestError> {
    let start = reader.at();
    if reader.map(1)? != 1 {
        return Err(RequestError { offset: start, problem: RequestProblem::EmptyBatch });
    }
    let at = reader.at();
    match reader.key()? {
        1 => {}
        key => return Err(RequestError { offset: at, problem: RequestProblem::UnknownKey { key } }),
    }
    let at = reader.at();
    let count = reader.array(limits::BATCH)?;
    if count == 0 {
        return Err(RequestError { offset: at, problem: RequestProblem::EmptyBatch });
    }
    (0..count).map(|_| read(reader)).collect()
}

/// An answer is told from the others by its request id alone.
fn check_ids(requests: &[SignRequest]) -> Result<(), RequestError> {
    let mut seen: Vec<RequestId> = Vec::with_capacity(requests.len());
    for request in requests {
        let problem = RequestProblem::BatchRequestId;
        let same = RequestError { offset: request.data_span.start, problem };
        match request.request_id {
            Some(id) if !seen.contains(&id.value) => seen.push(id.value),
            _ => return Err(same),
        }
    }
    Ok(())
}
