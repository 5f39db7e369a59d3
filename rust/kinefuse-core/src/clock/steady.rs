//! A clock that needs no repair, found out in one pass.

use kinefuse_dispatch::dispatch;

use super::rate::{LONG_STEP, Rate, typical_step};

/// Steps that are looked at together.
const BLOCK: usize = 16;
const LANES: usize = 8;
/// A step of so many typical ones may be a hole.
const MAYBE_LONG: f64 = 0.985 * LONG_STEP;

/// What one pass over finite, increasing stamps tells.
pub(super) struct Steady {
    /// The stamps in seconds after the first.
    pub(super) elapsed_s: Vec<f64>,
    pub(super) rate: Rate,
    /// The stamps before which a step may be a hole or a gap.
    pub(super) after_long: Vec<usize>,
}

/// `None` where a stamp is not finite or does not increase, there are fewer than two, or the typical
/// step says too little of the mean to tell holes by it.
pub(super) fn steady(time_s: &[f64], max_gap_s: f64) -> Option<Steady> {
    let (&start_s, &end_s) = (time_s.first()?, time_s.last()?);
    if time_s.len() < 2 || !(start_s.is_finite() && end_s.is_finite()) {
        return None;
    }
    let mut pass = Pass {
        median: typical_step(time_s),
        low: 0.0,
        high: 0.0,
        long: 0.0,
        elapsed_s: Vec::with_capacity(time_s.len()),
        after_long: Vec::new(),
        count: [0.0; LANES],
        sum: [0.0; LANES],
        squares: [0.0; LANES],
        increases: true,
        last_s: 0.0,
    };
    (pass.low, pass.high) = (0.5 * pass.median, LONG_STEP * pass.median);
    pass.long = max_gap_s.min(MAYBE_LONG * pass.median);
    run(time_s, &mut pass);
    if !pass.increases {
        return None;
    }
    let total = |lanes: &[f64; LANES]| lanes.iter().sum::<f64>();
    let count = total(&pass.count);
    let offset = total(&pass.sum) / count;
    let step = pass.median + offset;
    if step * LONG_STEP < pass.median * MAYBE_LONG {
        return None;
    }
    Some(Steady {
        elapsed_s: pass.elapsed_s,
        rate: Rate {
            hz: 1.0 / step,
            jitter_s: (total(&pass.squares) / count - offset * offset)
                .max(0.0)
                .sqrt(),
        },
        after_long: pass.after_long,
    })
}

struct Pass {
    median: f64,
    low: f64,
    high: f64,
    /// A longer step is remembered.
    long: f64,
    elapsed_s: Vec<f64>,
    after_long: Vec<usize>,
    count: [f64; LANES],
    sum: [f64; LANES],
    squares: [f64; LANES],
    increases: bool,
    last_s: f64,
}

#[dispatch(avx2)]
fn run(time_s: &[f64], pass: &mut Pass) {
    let start_s = time_s[0];
    pass.elapsed_s.push(0.0);
    let mut first = 1;
    while first < time_s.len() && pass.increases {
        let end = (first + BLOCK).min(time_s.len());
        // The last of those before, then these: steps are those between the elapsed times, because
        // stamps that differ may not do so any more when the first is taken from them.
        let mut since = [pass.last_s; BLOCK + 1];
        for (since, now) in since[1..].iter_mut().zip(&time_s[first..end]) {
            *since = now - start_s;
        }
        // Past the end, a typical step: it adds nothing but to the count, which is corrected.
        let mut steps = [pass.median; BLOCK];
        for l in 0..end - first {
            steps[l] = since[l + 1] - since[l];
        }
        pass.last_s = since[end - first];
        pass.elapsed_s.extend_from_slice(&since[1..=end - first]);
        let (mut least, mut most) = ([f64::INFINITY; LANES], [0.0f64; LANES]);
        for steps in steps.as_chunks::<LANES>().0 {
            for l in 0..LANES {
                let step = steps[l];
                // A NaN is neither.
                let usual = if step >= pass.low && step <= pass.high {
                    1.0
                } else {
                    0.0
                };
                let deviation = if usual == 1.0 {
                    step - pass.median
                } else {
                    0.0
                };
                pass.count[l] += usual;
                pass.sum[l] += deviation;
                pass.squares[l] += deviation * deviation;
                least[l] = if step > 0.0 { least[l].min(step) } else { -1.0 };
                most[l] = most[l].max(step);
            }
        }
        pass.count[0] -= (BLOCK - (end - first)) as f64;
        pass.increases = least.iter().all(|&v| v > 0.0);
        if most.iter().any(|&v| v > pass.long) {
            let long = (0..end - first).filter(|&l| steps[l] > pass.long);
            pass.after_long.extend(long.map(|l| first + l));
        }
        first = end;
    }
}

#[cfg(test)]
mod tests {
    use super::steady;
    use crate::clock::rate::measure;
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    #[test]
    fn what_needs_repair_is_seen() {
        let good: Vec<f64> = (0..100).map(f64::from).collect();
        assert!(steady(&good, 9.0).is_some());
        assert!(steady(&good[..1], 9.0).is_none());
        assert!(steady(&[], 9.0).is_none());
        for row in [0, 1, 16, 17, 50, 98, 99] {
            for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                let mut time = good.clone();
                time[row] = bad;
                assert!(steady(&time, 9.0).is_none(), "{row} {bad}");
            }
            if row > 0 {
                let mut time = good.clone();
                time[row] = time[row - 1];
                assert!(steady(&time, 9.0).is_none(), "{row}");
            }
        }
    }

    proptest! {
        #[test]
        fn tells_what_several_passes_tell(
            steps in proptest::collection::vec(0.001f64..0.1, 1..200),
            start in -1e6f64..1e6,
            max_gap_s in 0.01f64..0.2,
        ) {
            let later = steps.iter().scan(start, |t, step| {
                *t += step;
                Some(*t)
            });
            let time: Vec<f64> = std::iter::once(start).chain(later).collect();
            let Some(found) = steady(&time, max_gap_s) else { return Ok(()) };
            let elapsed: Vec<f64> = time.iter().map(|t| t - start).collect();
            let rate = measure(&elapsed);
            prop_assert_eq!(&found.elapsed_s, &elapsed);
            prop_assert!((found.rate.hz / rate.hz - 1.0).abs() < 1e-6);
            prop_assert!((found.rate.jitter_s - rate.jitter_s).abs() < 1e-7);
            for i in 1..time.len() {
                let step = elapsed[i] - elapsed[i - 1];
                let matters = step > max_gap_s + 1e-9 || step > 1.5 / rate.hz + 1e-9;
                prop_assert!(!matters || found.after_long.contains(&i));
            }
        }
    }
}
