//! Windows of several modalities on one time line.

use super::index::{Builder, Index};
use super::label::Labels;
use super::timeline::Timeline;
use crate::error::{Result, bail_input};

/// Beyond this a window's number is no exact float64.
const MAX_WINDOWS: f64 = (1u64 << 53) as f64;

/// Which windows there are, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SharedStep {
    /// Length of a window.
    pub length_s: f64,
    /// From a window to the next.
    pub stride_s: f64,
    /// Start of window 0; the earliest row of all unless it is given.
    pub origin_s: Option<f64>,
    /// A modality that has a smaller share of a window's rows, gaps apart, is missing in it.
    pub min_overlap: f64,
    /// Windows with fewer modalities are left out.
    pub min_present: usize,
}

/// What became of the windows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SharedReport {
    /// Windows left out because too few modalities are present.
    pub absent: usize,
    /// Windows in the table in which a modality is missing.
    pub partial: usize,
    /// For each modality, the windows in the table in which it is missing.
    pub missing: Vec<usize>,
}

/// Windows on a shared time line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shared {
    /// Start of each window in seconds.
    pub start_s: Vec<f64>,
    /// For each modality the first row of each window; 0 where it is missing.
    pub start: Vec<Vec<i64>>,
    /// For each modality the rows of each window; 0 where it is missing.
    pub rows: Vec<Vec<i64>>,
    /// The labels, from the modality that has them.
    pub index: Index,
    /// What is missing.
    pub report: SharedReport,
}

/// Window `k` begins `k stride_s` after the origin. `labels` belong to the rows of modality
/// `labelled`; a window in which that one is missing has no label and a share of 0.
pub fn index_shared(
    lines: &[Timeline],
    step: SharedStep,
    labelled: usize,
    labels: Labels<'_>,
) -> Result<Shared> {
    if lines.is_empty() || labelled >= lines.len() {
        bail_input!("modalities: expected at least one");
    }
    let fastest = lines.iter().map(Timeline::rate_hz).fold(0.0, f64::max);
    let slowest = lines.iter().map(Timeline::rate_hz).fold(fastest, f64::min);
    for (name, seconds, rate_hz) in [
        ("length_s", step.length_s, slowest),
        ("stride_s", step.stride_s, fastest),
    ] {
        if !(seconds.is_finite() && seconds * rate_hz >= 1.0) {
            bail_input!("{name}: expected at least one row at {rate_hz} Hz, got {seconds} s");
        }
    }
    if !(step.min_overlap > 0.0 && step.min_overlap <= 1.0) {
        bail_input!(
            "min_overlap: expected above 0 up to 1, got {}",
            step.min_overlap
        );
    }
    if !(1..=lines.len()).contains(&step.min_present) {
        bail_input!(
            "min_present: expected 1 to {} modalities, got {}",
            lines.len(),
            step.min_present
        );
    }
    let spans = || lines.iter().filter(|l| l.rows() > 0).map(Timeline::span_s);
    let first = spans().map(|span| span.0).fold(f64::INFINITY, f64::min);
    let end = spans().map(|span| span.1).fold(f64::NEG_INFINITY, f64::max);
    let origin = step.origin_s.unwrap_or(first);
    if step.origin_s.is_some_and(|origin| !origin.is_finite()) {
        bail_input!("origin_s: expected a finite time, got {origin}");
    }
    let mut found = Shared {
        start: vec![Vec::new(); lines.len()],
        rows: vec![Vec::new(); lines.len()],
        ..Shared::default()
    };
    found.report.missing = vec![0; lines.len()];
    let mut builder = Builder::new(lines[labelled].rows(), labels)?;
    if (end - origin) / step.stride_s > MAX_WINDOWS {
        bail_input!(
            "origin_s, stride_s: expected windows up to number 2^53, got steps of {} s from {origin} \
             to {end} s",
            step.stride_s
        );
    }
    let mut k = 0.0;
    loop {
        let begin_s = origin + k * step.stride_s;
        // The time between segments may be years.
        let next_s = lines.iter().filter_map(|line| line.next_s(begin_s));
        let next_s = next_s.fold(f64::INFINITY, f64::min);
        if next_s.is_infinite() {
            break;
        }
        let first_k = ((next_s - step.length_s - origin) / step.stride_s).floor();
        if first_k > k {
            k = first_k;
            continue;
        }
        k += 1.0;
        let there: Vec<_> = lines
            .iter()
            .map(|line| line.find(begin_s, begin_s + step.length_s, step.min_overlap))
            .collect();
        let present = there.iter().flatten().count();
        if present < step.min_present {
            found.report.absent += usize::from(present > 0);
            continue;
        }
        let taken = match &there[labelled] {
            Some(own) => builder.add(own.start, own.rows, own.segment),
            None => builder.add_missing(),
        };
        if !taken {
            continue;
        }
        found.start_s.push(begin_s);
        found.report.partial += usize::from(present < lines.len());
        for (m, there) in there.iter().enumerate() {
            found.report.missing[m] += usize::from(there.is_none());
            found.start[m].push(there.map_or(0, |t| t.start as i64));
            found.rows[m].push(there.map_or(0, |t| t.rows as i64));
        }
    }
    found.index = builder.index;
    Ok(found)
}
