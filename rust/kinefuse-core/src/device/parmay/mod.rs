//! Files of Parmay Tech's Matrix: packets of some minutes, each with its start and its end.
//!
//! The layout is as GGIRread (R package, `readParmayMatrix`) reads it. Samples of a packet are
//! spread evenly from its start to its end, which are whole seconds.

mod packet;
#[cfg(test)]
mod tests;

use super::{Counts, Fault, Rows, Search, Wanted, follows_on, refused};
use crate::error::Result;
use packet::{Found, MAGIC, Packet, find};

/// Why bytes were skipped.
mod reason {
    pub(super) const NONE: &str = "no packet where one should begin";
    pub(super) const CHECKSUM: &str = "checksum";
    pub(super) const SIZE: &str = "more samples than a packet can have";
    pub(super) const TIME: &str = "time";
    pub(super) const CUT: &str = "cut off";
}

const HEADER: usize = 524;
const REMARKS: usize = 512;
/// The rates that the maker offers.
const RATES_HZ: [f64; 4] = [12.5, 25.0, 50.0, 100.0];

/// What stands before the packets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Whatever was noted.
    pub remarks: Vec<u8>,
    /// How many packets there should be.
    pub packets: u32,
    /// The accelerometer's range in g.
    pub range_g: u16,
    /// The gyroscope's in degrees a second.
    pub range_dps: u16,
}

/// Decodes a file that comes in pieces.
#[derive(Debug)]
pub struct Decoder {
    path: String,
    wanted: Wanted,
    header: Option<Header>,
    rate_hz: Option<f64>,
    /// Whether the first packet has angular rates.
    gyroscope: bool,
    /// What was pushed and is not yet a whole packet.
    carry: Vec<u8>,
    last_s: Option<f64>,
    counts: Counts,
    search: Search,
}

impl Decoder {
    /// `path` is for messages.
    pub fn new(path: impl Into<String>, wanted: Wanted) -> Self {
        Decoder {
            path: path.into(),
            wanted,
            header: None,
            rate_hz: None,
            gyroscope: false,
            carry: Vec::new(),
            last_s: None,
            counts: Counts::default(),
            search: Search::default(),
        }
    }

    /// What stands before the packets, once it was pushed.
    pub fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// Values of a sample (3) and rate in Hz, once a packet of samples was pushed.
    pub fn layout(&self) -> Option<(usize, f64)> {
        self.rate_hz.map(|rate_hz| (3, rate_hz))
    }

    /// Whether there are angular rates, which are samples of their own.
    pub fn has_gyroscope(&self) -> bool {
        self.gyroscope
    }

    /// What was found so far. Blocks are packets.
    pub fn counts(&self) -> Counts {
        Counts {
            corrupt_blocks: self.search.faults.blocks,
            ..self.counts
        }
    }

    /// Where bytes were skipped, in their order.
    pub fn faults(&self) -> &[Fault] {
        &self.search.faults.runs
    }

    /// The most rows that pushing `bytes` more, or finishing, can give.
    pub fn max_rows(&self, bytes: usize) -> usize {
        match self.wanted {
            Wanted::Samples | Wanted::Gyroscope => (bytes + self.carry.len()) / 6,
            _ => 0,
        }
    }

    /// Takes the next piece of the file. Fails if it is none of a Matrix, or there is not
    /// [`Self::max_rows`] of room.
    pub fn push(&mut self, bytes: &[u8], out: &mut Rows<'_>) -> Result<()> {
        self.walk(bytes, false, out)
    }

    /// Gives the last rows. Fails if the file held no samples.
    pub fn finish(&mut self, out: &mut Rows<'_>) -> Result<()> {
        self.walk(&[], true, out)?;
        let Some(header) = &self.header else {
            return Err(refused(
                &self.path,
                "expected a header of 524 bytes; the file ends within".into(),
            ));
        };
        let seen = self.counts.blocks + self.counts.other_blocks + self.search.faults.blocks;
        self.counts.missing_blocks = u64::from(header.packets).saturating_sub(seen);
        if self.rate_hz.is_none() {
            let why = self.search.why("packet");
            let message = format!(
                "expected packets of acceleration, got none among {}{why}",
                self.search.block
            );
            return Err(refused(&self.path, message));
        }
        Ok(())
    }

    fn walk(&mut self, bytes: &[u8], end: bool, out: &mut Rows<'_>) -> Result<()> {
        let mut carry = std::mem::take(&mut self.carry);
        carry.extend_from_slice(bytes);
        let mut at = 0;
        if self.header.is_none() {
            if carry.len() < HEADER {
                self.carry = carry;
                return Ok(());
            }
            self.header = Some(self.read_header(&carry)?);
            at = HEADER;
        }
        while at < carry.len() {
            let rest = &carry[at..];
            match find(rest) {
                Found::Nothing(n) => {
                    // What lies before the first packet is no fault, nor is memory that was erased.
                    let empty = rest[..n].iter().all(|&byte| byte == 0 || byte == 0xff);
                    if self.search.block > 0 && !empty {
                        self.search.skip(reason::NONE);
                    }
                    at += n;
                }
                Found::Begun if !end => break,
                Found::Begun => {
                    if rest.len() >= MAGIC.len() {
                        self.counts.truncated_bytes = rest.len() as u64;
                        self.search.lost = false;
                        self.search.skip(reason::CUT);
                    }
                    at = carry.len();
                }
                Found::TooLarge => {
                    self.search.lost = false;
                    self.search.skip(reason::SIZE);
                    at += MAGIC.len();
                }
                Found::Unsound => {
                    self.search.lost = false;
                    self.search.skip(reason::CHECKSUM);
                    at += MAGIC.len();
                }
                Found::Packet(packet) => {
                    at += packet.size;
                    self.take(&packet, out)?;
                }
            }
        }
        carry.drain(..at);
        self.carry = carry;
        Ok(())
    }

    fn read_header(&self, bytes: &[u8]) -> Result<Header> {
        if bytes[REMARKS..REMARKS + 4] != MAGIC[..4] {
            let message = "byte 512: expected MDTC, as files of a Matrix have there".into();
            return Err(refused(&self.path, message));
        }
        let short = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let header = Header {
            remarks: bytes[..REMARKS].to_vec(),
            packets: u32::from(short(516)) | u32::from(short(518)) << 16,
            range_g: short(520),
            range_dps: short(522),
        };
        if !(1..=64).contains(&header.range_g) {
            let message = format!("byte 520: expected a range in g, got {}", header.range_g);
            return Err(refused(&self.path, message));
        }
        Ok(header)
    }

    fn take(&mut self, packet: &Packet<'_>, out: &mut Rows<'_>) -> Result<()> {
        let number = self.search.take();
        let rows = packet.acceleration.len() / 6;
        if rows == 0 {
            self.counts.other_blocks += 1;
            return Ok(());
        }
        let (start_s, end_s) = (f64::from(packet.start_s), f64::from(packet.end_s));
        let rate_hz = match self.rate_hz {
            Some(rate_hz) => rate_hz,
            None if end_s > start_s => nearest_rate(rows as f64 / (end_s - start_s)),
            None => {
                self.search.faults.add(number, reason::TIME);
                return Ok(());
            }
        };
        if self.rate_hz.is_none() {
            self.gyroscope = !packet.gyroscope.is_empty();
        }
        self.rate_hz = Some(rate_hz);
        let fits = |begin_s: f64| follows_on((end_s - begin_s) / rows as f64, rows, rate_hz);
        // The second in which a packet begins may have begun before the last one's end was noted.
        let begin_s = match self.last_s {
            Some(last_s) if last_s < start_s && !fits(start_s) && fits(last_s) => last_s,
            _ => start_s,
        };
        if self.last_s.is_some_and(|last_s| start_s + 1.0 < last_s) {
            self.counts.clock_jumps += 1;
        }
        let lasts_s = if end_s > begin_s {
            end_s - begin_s
        } else {
            rows as f64 / rate_hz
        };
        self.last_s = Some(begin_s + lasts_s);
        self.counts.blocks += 1;
        self.counts.rows += rows as u64;
        let (counts, range) = match (self.wanted, &self.header) {
            (Wanted::Samples, Some(header)) => (packet.acceleration, f64::from(header.range_g)),
            (Wanted::Gyroscope, Some(header)) => {
                let range = f64::from(header.range_dps).to_radians();
                (packet.gyroscope, range)
            }
            _ => return Ok(()),
        };
        let n = counts.len() / 6;
        let (data, time_s) = out.next(n, 3)?;
        for (value, count) in data.iter_mut().zip(counts.as_chunks::<2>().0) {
            let count = i16::from_le_bytes(*count);
            let full = if count < 0 { 32_768.0 } else { 32_767.0 };
            *value = (f64::from(count) * range / full) as f32;
        }
        for (i, time_s) in time_s.iter_mut().enumerate() {
            *time_s = begin_s + i as f64 * lasts_s / n as f64;
        }
        Ok(())
    }
}

/// The rate on offer that is nearest by ratio.
fn nearest_rate(measured_hz: f64) -> f64 {
    let off = |rate_hz: f64| (measured_hz / rate_hz).ln().abs();
    RATES_HZ
        .into_iter()
        .min_by(|&a, &b| off(a).total_cmp(&off(b)))
        .unwrap_or(RATES_HZ[0])
}
