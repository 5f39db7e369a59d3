//! Stretches of a channel that are clipped or flat.

use std::ops::Range;

use crate::resample::Sample;

/// A stretch of rows of one channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The channel.
    pub channel: usize,
    /// Its rows.
    pub rows: Range<usize>,
    /// The value in the first of them.
    pub value: f64,
}

/// Runs of at least `min_rows` rows of `x (t, c)` that stay within `tolerance` of their first value.
/// Values that are not finite are in no run. By channel, then by row.
pub fn find_flat<F: Sample>(x: &[F], c: usize, tolerance: f64, min_rows: usize) -> Vec<Run> {
    find(x, c, min_rows, |_, first, v| {
        first.is_none_or(|first| (v - first).abs() <= tolerance)
    })
}

/// Runs of at least `min_rows` rows of `x (t, c)` at or beyond `limits[channel]`, a lowest and a
/// highest value. A run stays at one end.
pub fn find_clipped<F: Sample>(
    x: &[F],
    c: usize,
    limits: &[(f64, f64)],
    min_rows: usize,
) -> Vec<Run> {
    find(x, c, min_rows, |channel, first, v| {
        let (low, high) = limits[channel];
        match first {
            Some(first) if first >= high => v >= high,
            Some(_) => v <= low,
            None => v >= high || v <= low,
        }
    })
}

/// The lowest and the highest finite value of each channel, as limits. A channel without a value, or
/// with one only, has no limits: it is not clipped but flat.
pub fn own_limits<F: Sample>(x: &[F], c: usize) -> Vec<(f64, f64)> {
    let mut found = vec![(f64::INFINITY, f64::NEG_INFINITY); c];
    for row in x.chunks_exact(c) {
        for ((low, high), v) in found.iter_mut().zip(row) {
            if v.is_finite() {
                *low = low.min(v.to_f64());
                *high = high.max(v.to_f64());
            }
        }
    }
    for (low, high) in &mut found {
        if *low >= *high {
            (*low, *high) = (f64::NEG_INFINITY, f64::INFINITY);
        }
    }
    found
}

/// `goes_on(channel, first value of the run, value)`; without a first value: whether one begins.
fn find<F: Sample>(
    x: &[F],
    c: usize,
    min_rows: usize,
    goes_on: impl Fn(usize, Option<f64>, f64) -> bool,
) -> Vec<Run> {
    let mut open: Vec<Option<(usize, f64)>> = vec![None; c];
    let mut found = Vec::new();
    let mut close = |channel: usize, run: &mut Option<(usize, f64)>, end: usize| {
        if let Some((start, value)) = run.take().filter(|(start, _)| end - start >= min_rows) {
            found.push(Run {
                channel,
                rows: start..end,
                value,
            });
        }
    };
    let rows = x.len() / c.max(1);
    for row in 0..rows {
        for (channel, run) in open.iter_mut().enumerate() {
            let v = x[row * c + channel];
            let (there, v) = (v.is_finite(), v.to_f64());
            if let Some((_, first)) = *run {
                if there && goes_on(channel, Some(first), v) {
                    continue;
                }
                close(channel, run, row);
            }
            if there && goes_on(channel, None, v) {
                *run = Some((row, v));
            }
        }
    }
    for (channel, run) in open.iter_mut().enumerate() {
        close(channel, run, rows);
    }
    found.sort_by_key(|run| (run.channel, run.rows.start));
    found
}

#[cfg(test)]
mod tests {
    use super::{find_clipped, find_flat, own_limits};
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    fn spans(runs: &[super::Run]) -> Vec<(usize, usize, usize)> {
        runs.iter()
            .map(|r| (r.channel, r.rows.start, r.rows.end))
            .collect()
    }

    #[test]
    fn known_runs() {
        let n = f64::NAN;
        let x = [1.0, 1.0, 1.0, 2.0, 2.0, n, 2.0, 3.0];
        assert_eq!(spans(&find_flat(&x, 1, 0.0, 2)), [(0, 0, 3), (0, 3, 5)]);
        assert_eq!(spans(&find_flat(&x, 1, 1.0, 3)), [(0, 0, 5)]);
        assert_eq!(spans(&find_flat(&x, 2, 0.0, 2)), [(0, 0, 2), (0, 2, 4)]);
        let x = [8.0, 8.1, -8.0, -9.0, 8.0, 0.0, 8.0, f64::INFINITY];
        let limits = [(-8.0, 8.0)];
        assert_eq!(
            spans(&find_clipped(&x, 1, &limits, 1)),
            [(0, 0, 2), (0, 2, 4), (0, 4, 5), (0, 6, 7)]
        );
        assert_eq!(
            spans(&find_clipped(&x, 1, &limits, 2)),
            [(0, 0, 2), (0, 2, 4)]
        );
        assert_eq!(own_limits(&x, 1), [(-9.0, 8.1)]);
        assert_eq!(
            own_limits(&[n, 1.0, n, 1.0], 2),
            [(f64::NEG_INFINITY, f64::INFINITY); 2]
        );
        assert!(find_flat(&[] as &[f32], 3, 0.0, 1).is_empty());
    }

    proptest! {
        #[test]
        fn flat_runs_cover_every_repeat(
            values in proptest::collection::vec(0u8..3, 0..200), min_rows in 1usize..5,
        ) {
            let x: Vec<f32> = values.iter().map(|&v| f32::from(v)).collect();
            let runs = find_flat(&x, 1, 0.0, min_rows);
            let mut covered = vec![false; x.len()];
            for run in &runs {
                prop_assert!(run.rows.len() >= min_rows);
                prop_assert!(x[run.rows.clone()].iter().all(|&v| f64::from(v) == run.value));
                covered[run.rows.clone()].fill(true);
            }
            let mut expected = Vec::new();
            for same in x.chunk_by(|a, b| a == b) {
                expected.extend(vec![same.len() >= min_rows; same.len()]);
            }
            prop_assert_eq!(covered, expected);
        }
    }
}
