//! From rows of gap-free segments to windows.

use super::state::{Reader, State};
use crate::error::{Result, bail_input};
use crate::resample::Sample;
use crate::window::Step;

/// Windows that became ready.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ready<F> {
    /// The windows one after another.
    pub data: Vec<F>,
    /// First row of each, counted without the gaps.
    pub start: Vec<i64>,
    /// Time of that row in seconds.
    pub start_s: Vec<f64>,
    /// Gap-free segment of each, counted from 0.
    pub segment: Vec<i32>,
}

/// What became of the rows, as [`crate::window::Report`] counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CutCounts {
    /// Rows on the grid of the windows.
    pub rows: usize,
    /// Windows given.
    pub windows: usize,
    /// Gap-free segments.
    pub segments: usize,
    /// Segments that ended shorter than a window.
    pub short_segments: usize,
    /// Rows in no window, as far as that is decided.
    pub unused_rows: usize,
}

/// Cuts windows from rows as they come.
#[derive(Debug, Clone)]
pub(super) struct Cutter<F> {
    step: Step,
    c: usize,
    open: bool,
    /// Rows of the current segment, and its windows so far.
    row: usize,
    k: usize,
    /// The rows of window `k` that are there.
    buffer: Vec<F>,
    pub(super) counts: CutCounts,
}

impl<F: Sample> Cutter<F> {
    pub(super) fn new(step: Step, c: usize) -> Result<Self> {
        step.check()?;
        if step
            .length
            .checked_mul(c)
            .is_none_or(|n| n > isize::MAX as usize / 16)
        {
            bail_input!(
                "length: {} rows of {c} values do not fit a window",
                step.length
            );
        }
        Ok(Cutter {
            step,
            c,
            open: false,
            row: 0,
            k: 0,
            buffer: Vec::new(),
            counts: CutCounts::default(),
        })
    }

    /// First row of the window that is being filled.
    fn start(&self) -> usize {
        self.step.start(self.k as u64)
    }

    /// The row after the last of a window.
    fn used_to(&self) -> usize {
        match self.k {
            0 => 0,
            k => self
                .step
                .start(k as u64 - 1)
                .saturating_add(self.step.length),
        }
    }

    /// Takes rows of one segment. `time_s` gives the time of a row of the segment.
    pub(super) fn push(&mut self, mut x: &[F], time_s: impl Fn(usize) -> f64, out: &mut Ready<F>) {
        if x.is_empty() {
            return;
        }
        if !self.open {
            self.open = true;
            self.counts.segments += 1;
        }
        while !x.is_empty() {
            let rows = x.len() / self.c;
            let start = self.start();
            if self.row < start {
                // Between two windows that do not touch.
                let skipped = rows.min(start - self.row);
                self.advance(skipped);
                self.counts.unused_rows += skipped;
                x = &x[skipped * self.c..];
                continue;
            }
            let taken = rows.min(start + self.step.length - self.row);
            self.buffer.extend_from_slice(&x[..taken * self.c]);
            self.advance(taken);
            x = &x[taken * self.c..];
            if self.row == start + self.step.length {
                out.data.extend_from_slice(&self.buffer);
                out.start.push((self.counts.rows - self.row + start) as i64);
                out.start_s.push(time_s(start));
                out.segment.push(self.counts.segments as i32 - 1);
                self.counts.windows += 1;
                self.k += 1;
                let dropped = (self.start() - start).min(self.step.length) * self.c;
                self.buffer.drain(..dropped);
            }
        }
    }

    fn advance(&mut self, rows: usize) {
        self.row += rows;
        self.counts.rows += rows;
    }

    /// No row follows the last without a gap.
    pub(super) fn end_segment(&mut self) {
        if !self.open {
            return;
        }
        self.counts.short_segments += usize::from(self.k == 0);
        self.counts.unused_rows += self.row.saturating_sub(self.start().max(self.used_to()));
        self.open = false;
        self.row = 0;
        self.k = 0;
        self.buffer.clear();
    }

    pub(super) fn save(&self, state: &mut State<F>) {
        let counts = &self.counts;
        for v in [
            usize::from(self.open),
            self.row,
            self.k,
            counts.rows,
            counts.windows,
            counts.segments,
            counts.short_segments,
            counts.unused_rows,
        ] {
            state.integer(v);
        }
        state.samples(&self.buffer);
    }

    pub(super) fn load(&mut self, reader: &mut Reader<'_, F>) -> Result<()> {
        self.open = reader.count()? > 0;
        self.row = reader.count()?;
        self.k = reader.count()?;
        self.counts = CutCounts {
            rows: reader.count()?,
            windows: reader.count()?,
            segments: reader.count()?,
            short_segments: reader.count()?,
            unused_rows: reader.count()?,
        };
        self.buffer = reader.samples()?;
        let start = self.start();
        let sane = self.row <= self.counts.rows
            && (self.open || (self.row, self.k) == (0, 0))
            && (!self.open || self.counts.segments > 0)
            && self.used_to() <= self.row
            && self.row.saturating_sub(start) < self.step.length
            && self.row.saturating_sub(start).checked_mul(self.c) == Some(self.buffer.len());
        if !sane {
            bail_input!("state: expected that of a stream of these settings, its windows differ");
        }
        Ok(())
    }
}
