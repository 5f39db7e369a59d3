//! At any times: the filter of [`super::polyphase`] between its taps.
//!
//! The filter lies in a table, finely enough that a cubic through four of its values is right to
//! 1e-10. A table row holds the weights of all input frames around one position between two of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use kinefuse_dispatch::dispatch;
use rayon::prelude::*;

use super::Sample;
use super::channels::with_channels;
use super::filter;
use crate::error::{Result, bail_input, bail_shape};

/// Table rows for each zero crossing of the filter.
const PHASES: f64 = 512.0;
/// The largest change of rate: a filter of 200,001 taps.
const MAX_RATIO: f64 = 1e4;
/// Tables kept before the cache starts afresh, and the largest kept.
const MAX_TABLES: usize = 32;
const MAX_KEPT_VALUES: usize = 1 << 18;
/// Output frames of one piece of work.
const PIECE_FRAMES: usize = 512;
/// A time this share of a sample outside the signal counts as inside.
const TOLERANCE: f64 = 1e-6;

/// A rate of output over that of input, for the cut-off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// Output samples for each input sample.
    pub value: f64,
    /// The larger of the two whole numbers whose quotient it is; `None` if there are none. With it
    /// the weights are those of the polyphase filter to the last of its taps.
    pub period: Option<usize>,
}

/// Values of `items` signals `x (items, t, c)`, sampled at `rate_hz` from `start_s` on, at the times
/// `time_s`, to `out (items, time_s.len(), c)`. Beyond its ends the signal counts as zero. Sums are
/// in double precision.
///
/// NaN at times that are NaN or lie more than a sample outside the signal. A NaN in `x` makes NaN of
/// the outputs within `10 max(1, 1 / ratio)` input samples of it.
pub fn resample_at_into<F: Sample>(
    x: &[F],
    (items, t, c): (usize, usize, usize),
    rate_hz: f64,
    start_s: f64,
    time_s: &[f64],
    ratio: Ratio,
    out: &mut [F],
) -> Result<()> {
    if !(rate_hz.is_finite() && rate_hz > 0.0 && start_s.is_finite()) {
        bail_input!(
            "rate_hz, start_s: expected a finite rate above 0 and a finite time, got {rate_hz} and \
             {start_s}"
        );
    }
    let position = |i: usize| (time_s[i] - start_s) * rate_hz;
    run(x, (items, t, c), time_s.len(), ratio, position, out)
}

/// Resamples `items` signals `x (items, t, c)` from one rate to any other, to `out (items, n, c)`:
/// output frame `i` lies at the time of input frame `i from_hz / to_hz`. Otherwise as
/// [`resample_at_into`].
pub fn resample_ratio_into<F: Sample>(
    x: &[F],
    (items, t, c): (usize, usize, usize),
    n: usize,
    from_hz: f64,
    to_hz: f64,
    out: &mut [F],
) -> Result<()> {
    let ratio = Ratio {
        value: to_hz / from_hz,
        period: None,
    };
    let position = |i: usize| i as f64 * from_hz / to_hz;
    run(x, (items, t, c), n, ratio, position, out)
}

fn run<F: Sample>(
    x: &[F],
    (items, t, c): (usize, usize, usize),
    n: usize,
    ratio: Ratio,
    position: impl Fn(usize) -> f64 + Sync,
    out: &mut [F],
) -> Result<()> {
    if items == 0 || t == 0 || c == 0 {
        bail_shape!("x: expected at least one sample of one channel, got ({items}, {t}, {c})");
    }
    if !(1.0 / MAX_RATIO..=MAX_RATIO).contains(&ratio.value) {
        bail_input!(
            "rates: expected a ratio of 1/{MAX_RATIO} to {MAX_RATIO}, got {}",
            ratio.value
        );
    }
    let values = |frames: usize| items.checked_mul(frames)?.checked_mul(c);
    if values(t) != Some(x.len()) || values(n) != Some(out.len()) {
        bail_shape!(
            "x, out: expected ({items}, {t}, {c}) and ({items}, {n}, {c}), got {} and {} values",
            x.len(),
            out.len()
        );
    }
    if n == 0 {
        return Ok(());
    }
    let table = table(ratio);
    let pieces: Vec<_> = out
        .chunks_exact_mut(n * c)
        .zip(x.chunks_exact(t * c))
        .flat_map(|(out, x)| {
            out.chunks_mut(PIECE_FRAMES * c)
                .enumerate()
                .map(move |(i, out)| (x, i * PIECE_FRAMES, out))
        })
        .collect();
    pieces.into_par_iter().for_each_init(
        || (vec![0.0; PIECE_FRAMES], table.scratch(c)),
        |(positions, scratch), (x, first, out)| {
            let positions = &mut positions[..out.len() / c];
            for (i, p) in positions.iter_mut().enumerate() {
                *p = position(first + i);
            }
            with_channels!(c, C => run_piece::<F, C>(&table, x, c, positions, scratch, out));
        },
    );
    Ok(())
}

/// The filter around any position between two input frames.
struct Table {
    /// `phases + 3` rows of `2 reach` weights, from one row before the first frame's position to one
    /// after the second's.
    rows: Vec<f64>,
    phases: usize,
    /// Input frames on each side, and how far the filter really reaches.
    reach: usize,
    half: f64,
}

struct Scratch {
    weights: Vec<f64>,
    sums: Vec<f64>,
}

impl Table {
    fn new(ratio: Ratio) -> Table {
        let cut_off = ratio.value.min(1.0);
        let half = filter::CROSSINGS as f64 / cut_off;
        let reach = half.ceil() as usize;
        let phases = (PHASES * cut_off).ceil().max(4.0) as usize;
        let gain = cut_off / filter::area(ratio.period);
        let mut rows = Vec::with_capacity((phases + 3) * 2 * reach);
        for row in 0..phases + 3 {
            let offset = (row as f64 - 1.0) / phases as f64;
            for i in 0..2 * reach {
                let frame = i as f64 + 1.0 - reach as f64;
                rows.push(gain * filter::shape((offset - frame) * cut_off));
            }
        }
        Table {
            rows,
            phases,
            reach,
            half,
        }
    }

    fn scratch(&self, c: usize) -> Scratch {
        Scratch {
            weights: vec![0.0; 2 * self.reach],
            sums: vec![0.0; c],
        }
    }
}

type Tables = HashMap<(u64, Option<usize>), Arc<Table>>;
static TABLES: Mutex<Option<Tables>> = Mutex::new(None);

fn table(ratio: Ratio) -> Arc<Table> {
    let lock = || {
        TABLES
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    };
    let key = (ratio.value.min(1.0).to_bits(), ratio.period);
    if let Some(found) = lock().as_ref().and_then(|tables| tables.get(&key)) {
        return Arc::clone(found);
    }
    let made = Arc::new(Table::new(ratio));
    if made.rows.len() <= MAX_KEPT_VALUES {
        let mut slot = lock();
        let tables = slot.get_or_insert_default();
        if tables.len() >= MAX_TABLES {
            tables.clear();
        }
        tables.insert(key, Arc::clone(&made));
    }
    made
}

/// One output frame for each position. `C` is the number of channels, or 0 where it is not among
/// the common ones.
#[dispatch(avx2)]
fn run_piece<F: Sample, const C: usize>(
    table: &Table,
    x: &[F],
    c: usize,
    positions: &[f64],
    scratch: &mut Scratch,
    out: &mut [F],
) {
    let c = if C == 0 { c } else { C };
    let t = x.len() / c;
    for (&position, out) in positions.iter().zip(out.chunks_exact_mut(c)) {
        if !(position >= -1.0 - TOLERANCE && position <= t as f64 + TOLERANCE) {
            out.fill(F::NAN);
            continue;
        }
        let whole = position.floor();
        let used = weigh(table, position - whole, &mut scratch.weights);
        // Input frame of the first weight.
        let first = whole as isize + 1 - table.reach as isize;
        let from = used.start.max((-first).max(0) as usize);
        let to = used.end.min((t as isize - first).max(0) as usize);
        let weights = &scratch.weights[from.min(to)..to];
        let frames = &x[(first + from.min(to) as isize) as usize * c..];
        if C == 0 {
            let sums = &mut scratch.sums[..c];
            sums.fill(0.0);
            for (weight, frame) in weights.iter().zip(frames.chunks_exact(c)) {
                for (sum, v) in sums.iter_mut().zip(frame) {
                    *sum += weight * v.to_f64();
                }
            }
            for (out, &sum) in out.iter_mut().zip(sums.iter()) {
                *out = F::from_f64(sum);
            }
        } else {
            let mut sums = [0.0; C];
            for (weight, frame) in weights.iter().zip(frames.chunks_exact(C)) {
                for l in 0..C {
                    sums[l] += weight * frame[l].to_f64();
                }
            }
            for l in 0..C {
                out[l] = F::from_f64(sums[l]);
            }
        }
    }
}

/// The weights of the frames around a position this share of a step behind one of them, by a cubic
/// through four rows of the table. Returns which of them the filter reaches.
#[inline(always)]
fn weigh(table: &Table, share: f64, weights: &mut [f64]) -> std::ops::Range<usize> {
    let n = weights.len();
    let place = share * table.phases as f64;
    let row = (place as usize).min(table.phases - 1);
    let s = place - row as f64;
    let (before, after, beyond) = (s + 1.0, s - 1.0, s - 2.0);
    let w0 = -s * after * beyond / 6.0;
    let w1 = before * after * beyond / 2.0;
    let w2 = -before * s * beyond / 2.0;
    let w3 = before * s * after / 6.0;
    let rows = &table.rows[row * n..(row + 4) * n];
    let (a, rest) = rows.split_at(n);
    let (b, rest) = rest.split_at(n);
    let (c, d) = rest.split_at(n);
    for i in 0..n {
        weights[i] = w0 * a[i] + w1 * b[i] + w2 * c[i] + w3 * d[i];
    }
    let reach = table.reach as f64;
    let from = usize::from(share + reach - 1.0 > table.half);
    let to = n - usize::from(reach - share > table.half);
    from..to
}

#[cfg(test)]
mod tests {
    use super::{Ratio, resample_at_into, resample_ratio_into};
    use crate::resample::polyphase::{output_length, resample_into};
    use proptest::prelude::{prop_assert, proptest};

    fn noise(n: usize) -> Vec<f64> {
        (0..n).map(|i| ((i * i + 3) as f64 * 0.618).sin()).collect()
    }

    fn gcd(a: usize, b: usize) -> usize {
        if b == 0 { a } else { gcd(b, a % b) }
    }

    #[test]
    fn times_far_outside_are_nan() {
        let ratio = Ratio {
            value: 1.0,
            period: None,
        };
        let time = [f64::NAN, f64::INFINITY, -3.0, -0.5, 0.0, 9.5, 10.5, 12.0];
        let mut out = [0f32; 8];
        resample_at_into(&[1f32; 10], (1, 10, 1), 1.0, 0.0, &time, ratio, &mut out).unwrap();
        let nan: Vec<bool> = out.iter().map(|v| v.is_nan()).collect();
        assert_eq!(nan, [true, true, true, false, false, false, true, true]);
    }

    #[test]
    fn bad_arguments_are_refused() {
        let (x, mut out) = ([0f32; 4], [0f32; 4]);
        for (from, to) in [
            (0.0, 1.0),
            (1.0, 0.0),
            (f64::NAN, 1.0),
            (1.0, 1e5),
            (1e5, 1.0),
        ] {
            assert!(resample_ratio_into(&x, (1, 4, 1), 4, from, to, &mut out).is_err());
        }
        assert!(resample_ratio_into(&x, (1, 4, 2), 4, 1.0, 1.1, &mut out).is_err());
        assert!(resample_ratio_into(&x, (1, 4, 1), 5, 1.0, 1.1, &mut out).is_err());
        assert!(resample_ratio_into(&x, (0, 4, 1), 5, 1.0, 1.1, &mut out).is_err());
    }

    proptest! {
        #[test]
        fn equals_the_polyphase_filter(
            t in 1usize..150, c in 1usize..9, up in 1usize..30, down in 1usize..30,
        ) {
            let divisor = gcd(up, down);
            let (up, down) = (up / divisor, down / divisor);
            let (x, n) = (noise(2 * t * c), output_length(t, up, down));
            let mut expected = vec![0.0; 2 * n * c];
            resample_into(&x, 2, t, c, up, down, &mut expected).unwrap();
            let ratio = Ratio {
                value: up as f64 / down as f64,
                period: Some(up.max(down)),
            };
            let time: Vec<f64> = (0..n).map(|i| 7.0 + (i * down) as f64 / up as f64 / 50.0).collect();
            let mut out = vec![0.0; 2 * n * c];
            resample_at_into(&x, (2, t, c), 50.0, 7.0, &time, ratio, &mut out).unwrap();
            for (a, b) in out.iter().zip(&expected) {
                prop_assert!((a - b).abs() < 1e-9, "{} {}", a, b);
            }
        }

        #[test]
        fn a_slow_wave_is_met_anywhere(at in 20f64..80.0, ratio in 0.5f64..3.0) {
            let wave = |t: f64| (0.3 * t + 1.0).sin();
            let x: Vec<f64> = (0..100).map(|i| wave(f64::from(i))).collect();
            let (mut out, ratio) = ([0.0], Ratio { value: ratio, period: None });
            resample_at_into(&x, (1, 100, 1), 1.0, 0.0, &[at], ratio, &mut out).unwrap();
            prop_assert!((out[0] - wave(at)).abs() < 2e-3);
        }
    }
}
