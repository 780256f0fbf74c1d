//! Devices in emulators on this machine: their makers' own, and `vitrine-sim`.
//!
//! Only with the feature `emulator`, and on loopback addresses alone: nothing of it is in the appliance.

mod bitbox;
mod tcp;
mod udp;

use std::net::SocketAddr;

use trezor_client::transport::Transport;

use crate::bitbox::{BitBox02, HidPackets};
use crate::control::Control;
use crate::device::Device;
use crate::error::DeviceError;
use crate::ledger::{ApduExchange, Ledger, LedgerScreen};
use crate::trezor::{AddressLayout, Trezor};

/// Opens the device in an emulator: `udp:127.0.0.1:21324` for a Trezor, `tcp:127.0.0.1:9999` for a Ledger with a small
/// screen, `bitbox:tcp:127.0.0.1:15423` for a BitBox02.
///
/// # Errors
/// [`DeviceError::NotFound`] where no emulator answers there; [`DeviceError::Unsupported`] for an identifier that is none
/// of these, or names another machine.
pub fn open(id: &str) -> Result<Box<dyn Device>, DeviceError> {
    let of_bitbox = id.strip_prefix("bitbox:tcp:").map(|address| ("bitbox", address));
    let (kind, address) = of_bitbox.or_else(|| id.split_once(':')).ok_or_else(|| no_emulator(id))?;
    let address: SocketAddr = address.parse().map_err(|_| no_emulator(id))?;
    match kind {
        "udp" => trezor_udp(address),
        "tcp" => {
            let control = Control::default();
            let link = ledger_tcp(address, control.clone())?;
            Ok(Box::new(Ledger::new(link, control, LedgerScreen::Nano).found_running()))
        }
        "bitbox" => {
            let control = Control::default();
            let link = bitbox_tcp(address, control.clone())?;
            Ok(Box::new(BitBox02::new(link, Box::new(bitbox::System), control)))
        }
        _ => Err(no_emulator(id)),
    }
}

/// Opens the BitBox02 whose simulator has this port.
///
/// `control` is to be given to the driver too: it ends the waits and says how long one may take.
///
/// # Errors
/// [`DeviceError::NotFound`] where none answers; [`DeviceError::Unsupported`] for another machine's address.
pub fn bitbox_tcp(address: SocketAddr, control: Control) -> Result<Box<dyn HidPackets>, DeviceError> {
    let link = bitbox::Packets::open(on_this_machine("bitbox:tcp", address)?, control);
    Ok(Box::new(link.map_err(|_| DeviceError::NotFound { id: format!("bitbox:tcp:{address}") })?))
}

/// Opens the Trezor whose emulator has this port, with a control of its own.
///
/// # Errors
/// Those of [`trezor_link`].
pub fn trezor_udp(address: SocketAddr) -> Result<Box<dyn Device>, DeviceError> {
    let control = Control::default();
    let link = trezor_link(address, control.clone())?;
    Ok(Box::new(Trezor::new(link, control, AddressLayout::Grouped)))
}

/// Opens the link to a Trezor whose emulator has this port: packets of 64 bytes, one in a datagram.
///
/// `control` is to be given to the driver too: it ends the waits and says how long one may take.
///
/// # Errors
/// [`DeviceError::NotFound`] where none answers; [`DeviceError::Unsupported`] for another machine's address.
pub fn trezor_link(address: SocketAddr, control: Control) -> Result<Box<dyn Transport>, DeviceError> {
    let link = udp::Udp::open(on_this_machine("udp", address)?, control);
    let link = link.map_err(|_| DeviceError::NotFound { id: format!("udp:{address}") })?;
    Ok(crate::packets::transport(link))
}

/// Opens the Ledger whose emulator has this port: speculos' framing, a length before each command and answer.
///
/// `control` is to be given to the driver too: it ends the waits and says how long one may take.
///
/// # Errors
/// [`DeviceError::NotFound`] where none answers; [`DeviceError::Unsupported`] for another machine's address.
pub fn ledger_tcp(address: SocketAddr, control: Control) -> Result<Box<dyn ApduExchange>, DeviceError> {
    let link = tcp::Tcp::open(on_this_machine("tcp", address)?, control);
    Ok(Box::new(link.map_err(|_| DeviceError::NotFound { id: format!("tcp:{address}") })?))
}

fn on_this_machine(kind: &str, address: SocketAddr) -> Result<SocketAddr, DeviceError> {
    if address.ip().is_loopback() {
        return Ok(address);
    }
    Err(DeviceError::Unsupported { what: format!("{kind}:{address}, which is another machine") })
}

fn no_emulator(id: &str) -> DeviceError {
    let id = vitrine_review::escape(id);
    DeviceError::Unsupported {
        what: format!("{id}, which is none of udp:127.0.0.1:PORT, tcp:127.0.0.1:PORT and bitbox:tcp:127.0.0.1:PORT"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(id: &str) -> DeviceError {
        open(id).err().unwrap_or_else(|| panic!("{id} was opened"))
    }

    #[test]
    fn no_other_machine_is_spoken_to() {
        for id in [
            "udp:8.8.8.8:21324",
            "tcp:192.168.1.1:9999",
            "udp:0.0.0.0:21324",
            "bitbox:tcp:8.8.8.8:15423",
            "bitbox:tcp",
            "bitbox:tcp:",
            "tcp:[2001:db8::1]:9999",
        ] {
            assert!(matches!(error(id), DeviceError::Unsupported { .. }), "{id}");
        }
        for id in ["udp", "udp:localhost:21324", "udp:127.0.0.1", "serial:127.0.0.1:1", "udp:127.0.0.1:99999", "udp:\n"]
        {
            let error = error(id);
            assert!(matches!(error, DeviceError::Unsupported { .. }) && !error.to_string().contains('\n'), "{error}");
        }
    }

    #[test]
    fn a_port_without_an_emulator_is_no_device() {
        // Bound and let go: nobody listens there.
        let udp = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        for id in [format!("udp:{udp}"), format!("tcp:{tcp}"), format!("bitbox:tcp:{tcp}")] {
            assert_eq!(error(&id), DeviceError::NotFound { id });
        }
    }
}
