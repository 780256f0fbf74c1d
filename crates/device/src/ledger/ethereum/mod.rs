//! The Ethereum app.
//!
//! Source of the protocol: LedgerHQ/app-ethereum, `doc/ethapp.adoc` and `doc/eip712.md`, version 1.22.0.

mod chunks;
mod filters;
pub(crate) mod networks;
mod safe;
mod screens;
mod sign;
mod typed;

use vitrine_ethereum::alloy_primitives::{Address, keccak256};
use vitrine_ethereum::{CheckedRequest, ReturnedSignature};

use super::apdu::{Apdu, path_bytes};
use super::wire::Wire;
use super::{LedgerScreen, ask_the_person};
use crate::error::DeviceError;
use crate::prompt::Prompter;

pub(crate) use self::safe::typed_data as safe_typed_data;
pub(crate) use self::screens::{foretold, not_shown};
use self::sign::Order;

/// How typed data is given to the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TypedDataForm {
    /// Every type and every value: the device hashes them itself.
    #[default]
    Whole,
    /// The hashes of domain and message alone: the device cannot know what they stand for. Only for apps that know
    /// nothing else, where the ceremony allows it and both hashes are on our screen.
    Hashes,
}

/// Asks for the address of the key at `path`; the device shows it as one of the chain `shown_for`, if there is one.
pub(super) fn address(
    wire: &mut Wire,
    path: &[u32],
    shown_for: Option<u64>,
    prompter: &mut dyn Prompter,
) -> Result<Address, DeviceError> {
    resynchronise(wire)?;
    match shown_for {
        Some(chain_id) => shown_address(wire, path, chain_id, prompter),
        None => silent_address(wire, path),
    }
}

/// Lets the device sign a request, if it is the account's device and may sign it.
pub(super) fn sign(
    wire: &mut Wire,
    request: &CheckedRequest,
    form: TypedDataForm,
    prompter: &mut dyn Prompter,
) -> Result<ReturnedSignature, DeviceError> {
    let order = Order::of(request, form)?;
    resynchronise(wire)?;
    order.check_settings(&settings(wire)?)?;
    let found = silent_address(wire, order.path())?;
    order.check_address(found)?;
    order.sign(wire, prompter)
}

/// Brings the app back to where it listens for a new request.
///
/// Typed data of which only a part arrived stays in the app until something about it fails, and would be mixed with the
/// next one's: so a command that has to fail is sent, whatever it answers.
fn resynchronise(wire: &mut Wire) -> Result<(), DeviceError> {
    let failing = Apdu::new("resynchronising", [0x1a, 0x00, 0x01], &[]);
    wire.resynchronise(Some(&failing), &settings_command())
}

/// Asks for the address of the key at `path`; the app forgets what it was told before.
fn silent_address(wire: &mut Wire, path: &[u32]) -> Result<Address, DeviceError> {
    const AT: &str = "asking for the address";
    let reply = wire.ask(&Apdu::new(AT, [0x02, 0x00, 0x00], &path_bytes(path)?))?;
    address_of(&reply, AT)
}

fn shown_address(
    wire: &mut Wire,
    path: &[u32],
    chain_id: u64,
    prompter: &mut dyn Prompter,
) -> Result<Address, DeviceError> {
    const AT: &str = "showing the address";
    let mut data = path_bytes(path)?;
    data.extend(chain_id.to_be_bytes());
    ask_the_person(prompter, AT, "an address")?;
    let reply = wire.ask_person(&Apdu::new(AT, [0x02, 0x01, 0x00], &data))?;
    address_of(&reply, AT)
}

/// The app's settings, as far as it tells them.
struct Settings {
    blind_signing: bool,
}

fn settings_command() -> Apdu {
    Apdu::new("asking for the settings", [0x06, 0x00, 0x00], &[])
}

fn settings(wire: &mut Wire) -> Result<Settings, DeviceError> {
    let command = settings_command();
    let reply = wire.ask(&command)?;
    let [flags, _, _, _] = *reply.as_slice() else {
        return Err(DeviceError::Malformed { at: command.at, what: "not flags and a version" });
    };
    Ok(Settings { blind_signing: flags & 1 == 1 })
}

/// Length, public key (65 bytes), length, address (40 digits): the address has to be the key's.
fn address_of(reply: &[u8], at: &'static str) -> Result<Address, DeviceError> {
    let malformed = |what| DeviceError::Malformed { at, what };
    let (65, rest) = reply.split_first().ok_or_else(|| malformed("nothing"))? else {
        return Err(malformed("no public key"));
    };
    let (key, rest) = rest.split_first_chunk::<65>().ok_or_else(|| malformed("a public key that is cut short"))?;
    let (4, point) = key.split_first().ok_or_else(|| malformed("no public key"))? else {
        return Err(malformed("not an uncompressed public key"));
    };
    let (40, digits) = rest.split_first().ok_or_else(|| malformed("no address"))? else {
        return Err(malformed("no address"));
    };
    let address = Address::from_word(keccak256(point));
    let stated = std::str::from_utf8(digits).ok().and_then(|digits| format!("0x{digits}").parse::<Address>().ok());
    if stated == Some(address) { Ok(address) } else { Err(malformed("an address that is not its key's")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vitrine_ethereum::alloy_primitives::hex;

    /// Recorded: see `tests/transcripts/SOURCE.md`.
    const REPLY: &str = "4104ef5b152e3f15eb0c50c9916161c2309e54bd87b9adce722d69716bcdef85f547678e15ab40a78919c7284e67a1\
                         7ee9a96e8b9886b60f767d93023bac8dbc16e42844616437373931304462446644453736346643323146434434453\
                         73444373162424143413644384";

    #[test]
    fn an_address_that_is_not_its_keys_is_refused() {
        let mut reply = hex::decode(format!("{REPLY}4")).unwrap();
        let address = address_of(&reply, "x").unwrap();
        assert_eq!(address.to_string(), "0xDad77910DbDFdE764fC21FCD4E74D71bBACA6D8D");
        for end in 0..reply.len() {
            assert!(address_of(&reply[..end], "x").is_err(), "{end}");
        }
        reply[5] ^= 1;
        assert!(address_of(&reply, "x").is_err());
    }
}
