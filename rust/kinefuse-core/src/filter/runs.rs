//! The runs of rows in which nothing is missing.

use std::ops::Range;

use crate::resample::Sample;

/// Rows for whole-number looks at finiteness; a look at a block is one vectorised pass.
const BLOCK: usize = 64;

/// Runs of the group of channels `channels`, if they are the same for all of them: `None` where a
/// row is missing in some channels and not in others.
pub(super) fn shared<F: Sample>(
    x: &[F],
    c: usize,
    channels: Range<usize>,
) -> Option<Vec<Range<usize>>> {
    let mut builder = Builder::default();
    let mut row = 0;
    for block in x.chunks(BLOCK * c) {
        if all_finite(block) {
            builder.present(row..row + block.len() / c);
        } else {
            for (i, frame) in block.chunks_exact(c).enumerate() {
                let there = frame[channels.clone()]
                    .iter()
                    .filter(|v| v.is_finite())
                    .count();
                if there == channels.len() {
                    builder.present(row + i..row + i + 1);
                } else if there > 0 {
                    return None;
                }
            }
        }
        row += block.len() / c;
    }
    Some(builder.runs)
}

/// Runs of one channel.
pub(super) fn of_channel<F: Sample>(x: &[F], c: usize, channel: usize) -> Vec<Range<usize>> {
    let mut builder = Builder::default();
    for (row, frame) in x.chunks_exact(c).enumerate() {
        if frame[channel].is_finite() {
            builder.present(row..row + 1);
        }
    }
    builder.runs
}

/// No value is NaN or infinite.
pub(super) fn all_finite<F: Sample>(x: &[F]) -> bool {
    // Zero times anything finite is 0; the sum of a NaN with anything is NaN. No branch in the loop.
    let mut sums = [F::ZERO; 16];
    let (blocks, rest) = x.as_chunks::<16>();
    for block in blocks {
        for l in 0..16 {
            sums[l] += block[l] * F::ZERO;
        }
    }
    sums.iter().all(|v| v.is_finite()) && rest.iter().all(|v| v.is_finite())
}

#[derive(Default)]
struct Builder {
    runs: Vec<Range<usize>>,
}

impl Builder {
    /// Rows that are there, behind those before.
    fn present(&mut self, rows: Range<usize>) {
        match self.runs.last_mut() {
            Some(last) if last.end == rows.start => last.end = rows.end,
            _ => self.runs.push(rows),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{all_finite, of_channel, shared};
    use proptest::prelude::{any, prop_assert_eq, proptest};

    #[test]
    fn a_row_missing_in_some_channels_has_no_shared_runs() {
        let n = f64::NAN;
        let x = [1.0, 1.0, n, n, 1.0, 1.0, 1.0, n];
        assert_eq!(shared(&x[..6], 2, 0..2), Some(vec![0..1, 2..3]));
        assert_eq!(shared(&x, 2, 0..2), None);
        assert_eq!(shared(&x, 2, 0..1), Some(vec![0..1, 2..4]));
        assert_eq!(of_channel(&x, 2, 1), [0..1, 2..3]);
        assert_eq!(shared(&[n; 6], 2, 0..2), Some(vec![]));
    }

    proptest! {
        #[test]
        fn runs_hold_what_is_finite_and_nothing_else(
            missing in proptest::collection::vec(any::<bool>(), 0..300),
        ) {
            let x: Vec<f32> = missing
                .iter()
                .flat_map(|&m| [1.0, if m { f32::INFINITY } else { 2.0 }])
                .collect();
            let runs = of_channel(&x, 2, 1);
            let mut found = vec![true; missing.len()];
            for run in &runs {
                found[run.clone()].fill(false);
            }
            prop_assert_eq!(&found, &missing);
            prop_assert_eq!(shared(&x, 2, 1..2), Some(runs));
            prop_assert_eq!(all_finite(&x), !missing.contains(&true));
        }
    }
}
