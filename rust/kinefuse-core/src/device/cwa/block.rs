//! A block of 512 bytes: 30 of head, 480 of samples, a checksum.

use crate::device::seconds;

pub(super) const BLOCK_BYTES: usize = 512;
pub(super) const HEAD_BYTES: usize = 30;
pub(super) const SAMPLE_BYTES: usize = 480;

/// What stands before the samples, converted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Head {
    pub(super) session: u32,
    pub(super) sequence: u32,
    /// Of the first sample, as the clock's last reading and the nominal rate give it.
    pub(super) start_s: f64,
    pub(super) rate_hz: f64,
    pub(super) axes: usize,
    pub(super) packed: bool,
    pub(super) rows: usize,
    /// g a count.
    pub(super) acceleration: f32,
    /// rad/s a count.
    pub(super) rotation: f64,
    /// °C, counts, volts.
    pub(super) auxiliary: [f32; 3],
}

/// Why a block was skipped.
pub(super) mod reason {
    pub(in crate::device) const UNKNOWN: &str = "no known kind of block";
    pub(in crate::device) const CHECKSUM: &str = "checksum";
    pub(in crate::device) const TIME: &str = "no such time";
    pub(in crate::device) const LAYOUT: &str = "rate, axes or number of samples";
    pub(in crate::device) const AXES: &str = "other axes than before";
}

impl Head {
    /// Reads a block; `None` if it is of a kind that holds no samples.
    pub(super) fn parse(block: &[u8; BLOCK_BYTES]) -> Result<Option<Head>, &'static str> {
        match &block[..2] {
            b"AX" => {}
            // Metadata, usage, session information, erased flash.
            b"MD" | b"UB" | b"SI" | b"\xff\xff" => return Ok(None),
            _ => return Err(reason::UNKNOWN),
        }
        let (rate_code, axes_code) = (block[24], block[25]);
        if u16_at(block, 2) != 508 {
            return Err(reason::LAYOUT);
        }
        // The oldest firmware wrote no checksum, and its rate where others have an offset.
        if rate_code != 0 && checksum(block) != 0 {
            return Err(reason::CHECKSUM);
        }
        let offset = u16_at(block, 26) as i16;
        let rate_hz = if rate_code == 0 {
            f64::from(offset)
        } else {
            hz(rate_code)
        };
        let axes = usize::from(axes_code >> 4);
        let (packed, bytes) = match (axes_code & 0x0f, axes) {
            (0, 3) => (true, 4),
            (2, 3 | 6 | 9) => (false, 2 * axes),
            _ => return Err(reason::LAYOUT),
        };
        let rows = usize::from(u16_at(block, 28));
        if rate_hz <= 0.0 || rows * bytes > SAMPLE_BYTES {
            return Err(reason::LAYOUT);
        }
        let whole_s = unpack_time(u32_at(block, 14)).ok_or(reason::TIME)?;
        let fraction = u16_at(block, 4);
        let (mut start_s, mut offset) = (whole_s as f64, f64::from(offset));
        if rate_code == 0 {
            offset = 0.0;
        } else if fraction & 0x8000 != 0 {
            // The firmware moved the offset by the samples of the fraction, for readers that know
            // no fraction; it took the rate as a whole number.
            let fraction = u32::from(fraction & 0x7fff) << 1;
            offset += f64::from((fraction * rate_hz as u32) >> 16);
            start_s += f64::from(fraction) / 65_536.0;
        }
        let scales = u16_at(block, 18);
        let range_dps = match (scales >> 10) & 7 {
            0 => 2000.0,
            code => 8000.0 / f64::from(1u32 << code),
        };
        let temperature = f32::from(u16_at(block, 20) & 0x3ff) * 75.0 / 256.0 - 50.0;
        let battery = (f32::from(block[23]) + 512.0) * 6.0 / 1024.0;
        Ok(Some(Head {
            session: u32_at(block, 6),
            sequence: u32_at(block, 10),
            start_s: start_s - offset / rate_hz,
            rate_hz,
            axes,
            packed,
            rows,
            acceleration: 1.0 / f32::from(1u16 << (8 + (scales >> 13))),
            rotation: (range_dps / 32_768.0).to_radians(),
            auxiliary: [temperature, f32::from(scales & 0x3ff), battery],
        }))
    }

    /// Converts the samples into rows of `axes` values: acceleration in g, angular rate in rad/s,
    /// magnetic flux density in µT.
    pub(super) fn samples(&self, bytes: &[u8; SAMPLE_BYTES], out: &mut [f32]) {
        if self.packed {
            let scale = [1.0, 2.0, 4.0, 8.0].map(|power| self.acceleration * power);
            let (words, _) = bytes.as_chunks::<4>();
            let (rows, _) = out.as_chunks_mut::<3>();
            for (row, &word) in rows.iter_mut().zip(words) {
                // eezzzzzz zzzzyyyy yyyyyyxx xxxxxxxx: ten bits with sign each, times 2 to the e.
                let word = u32::from_le_bytes(word);
                let scale = scale[(word >> 30) as usize];
                let axis = |shift: u32| (((word << shift) as i32) >> 22) as f32 * scale;
                *row = [axis(22), axis(12), axis(2)];
            }
            return;
        }
        let (counts, _) = bytes.as_chunks::<2>();
        let value = |&count: &[u8; 2]| f32::from(i16::from_le_bytes(count));
        match self.axes {
            3 => {
                for (out, count) in out.iter_mut().zip(counts) {
                    *out = value(count) * self.acceleration;
                }
            }
            axes => {
                let rows = out.chunks_exact_mut(axes).zip(counts.chunks_exact(axes));
                for (row, counts) in rows {
                    // The gyroscope comes first in the file.
                    for axis in 0..3 {
                        row[axis] = value(&counts[3 + axis]) * self.acceleration;
                        row[3 + axis] = (f64::from(value(&counts[axis])) * self.rotation) as f32;
                    }
                    for axis in 6..axes {
                        row[axis] = value(&counts[axis]) / 16.0;
                    }
                }
            }
        }
    }
}

/// The sum of a block's words, which is 0 in a sound one.
fn checksum(block: &[u8; BLOCK_BYTES]) -> u16 {
    let (words, _) = block.as_chunks::<2>();
    words
        .iter()
        .fold(0, |sum, &word| sum.wrapping_add(u16::from_le_bytes(word)))
}

/// The rate that a code means.
pub(super) fn hz(code: u8) -> f64 {
    3200.0 / f64::from(1u32 << (15 - (code & 0x0f)))
}

/// Seconds since 1970 of a packed time, `YYYYYYMM MMDDDDDh hhhhmmmm mmssssss` from 2000 on.
pub(super) fn unpack_time(packed: u32) -> Option<i64> {
    let field = |shift: u32, bits: u32| i64::from((packed >> shift) & ((1 << bits) - 1));
    seconds(
        (2000 + field(26, 6), field(22, 4), field(17, 5)),
        (field(12, 5), field(6, 6), field(0, 6)),
    )
}

pub(super) fn u16_at<const N: usize>(bytes: &[u8; N], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

pub(super) fn u32_at<const N: usize>(bytes: &[u8; N], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | (u32::from(u16_at(bytes, at + 2)) << 16)
}
