//! The rate of an irregular clock.

use super::usable;
use crate::error::Result;

/// A step longer than this times the typical one has samples missing in it.
pub(super) const LONG_STEP: f64 = 1.5;
/// About as many steps give the median.
const MEDIAN_STEPS: usize = 1 << 14;

/// What a clock's steps say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Samples a second where none is missing.
    pub hz: f64,
    /// Root mean square deviation of a step from the typical one, in seconds.
    pub jitter_s: f64,
}

/// The rate of the stamps `time_s` after [`super::repair`].
pub fn infer_rate(time_s: &[f64]) -> Result<Rate> {
    Ok(usable(time_s, f64::INFINITY)?.rate)
}

/// The rate of at least two increasing stamps: the mean of the steps that are within half of the
/// median. The median alone is coarse where stamps are rounded (33 and 34 ms at 30 Hz); the mean of
/// all would count missing samples. It only tells the two apart, so some of the steps are enough.
pub(super) fn measure(increasing: &[f64]) -> Rate {
    let median = typical_step(increasing);
    let steps = || increasing.windows(2).map(|w| w[1] - w[0]);
    let (low, high) = (0.5 * median, LONG_STEP * median);
    // Sums of deviations from the median keep their digits where jitter is small.
    let (mut count, mut sum, mut squares) = (0.0, 0.0, 0.0);
    for step in steps() {
        if step >= low && step <= high {
            let deviation = step - median;
            count += 1.0;
            sum += deviation;
            squares += deviation * deviation;
        }
    }
    let offset = sum / count;
    Rate {
        hz: 1.0 / (median + offset),
        jitter_s: (squares / count - offset * offset).max(0.0).sqrt(),
    }
}

/// The median of some of the steps of at least two stamps.
pub(super) fn typical_step(time_s: &[f64]) -> f64 {
    let stride = (time_s.len() / MEDIAN_STEPS).max(1);
    let steps = time_s.windows(2).step_by(stride).map(|w| w[1] - w[0]);
    let mut some: Vec<f64> = steps.collect();
    let middle = some.len() / 2;
    *some.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// The rate where stamps were spread over packets' times: the median, over spans of many samples,
/// of time by samples. Single steps say little there; a span holds whole packets, and most hold no
/// gap.
pub(super) fn measure_moved(increasing: &[f64]) -> Rate {
    let n = increasing.len();
    let lag = (n / 4).clamp(1, 256);
    let stride = (n / MEDIAN_STEPS).max(1);
    let mut spans: Vec<f64> = (0..n - lag)
        .step_by(stride)
        .map(|i| (increasing[i + lag] - increasing[i]) / lag as f64)
        .collect();
    let middle = spans.len() / 2;
    let step = *spans.select_nth_unstable_by(middle, f64::total_cmp).1;
    let usual = increasing.windows(2).map(|w| w[1] - w[0]);
    let (mut count, mut squares) = (0.0, 0.0);
    for deviation in usual.filter(|s| *s <= LONG_STEP * step).map(|s| s - step) {
        count += 1.0;
        squares += deviation * deviation;
    }
    Rate {
        hz: 1.0 / step,
        jitter_s: (squares / f64::max(count, 1.0)).sqrt(),
    }
}

#[cfg(test)]
mod tests {
    use super::infer_rate;
    use proptest::prelude::{prop_assert, proptest};

    #[test]
    fn rounded_stamps_with_losses() {
        let time: Vec<f64> = (0..900)
            .filter(|i| i % 7 != 0)
            .map(|i| (f64::from(i) / 30.0 * 1000.0).round() / 1000.0)
            .collect();
        let rate = infer_rate(&time).unwrap();
        assert!((rate.hz - 30.0).abs() < 0.02, "{}", rate.hz);
        assert!(rate.jitter_s < 6e-4);
    }

    proptest! {
        #[test]
        fn a_regular_clock(hz in 0.1f64..2000.0, n in 2usize..300, start in -1e3f64..1e3) {
            let time: Vec<f64> = (0..n).map(|i| start + i as f64 / hz).collect();
            let rate = infer_rate(&time).unwrap();
            prop_assert!((rate.hz / hz - 1.0).abs() < 1e-6 * hz.max(1.0));
            prop_assert!(rate.jitter_s < 1e-12);
        }
    }
}
