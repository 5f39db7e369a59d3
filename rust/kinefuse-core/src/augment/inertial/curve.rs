//! Smooth curves through a few knots.

use kinefuse_dispatch::dispatch;

use crate::error::{Error, Result};

/// Most knots of a curve.
pub(super) const MAX_KNOTS: usize = 16;

/// Refuses a number of knots that no curve has.
pub(super) fn check_knots(knots: usize) -> Result<()> {
    if !(2..=MAX_KNOTS).contains(&knots) {
        return Err(Error::Config(format!(
            "knots: expected 2 to {MAX_KNOTS}, got {knots}"
        )));
    }
    Ok(())
}

/// Fills `out` with the natural cubic spline through `values`, at least 2, equally spaced from the
/// first sample to the last.
pub(super) fn draw_curve(values: &[f32], out: &mut [f32]) {
    let segments = values.len() - 1;
    let bend = second_derivatives(values);
    let last = out.len() - 1;
    if last == 0 {
        out[0] = values[0];
        return;
    }
    for k in 0..segments {
        let (y, next) = (f64::from(values[k]), f64::from(values[k + 1]));
        let (m, n) = (bend[k], bend[k + 1]);
        let cubic = [y, next - y - (2.0 * m + n) / 6.0, m / 2.0, (n - m) / 6.0].map(|c| c as f32);
        let first = (k * last).div_ceil(segments);
        let end = if k + 1 == segments {
            last + 1
        } else {
            ((k + 1) * last).div_ceil(segments)
        };
        let step = segments as f64 / last as f64;
        let start = first as f64 * step - k as f64;
        evaluate(&cubic, start as f32, step as f32, &mut out[first..end]);
    }
}

/// At the knots, a unit apart; 0 at both ends.
fn second_derivatives(y: &[f32]) -> [f64; MAX_KNOTS] {
    let mut m = [0.0; MAX_KNOTS];
    let mut ratio = [0.0; MAX_KNOTS];
    for i in 1..y.len() - 1 {
        let pivot = 4.0 - ratio[i - 1];
        let turn = f64::from(y[i - 1]) - 2.0 * f64::from(y[i]) + f64::from(y[i + 1]);
        ratio[i] = 1.0 / pivot;
        m[i] = (6.0 * turn - m[i - 1]) / pivot;
    }
    for i in (1..y.len() - 1).rev() {
        m[i] -= ratio[i] * m[i + 1];
    }
    m
}

#[dispatch(avx2)]
fn evaluate(c: &[f32; 4], start: f32, step: f32, out: &mut [f32]) {
    for (i, v) in out.iter_mut().enumerate() {
        let f = start + step * i as i32 as f32;
        *v = c[0] + f * (c[1] + f * (c[2] + f * c[3]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{prop_assert, proptest};

    #[test]
    fn two_knots_make_a_line() {
        let mut out = [0.0; 5];
        draw_curve(&[1.0, 3.0], &mut out);
        assert_eq!(out, [1.0, 1.5, 2.0, 2.5, 3.0]);
    }

    proptest! {
        #[test]
        fn the_curve_meets_its_knots_and_is_smooth(
            values in proptest::collection::vec(-3f32..3.0, 2..=MAX_KNOTS),
        ) {
            let per = 64;
            let segments = values.len() - 1;
            let mut out = vec![0.0; segments * per + 1];
            draw_curve(&values, &mut out);
            for (k, v) in values.iter().enumerate() {
                prop_assert!((out[k * per] - v).abs() < 1e-5);
            }
            let second = |i: usize| (out[i - 1] - 2.0 * out[i] + out[i + 1]) * (per * per) as f32;
            for k in 1..segments {
                let jump = second(k * per + 1) - second(k * per - 1);
                prop_assert!(jump.abs() < 4.0, "{jump}");
            }
        }
    }
}
