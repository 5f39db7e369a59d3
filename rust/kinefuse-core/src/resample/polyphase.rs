//! A rational change of rate, anti-aliased: what `scipy.signal.resample_poly` computes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use rayon::prelude::*;

use super::Sample;
use super::filter;
use super::tile::{Kernel, Term};
use crate::error::{Result, bail_input, bail_shape};

/// The largest `up` or `down` in lowest terms: a filter of 200,001 taps.
pub const MAX_FACTOR: usize = 10_000;
/// Filters kept before the cache starts afresh.
const MAX_PLANS: usize = 64;
/// Output values of one piece of a long signal, and fewest that are worth another thread.
const PIECE_VALUES: usize = 1 << 15;
const SHARE_VALUES: usize = 1 << 13;

/// Frames out of `t` frames in: `ceil(t up / down)`.
pub fn output_length(t: usize, up: usize, down: usize) -> usize {
    (t as u128 * up as u128).div_ceil(down as u128) as usize
}

/// Resamples `items` signals `x (items, t, c)` to `out (items, output_length, c)`, by `up / down`.
/// Output frame `i` lies at the time of input frame `i down / up`; beyond its ends the signal counts
/// as zero. Sums are in the type of the sample.
///
/// A NaN makes NaN of the outputs in which it has a weight other than zero: those within
/// `10 max(1, down / up)` input frames, less those that meet it at a zero of the filter.
pub fn resample_into<F: Sample>(
    x: &[F],
    items: usize,
    t: usize,
    c: usize,
    up: usize,
    down: usize,
    out: &mut [F],
) -> Result<()> {
    run::<F, F>(x, items, t, c, up, down, out)
}

/// The same with sums in double precision, rounded once at the end.
pub fn resample_precise_into<F: Sample>(
    x: &[F],
    items: usize,
    t: usize,
    c: usize,
    up: usize,
    down: usize,
    out: &mut [F],
) -> Result<()> {
    run::<F, f64>(x, items, t, c, up, down, out)
}

/// Sums in `A`.
fn run<F: Sample, A: Sample>(
    x: &[F],
    items: usize,
    t: usize,
    c: usize,
    up: usize,
    down: usize,
    out: &mut [F],
) -> Result<()> {
    if items == 0 || t == 0 || c == 0 {
        bail_shape!("x: expected at least one sample of one channel, got ({items}, {t}, {c})");
    }
    if up == 0 || down == 0 {
        bail_input!("up, down: expected at least 1, got {up} and {down}");
    }
    let divisor = gcd(up, down);
    let (up, down) = (up / divisor, down / divisor);
    if up.max(down) > MAX_FACTOR {
        bail_input!("up / down: expected terms up to {MAX_FACTOR}, got {up} / {down}");
    }
    let n = output_length(t, up, down);
    if [items, t, c]
        .iter()
        .try_fold(1, |a: usize, &b| a.checked_mul(b))
        != Some(x.len())
    {
        bail_shape!("x: expected {items} x {t} x {c} values, got {}", x.len());
    }
    if [items, n, c]
        .iter()
        .try_fold(1, |a: usize, &b| a.checked_mul(b))
        != Some(out.len())
    {
        bail_shape!(
            "out: expected {items} x {n} x {c} values, got {}",
            out.len()
        );
    }
    if up == down {
        out.copy_from_slice(x);
        return Ok(());
    }

    let kernel: Kernel<A> = kernel(up, down, c);
    // Pieces begin at tiles, so that nothing depends on the number of threads.
    let tiles = (PIECE_VALUES / (kernel.tile_frames() * c)).max(1);
    let frames = tiles * kernel.tile_frames();
    let pieces: Vec<_> = out
        .chunks_exact_mut(n * c)
        .zip(x.chunks_exact(t * c))
        .flat_map(|(out, x)| {
            out.chunks_mut(frames * c)
                .enumerate()
                .map(move |(i, out)| (x, i * frames / up, out))
        })
        .collect();
    let smallest_share = (SHARE_VALUES / (frames.min(n) * c)).max(1);
    pieces
        .into_par_iter()
        .with_min_len(smallest_share)
        .for_each_init(
            || kernel.scratch(),
            |scratch, (x, first, out)| kernel.run(x, first, out, scratch),
        );
    Ok(())
}

/// The filter for `up / down` (in lowest terms, not 1), laid out for `c` channels.
pub(super) fn kernel<A: Sample>(up: usize, down: usize, c: usize) -> Kernel<A> {
    Kernel::new(&phases(up, down), down, c)
}

pub(crate) type Phases = Arc<Vec<Vec<Term>>>;
static PLANS: Mutex<Option<HashMap<(usize, usize), Phases>>> = Mutex::new(None);

/// The terms of each output phase, designed once.
pub(crate) fn phases(up: usize, down: usize) -> Phases {
    let lock = || {
        PLANS
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    };
    if let Some(found) = lock().as_ref().and_then(|plans| plans.get(&(up, down))) {
        return Arc::clone(found);
    }
    let made = Arc::new(make_phases(up, down));
    let mut slot = lock();
    let plans = slot.get_or_insert_default();
    if plans.len() >= MAX_PLANS {
        plans.clear();
    }
    plans.insert((up, down), Arc::clone(&made));
    made
}

fn make_phases(up: usize, down: usize) -> Vec<Vec<Term>> {
    let taps = filter::design(up, down);
    let half = filter::half_length(up, down) as isize;
    let (up, down) = (up as isize, down as isize);
    (0..up)
        .map(|r| {
            // The term of input frame k (from the period's start) has tap `middle - k up`.
            let middle = r * down + half;
            let first = -((2 * half - middle).div_euclid(up));
            (first..=middle.div_euclid(up))
                .map(|k| Term {
                    stream: k.rem_euclid(down) as usize,
                    shift: k.div_euclid(down),
                    weight: taps[(middle - k * up) as usize],
                })
                .filter(|term| term.weight != 0.0)
                .collect()
        })
        .collect()
}

pub(super) fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::{filter, gcd, output_length, resample_into, resample_precise_into};
    use proptest::prelude::{prop_assert, prop_assert_eq, prop_assume, proptest};

    fn resampled(x: &[f64], items: usize, t: usize, c: usize, up: usize, down: usize) -> Vec<f64> {
        let mut out = vec![f64::NAN; items * output_length(t, up, down) * c];
        resample_into(x, items, t, c, up, down, &mut out).unwrap();
        out
    }

    /// Zeros between the samples, the filter, every `down`-th kept: the definition.
    fn naive(x: &[f64], t: usize, c: usize, up: usize, down: usize) -> Vec<f64> {
        let divisor = gcd(up, down);
        let (up, down) = (up / divisor, down / divisor);
        if up == down {
            return x.to_vec();
        }
        let taps = filter::design(up, down);
        let half = filter::half_length(up, down);
        let mut out = Vec::new();
        for i in 0..output_length(t, up, down) {
            for channel in 0..c {
                let terms = (0..t).filter_map(|k| {
                    let tap = taps.get((i * down + half).checked_sub(k * up)?)?;
                    Some(tap * x[k * c + channel])
                });
                out.push(terms.sum());
            }
        }
        out
    }

    fn noise(n: usize, seed: usize) -> Vec<f64> {
        (0..n)
            .map(|i| ((i * i + seed) as f64 * 0.618).sin())
            .collect()
    }

    #[test]
    fn bad_arguments_are_refused() {
        let mut out = [0f32; 2];
        assert!(resample_into(&[], 1, 0, 1, 1, 2, &mut out).is_err());
        assert!(resample_into(&[1.0; 4], 1, 4, 1, 0, 2, &mut out).is_err());
        assert!(resample_into(&[1.0; 4], 1, 4, 1, 10_001, 10_000, &mut out).is_err());
        assert!(resample_into(&[1.0; 4], 1, 5, 1, 1, 2, &mut out).is_err());
        assert!(resample_into(&[1.0; 4], 1, 4, 1, 1, 3, &mut [0.0; 3]).is_err());
        assert!(resample_into(&[1.0; 4], 1, 4, 1, 1, 2, &mut out).is_ok());
    }

    /// Long enough for several pieces, so that their seams are seen.
    #[test]
    fn long_signals_agree_with_the_definition() {
        for (up, down, c) in [(1, 2, 6), (2, 1, 3), (3, 10, 1), (20, 41, 7)] {
            let t = 40_000 / c;
            let x = noise(t * c, 5);
            let fast = resampled(&x, 1, t, c, up, down);
            // The definition takes t^2: try windows of it all along.
            for start in (0..t - 400).step_by(1311) {
                let start = start / down * down;
                let part = naive(&x[start * c..(start + 400) * c], 400, c, up, down);
                let middle = part.len() / c / 2;
                let at = (start / down * up + middle) * c;
                for i in 0..c {
                    assert!((fast[at + i] - part[middle * c + i]).abs() < 1e-13, "{at}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(
            t in 1usize..150, c in 1usize..9, items in 1usize..4,
            up in 1usize..12, down in 1usize..12, seed in 0usize..100,
        ) {
            let x = noise(items * t * c, seed);
            let fast = resampled(&x, items, t, c, up, down);
            let slow: Vec<f64> =
                x.chunks(t * c).flat_map(|item| naive(item, t, c, up, down)).collect();
            prop_assert_eq!(fast.len(), slow.len());
            for (a, b) in fast.iter().zip(&slow) {
                prop_assert!((a - b).abs() < 1e-13, "{} {}", a, b);
            }
            let mut single = vec![0f32; fast.len()];
            let x32: Vec<f32> = x.iter().map(|&v| v as f32).collect();
            resample_into(&x32, items, t, c, up, down, &mut single).unwrap();
            for (a, b) in single.iter().zip(&slow) {
                prop_assert!((f64::from(*a) - b).abs() < 1e-6, "{} {}", a, b);
            }
            let doubled: Vec<f64> = x32.iter().map(|&v| f64::from(v)).collect();
            resample_precise_into(&x32, items, t, c, up, down, &mut single).unwrap();
            for (a, b) in single.iter().zip(resampled(&doubled, items, t, c, up, down)) {
                prop_assert_eq!(*a, b as f32);
            }
        }

        #[test]
        fn is_linear(t in 1usize..100, up in 1usize..6, down in 1usize..6, factor in -3f64..3.0) {
            let (a, b) = (noise(t, 1), noise(t, 2));
            let both: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a + factor * b).collect();
            let (a, b) = (resampled(&a, 1, t, 1, up, down), resampled(&b, 1, t, 1, up, down));
            for ((v, a), b) in resampled(&both, 1, t, 1, up, down).iter().zip(a).zip(b) {
                prop_assert!((v - (a + factor * b)).abs() < 1e-12);
            }
        }

        #[test]
        fn a_nan_reaches_where_its_weight_is_not_zero(
            t in 1usize..120, up in 1usize..6, down in 1usize..6, at in 0usize..120,
        ) {
            prop_assume!(at < t);
            let mut impulse = vec![0.0; t];
            impulse[at] = 1.0;
            let reached = resampled(&impulse, 1, t, 1, up, down);
            impulse[at] = f64::NAN;
            for (nan, weight) in resampled(&impulse, 1, t, 1, up, down).iter().zip(reached) {
                prop_assert_eq!(nan.is_nan(), weight != 0.0);
            }
        }
    }
}
