//! Requests cut into packets where the app can take them.

use super::super::apdu::{Apdu, DATA_BYTES};

const FIRST: u8 = 0x00;
const MORE: u8 = 0x80;

/// Packets of `head` and `body`, each as full as it may be.
///
/// `tail` is a place in `body`, less than a packet before its end: a cut that would fall there or behind it moves before
/// it, so that the last packet holds the whole tail and a byte more.
pub(super) fn cut(head: &[u8], body: &[u8], tail: Option<usize>) -> Vec<Vec<u8>> {
    let mut packets = vec![head.to_vec()];
    let mut start = 0usize;
    let mut room = DATA_BYTES.saturating_sub(head.len());
    while start < body.len() {
        let mut end = start.saturating_add(room).min(body.len());
        if let Some(tail) = tail.filter(|tail| *tail > start && (*tail..body.len()).contains(&end)) {
            end = tail.saturating_sub(1).max(start.saturating_add(1));
        }
        let piece = body.get(start..end).unwrap_or_default();
        match packets.last_mut().filter(|_| start == 0) {
            Some(first) => first.extend(piece),
            None => packets.push(piece.to_vec()),
        }
        (start, room) = (end, DATA_BYTES);
    }
    packets
}

/// The packets as commands of one instruction: first, then more.
pub(super) fn commands(at: &'static str, instruction: u8, packets: &[Vec<u8>]) -> Vec<Apdu> {
    let p1 = |index| if index == 0 { FIRST } else { MORE };
    packets.iter().enumerate().map(|(i, packet)| Apdu::new(at, [instruction, p1(i), 0x00], packet)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(packets: &[Vec<u8>]) -> Vec<u8> {
        packets.concat()
    }

    /// Older apps took a packet that ended with the calldata for the whole of a transaction without chain.
    #[test]
    fn the_chain_of_a_legacy_transaction_is_never_alone_in_the_last_packet() {
        let head = [5; 21];
        for length in 1..1200usize {
            let body: Vec<u8> = (0..length).map(|i| u8::try_from(i % 251).unwrap()).collect();
            for suffix in 3..=11usize {
                let Some(tail) = length.checked_sub(suffix).filter(|tail| *tail > 1) else { continue };
                let packets = cut(&head, &body, Some(tail));
                assert_eq!(joined(&packets), [head.as_slice(), &body].concat(), "{length} {suffix}");
                assert!(packets.iter().all(|p| !p.is_empty() && p.len() <= DATA_BYTES), "{length} {suffix}");
                let mut end = 0;
                for packet in &packets {
                    end += packet.len();
                    let place = end - head.len();
                    assert!(place == length || place < tail, "{length} {suffix}: cut at {place}");
                }
            }
        }
    }

    #[test]
    fn packets_are_full_where_nothing_forbids_it() {
        let packets = cut(&[0; 21], &[1; 600], None);
        assert_eq!(packets.iter().map(Vec::len).collect::<Vec<_>>(), [255, 255, 111]);
        assert_eq!(cut(&[0; 21], &[], None), [vec![0; 21]]);
    }
}
