//! Rows on a time line: gap-free segments, and the rows at a time.

use crate::error::{Result, bail_input};

/// Gap-free runs of rows, `[from, to)`.
pub(super) fn segments(rows: usize, gaps: &[[i64; 2]]) -> Result<Vec<(usize, usize)>> {
    let mut found = Vec::with_capacity(gaps.len() + 1);
    let (mut from, mut last) = (0, -1);
    for (i, &[row, missing]) in gaps.iter().enumerate() {
        if row <= last || row > rows as i64 || missing < 0 {
            bail_input!(
                "gaps, number {i}: expected [row, missing] with rows that increase from 0 to {rows} \
                 and 0 or more steps missing, got [{row}, {missing}]"
            );
        }
        last = row;
        let row = row as usize;
        if row > from {
            found.push((from, row));
        }
        from = row;
    }
    if rows > from {
        found.push((from, rows));
    }
    Ok(found)
}

/// The largest distance in steps that is an exact float64.
const MAX_STEPS: f64 = (1u64 << 53) as f64;

/// Rows of a uniform stream on a time line.
#[derive(Debug, Clone)]
pub struct Timeline {
    rate_hz: f64,
    start_s: f64,
    /// Rows.
    rows: usize,
    /// First row, end row, and grid step of the first row of each gap-free segment.
    runs: Vec<(usize, usize, i64)>,
}

/// Where a window lies in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap {
    /// First row.
    pub start: usize,
    /// Rows that are there; of all the rows of the window unless an end or a gap cuts it.
    pub rows: usize,
    /// The segment they lie in, counted from 0.
    pub segment: usize,
}

impl Timeline {
    /// `rows` rows from `start_s` on, with `gaps` as `regrid` gives them.
    pub fn new(rows: usize, rate_hz: f64, start_s: f64, gaps: &[[i64; 2]]) -> Result<Self> {
        if !(rate_hz.is_finite() && rate_hz > 0.0) {
            bail_input!("rate_hz: expected a finite rate above 0, got {rate_hz}");
        }
        if !start_s.is_finite() {
            bail_input!("start_s: expected a finite time, got {start_s}");
        }
        let found = segments(rows, gaps)?;
        let (mut missing, mut next) = (0i64, 0);
        let mut runs = Vec::with_capacity(found.len());
        for &(from, to) in &found {
            while next < gaps.len() && gaps[next][0] as usize <= from {
                missing = missing.saturating_add(gaps[next][1]);
                next += 1;
            }
            runs.push((from, to, missing.saturating_add(from as i64)));
        }
        Ok(Timeline {
            rate_hz,
            start_s,
            rows,
            runs,
        })
    }

    /// Rows, gaps left out.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The nearest grid step to a time, counted from the first row; `None` where no row can be.
    pub fn step(&self, time_s: f64) -> Option<i64> {
        let step = ((time_s - self.start_s) * self.rate_hz).round();
        (step.abs() <= MAX_STEPS).then_some(step as i64)
    }

    /// Steps of a duration.
    pub fn steps(&self, duration_s: f64) -> Option<i64> {
        let steps = (duration_s * self.rate_hz).round();
        (steps.abs() <= MAX_STEPS).then_some(steps as i64)
    }

    /// Grid step of the first row, and the one after that of the last.
    pub fn span(&self) -> (i64, i64) {
        match (self.runs.first(), self.runs.last()) {
            (Some(first), Some(last)) => (first.2, last.2 + (last.1 - last.0) as i64),
            _ => (0, 0),
        }
    }

    /// The times at which the rows begin and end.
    pub fn span_s(&self) -> (f64, f64) {
        let (first, end) = self.span();
        let time_s = |step: i64| self.start_s + step as f64 / self.rate_hz;
        (time_s(first), time_s(end))
    }

    /// When the first segment that ends after `time_s` begins.
    pub fn next_s(&self, time_s: f64) -> Option<f64> {
        let at = |step: i64| self.start_s + step as f64 / self.rate_hz;
        let ended =
            |&(first, end, step): &(usize, usize, i64)| at(step + (end - first) as i64) <= time_s;
        let run = self.runs.get(self.runs.partition_point(ended))?;
        Some(at(run.2))
    }

    /// Rows a second.
    pub fn rate_hz(&self) -> f64 {
        self.rate_hz
    }

    /// The rows at the grid steps `begin .. begin + length`: those of the segment that holds the
    /// middle of them, or of the last that begins before it.
    pub fn overlap(&self, begin: i64, length: i64) -> Option<Overlap> {
        let middle = begin.saturating_add(length / 2);
        let segment = self.runs.partition_point(|run| run.2 <= middle).max(1) - 1;
        let &(first, end, step) = self.runs.get(segment)?;
        let last = step + (end - first) as i64;
        let from = begin.max(step);
        let to = begin.saturating_add(length).min(last);
        (from < to).then(|| Overlap {
            start: first + (from - step) as usize,
            rows: (to - from) as usize,
            segment,
        })
    }

    /// The rows at the time `begin_s .. end_s`, if at least the share `min_overlap` of them is
    /// there without a gap.
    pub fn find(&self, begin_s: f64, end_s: f64, min_overlap: f64) -> Option<Overlap> {
        let wanted = self.steps(end_s - begin_s)?;
        let there = self.overlap(self.step(begin_s)?, wanted)?;
        (there.rows as f64 >= (min_overlap * wanted as f64).ceil()).then_some(there)
    }
}
