//! Faults of a simulated device, and of the person holding it.

use core::fmt;
use core::str::FromStr;

/// What goes wrong. Messages and screens are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The person presses Cancel at this screen.
    Refuses {
        /// The screen's index among the predicted ones.
        at_screen: usize,
    },
    /// The cable is pulled instead of this reply.
    Unplugged {
        /// The reply's index.
        at_message: usize,
    },
    /// The device never sends this reply.
    Silence {
        /// The reply's index.
        at_message: usize,
    },
    /// This reply is cut in half.
    Truncated {
        /// The reply's index.
        at_message: usize,
    },
    /// This reply is larger than any honest one.
    Oversized {
        /// The reply's index.
        at_message: usize,
    },
    /// This reply is of a type that does not belong there.
    WrongMessage {
        /// The reply's index.
        at_message: usize,
    },
    /// The device is locked.
    Locked,
    /// The device holds another seed.
    WrongSeed,
    /// Each input, or the Ethereum request, is signed with a neighbouring key.
    WrongKey,
    /// An output, or what an Ethereum request says, is changed before signing; the screen showed the right one.
    ChangesOutput,
    /// The other, non-standard form of each signature is returned.
    HighS,
    /// Each signing uses other nonces: every signature is valid, and none is the same twice.
    OtherNonce,
    /// Signatures belong to an earlier request.
    StaleSignature,
    /// The first input is signed twice; of Ethereum, a transaction whose data has not arrived yet.
    SignsTwice,
    /// The last input is not signed, or the answer to an Ethereum request has no signature.
    SkipsSignature,
    /// The first input, or the same part of an Ethereum request, is asked for without end.
    AsksForever,
    /// An input is asked for that does not exist, or data or a value of an Ethereum request that does not.
    AsksBeyond,
    /// A transaction is asked for that is not spent from, or a struct type that is not part of the typed data.
    AsksForeign,
    /// A payment request is asked for, which nobody announced; of Ethereum, definitions of tokens.
    AsksPaymentRequest,
    /// Another app is open: a Ledger's.
    WrongApp,
}

impl Fault {
    /// Every fault by name; those with a place take it after a colon, for example `unplugged:12`.
    pub const NAMES: [&'static str; 20] = [
        "refuses",
        "unplugged",
        "silence",
        "truncated",
        "oversized",
        "wrong-message",
        "locked",
        "wrong-seed",
        "wrong-key",
        "changes-output",
        "high-s",
        "other-nonce",
        "stale-signature",
        "signs-twice",
        "skips-signature",
        "asks-forever",
        "asks-beyond",
        "asks-foreign",
        "asks-payment-request",
        "wrong-app",
    ];

    /// The reply at which the link itself fails.
    pub(super) const fn message(self) -> Option<usize> {
        match self {
            Self::Unplugged { at_message }
            | Self::Silence { at_message }
            | Self::Truncated { at_message }
            | Self::Oversized { at_message }
            | Self::WrongMessage { at_message } => Some(at_message),
            _ => None,
        }
    }
}

/// A name that is no fault's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownFault(pub String);

impl fmt::Display for UnknownFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = vitrine_review::escape(&self.0);
        write!(
            f,
            "there is no fault “{name}”; write one of {}, with a place as in unplugged:12",
            Fault::NAMES.join(", ")
        )
    }
}

impl std::error::Error for UnknownFault {}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        let unknown = || UnknownFault(text.to_owned());
        let (name, place) = match text.split_once(':') {
            Some((name, place)) => (name, place.parse().map_err(|_| unknown())?),
            None => (text, 0),
        };
        placed(name, place).or_else(|| simple(text)).ok_or_else(unknown)
    }
}

fn placed(name: &str, place: usize) -> Option<Fault> {
    Some(match name {
        "refuses" => Fault::Refuses { at_screen: place },
        "unplugged" => Fault::Unplugged { at_message: place },
        "silence" => Fault::Silence { at_message: place },
        "truncated" => Fault::Truncated { at_message: place },
        "oversized" => Fault::Oversized { at_message: place },
        "wrong-message" => Fault::WrongMessage { at_message: place },
        _ => return None,
    })
}

fn simple(name: &str) -> Option<Fault> {
    Some(match name {
        "locked" => Fault::Locked,
        "wrong-seed" => Fault::WrongSeed,
        "wrong-key" => Fault::WrongKey,
        "changes-output" => Fault::ChangesOutput,
        "high-s" => Fault::HighS,
        "other-nonce" => Fault::OtherNonce,
        "stale-signature" => Fault::StaleSignature,
        "signs-twice" => Fault::SignsTwice,
        "skips-signature" => Fault::SkipsSignature,
        "asks-forever" => Fault::AsksForever,
        "asks-beyond" => Fault::AsksBeyond,
        "asks-foreign" => Fault::AsksForeign,
        "asks-payment-request" => Fault::AsksPaymentRequest,
        "wrong-app" => Fault::WrongApp,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_fault_and_no_other() {
        for name in Fault::NAMES {
            assert!(name.parse::<Fault>().is_ok(), "{name}");
        }
        assert_eq!("unplugged:12".parse(), Ok(Fault::Unplugged { at_message: 12 }));
        assert!("wrong-key:1".parse::<Fault>().is_err());
        assert!("unplugged:x".parse::<Fault>().is_err());
    }
}
