//! The `log.bin` inside ActiGraph's `.gt3x`: a record a second, packed or not.
//!
//! The layout is ActiGraph's own description, `GT3X-File-Format`. A record holds the samples of the
//! second that it names. Records of other kinds are passed over; after bytes that are no sound
//! record, the search goes on at every following byte.

mod record;
#[cfg(test)]
mod tests;

use super::{Counts, Fault, Rows, Search, Wanted, refused};
use crate::error::Result;
use record::{Found, Kind, Record, find};

/// Why bytes were skipped.
mod reason {
    pub(super) const NONE: &str = "no record where one should begin";
    pub(super) const CHECKSUM: &str = "checksum";
    pub(super) const SIZE: &str = "no whole number of samples";
    pub(super) const CUT: &str = "cut off";
}

/// While searching, no longer record is believed.
const SEARCHED: usize = 4096;

/// Decodes a log that comes in pieces.
#[derive(Debug)]
pub struct Decoder {
    path: String,
    wanted: Wanted,
    rate_hz: f64,
    /// Counts a g; records of parameters may say another.
    per_g: Option<f64>,
    /// What was pushed and is not yet a whole record.
    carry: Vec<u8>,
    last_s: Option<u32>,
    counts: Counts,
    search: Search,
}

impl Decoder {
    /// `path` is for messages; `rate_hz` and `per_g`, counts a g, are what `info.txt` says.
    pub fn new(
        path: impl Into<String>,
        wanted: Wanted,
        rate_hz: f64,
        per_g: Option<f64>,
    ) -> Result<Self> {
        let decoder = Decoder {
            path: path.into(),
            wanted,
            rate_hz,
            per_g: per_g.filter(|&per_g| usable(per_g)),
            carry: Vec::new(),
            last_s: None,
            counts: Counts::default(),
            search: Search::default(),
        };
        if !(rate_hz > 0.0 && rate_hz.is_finite()) {
            let message = format!("info.txt: expected a sample rate above 0 Hz, got {rate_hz}");
            return Err(refused(&decoder.path, message));
        }
        Ok(decoder)
    }

    /// Values of a sample (3) and rate in Hz, once a record of samples was pushed.
    pub fn layout(&self) -> Option<(usize, f64)> {
        (self.counts.blocks > 0).then_some((3, self.rate_hz))
    }

    /// What was found so far. Blocks are records.
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
            // Two packed samples are nine bytes.
            Wanted::Samples => (bytes + self.carry.len()) * 2 / 9,
            _ => 0,
        }
    }

    /// Takes the next piece of the log. Fails if nobody said how many counts a g is, or there is
    /// not [`Self::max_rows`] of room.
    pub fn push(&mut self, bytes: &[u8], out: &mut Rows<'_>) -> Result<()> {
        self.walk(bytes, false, out)
    }

    /// Gives the last rows. Fails if the log held no samples.
    pub fn finish(&mut self, out: &mut Rows<'_>) -> Result<()> {
        self.walk(&[], true, out)?;
        if self.counts.blocks == 0 {
            let why = self.search.why("record");
            return Err(refused(
                &self.path,
                format!(
                    "log.bin: expected records of activity, got none among {}{why}",
                    self.search.block
                ),
            ));
        }
        Ok(())
    }

    fn walk(&mut self, bytes: &[u8], end: bool, out: &mut Rows<'_>) -> Result<()> {
        let mut carry = std::mem::take(&mut self.carry);
        carry.extend_from_slice(bytes);
        let mut at = 0;
        while at < carry.len() {
            let rest = &carry[at..];
            match find(rest) {
                // Zeros between records are harmless, says the description.
                Found::Nothing if rest[0] == 0 && !self.search.lost => at += 1,
                Found::Nothing => {
                    self.search.skip(reason::NONE);
                    at += 1;
                }
                Found::Begun(size) if !end && (!self.search.lost || size <= SEARCHED) => break,
                Found::Begun(_) => {
                    if end && !self.search.lost {
                        self.counts.truncated_bytes = rest.len() as u64;
                    }
                    self.search
                        .skip(if end { reason::CUT } else { reason::NONE });
                    at += 1;
                }
                Found::Unsound => {
                    self.search.skip(reason::CHECKSUM);
                    at += 1;
                }
                Found::Record(record) if self.search.lost && record.size > SEARCHED => at += 1,
                Found::Record(record) => {
                    self.counts.truncated_bytes = 0;
                    at += record.size;
                    self.take(&record, out)?;
                }
            }
        }
        carry.drain(..at);
        self.carry = carry;
        Ok(())
    }

    fn take(&mut self, record: &Record<'_>, out: &mut Rows<'_>) -> Result<()> {
        let number = self.search.take();
        let kind = match record.kind() {
            Kind::Parameters => {
                self.per_g = record.per_g().filter(|&g| usable(g)).or(self.per_g);
                self.counts.other_blocks += 1;
                return Ok(());
            }
            Kind::Other => {
                self.counts.other_blocks += 1;
                return Ok(());
            }
            kind => kind,
        };
        let Some(rows) = record.rows(kind) else {
            self.search.faults.add(number, reason::SIZE);
            return Ok(());
        };
        let Some(per_g) = self.per_g else {
            return Err(refused(
                &self.path,
                "expected an acceleration scale in info.txt or in log.bin, got none".into(),
            ));
        };
        if self.last_s.is_some_and(|last| record.second <= last) {
            self.counts.clock_jumps += 1;
        }
        self.last_s = Some(record.second);
        self.counts.blocks += 1;
        self.counts.rows += rows as u64;
        if self.wanted == Wanted::Samples {
            let (data, time_s) = out.next(rows, 3)?;
            record.samples(kind, per_g, data);
            for (i, time_s) in time_s.iter_mut().enumerate() {
                *time_s = f64::from(record.second) + i as f64 / self.rate_hz;
            }
        }
        Ok(())
    }
}

/// Whether so many counts may be a g.
fn usable(per_g: f64) -> bool {
    (16.0..=32_768.0).contains(&per_g)
}
