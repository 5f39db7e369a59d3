//! Sine and cosine in double precision from basic arithmetic alone: a design is the same on every
//! machine, whatever its mathematics library.

use std::f64::consts::PI;

/// `(sin(pi x), cos(pi x))` for `x` in -2 to 2, to 2e-16.
pub(super) fn sin_cos_pi(x: f64) -> (f64, f64) {
    // Exact: `x` and a multiple of 1/2 close to it.
    let quarters = (2.0 * x).round();
    let angle = PI * (x - quarters / 2.0);
    let square = angle * angle;
    let (mut sin, mut cos) = (1.0, 1.0);
    // From the smallest term of the power series up; the first left out is below 1e-19.
    for k in (1..=9).rev() {
        sin = 1.0 - sin * square / f64::from(2 * k * (2 * k + 1));
        cos = 1.0 - cos * square / f64::from((2 * k - 1) * 2 * k);
    }
    sin *= angle;
    match (quarters as i64).rem_euclid(4) {
        0 => (sin, cos),
        1 => (cos, -sin),
        2 => (-sin, -cos),
        _ => (-cos, sin),
    }
}

/// `tan(pi x)` for `x` above 0 and under 1/2.
pub(super) fn tan_pi(x: f64) -> f64 {
    let (sin, cos) = sin_cos_pi(x);
    sin / cos
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{prop_assert, proptest};

    #[test]
    fn multiples_of_a_quarter_turn_are_exact() {
        assert_eq!(sin_cos_pi(0.0), (0.0, 1.0));
        assert_eq!(sin_cos_pi(0.5), (1.0, 0.0));
        assert_eq!(sin_cos_pi(-0.5), (-1.0, 0.0));
        assert_eq!(sin_cos_pi(1.0), (0.0, -1.0));
    }

    proptest! {
        #[test]
        fn agrees_with_the_library(x in -2f64..2.0) {
            let (sin, cos) = sin_cos_pi(x);
            prop_assert!((sin - (PI * x).sin()).abs() < 2e-15);
            prop_assert!((cos - (PI * x).cos()).abs() < 2e-15);
        }

        #[test]
        fn the_tangent_agrees_relatively(x in 1e-12f64..0.499) {
            prop_assert!((tan_pi(x) / (PI * x).tan() - 1.0).abs() < 1e-12);
        }
    }
}
