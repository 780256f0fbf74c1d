//! Reading what arrived, front to back.

/// What is left of it.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn length(&mut self) -> Option<usize> {
        self.byte().map(usize::from)
    }

    /// A number of Bitcoin's variable length; of the forms of a number, the app takes any.
    pub(super) fn varint(&mut self) -> Option<u64> {
        Some(match self.byte()? {
            0xfd => u16::from_le_bytes(self.array()?).into(),
            0xfe => u32::from_le_bytes(self.array()?).into(),
            0xff => u64::from_le_bytes(self.array()?),
            small => small.into(),
        })
    }
}

/// The shortest form of a number of Bitcoin's variable length.
pub(super) fn varint(number: u64) -> Vec<u8> {
    bitcoin::consensus::serialize(&bitcoin::VarInt(number))
}
