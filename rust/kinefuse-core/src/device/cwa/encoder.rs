//! Files of the published layout, for tests.

use super::{HEADER_BYTES, block};

/// 2020-02-12 09:03:38, packed, and in seconds since 1970.
pub(super) const PACKED: u32 = (20 << 26) | (2 << 22) | (12 << 17) | (9 << 12) | (3 << 6) | 38;
pub(super) const SECONDS: f64 = 1_581_498_218.0;

pub(super) fn header() -> Vec<u8> {
    let mut bytes = vec![0xff; HEADER_BYTES];
    bytes[..4].copy_from_slice(b"MD\xfc\x03");
    bytes[4] = 0x64;
    bytes[5..13].copy_from_slice(&[0xb0, 0xca, 1, 2, 3, 4, 0xff, 0xff]);
    bytes[13..17].copy_from_slice(&PACKED.to_le_bytes());
    bytes[17..21].copy_from_slice(&0u32.to_le_bytes());
    (bytes[35], bytes[36], bytes[41]) = (0x02, 0x4b, 45);
    bytes[64..84].copy_from_slice(b"_p=right+wrist&_sc=7");
    bytes
}

#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) sequence: u32,
    /// Seconds after [`SECONDS`], and 32768ths of one.
    pub(super) second: u32,
    pub(super) fraction: u16,
    pub(super) offset: i16,
    pub(super) rate: u8,
    pub(super) axes: usize,
    pub(super) packed: bool,
    /// Counts of the axes in the file's order; packed ones 10 bits, and an exponent at the end.
    pub(super) rows: Vec<Vec<i16>>,
    pub(super) scales: u16,
}

impl Block {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![0; block::BLOCK_BYTES];
        bytes[..4].copy_from_slice(b"AX\xfc\x01");
        bytes[4..6].copy_from_slice(&(self.fraction | 0x8000).to_le_bytes());
        bytes[6..10].copy_from_slice(&77u32.to_le_bytes());
        bytes[10..14].copy_from_slice(&self.sequence.to_le_bytes());
        let (second, minute) = (38 + self.second, 3);
        let packed = (PACKED & !0xfff) | ((minute + second / 60) << 6) | (second % 60);
        bytes[14..18].copy_from_slice(&packed.to_le_bytes());
        bytes[18..20].copy_from_slice(&self.scales.to_le_bytes());
        bytes[20..22].copy_from_slice(&265u16.to_le_bytes());
        (bytes[23], bytes[24]) = (206, self.rate);
        bytes[25] = ((self.axes as u8) << 4) | if self.packed { 0 } else { 2 };
        let whole = ((u32::from(self.fraction) << 1) * (block::hz(self.rate) as u32)) >> 16;
        bytes[26..28].copy_from_slice(&(self.offset - whole as i16).to_le_bytes());
        bytes[28..30].copy_from_slice(&(self.rows.len() as u16).to_le_bytes());
        let mut at = block::HEAD_BYTES;
        for row in &self.rows {
            if self.packed {
                let bits = |axis: usize| u32::from(row[axis] as u16) & 0x3ff;
                let word = bits(0) | (bits(1) << 10) | (bits(2) << 20) | ((row[3] as u32) << 30);
                bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
                at += 4;
            } else {
                for count in row {
                    bytes[at..at + 2].copy_from_slice(&count.to_le_bytes());
                    at += 2;
                }
            }
        }
        seal(&mut bytes);
        bytes
    }

    pub(super) fn start_s(&self) -> f64 {
        let anchor = SECONDS + f64::from(self.second) + f64::from(self.fraction) / 32_768.0;
        anchor - f64::from(self.offset) / block::hz(self.rate)
    }

    pub(super) fn data(&self) -> Vec<f32> {
        let g = 1.0 / f64::from(1u32 << (8 + (self.scales >> 13)));
        let dps = match (self.scales >> 10) & 7 {
            0 => 2000.0,
            code => 8000.0 / 2f64.powi(code.into()),
        };
        let mut out = Vec::new();
        for row in &self.rows {
            let value = |axis: usize| f64::from(row[axis]);
            if self.packed {
                out.extend((0..3).map(|axis| value(axis) * f64::from(1 << row[3]) * g));
                continue;
            }
            let first = if self.axes > 3 { 3 } else { 0 };
            out.extend((first..first + 3).map(|axis| value(axis) * g));
            if self.axes > 3 {
                out.extend((0..3).map(|axis| (value(axis) * dps / 32_768.0).to_radians()));
            }
            out.extend((6..self.axes).map(|axis| value(axis) / 16.0));
        }
        out.into_iter().map(|value| value as f32).collect()
    }
}

/// Makes the words of a block sum to 0.
pub(super) fn seal(bytes: &mut [u8]) {
    bytes[510..].fill(0);
    let sum = bytes.as_chunks::<2>().0.iter().fold(0u16, |sum, &word| {
        sum.wrapping_add(u16::from_le_bytes(word))
    });
    bytes[510..].copy_from_slice(&sum.wrapping_neg().to_le_bytes());
}

pub(super) fn file(blocks: &[Block]) -> Vec<u8> {
    let mut bytes = header();
    blocks.iter().for_each(|block| bytes.extend(block.encode()));
    bytes
}

/// Blocks that follow on, a little slower than the nominal 100 Hz.
pub(super) fn recording(n: u32, axes: usize, packed: bool) -> Vec<Block> {
    let rows = match (packed, axes) {
        (true, _) => 120,
        (false, axes) => 240 / axes,
    };
    let block = |sequence: u32| {
        let ticks = (f64::from(sequence) * rows as f64 / 98.5 + 0.3) * 32_768.0;
        Block {
            sequence,
            second: ticks as u32 / 32_768,
            fraction: (ticks as u32 % 32_768) as u16,
            offset: 20,
            rate: 0x4a,
            axes,
            packed,
            rows: (0..rows)
                .map(|row| {
                    let count = |axis: usize| {
                        ((sequence as usize * 31 + row * 7 + axis * 131) % 1024) as i16 - 512
                    };
                    let mut counts: Vec<i16> = (0..axes).map(count).collect();
                    if packed {
                        counts.push((row % 4) as i16);
                    }
                    counts
                })
                .collect(),
            scales: if axes > 3 { 0x6800 } else { 0 },
        }
    };
    (0..n).map(block).collect()
}
