//! The label of a window.

use std::collections::HashMap;

use crate::error::{Result, bail_input, bail_shape};

/// No label: of a row, that nobody labelled; of a window, none or no single one.
pub const UNLABELLED: i32 = -1;

/// How a window gets its label from its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelRule {
    /// The most frequent label; none if two are equally frequent.
    Majority,
    /// The only label that any of the rows carries, however few; none if there are two.
    Any,
    /// That of the last row.
    Last,
    /// That of the middle row, `length / 2` from the start.
    Center,
}

/// A label each row, and how windows get theirs.
#[derive(Debug, Clone, Copy)]
pub struct Labels<'a> {
    /// One a row, [`UNLABELLED`] for none; `None`: the recording has no labels, windows have none
    /// and a share of NaN.
    pub rows: Option<&'a [i32]>,
    /// From rows to windows.
    pub rule: LabelRule,
    /// Windows are dropped in which a smaller share of the rows carries the label. 0 without labels.
    pub min_share: f64,
}

impl<'a> Labels<'a> {
    /// The recording has no labels.
    pub const NONE: Labels<'static> = Labels {
        rows: None,
        rule: LabelRule::Majority,
        min_share: 0.0,
    };

    pub(super) fn votes(&self, rows: usize) -> Result<Option<Votes<'a>>> {
        if !(0.0..=1.0).contains(&self.min_share) {
            bail_input!("min_share: expected 0 to 1, got {}", self.min_share);
        }
        if self.rows.is_none() && self.min_share > 0.0 {
            bail_input!("min_share: expected labels with it, got none");
        }
        self.rows.map(|l| Votes::new(l, rows)).transpose()
    }
}

pub(super) struct Vote {
    pub(super) label: i32,
    /// Share of the rows that carry the label; of the most frequent one where there is no single.
    pub(super) share: f64,
    /// There are labels, and the rule cannot choose.
    pub(super) ambiguous: bool,
}

impl Vote {
    pub(super) const NONE: Vote = Vote {
        label: UNLABELLED,
        share: f64::NAN,
        ambiguous: false,
    };
}

/// Labels as runs of equal ones: a window meets few of them however long it is.
pub(super) struct Votes<'a> {
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

    /// The label of the rows `start..end`, at least one.
    pub(super) fn vote(&mut self, start: usize, end: usize, rule: LabelRule) -> Vote {
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
        let most = self.counts.values().copied().max().unwrap_or(0);
        let single = |winners: &mut dyn Iterator<Item = i32>| {
            let label = winners.next().unwrap_or(UNLABELLED);
            winners.next().is_none().then_some(label)
        };
        let chosen = match rule {
            LabelRule::Majority => {
                let equals = self.counts.iter().filter(|&(_, &n)| n == most);
                single(&mut equals.map(|(&label, _)| label))
            }
            LabelRule::Any => single(&mut self.counts.keys().copied()),
            LabelRule::Last => Some(self.labels[end - 1]),
            LabelRule::Center => Some(self.labels[start + (end - start) / 2]),
        };
        match chosen {
            Some(label) => Vote {
                label,
                share: share(self.counts.get(&label).copied().unwrap_or(0)),
                ambiguous: false,
            },
            None => Vote {
                label: UNLABELLED,
                share: share(most),
                ambiguous: true,
            },
        }
    }
}
