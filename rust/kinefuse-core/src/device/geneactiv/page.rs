//! A page: eight lines that say when and how, then 300 samples in one line of hexadecimal digits.

use super::fields::{field, number, time};
use super::header::Header;

pub(super) const SAMPLES: usize = 300;
/// Digits of a sample: three for each axis, three for light and button.
const DIGITS: usize = 12;
pub(super) const PAGE_DIGITS: usize = SAMPLES * DIGITS;
/// What is no digit.
const NONE: u8 = 0xff;
const NIBBLES: [u8; 256] = nibbles();

/// What a page says of itself, as its lines come.
#[derive(Debug, Clone, Default)]
pub(super) struct Page {
    pub(super) sequence: Option<u64>,
    pub(super) start_s: Option<f64>,
    pub(super) rate_hz: Option<f64>,
    temperature: Option<f64>,
    battery: Option<f64>,
}

impl Page {
    /// Takes a line before the samples; `false` if it is none.
    pub(super) fn take(&mut self, line: &[u8]) -> bool {
        let Some((key, value)) = field(line) else {
            return false;
        };
        match key {
            b"Sequence Number" => self.sequence = number(value).map(|n| n.max(0.0) as u64),
            b"Page Time" => self.start_s = time(value),
            b"Temperature" => self.temperature = number(value),
            b"Battery voltage" => self.battery = number(value),
            b"Measurement Frequency" => self.rate_hz = number(value).filter(|&hz| hz > 0.0),
            _ => {}
        }
        true
    }

    /// °C and volts; NaN where the page does not say.
    pub(super) fn auxiliary(&self) -> [f32; 2] {
        [self.temperature, self.battery].map(|value| value.unwrap_or(f64::NAN) as f32)
    }
}

/// Acceleration in g, rows of three, from counts of twelve bits with sign.
pub(super) fn acceleration(digits: &[u8], header: &Header, out: &mut [f32]) -> Option<()> {
    for (sample, row) in digits.chunks_exact(DIGITS).zip(out.chunks_exact_mut(3)) {
        for (axis, value) in row.iter_mut().enumerate() {
            let count = word(sample, axis)?;
            let count = f64::from(if count > 2047 { count - 4096 } else { count });
            *value = ((count * 100.0 - header.offset[axis]) / header.gain[axis]) as f32;
        }
    }
    Some(())
}

/// Light in lux and the button, rows of two, from ten bits and one.
pub(super) fn light(digits: &[u8], header: &Header, out: &mut [f32]) -> Option<()> {
    for (sample, row) in digits.chunks_exact(DIGITS).zip(out.chunks_exact_mut(2)) {
        let word = word(sample, 3)?;
        row[0] = (f64::from(word >> 2) * header.lux) as f32;
        row[1] = ((word >> 1) & 1) as f32;
    }
    Some(())
}

/// Whether all are digits.
pub(super) fn sound(digits: &[u8]) -> bool {
    digits.len() == PAGE_DIGITS && digits.iter().all(|&digit| NIBBLES[digit as usize] != NONE)
}

/// The twelve bits of three digits.
fn word(sample: &[u8], at: usize) -> Option<i32> {
    sample[3 * at..3 * at + 3]
        .iter()
        .try_fold(0, |word, &digit| {
            let nibble = NIBBLES[digit as usize];
            (nibble != NONE).then_some((word << 4) | i32::from(nibble))
        })
}

const fn nibbles() -> [u8; 256] {
    let mut table = [NONE; 256];
    let mut value = 0;
    while value < 10 {
        table[b'0' as usize + value] = value as u8;
        value += 1;
    }
    while value < 16 {
        table[b'A' as usize + value - 10] = value as u8;
        table[b'a' as usize + value - 10] = value as u8;
        value += 1;
    }
    table
}
