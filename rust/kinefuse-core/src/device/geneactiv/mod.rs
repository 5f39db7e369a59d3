//! GENEActiv's `.bin`: text, pages of 300 samples in hexadecimal digits.
//!
//! The layout is that of the GENEActiv operating instructions, "Decoding .bin files". A page says
//! when its first sample was taken; the others follow at the page's rate, as the maker's software,
//! actipy and scikit-digital-health have it.

mod fields;
mod header;
mod page;
#[cfg(test)]
mod tests;

use super::{Counts, Fault, Faults, Rows, Wanted, follows_on, refused};
use crate::error::{Error, Result};
pub use header::Header;
use page::{PAGE_DIGITS, Page, SAMPLES};

const FIRST_LINE: &[u8] = b"Device Identity";
const PAGE_LINE: &[u8] = b"Recorded Data";
/// No line is as long, and no header.
const MAX_LINE: usize = 1 << 16;
const MAX_HEADER_LINES: usize = 1000;

/// Why a page was skipped.
mod reason {
    pub(super) const SHORT: &str = "no line of samples";
    pub(super) const TIME: &str = "no such time";
    pub(super) const RATE: &str = "no rate";
    pub(super) const DIGITS: &str = "not 3600 hexadecimal digits";
}

/// Where in the file we are.
#[derive(Debug)]
enum State {
    /// The lines so far.
    Header(Vec<Vec<u8>>),
    /// Lines of a page before its samples.
    Page(Page),
    Between,
}

/// Decodes a file that comes in pieces.
#[derive(Debug)]
pub struct Decoder {
    path: String,
    wanted: Wanted,
    state: State,
    header: Option<Header>,
    /// The line that was not pushed to its end.
    carry: Vec<u8>,
    /// Number of the next page.
    page: u64,
    rate_hz: Option<f64>,
    last: Option<Page>,
    /// Faults when the last sound page was read.
    faults_before: u64,
    counts: Counts,
    faults: Faults,
}

impl Decoder {
    /// `path` is for messages.
    pub fn new(path: impl Into<String>, wanted: Wanted) -> Self {
        Decoder {
            path: path.into(),
            wanted,
            state: State::Header(Vec::new()),
            header: None,
            carry: Vec::new(),
            page: 0,
            rate_hz: None,
            last: None,
            faults_before: 0,
            counts: Counts::default(),
            faults: Faults::default(),
        }
    }

    /// The file's header, once it was pushed.
    pub fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// Values of a sample (3) and rate in Hz, once a sound page was pushed.
    pub fn layout(&self) -> Option<(usize, f64)> {
        self.rate_hz.map(|rate_hz| (3, rate_hz))
    }

    /// What was found so far. When the file has ended, pages that its header promises count as
    /// missing too.
    pub fn counts(&self) -> Counts {
        Counts {
            corrupt_blocks: self.faults.blocks,
            ..self.counts
        }
    }

    /// Which pages were skipped, in their order.
    pub fn faults(&self) -> &[Fault] {
        &self.faults.runs
    }

    /// The most rows that pushing `bytes` more, or finishing, can give.
    pub fn max_rows(&self, bytes: usize) -> usize {
        let pages = (bytes + self.carry.len()) / PAGE_DIGITS + 1;
        match self.wanted {
            Wanted::Nothing | Wanted::Gyroscope => 0,
            Wanted::Auxiliary => pages,
            Wanted::Samples | Wanted::Light => pages * SAMPLES,
        }
    }

    /// Takes the next piece of the file. Fails if it is no such file, or there is not
    /// [`Self::max_rows`] of room.
    pub fn push(&mut self, mut bytes: &[u8], out: &mut Rows<'_>) -> Result<()> {
        while let Some(end) = bytes.iter().position(|&byte| byte == b'\n') {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            if self.carry.is_empty() {
                self.take(line.trim_ascii_end(), out)?;
            } else {
                self.keep(line)?;
                let line = std::mem::take(&mut self.carry);
                self.take(line.trim_ascii_end(), out)?;
                self.carry = line;
                self.carry.clear();
            }
            bytes = rest;
        }
        self.keep(bytes)
    }

    /// Gives the last rows. Fails if the file held no sound page.
    pub fn finish(&mut self, out: &mut Rows<'_>) -> Result<()> {
        let line = std::mem::take(&mut self.carry);
        let line = line.trim_ascii_end();
        if let State::Page(_) = self.state {
            if line.len() == PAGE_DIGITS {
                self.take(line, out)?;
            } else {
                self.counts.truncated_bytes = line.len() as u64;
                self.skip(reason::SHORT);
            }
        }
        if self.rate_hz.is_none() {
            let why = match (&self.header, self.faults.runs.first()) {
                (None, _) => "; it ends within its header".into(),
                (_, Some(fault)) => format!("; page {}: {}", fault.block, fault.reason),
                _ => String::new(),
            };
            return Err(refused(
                &self.path,
                format!(
                    "expected pages of samples, got none that is sound among {}{why}",
                    self.page
                ),
            ));
        }
        let promised = self.header.as_ref().and_then(|header| header.pages);
        let next = self.last.as_ref().and_then(|page| page.sequence);
        if let (Some(promised), Some(last)) = (promised, next) {
            let at_the_end = promised.saturating_sub(last.saturating_add(1));
            let skipped = self.faults.blocks - self.faults_before;
            self.counts.missing_blocks += at_the_end.saturating_sub(skipped);
        }
        Ok(())
    }

    /// Carries the beginning of a line, as much as a line can have.
    fn keep(&mut self, bytes: &[u8]) -> Result<()> {
        if self.header.is_none() && self.carry.len() + bytes.len() > MAX_LINE {
            return Err(self.not_ours(bytes));
        }
        let room = MAX_LINE - self.carry.len().min(MAX_LINE);
        self.carry
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
        Ok(())
    }

    fn take(&mut self, line: &[u8], out: &mut Rows<'_>) -> Result<()> {
        match &mut self.state {
            State::Header(lines) => {
                let first = lines.is_empty() && line.trim_ascii_start() != FIRST_LINE;
                if first || lines.len() > MAX_HEADER_LINES {
                    return Err(self.not_ours(line));
                }
                if line != PAGE_LINE {
                    lines.push(line.to_vec());
                    return Ok(());
                }
                let parsed =
                    Header::parse(lines).map_err(|message| refused(&self.path, message))?;
                self.header = Some(parsed);
                self.state = State::Page(Page::default());
            }
            State::Page(_) if line == PAGE_LINE => {
                self.skip(reason::SHORT);
                self.state = State::Page(Page::default());
            }
            State::Page(page) => {
                if line.is_empty() || page.take(line) {
                    return Ok(());
                }
                let page = std::mem::take(page);
                self.state = State::Between;
                if let Err(reason) = self.give(&page, line, out)? {
                    self.skip(reason);
                }
            }
            // What is between pages is not looked at.
            State::Between if line == PAGE_LINE => self.state = State::Page(Page::default()),
            State::Between => {}
        }
        Ok(())
    }

    fn skip(&mut self, reason: &'static str) {
        self.faults.add(self.page, reason);
        self.page += 1;
        self.state = State::Between;
    }

    /// Gives a page's rows, or says why not.
    fn give(
        &mut self,
        page: &Page,
        digits: &[u8],
        out: &mut Rows<'_>,
    ) -> Result<std::result::Result<(), &'static str>> {
        let Some(start_s) = page.start_s else {
            return Ok(Err(reason::TIME));
        };
        let Some(rate_hz) = page.rate_hz else {
            return Ok(Err(reason::RATE));
        };
        let Some(header) = self.header.as_ref().filter(|_| page::sound(digits)) else {
            return Ok(Err(reason::DIGITS));
        };
        match self.wanted {
            Wanted::Nothing | Wanted::Gyroscope => {}
            Wanted::Auxiliary => {
                let (data, time_s) = out.next(1, 2)?;
                data.copy_from_slice(&page.auxiliary());
                time_s[0] = start_s;
            }
            Wanted::Samples | Wanted::Light => {
                let samples = self.wanted == Wanted::Samples;
                let (data, time_s) = out.next(SAMPLES, if samples { 3 } else { 2 })?;
                if samples {
                    page::acceleration(digits, header, data);
                } else {
                    page::light(digits, header, data);
                }
                for (i, time_s) in time_s.iter_mut().enumerate() {
                    *time_s = start_s + i as f64 / rate_hz;
                }
            }
        }
        self.rate_hz.get_or_insert(rate_hz);
        self.counts.blocks += 1;
        self.counts.rows += SAMPLES as u64;
        self.compare(page, start_s);
        self.last = Some(page.clone());
        self.faults_before = self.faults.blocks;
        self.page += 1;
        Ok(Ok(()))
    }

    /// Counts what is missing between the last sound page and this one, and jumps of the clock.
    fn compare(&mut self, page: &Page, start_s: f64) {
        let Some((last, sequence)) = self.last.as_ref().zip(page.sequence) else {
            return;
        };
        let (Some(before), Some(before_s), Some(rate_hz)) =
            (last.sequence, last.start_s, last.rate_hz)
        else {
            return;
        };
        if let Some(left_out) = sequence.checked_sub(before.saturating_add(1)) {
            let skipped = self.faults.blocks - self.faults_before;
            self.counts.missing_blocks += left_out.saturating_sub(skipped);
            let step_s = (start_s - before_s) / SAMPLES as f64;
            if left_out == 0 && !follows_on(step_s, SAMPLES, rate_hz) {
                self.counts.clock_jumps += 1;
            }
        }
    }

    fn not_ours(&self, bytes: &[u8]) -> Error {
        let start = &bytes[..bytes.len().min(20)];
        refused(
            &self.path,
            format!(
                "expected a GENEActiv file, which begins with \"Device Identity\" and has pages \
             \"Recorded Data\", got {:?}",
                String::from_utf8_lossy(start)
            ),
        )
    }
}
