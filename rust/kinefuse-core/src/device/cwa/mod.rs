//! Axivity's `.cwa`: AX3 (acceleration, packed or not) and AX6 (with a gyroscope).
//!
//! The layout is `Docs/ax3/cwa.h` of the Open Movement project. Stamps are made as its converter
//! and GGIR make them: a block says when its first sample was taken, to the fraction of a second
//! and counted back from the sample at which the clock was read; the samples of a block are spread
//! evenly up to the start of the next one that follows on. So the device's true rate comes out,
//! which is some percent off the nominal one. What precedes a break is spread as the last block that
//! did not.

mod block;
#[cfg(test)]
mod encoder;
mod header;
#[cfg(test)]
mod tests;

use super::{Counts, Fault, Faults, Rows, Wanted, follows_on, refused};
use crate::error::Result;
use block::{BLOCK_BYTES, HEAD_BYTES, Head, SAMPLE_BYTES, reason};
pub use header::{HEADER_BYTES, Header};

/// Decodes a file that comes in pieces.
#[derive(Debug)]
pub struct Decoder {
    path: String,
    wanted: Wanted,
    header: Option<Header>,
    /// What was pushed and is not yet a whole header or block.
    carry: Vec<u8>,
    /// Number of the next block.
    block: u64,
    /// The first block's, which all others must have.
    layout: Option<(usize, f64)>,
    pending: Option<Pending>,
    /// A nominal rate, and between the samples of the last block that was followed by another.
    steps: Option<(f64, f64)>,
    /// Faults when the pending block was read.
    faults_before: u64,
    counts: Counts,
    faults: Faults,
}

/// A block whose samples wait for the next one's time.
#[derive(Debug)]
struct Pending {
    head: Head,
    samples: [u8; SAMPLE_BYTES],
}

impl Decoder {
    /// `path` is for messages.
    pub fn new(path: impl Into<String>, wanted: Wanted) -> Self {
        Decoder {
            path: path.into(),
            wanted,
            header: None,
            carry: Vec::with_capacity(HEADER_BYTES),
            block: 0,
            layout: None,
            pending: None,
            steps: None,
            faults_before: 0,
            counts: Counts::default(),
            faults: Faults::default(),
        }
    }

    /// The file's header, once it was pushed.
    pub fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// Values of a sample (3, 6 or 9) and nominal rate in Hz, once a sound block was pushed.
    pub fn layout(&self) -> Option<(usize, f64)> {
        self.layout
    }

    /// What was found so far.
    pub fn counts(&self) -> Counts {
        Counts {
            corrupt_blocks: self.faults.blocks,
            ..self.counts
        }
    }

    /// Which blocks were skipped, in their order.
    pub fn faults(&self) -> &[Fault] {
        &self.faults.runs
    }

    /// The most rows that pushing `bytes` more, or finishing, can give.
    pub fn max_rows(&self, bytes: usize) -> usize {
        let blocks = (bytes + self.carry.len()) / BLOCK_BYTES + 1;
        match (self.wanted, self.layout) {
            (Wanted::Nothing | Wanted::Light | Wanted::Gyroscope, _) => 0,
            (Wanted::Auxiliary, _) => blocks,
            (Wanted::Samples, Some((axes, _))) if axes > 3 => blocks * (SAMPLE_BYTES / 2 / axes),
            (Wanted::Samples, _) => blocks * (SAMPLE_BYTES / 4),
        }
    }

    /// Takes the next piece of the file. Fails if it is no such file, or there is not
    /// [`Self::max_rows`] of room.
    pub fn push(&mut self, mut bytes: &[u8], out: &mut Rows<'_>) -> Result<()> {
        if self.header.is_none() {
            let Some(header) = self.whole::<HEADER_BYTES>(&mut bytes) else {
                return Ok(());
            };
            let Some(header) = Header::parse(&header) else {
                return Err(refused(
                    &self.path,
                    format!(
                        "byte 0: expected an Axivity file, which begins with \"MD\", got {:?}",
                        String::from_utf8_lossy(&header[..2])
                    ),
                ));
            };
            self.header = Some(header);
        }
        if !self.carry.is_empty() {
            let Some(block) = self.whole::<BLOCK_BYTES>(&mut bytes) else {
                return Ok(());
            };
            self.take(&block, out)?;
        }
        let (blocks, rest) = bytes.as_chunks::<BLOCK_BYTES>();
        for block in blocks {
            self.take(block, out)?;
        }
        self.carry.extend_from_slice(rest);
        Ok(())
    }

    /// Gives the last rows. Fails if the file held no sound block.
    pub fn finish(&mut self, out: &mut Rows<'_>) -> Result<()> {
        if self.header.is_none() {
            return Err(refused(
                &self.path,
                format!(
                    "expected an Axivity file with a header of {HEADER_BYTES} bytes, got {} bytes",
                    self.carry.len()
                ),
            ));
        }
        self.counts.truncated_bytes = self.carry.len() as u64;
        if let Some(last) = self.pending.take() {
            self.give(&last, None, out)?;
        }
        if self.layout.is_none() {
            let why = match self.faults.runs.first() {
                Some(fault) => format!("; block {}: {}", fault.block, fault.reason),
                None => String::new(),
            };
            return Err(refused(
                &self.path,
                format!(
                    "expected blocks of samples, got none that is sound among {}{why}",
                    self.block
                ),
            ));
        }
        Ok(())
    }

    /// The carried bytes and as many of `bytes` as make `N`; all are carried if they are too few.
    fn whole<const N: usize>(&mut self, bytes: &mut &[u8]) -> Option<[u8; N]> {
        let missing = (N - self.carry.len()).min(bytes.len());
        let (own, rest) = bytes.split_at(missing);
        self.carry.extend_from_slice(own);
        *bytes = rest;
        let whole = self.carry.as_slice().try_into().ok()?;
        self.carry.clear();
        Some(whole)
    }

    fn take(&mut self, block: &[u8; BLOCK_BYTES], out: &mut Rows<'_>) -> Result<()> {
        let number = self.block;
        self.block += 1;
        let head = match Head::parse(block) {
            Ok(Some(head)) => head,
            Ok(None) => {
                self.counts.other_blocks += 1;
                return Ok(());
            }
            Err(reason) => {
                self.faults.add(number, reason);
                return Ok(());
            }
        };
        let (axes, _) = *self.layout.get_or_insert((head.axes, head.rate_hz));
        if head.axes != axes {
            self.faults.add(number, reason::AXES);
            return Ok(());
        }
        self.counts.blocks += 1;
        self.counts.rows += head.rows as u64;
        if let Some(before) = self.pending.take() {
            self.count_missing(&before.head, &head);
            self.give(&before, Some(&head), out)?;
        }
        self.faults_before = self.faults.blocks;
        let mut samples = [0; SAMPLE_BYTES];
        samples.copy_from_slice(&block[HEAD_BYTES..HEAD_BYTES + SAMPLE_BYTES]);
        self.pending = Some(Pending { head, samples });
        Ok(())
    }

    /// Sequence numbers that were left out, less the blocks that stand there but are not sound.
    fn count_missing(&mut self, before: &Head, head: &Head) {
        if before.session == head.session && before.sequence < head.sequence {
            let left_out = u64::from(head.sequence - before.sequence - 1);
            let skipped = self.faults.blocks - self.faults_before;
            self.counts.missing_blocks += left_out.saturating_sub(skipped);
        }
    }

    fn give(&mut self, block: &Pending, next: Option<&Head>, out: &mut Rows<'_>) -> Result<()> {
        let head = &block.head;
        let step_s = next.and_then(|next| self.step(head, next));
        let known = self.steps.filter(|&(rate_hz, _)| rate_hz == head.rate_hz);
        let own_s = step_s
            .or(known.map(|(_, step_s)| step_s))
            .unwrap_or(1.0 / head.rate_hz);
        if step_s.is_some() {
            self.steps = Some((head.rate_hz, own_s));
        }
        match self.wanted {
            Wanted::Nothing | Wanted::Light | Wanted::Gyroscope => {}
            Wanted::Auxiliary => {
                let (data, time_s) = out.next(1, head.auxiliary.len())?;
                data.copy_from_slice(&head.auxiliary);
                time_s[0] = head.start_s;
            }
            Wanted::Samples => {
                let (data, time_s) = out.next(head.rows, head.axes)?;
                head.samples(&block.samples, data);
                for (i, time_s) in time_s.iter_mut().enumerate() {
                    *time_s = head.start_s + i as f64 * own_s;
                }
            }
        }
        Ok(())
    }

    /// Between the samples of a block, if `next` follows on.
    fn step(&mut self, head: &Head, next: &Head) -> Option<f64> {
        let follows = next.session == head.session
            && next.sequence == head.sequence.wrapping_add(1)
            && next.rate_hz == head.rate_hz;
        if !follows || head.rows == 0 {
            return None;
        }
        let step_s = (next.start_s - head.start_s) / head.rows as f64;
        if follows_on(step_s, head.rows, head.rate_hz) {
            return Some(step_s);
        }
        self.counts.clock_jumps += 1;
        None
    }
}
