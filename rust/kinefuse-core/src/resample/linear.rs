//! To a fixed number of samples by straight lines.

use super::{Sample, check_lengths};
use crate::error::Result;

/// Stretches `x (t, c)` to `out (n, c)` by linear interpolation, first and last frame kept: output
/// `i` lies at position `i (t - 1) / (n - 1)` of the input. One output frame is the first input
/// frame.
///
/// A NaN makes NaN of the outputs between it and its neighbours, and of no other.
pub fn linear_to_length_into<F: Sample>(
    x: &[F],
    t: usize,
    c: usize,
    n: usize,
    out: &mut [F],
) -> Result<()> {
    check_lengths(x, t, c, n, out)?;
    let (span, steps) = ((t - 1) as f64, (n - 1).max(1) as f64);
    for (i, row) in out.chunks_exact_mut(c).enumerate() {
        let position = i as f64 * span / steps;
        let k = position as usize;
        lerp_frame(x, c, k, F::from_f64(position - k as f64), row);
    }
    Ok(())
}

/// The frame at `k + weight`. A weight of 0 takes frame `k` and does not touch the next.
#[inline(always)]
pub(super) fn lerp_frame<F: Sample>(x: &[F], c: usize, k: usize, weight: F, row: &mut [F]) {
    let a = &x[k * c..(k + 1) * c];
    if weight == F::ZERO {
        row.copy_from_slice(a);
        return;
    }
    let b = &x[(k + 1) * c..(k + 2) * c];
    for ((v, &a), &b) in row.iter_mut().zip(a).zip(b) {
        *v = a + weight * (b - a);
    }
}

#[cfg(test)]
mod tests {
    use super::linear_to_length_into;
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    fn stretched(x: &[f32], t: usize, c: usize, n: usize) -> Vec<f32> {
        let mut out = vec![0.0; n * c];
        linear_to_length_into(x, t, c, n, &mut out).unwrap();
        out
    }

    #[test]
    fn known_values() {
        let x = [0.0, 10.0, 1.0, 20.0, 2.0, 0.0];
        let expected = [0.0, 10.0, 0.5, 15.0, 1.0, 20.0, 1.5, 10.0, 2.0, 0.0];
        assert_eq!(stretched(&x, 3, 2, 5), expected);
        assert_eq!(stretched(&x, 3, 2, 1), [0.0, 10.0]);
        assert_eq!(
            stretched(&x[..2], 1, 2, 3),
            [0.0, 10.0, 0.0, 10.0, 0.0, 10.0]
        );
    }

    #[test]
    fn nan_stays_between_its_neighbours() {
        let out = stretched(&[0.0, f32::NAN, 2.0, 3.0], 4, 1, 7);
        let nan: Vec<bool> = out.iter().map(|v| v.is_nan()).collect();
        assert_eq!(nan, [false, true, true, true, false, false, false]);
    }

    #[test]
    fn wrong_dimensions_are_refused() {
        let mut out = [0f32; 4];
        assert!(linear_to_length_into(&[], 0, 1, 4, &mut out).is_err());
        assert!(linear_to_length_into(&[1.0, 2.0], 3, 1, 4, &mut out).is_err());
        assert!(linear_to_length_into(&[1.0, 2.0], 2, 1, 5, &mut out).is_err());
        assert!(linear_to_length_into(&[1.0, 2.0], 2, 1, 0, &mut out).is_err());
    }

    proptest! {
        #[test]
        fn a_line_stays_a_line(t in 2usize..80, n in 2usize..80, slope in -3f64..3.0) {
            let x: Vec<f64> = (0..t).map(|i| slope * i as f64 / (t - 1) as f64).collect();
            let mut out = vec![0.0; n];
            linear_to_length_into(&x, t, 1, n, &mut out).unwrap();
            for (i, v) in out.iter().enumerate() {
                prop_assert!((v - slope * i as f64 / (n - 1) as f64).abs() < 1e-12);
            }
            prop_assert_eq!(out[n - 1], x[t - 1]);
        }

        #[test]
        fn the_same_length_is_a_copy(t in 1usize..80, c in 1usize..5) {
            let x: Vec<f32> = (0..t * c).map(|i| (i as f32).sin()).collect();
            prop_assert_eq!(stretched(&x, t, c, t), x);
        }
    }
}
