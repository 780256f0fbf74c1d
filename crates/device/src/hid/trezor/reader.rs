//! Packets of a device on USB, as they come.
//!
//! A read that ends by its time takes a transfer back that the host controller may be about to finish. So few reads are made,
//! and long ones, in a thread of their own, however often somebody looks for a packet.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::LinkError;
use crate::bitbox::PACKET_BYTES;

/// How long one read takes at most; so long closing a device may take, too.
pub(super) const READ_LIMIT: Duration = Duration::from_millis(500);
/// Packets that wait to be taken; then none is read.
const WAITING: usize = 64;

type Arrived = Result<(usize, [u8; PACKET_BYTES]), LinkError>;

/// A thread that reads until it is dropped, or until a read fails.
pub(super) struct Reader {
    packets: Option<Receiver<Arrived>>,
    is_open: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Reader {
    /// Starts the thread. `read` waits at most [`READ_LIMIT`] for a packet and returns its length, 0 if none came.
    ///
    /// # Errors
    /// That of the system, if it gives no thread.
    pub(super) fn start<R>(read: R) -> io::Result<Self>
    where
        R: FnMut(&mut [u8; PACKET_BYTES]) -> Result<usize, LinkError> + Send + 'static,
    {
        let (sender, packets) = sync_channel(WAITING);
        let is_open = Arc::new(AtomicBool::new(true));
        let open = Arc::clone(&is_open);
        let thread = thread::Builder::new().name("trezor".into()).spawn(move || listen(read, &open, &sender))?;
        Ok(Self { packets: Some(packets), is_open, thread: Some(thread) })
    }

    /// The next packet's length, or 0 if none comes within `slice`.
    ///
    /// # Errors
    /// What the failed read said, once; then [`LinkError::Unplugged`].
    pub(super) fn next(&self, packet: &mut [u8; PACKET_BYTES], slice: Duration) -> Result<usize, LinkError> {
        let packets = self.packets.as_ref().ok_or(LinkError::Unplugged)?;
        match packets.recv_timeout(slice) {
            Ok(arrived) => {
                let (length, bytes) = arrived?;
                *packet = bytes;
                Ok(length)
            }
            Err(RecvTimeoutError::Timeout) => Ok(0),
            Err(RecvTimeoutError::Disconnected) => Err(LinkError::Unplugged),
        }
    }
}

/// The device is free again when this returns.
impl Drop for Reader {
    fn drop(&mut self) {
        self.is_open.store(false, Ordering::Relaxed);
        // A thread that waits for room ends without its receiver.
        self.packets = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn listen<R>(mut read: R, is_open: &AtomicBool, sender: &SyncSender<Arrived>)
where
    R: FnMut(&mut [u8; PACKET_BYTES]) -> Result<usize, LinkError>,
{
    while is_open.load(Ordering::Relaxed) {
        let mut packet = [0; PACKET_BYTES];
        let arrived = match read(&mut packet) {
            Ok(0) => continue,
            Ok(length) => Ok((length, packet)),
            Err(error) => Err(error),
        };
        let is_last = arrived.is_err();
        if sender.send(arrived).is_err() || is_last {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    const SOON: Duration = Duration::from_secs(60);

    #[test]
    fn packets_come_in_order_then_the_error_then_nothing() {
        let mut count = 0u8;
        let reader = Reader::start(move |packet| {
            count += 1;
            packet.fill(count);
            match count {
                1 | 3 => Ok(0),
                200 => Err(LinkError::Malformed),
                _ => Ok(PACKET_BYTES),
            }
        })
        .unwrap();
        let mut packet = [0; PACKET_BYTES];
        for number in (2..200).filter(|number| *number != 3) {
            assert_eq!(reader.next(&mut packet, SOON), Ok(PACKET_BYTES));
            assert_eq!(packet, [number; PACKET_BYTES]);
        }
        assert_eq!(reader.next(&mut packet, SOON), Err(LinkError::Malformed));
        assert_eq!(reader.next(&mut packet, SOON), Err(LinkError::Unplugged));
    }

    #[test]
    fn nothing_within_the_time_is_no_packet_and_no_error() {
        let (_keep, never) = channel::<()>();
        let reader = Reader::start(move |_| Ok(usize::from(never.recv_timeout(Duration::from_millis(1)).is_ok())));
        assert_eq!(reader.unwrap().next(&mut [0; PACKET_BYTES], Duration::from_millis(1)), Ok(0));
    }

    #[test]
    fn what_it_read_with_is_free_when_it_is_dropped_also_while_packets_wait() {
        let held = Arc::new(());
        let inside = Arc::clone(&held);
        let reader = Reader::start(move |_| Ok(PACKET_BYTES * Arc::strong_count(&inside).min(1))).unwrap();
        assert_eq!(reader.next(&mut [0; PACKET_BYTES], SOON), Ok(PACKET_BYTES));
        drop(reader);
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
