//! Windows every so many rows.

use super::label::{Labels, UNLABELLED, Vote, Votes};
use super::timeline::segments;
use crate::error::{Result, bail_input};

/// Beyond this a row's number is no exact float64.
const MAX_ROWS: usize = 1 << 53;

/// The length of windows and the step from one to the next, in rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Rows of a window.
    pub length: usize,
    /// Rows from a window to the next. Window `k` of a segment starts at `round(k · stride)`, so
    /// that windows keep time at rates that do not divide it.
    pub stride: f64,
}

impl Step {
    /// The first row of window `k`, from its segment's first.
    pub fn start(&self, k: u64) -> usize {
        (k as f64 * self.stride).round() as usize
    }

    pub(crate) fn check(&self) -> Result<()> {
        if !(self.length > 0 && self.stride >= 1.0 && self.stride.is_finite()) {
            bail_input!(
                "windows: expected a length and a stride of at least 1 row, got {} and {}",
                self.length,
                self.stride
            );
        }
        Ok(())
    }
}

/// A table of windows, one entry a window in every column.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Index {
    /// First row.
    pub start: Vec<i64>,
    /// Rows.
    pub length: Vec<i64>,
    /// Gap-free segment, counted from 0.
    pub segment: Vec<i32>,
    /// Label, or [`UNLABELLED`].
    pub label: Vec<i32>,
    /// Share of the rows that carry the label; of the most frequent one where there is no single.
    pub share: Vec<f64>,
    /// What is not in the table.
    pub report: Report,
}

/// What became of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Report {
    /// Gap-free segments.
    pub segments: usize,
    /// Segments shorter than a window.
    pub short_segments: usize,
    /// Rows in no window: short segments, ends of segments, between windows that do not touch.
    /// Windows that were dropped count as windows here.
    pub unused_rows: usize,
    /// Windows dropped because too small a share of their rows carries their label.
    pub below_share: usize,
    /// Windows in the table without a label.
    pub unlabelled: usize,
    /// Windows in the table whose rule cannot choose between labels.
    pub ambiguous: usize,
}

/// Indexes `rows` rows.
///
/// `step`: `None` makes one window of each segment. `gaps`: `[row, missing]`, as `regrid` gives
/// them; only the row matters.
pub fn index(
    rows: usize,
    step: Option<Step>,
    gaps: &[[i64; 2]],
    labels: Labels<'_>,
) -> Result<Index> {
    if let Some(step) = step {
        step.check()?;
    }
    let mut builder = Builder::new(rows, labels)?;
    let segments = segments(rows, gaps)?;
    builder.index.report.segments = segments.len();
    for (number, &(from, to)) in segments.iter().enumerate() {
        let step = step.unwrap_or(Step {
            length: to - from,
            stride: (to - from) as f64,
        });
        let starts = (0u64..).map(|k| step.start(k)).take_while(|start| {
            start
                .checked_add(step.length)
                .is_some_and(|end| end <= to - from)
        });
        let mut used_to = from;
        let mut any = false;
        for start in starts {
            any = true;
            let start = from + start;
            builder.index.report.unused_rows += start.saturating_sub(used_to);
            used_to = start + step.length;
            builder.add(start, step.length, number);
        }
        builder.index.report.short_segments += usize::from(!any);
        builder.index.report.unused_rows += to - used_to;
    }
    Ok(builder.index)
}

/// Gathers windows with their labels.
pub(super) struct Builder<'a> {
    pub(super) index: Index,
    labels: Labels<'a>,
    votes: Option<Votes<'a>>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(rows: usize, labels: Labels<'a>) -> Result<Self> {
        if rows > MAX_ROWS {
            bail_input!("windows: expected at most 2^53 rows, got {rows}");
        }
        Ok(Builder {
            index: Index::default(),
            votes: labels.votes(rows)?,
            labels,
        })
    }

    /// Takes a window in, unless too few of its rows carry its label; says whether it did.
    pub(super) fn add(&mut self, start: usize, length: usize, segment: usize) -> bool {
        let vote = self.votes.as_mut().map_or(Vote::NONE, |votes| {
            votes.vote(start, start + length, self.labels.rule)
        });
        self.take(start, length, segment, vote)
    }

    /// A window without the rows that have labels: none of its rows carries one.
    pub(super) fn add_missing(&mut self) -> bool {
        let vote = match self.labels.rows {
            Some(_) => Vote {
                share: 0.0,
                ..Vote::NONE
            },
            None => Vote::NONE,
        };
        self.take(0, 0, 0, vote)
    }

    fn take(&mut self, start: usize, length: usize, segment: usize, vote: Vote) -> bool {
        let index = &mut self.index;
        if vote.share < self.labels.min_share {
            index.report.below_share += 1;
            return false;
        }
        if vote.ambiguous {
            index.report.ambiguous += 1;
        } else if self.labels.rows.is_some() && vote.label == UNLABELLED {
            index.report.unlabelled += 1;
        }
        index.start.push(start as i64);
        index.length.push(length as i64);
        index.segment.push(segment as i32);
        index.label.push(vote.label);
        index.share.push(vote.share);
        true
    }
}
