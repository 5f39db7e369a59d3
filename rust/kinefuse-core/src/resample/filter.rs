//! The anti-aliasing filter of `scipy.signal.resample_poly`: a sinc under a Kaiser window.

use std::f64::consts::PI;

/// Shape of the Kaiser window.
const BETA: f64 = 5.0;
/// Zero crossings of the sinc on each side.
const CROSSINGS: usize = 10;

/// Samples on each side of the middle tap, at the rate `up` times the input's.
pub(crate) fn half_length(up: usize, down: usize) -> usize {
    CROSSINGS * up.max(down)
}

/// The `2 half_length + 1` taps for a change of rate by `up / down` in lowest terms: cut-off at the
/// lower of the two Nyquist frequencies, gain `up` at frequency 0. Zero crossings are exact zeros.
pub(super) fn design(up: usize, down: usize) -> Vec<f64> {
    let period = up.max(down);
    let half = half_length(up, down);
    let mut taps: Vec<f64> = (0..=2 * half)
        .map(|i| {
            let m = i.abs_diff(half);
            sinc(m, period) * kaiser(m as f64 / half as f64)
        })
        .collect();
    let gain = up as f64 / taps.iter().sum::<f64>();
    taps.iter_mut().for_each(|tap| *tap *= gain);
    taps
}

/// `sin(pi m / period) / (pi m / period)`.
fn sinc(m: usize, period: usize) -> f64 {
    if m == 0 {
        return 1.0;
    }
    let turn = m % (2 * period);
    if turn.is_multiple_of(period) {
        return 0.0;
    }
    (PI * turn as f64 / period as f64).sin() / (PI * m as f64 / period as f64)
}

/// The Kaiser window at `position` in 0 (middle) to 1 (end).
fn kaiser(position: f64) -> f64 {
    bessel_i0(BETA * (1.0 - position * position).max(0.0).sqrt()) / bessel_i0(BETA)
}

/// Modified Bessel function of the first kind, order 0, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..60 {
        term *= quarter / (k * k) as f64;
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::{bessel_i0, design};

    #[test]
    fn bessel_known_values() {
        // Abramowitz and Stegun, table 9.8.
        assert!((bessel_i0(1.0) - 1.266_065_877_752_008_4).abs() < 1e-15);
        assert!((bessel_i0(5.0) / 27.239_871_823_604_442 - 1.0).abs() < 1e-15);
    }

    #[test]
    fn taps_are_symmetric_with_gain_up() {
        for (up, down) in [(1, 2), (2, 1), (3, 10), (20, 41), (147, 160)] {
            let taps = design(up, down);
            assert_eq!(taps.len(), 20 * up.max(down) + 1);
            assert!((taps.iter().sum::<f64>() - up as f64).abs() < 1e-12 * up as f64);
            assert!(taps.iter().eq(taps.iter().rev()));
            assert_eq!(taps.iter().filter(|&&tap| tap == 0.0).count(), 20);
        }
    }
}
