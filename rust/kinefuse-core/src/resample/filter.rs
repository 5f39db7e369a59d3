//! The anti-aliasing filter of `scipy.signal.resample_poly`: a sinc under a Kaiser window.

use std::f64::consts::PI;

/// Shape of the Kaiser window.
const BETA: f64 = 5.0;
/// Zero crossings of the sinc on each side.
pub(super) const CROSSINGS: usize = 10;
/// Integral of [`shape`].
const AREA: f64 = 0.999_325_316_608_371_4;

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

/// The filter at `u` zero crossings from its middle, 1 there. Smooth beyond its end at
/// [`CROSSINGS`], where it is no longer the filter's.
pub(super) fn shape(u: f64) -> f64 {
    let sinc = if u == 0.0 { 1.0 } else { sin_pi(u) / (PI * u) };
    sinc * kaiser(u / CROSSINGS as f64)
}

/// What the taps of [`design`] with that period sum to, before the gain, for each zero crossing;
/// in the limit of ever longer periods where there is none.
pub(super) fn area(period: Option<usize>) -> f64 {
    let Some(period) = period else { return AREA };
    let half = CROSSINGS * period;
    let taps = (1..half).map(|m| sinc(m, period) * kaiser(m as f64 / half as f64));
    (1.0 + 2.0 * taps.sum::<f64>()) / period as f64
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
    sin_pi(turn as f64 / period as f64) / (PI * m as f64 / period as f64)
}

/// `sin(pi u)` by its power series: the system's differs from one CPU to another.
pub(super) fn sin_pi(u: f64) -> f64 {
    let whole = u.round();
    let x = PI * (u - whole);
    let square = x * x;
    let mut sum = 0.0;
    for k in (1..12).rev() {
        sum = (1.0 + sum) * -square / (2 * k * (2 * k + 1)) as f64;
    }
    let sine = x + x * sum;
    if whole % 2.0 == 0.0 { sine } else { -sine }
}

/// The Kaiser window at `position` in 0 (middle) to 1 (end).
fn kaiser(position: f64) -> f64 {
    bessel_i0(BETA * BETA * (1.0 - position * position)) / bessel_i0(BETA * BETA)
}

/// Modified Bessel function of the first kind, order 0, of the root of `square`, by its power
/// series.
fn bessel_i0(square: f64) -> f64 {
    let quarter = square / 4.0;
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..40 {
        term *= quarter / (k * k) as f64;
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::{area, bessel_i0, design, shape, sin_pi};

    #[test]
    fn bessel_known_values() {
        // Abramowitz and Stegun, table 9.8.
        assert!((bessel_i0(1.0) - 1.266_065_877_752_008_4).abs() < 1e-15);
        assert!((bessel_i0(25.0) / 27.239_871_823_604_442 - 1.0).abs() < 1e-15);
    }

    #[test]
    fn sine_agrees_with_the_systems() {
        for i in -4000..4000 {
            let u = f64::from(i) / 391.0;
            let turn = u - 2.0 * (u / 2.0).round();
            let expected = (std::f64::consts::PI * turn).sin();
            assert!((sin_pi(u) - expected).abs() < 2e-15, "{u}");
        }
        assert!((-20..20).all(|k| sin_pi(f64::from(k)) == 0.0));
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

    #[test]
    fn the_taps_lie_on_the_shape() {
        let (period, gain) = (41, 20.0 / 41.0 / area(Some(41)));
        for (i, tap) in design(20, 41).iter().enumerate() {
            let u = (i as f64 - 410.0) / period as f64;
            assert!((tap - gain * shape(u)).abs() < 1e-15);
        }
    }

    #[test]
    fn the_area_is_the_limit() {
        // The error of the sum falls with the square of the step.
        let extrapolated = (4.0 * area(Some(600)) - area(Some(300))) / 3.0;
        assert!((extrapolated - area(None)).abs() < 1e-13, "{extrapolated}");
    }
}
