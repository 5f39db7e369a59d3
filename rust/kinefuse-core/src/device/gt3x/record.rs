//! A record: a separator, its type, the second, the payload's size, the payload, a checksum.

const SEPARATOR: u8 = 0x1e;
const HEAD: usize = 8;

/// What stands at the beginning of some bytes.
pub(super) enum Found<'a> {
    Record(Record<'a>),
    /// What may be a record of this size; more bytes will tell.
    Begun(usize),
    /// What would be a record if its checksum were right.
    Unsound,
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Samples of twelve bits, in the order y, x, z.
    Packed,
    /// Samples of sixteen bits.
    Whole,
    Parameters,
    Other,
}

pub(super) struct Record<'a> {
    kind: u8,
    /// Seconds since 1970 on the device's clock.
    pub(super) second: u32,
    payload: &'a [u8],
    /// Bytes of all of it.
    pub(super) size: usize,
}

pub(super) fn find(bytes: &[u8]) -> Found<'_> {
    if bytes[0] != SEPARATOR {
        return Found::Nothing;
    }
    let Some(head) = bytes.first_chunk::<HEAD>() else {
        return Found::Begun(HEAD + 1);
    };
    let size = HEAD + usize::from(u16::from_le_bytes([head[6], head[7]])) + 1;
    let Some(record) = bytes.get(..size) else {
        return Found::Begun(size);
    };
    // The checksum is the complement of all bytes before it, combined by exclusive or.
    if record.iter().fold(0, |sum, byte| sum ^ byte) != 0xff {
        return Found::Unsound;
    }
    Found::Record(Record {
        kind: head[1],
        second: u32::from_le_bytes([head[2], head[3], head[4], head[5]]),
        payload: &record[HEAD..size - 1],
        size,
    })
}

impl Record<'_> {
    pub(super) fn kind(&self) -> Kind {
        match (self.kind, self.payload.len()) {
            // One byte stands for a plugged-in cable, none for no sample.
            (0 | 26, 0 | 1) => Kind::Other,
            (0, _) => Kind::Packed,
            (26, _) => Kind::Whole,
            (21, _) => Kind::Parameters,
            _ => Kind::Other,
        }
    }

    /// How many samples there are, if they are whole.
    pub(super) fn rows(&self, kind: Kind) -> Option<usize> {
        let n = self.payload.len();
        match (kind, n % 9, n % 6) {
            (Kind::Packed, 0, _) => Some(n / 9 * 2),
            (Kind::Packed, 5, _) => Some(n / 9 * 2 + 1),
            (Kind::Whole, _, 0) => Some(n / 6),
            _ => None,
        }
    }

    /// Rows of x, y, z in g.
    pub(super) fn samples(&self, kind: Kind, per_g: f64, out: &mut [f32]) {
        let g = |count: i32| (f64::from(count) / per_g) as f32;
        for (i, row) in out.chunks_exact_mut(3).enumerate() {
            if kind == Kind::Packed {
                let twelve = |axis: usize| {
                    let bit = (3 * i + axis) * 12;
                    let pair =
                        u16::from_be_bytes([self.payload[bit / 8], self.payload[bit / 8 + 1]]);
                    // Twelve bits from the start of the first byte or from its middle.
                    let top = if bit.is_multiple_of(8) {
                        pair
                    } else {
                        pair << 4
                    };
                    i32::from(top as i16 >> 4)
                };
                let (y, x, z) = (twelve(0), twelve(1), twelve(2));
                row.copy_from_slice(&[g(x), g(y), g(z)]);
            } else {
                for (axis, value) in row.iter_mut().enumerate() {
                    let at = 6 * i + 2 * axis;
                    let count = i16::from_le_bytes([self.payload[at], self.payload[at + 1]]);
                    *value = g(count.into());
                }
            }
        }
    }

    /// Counts a g, if these parameters say so.
    pub(super) fn per_g(&self) -> Option<f64> {
        let (pairs, _) = self.payload.as_chunks::<8>();
        let found = pairs.iter().rev().find(|pair| pair[..4] == [0, 0, 55, 0]);
        found.map(|pair| {
            // A fraction of 24 bits and an exponent of eight, both with sign.
            let word = i32::from_le_bytes([pair[4], pair[5], pair[6], pair[7]]);
            f64::from((word << 8) >> 8) / 8_388_608.0 * 2f64.powi(word >> 24)
        })
    }
}
