//! The signing dialogue: the device asks for parts, shows them to the person, and returns a signature per input.

use trezor_client::protos::{InputScriptType, SignTx, TxRequest};
use vitrine_bitcoin::ReturnedSignature;

use super::answers::{answer, count, version};
use super::plan::{Part, Plan, coin_name};
use super::wire::{Dialogue, Wire};
use crate::error::DeviceError;
use crate::limits;

/// Lets the device sign every input of the plan.
pub(super) fn sign(
    wire: &mut Wire,
    plan: &Plan<'_>,
    chunkify: Option<bool>,
    dialogue: &mut Dialogue<'_>,
) -> Result<Vec<ReturnedSignature>, DeviceError> {
    let mut request: TxRequest = wire.call(&opening(plan, chunkify)?, dialogue)?;
    let mut signatures = Signatures::new(plan);
    loop {
        let step = signatures.take(&request).and_then(|()| answer(plan, &request));
        match step.inspect_err(|error| wire.leave(error))? {
            Some(ack) => request = wire.call(&ack, dialogue)?,
            None => return signatures.finish(),
        }
    }
}

fn opening(plan: &Plan<'_>, chunkify: Option<bool>) -> Result<SignTx, DeviceError> {
    Ok(SignTx {
        outputs_count: Some(count(plan.transaction.output.len())?),
        inputs_count: Some(count(plan.transaction.input.len())?),
        coin_name: Some(coin_name(plan.network).to_owned()),
        version: Some(version(plan.transaction)),
        lock_time: Some(plan.transaction.lock_time.to_consensus_u32()),
        chunkify,
        ..Default::default()
    })
}

/// One slot per input; each is filled exactly once.
struct Signatures<'p, 'a> {
    plan: &'p Plan<'a>,
    slots: Vec<Option<Vec<u8>>>,
}

impl<'p, 'a> Signatures<'p, 'a> {
    fn new(plan: &'p Plan<'a>) -> Self {
        Self { plan, slots: vec![None; plan.inputs.len()] }
    }

    /// Takes the signature that comes with a question, if any. The serialized transaction beside it proves nothing and
    /// is passed over.
    fn take(&mut self, request: &TxRequest) -> Result<(), DeviceError> {
        let Some(serialized) = request.serialized.as_ref() else { return Ok(()) };
        match (serialized.signature_index, &serialized.signature) {
            (Some(index), Some(signature)) => self.put(usize::try_from(index).unwrap_or(usize::MAX), signature),
            (None, None) => Ok(()),
            _ => {
                Err(DeviceError::Malformed { at: "TxAck", what: "a signature without its input, or an input without" })
            }
        }
    }

    fn put(&mut self, input: usize, signature: &[u8]) -> Result<(), DeviceError> {
        let count = self.slots.len();
        let planned = self.plan.inputs.get(input);
        let (Some(slot), Some(planned)) = (self.slots.get_mut(input), planned) else {
            return Err(DeviceError::NoSuchPart { part: "input", index: input, count });
        };
        let planned = match &planned.part {
            Part::Own(own) if slot.is_none() => own,
            Part::Own(_) | Part::Foreign(_) => return Err(DeviceError::UnaskedSignature { input }),
        };
        let plausible = match planned.script_type {
            InputScriptType::SPENDTAPROOT => signature.len() == 64,
            _ => (8..=limits::SIGNATURE_BYTES).contains(&signature.len()),
        };
        if !plausible {
            return Err(DeviceError::MalformedSignature { input, bytes: signature.len() });
        }
        *slot = Some(signature.to_vec());
        Ok(())
    }

    /// A Trezor signs every own input of a transaction; what it signs again, though the request carries it, is passed over.
    fn finish(self) -> Result<Vec<ReturnedSignature>, DeviceError> {
        let signed = self.slots.into_iter().zip(&self.plan.inputs).enumerate();
        let asked = signed.filter_map(|(input, (slot, planned))| match &planned.part {
            Part::Own(own) if own.needs_signature => Some((input, slot, own.key.public_key())),
            Part::Own(_) | Part::Foreign(_) => None,
        });
        asked
            .map(|(input, slot, public_key)| {
                let signature = slot.ok_or(DeviceError::MissingSignature { input })?;
                Ok(ReturnedSignature { input, public_key, signature })
            })
            .collect()
    }
}
