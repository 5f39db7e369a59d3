//! Windows: which rows make a sample, which label it has, and the rows written out.
//!
//! A window lies inside one gap-free segment. An index names rows and copies nothing.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::error::{Result, bail_input, bail_shape};

/// No label: of a row, that nobody labelled; of a window, none or no single one.
pub const UNLABELLED: i32 = -1;

/// Beyond this a row's number is no exact float64.
const MAX_ROWS: usize = 1 << 53;

/// How a window gets its label from its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelRule {
    /// The most frequent label; none if two are equally frequent.
    Majority,
    /// That of the last row.
    Last,
    /// That of the middle row, `length / 2` from the start.
    Center,
}

/// The length of windows and the step from one to the next, in rows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Rows of a window.
    pub length: usize,
    /// Rows from a window to the next. Window `k` of a segment starts at `round(k · stride)`, so
    /// that windows keep time at rates that do not divide it.
    pub stride: f64,
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
    /// Share of the rows that carry the label; of the most frequent ones when they are equal.
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
    /// Windows in the table in which two labels are equally frequent.
    pub ambiguous: usize,
}

/// Indexes `rows` rows.
///
/// `step`: `None` makes one window of each segment. `gaps`: `[row, missing]`, as `regrid` gives
/// them; only the row matters. `labels`: one a row, or none at all; then windows have no label, a
/// share of NaN, and `min_share` must be 0.
pub fn index(
    rows: usize,
    step: Option<Step>,
    gaps: &[[i64; 2]],
    labels: Option<&[i32]>,
    rule: LabelRule,
    min_share: f64,
) -> Result<Index> {
    if let Some(step) = step
        && !(step.length > 0 && step.stride >= 1.0 && step.stride.is_finite())
    {
        bail_input!(
            "windows: expected a length and a stride of at least 1 row, got {} and {}",
            step.length,
            step.stride
        );
    }
    if rows > MAX_ROWS {
        bail_input!("windows: expected at most 2^53 rows, got {rows}");
    }
    if !(0.0..=1.0).contains(&min_share) {
        bail_input!("min_share: expected 0 to 1, got {min_share}");
    }
    if labels.is_none() && min_share > 0.0 {
        bail_input!("min_share: expected labels with it, got none");
    }
    let mut votes = labels.map(|l| Votes::new(l, rows)).transpose()?;
    let segments = segments(rows, gaps)?;
    let mut index = Index::default();
    index.report.segments = segments.len();
    for (number, &(from, to)) in segments.iter().enumerate() {
        let Step { length, stride } = step.unwrap_or(Step {
            length: to - from,
            stride: (to - from) as f64,
        });
        let starts = (0u64..)
            .map(|k| (k as f64 * stride).round() as usize)
            .take_while(|start| {
                start
                    .checked_add(length)
                    .is_some_and(|end| end <= to - from)
            });
        let mut used_to = from;
        let mut any = false;
        for start in starts {
            any = true;
            let (start, end) = (from + start, from + start + length);
            index.report.unused_rows += start.saturating_sub(used_to);
            used_to = end;
            let vote = votes
                .as_mut()
                .map_or(Vote::NONE, |v| v.vote(start, end, rule));
            if vote.share < min_share {
                index.report.below_share += 1;
                continue;
            }
            if vote.ambiguous {
                index.report.ambiguous += 1;
            } else if labels.is_some() && vote.label == UNLABELLED {
                index.report.unlabelled += 1;
            }
            index.start.push(start as i64);
            index.length.push(length as i64);
            index.segment.push(number as i32);
            index.label.push(vote.label);
            index.share.push(vote.share);
        }
        index.report.short_segments += usize::from(!any);
        index.report.unused_rows += to - used_to;
    }
    Ok(index)
}

/// Gap-free runs of rows, `[from, to)`.
fn segments(rows: usize, gaps: &[[i64; 2]]) -> Result<Vec<(usize, usize)>> {
    let mut found = Vec::with_capacity(gaps.len() + 1);
    let (mut from, mut last) = (0, -1);
    for (i, &[row, missing]) in gaps.iter().enumerate() {
        if row <= last || row > rows as i64 || missing < 1 {
            bail_input!(
                "gaps, number {i}: expected [row, missing] with rows that increase from 0 to {rows} \
                 and 1 or more steps missing, got [{row}, {missing}]"
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

struct Vote {
    label: i32,
    share: f64,
    ambiguous: bool,
}

impl Vote {
    const NONE: Vote = Vote {
        label: UNLABELLED,
        share: f64::NAN,
        ambiguous: false,
    };
}

/// Labels as runs of equal ones: a window meets few of them however long it is.
struct Votes<'a> {
    labels: &'a [i32],
    /// First row and label of each run.
    runs: Vec<(usize, i32)>,
    counts: HashMap<i32, usize>,
}

impl<'a> Votes<'a> {
    fn new(labels: &'a [i32], rows: usize) -> Result<Self> {
        if labels.len() != rows {
            bail_shape!(
                "labels: expected one for each of {rows} rows, got {}",
                labels.len()
            );
        }
        let mut runs: Vec<(usize, i32)> = Vec::new();
        for (row, &label) in labels.iter().enumerate() {
            if label < UNLABELLED {
                bail_input!("labels, row {row}: expected -1 (none), 0 or more, got {label}");
            }
            if runs.last().is_none_or(|&(_, last)| last != label) {
                runs.push((row, label));
            }
        }
        Ok(Votes {
            labels,
            runs,
            counts: HashMap::new(),
        })
    }

    fn vote(&mut self, start: usize, end: usize, rule: LabelRule) -> Vote {
        self.counts.clear();
        let first = self.runs.partition_point(|&(row, _)| row <= start) - 1;
        for (i, &(row, label)) in self.runs[first..].iter().enumerate() {
            if row >= end {
                break;
            }
            let next = self.runs.get(first + i + 1).map_or(end, |&(row, _)| row);
            *self.counts.entry(label).or_default() += next.min(end) - row.max(start);
        }
        self.counts.remove(&UNLABELLED);
        let share = |count: usize| count as f64 / (end - start) as f64;
        let chosen = match rule {
            LabelRule::Majority => {
                let most = self.counts.values().copied().max().unwrap_or(0);
                let mut winners = self.counts.iter().filter(|&(_, &n)| n == most);
                let label = winners.next().map_or(UNLABELLED, |(&label, _)| label);
                if winners.next().is_some() {
                    return Vote {
                        label: UNLABELLED,
                        share: share(most),
                        ambiguous: true,
                    };
                }
                label
            }
            LabelRule::Last => self.labels[end - 1],
            LabelRule::Center => self.labels[start + (end - start) / 2],
        };
        Vote {
            label: chosen,
            share: share(self.counts.get(&chosen).copied().unwrap_or(0)),
            ambiguous: false,
        }
    }
}

/// Below this many bytes threads cost more than they bring.
const PARALLEL_BYTES: usize = 1 << 20;

/// Writes windows out, `(rows, row_bytes)` to `(starts, length, row_bytes)`, whatever the bytes are.
pub fn windows_into(
    x: &[u8],
    row_bytes: usize,
    starts: &[i64],
    length: usize,
    out: &mut [u8],
) -> Result<()> {
    if row_bytes == 0 || length == 0 || !x.len().is_multiple_of(row_bytes) {
        bail_shape!("windows: expected whole rows and a length of 1 or more, got length {length}");
    }
    let rows = x.len() / row_bytes;
    let size = length.checked_mul(row_bytes);
    let Some(size) = size.filter(|s| s.checked_mul(starts.len()) == Some(out.len())) else {
        bail_shape!(
            "windows: expected room for {} windows of {length} rows of {row_bytes} bytes, got {} \
             bytes",
            starts.len(),
            out.len()
        );
    };
    for (i, &start) in starts.iter().enumerate() {
        if start < 0 || start as u64 + length as u64 > rows as u64 {
            bail_input!(
                "starts, number {i}: expected a window of {length} rows inside {rows}, got one from \
                 row {start}"
            );
        }
    }
    let copy = |(&start, out): (&i64, &mut [u8])| {
        let from = start as usize * row_bytes;
        out.copy_from_slice(&x[from..from + size]);
    };
    if out.len() < PARALLEL_BYTES {
        starts.iter().zip(out.chunks_exact_mut(size)).for_each(copy);
    } else {
        starts
            .par_iter()
            .zip(out.par_chunks_exact_mut(size))
            .with_min_len((PARALLEL_BYTES / 8 / size).max(1))
            .for_each(copy);
    }
    Ok(())
}
