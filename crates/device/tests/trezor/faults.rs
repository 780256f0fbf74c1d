//! Loops over every place where a link can fail, for whatever is signed.

use vitrine_device::DeviceError;
use vitrine_device::sim::Fault;

/// Counts the replies of a whole session, to have every place where a cable can be pulled.
pub fn replies<T>(mut sign: impl FnMut(Fault) -> Result<T, DeviceError>) -> usize {
    (0..).find(|at| sign(Fault::Unplugged { at_message: *at }).is_ok()).unwrap()
}

/// A cable pulled, silence, and replies too large or of another type, at every message: each is an error of its own.
/// Returns the number of replies.
pub fn every_break_is_an_error<T>(name: &str, mut sign: impl FnMut(Fault) -> Result<T, DeviceError>) -> usize {
    let replies = replies(&mut sign);
    for at_message in 0..replies {
        let mut error = |fault| sign(fault).err().unwrap_or_else(|| panic!("{name} {at_message}: not noticed"));
        let unplugged = error(Fault::Unplugged { at_message });
        assert!(matches!(unplugged, DeviceError::Unplugged { .. }), "{name} {at_message}: {unplugged}");
        assert!(unplugged.to_string().contains("nothing was signed"), "{unplugged}");
        let silent = error(Fault::Silence { at_message });
        assert!(matches!(silent, DeviceError::Timeout { .. }), "{name} {at_message}: {silent}");
        let large = error(Fault::Oversized { at_message });
        assert!(matches!(large, DeviceError::TooLarge { .. }), "{name} {at_message}: {large}");
        let Err(strange) = sign(Fault::WrongMessage { at_message }) else {
            assert_eq!(at_message, 0, "{name}: only the first answer may be one to another program");
            continue;
        };
        assert!(matches!(strange, DeviceError::UnexpectedMessage { .. }), "{name} {at_message}: {strange}");
    }
    replies
}

/// A reply cut short at every message is noticed, or what is signed verifies all the same.
pub fn no_cut_yields_a_wrong_signature<T>(
    name: &str,
    mut sign: impl FnMut(Fault) -> Result<T, DeviceError>,
    verifies: impl Fn(&T) -> bool,
) {
    for at_message in 0..replies(&mut sign) {
        match sign(Fault::Truncated { at_message }) {
            Err(error) => assert!(error.is_breach(), "{name} {at_message}: {error}"),
            Ok(returned) => assert!(verifies(&returned), "{name} {at_message}"),
        }
    }
}

/// A person may refuse at every screen.
pub fn every_screen_can_be_refused<T>(
    name: &str,
    screens: usize,
    mut sign: impl FnMut(Fault) -> Result<T, DeviceError>,
) {
    assert!(screens > 0, "{name}");
    for at_screen in 0..screens {
        match sign(Fault::Refuses { at_screen }) {
            Err(error) => assert!(matches!(error, DeviceError::RefusedOnDevice { .. }), "{name} {at_screen}: {error}"),
            Ok(_) => panic!("{name} {at_screen}: signed"),
        }
    }
}
