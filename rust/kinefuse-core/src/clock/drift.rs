//! The true rate of a clock that drifts.

use super::line;
use super::rate::{LONG_STEP, measure_moved};
use super::report::{Usable, usable};
use crate::error::{Error, Result, bail_input};

/// Steps beyond which a hole ends a run: across it, samples are not counted.
const LONG_HOLE: f64 = 50.0;
/// A run shorter than this many samples says little about the rate.
const SHORT_RUN: usize = 16;
const ROUNDS: usize = 10;
/// Jitter, as a share of a step, from which on single steps do not tell the rate.
const LATE: f64 = 0.15;
/// Rows within which stamps have caught up with a wait.
const CATCH_UP: usize = 32;

/// A clock's rate by its own stamps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrueRate {
    /// Samples a second.
    pub hz: f64,
    /// Its standard error, as a share of it.
    pub error: f64,
    /// Root mean square distance of stamps from evenly spaced samples, in seconds.
    pub residual_s: f64,
    /// Runs without a long hole that were used.
    pub runs: usize,
    /// Samples that are missing in the holes within runs.
    pub lost: u64,
}

/// The rate at which the stamps of numbered samples grow: a straight line for each run without a
/// long hole, all of one slope, fitted so that stamps far off it do not count.
///
/// Missing samples are numbered too: a hole of about three steps is two samples, unless the stamps
/// that follow make up for it.
pub fn estimate_rate(time_s: &[f64], max_gap_s: f64) -> Result<TrueRate> {
    let clock = usable(time_s, max_gap_s)?;
    let jitter = clock.rate.jitter_s * clock.rate.hz;
    let rate = if jitter > LATE {
        measure_moved(&clock.elapsed_s)
    } else {
        clock.rate
    };
    let step = 1.0 / rate.hz;
    let (runs, lost) = numbered(&clock, step);
    if runs.is_empty() {
        return Err(Error::Time {
            message: format!(
                "time_s: no run of {SHORT_RUN} samples without a hole of {LONG_HOLE} steps to \
                 tell the rate from"
            ),
            row: 0,
            time_s: clock.start_s,
        });
    }
    let fitted = common_slope(&runs, step, clock.resolution_s.max(1e-12 * step));
    if !(fitted.slope.is_finite() && fitted.slope > 0.0) {
        bail_input!("time_s: the stamps have no rate");
    }
    Ok(TrueRate {
        hz: 1.0 / fitted.slope,
        error: fitted.error / fitted.slope,
        residual_s: fitted.residual,
        runs: runs.len(),
        lost,
    })
}

/// Sample numbers and stamps of each run, both from the run's middle on, and the samples missing.
fn numbered(clock: &Usable, step: f64) -> (Vec<Vec<(f64, f64)>>, u64) {
    let time = &clock.elapsed_s;
    let mut ends: Vec<usize> = (1..time.len())
        .filter(|&i| time[i] - time[i - 1] > LONG_HOLE * step)
        .chain(clock.gaps.iter().copied())
        .chain([time.len()])
        .collect();
    ends.sort_unstable();
    ends.dedup();
    let (mut runs, mut lost, mut first) = (Vec::new(), 0, 0);
    for end in ends {
        let run = first..end;
        first = end;
        if run.len() < SHORT_RUN {
            continue;
        }
        let mut points: Vec<(f64, f64)> = Vec::with_capacity(run.len());
        let mut number = 0u64;
        for i in run.clone() {
            let row = i - run.start;
            if row > 0 {
                number += 1;
                if time[i] - time[i - 1] > LONG_STEP * step {
                    let ahead = &time[i..run.end.min(i + CATCH_UP)];
                    let behind = &points[row.saturating_sub(CATCH_UP)..];
                    let missing = missing_before(ahead, number, behind, step);
                    number += missing;
                    lost += missing;
                }
            }
            points.push((number as f64, time[i]));
        }
        let (middle, at) = points[points.len() / 2];
        points
            .iter_mut()
            .for_each(|p| *p = (p.0 - middle, p.1 - at));
        runs.push(points);
    }
    (runs, lost)
}

/// How many samples are missing before `ahead`, of which the first would be sample `number`: by how
/// many steps even the least late of them is later than the least late of those `behind`. A hole
/// that the next stamps make up for is a wait, and nothing is missing.
fn missing_before(ahead: &[f64], number: u64, behind: &[(f64, f64)], step: f64) -> u64 {
    let least = |m: f64, late: f64| m.min(late);
    let after = ahead.iter().zip(number..).map(|(t, n)| t - n as f64 * step);
    let before = behind.iter().map(|p| p.1 - p.0 * step);
    let late = after.fold(f64::INFINITY, least) - before.fold(f64::INFINITY, least);
    (late / step).round().max(0.0) as u64
}

struct Common {
    slope: f64,
    error: f64,
    residual: f64,
}

/// The slope that all runs share, each with its own level: weighted least squares, weights by
/// Tukey's biweight, until it stands.
fn common_slope(runs: &[Vec<(f64, f64)>], step: f64, floor: f64) -> Common {
    let mut slope = line::median(runs.iter().map(|r| first_slope(r, step)).collect());
    let mut found = (f64::NAN, f64::NAN);
    for _ in 0..ROUNDS {
        let levels: Vec<f64> = runs
            .iter()
            .map(|run| line::median(run.iter().map(|p| p.1 - slope * p.0).collect()))
            .collect();
        let off = |p: &(f64, f64), level: f64| p.1 - slope * p.0 - level;
        let all = || {
            runs.iter()
                .zip(&levels)
                .flat_map(|(run, &l)| run.iter().map(move |p| (p, l)))
        };
        let typical = line::median(all().map(|(p, level)| off(p, level).abs()).collect());
        let scale = 4.685 * (1.4826 * typical).max(floor);
        let (mut xx, mut xy, mut squares, mut count) = (0.0, 0.0, 0.0, 0.0);
        for (run, &level) in runs.iter().zip(&levels) {
            let weight = |p: &(f64, f64)| {
                let u = off(p, level) / scale;
                if u.abs() < 1.0 {
                    (1.0 - u * u).powi(2)
                } else {
                    0.0
                }
            };
            let sum: f64 = run.iter().map(weight).sum();
            if sum <= 0.0 {
                continue;
            }
            let x: f64 = run.iter().map(|p| weight(p) * p.0).sum::<f64>() / sum;
            let y: f64 = run.iter().map(|p| weight(p) * p.1).sum::<f64>() / sum;
            for p in run {
                let w = weight(p);
                xx += w * (p.0 - x) * (p.0 - x);
                xy += w * (p.0 - x) * (p.1 - y);
                squares += w * off(p, level) * off(p, level);
                count += w;
            }
        }
        let next = xy / xx;
        let variance = squares / (count - 1.0 - runs.len() as f64).max(1.0);
        found = ((variance / xx).sqrt(), (squares / count).sqrt());
        let settled = (next - slope).abs() <= 1e-13 * slope.abs();
        slope = next;
        if settled {
            break;
        }
    }
    Common {
        slope,
        error: found.0,
        residual: found.1,
    }
}

/// The median slope between points half a run apart.
fn first_slope(run: &[(f64, f64)], step: f64) -> f64 {
    let half = run.len() / 2;
    let slopes: Vec<f64> = (0..run.len() - half)
        .map(|i| (run[i], run[i + half]))
        .filter(|(a, b)| b.0 > a.0)
        .map(|(a, b)| (b.1 - a.1) / (b.0 - a.0))
        .collect();
    if slopes.is_empty() {
        step
    } else {
        line::median(slopes)
    }
}

#[cfg(test)]
mod tests {
    use super::estimate_rate;
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    fn hash(i: usize, seed: u64) -> f64 {
        let mut h = (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
            ^ seed.wrapping_mul(0xD6E8_FEB8_6659_FD93);
        h = (h ^ (h >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        ((h >> 11) as f64) / (1u64 << 53) as f64
    }

    #[test]
    fn millionths_in_spite_of_jitter_losses_and_gaps() {
        let (hz, seed) = (102.437, 5);
        let time: Vec<f64> = (0..60_000)
            .filter(|&i| hash(i, seed) > 0.02 && !(20_000..41_000).contains(&i))
            .map(|i| {
                let late = if hash(i, 9) > 0.99 {
                    0.05 * hash(i, 10)
                } else {
                    0.0
                };
                1.7e9 + i as f64 / hz + (hash(i, 7) - 0.5) * 0.003 + late
            })
            .collect();
        let found = estimate_rate(&time, 1.0).unwrap();
        assert!((found.hz / hz - 1.0).abs() < 2e-6, "{found:?}");
        assert_eq!(found.runs, 2);
        assert!(found.error < 2e-6 && found.residual_s < 0.01);
    }

    #[test]
    fn waits_are_not_losses() {
        let (mut time, mut free) = (Vec::new(), 0.0f64);
        for i in 0..5000 {
            let taken = i as f64 / 102.5;
            if hash(i, 1) > 0.97 {
                free = taken + 0.1 * hash(i, 2);
            }
            time.push(taken.max(free));
            free = time[i] + 1e-3;
        }
        let found = estimate_rate(&time, 1.0).unwrap();
        assert!((found.hz / 102.5 - 1.0).abs() < 1e-4, "{found:?}");
        // Two waits within a block, or one at the end, cannot be told from losses.
        assert!(found.lost < 20, "{found:?}");
    }

    #[test]
    fn packets_are_counted_by_rows() {
        let time: Vec<f64> = (0..9990)
            .map(|i| f64::from((i / 10 + 1) * 10 - 1) / 63.97)
            .collect();
        let found = estimate_rate(&time, 1.0).unwrap();
        assert!((found.hz / 63.97 - 1.0).abs() < 1e-7, "{found:?}");
        assert_eq!(found.lost, 0);
    }

    #[test]
    fn runs_too_short_to_tell() {
        let time: Vec<f64> = (0..40).map(|i| f64::from(i / 4 * 100 + i % 4)).collect();
        assert!(estimate_rate(&time, 10.0).is_err());
    }

    proptest! {
        #[test]
        fn an_even_clock_is_measured_exactly(hz in 0.5f64..5000.0, n in 20usize..3000) {
            let time: Vec<f64> = (0..n).map(|i| i as f64 / hz).collect();
            let found = estimate_rate(&time, f64::INFINITY).unwrap();
            prop_assert!((found.hz / hz - 1.0).abs() < 1e-11);
            prop_assert_eq!(found.lost, 0);
        }
    }
}
