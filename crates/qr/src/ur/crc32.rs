//! CRC-32 as in Ethernet and zip (ISO 3309), which UR parts and bytewords use.

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { (value >> 1) ^ 0xedb8_8320 } else { value >> 1 };
            bit += 1;
        }
        #[allow(clippy::indexing_slicing, reason = "evaluated by the compiler, index < 256")]
        {
            table[index] = value;
        }
        index += 1;
    }
    table
}

/// Computes the CRC-32 of some bytes.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        let index = usize::from(crc.to_le_bytes().first().copied().unwrap_or(0) ^ byte);
        TABLE.get(index).copied().unwrap_or(0) ^ (crc >> 8)
    })
}

#[cfg(test)]
mod tests {
    use super::crc32;

    #[test]
    fn published_values() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b"Wolf"), 0x598c_84dc);
        assert_eq!(crc32(b""), 0);
    }
}
