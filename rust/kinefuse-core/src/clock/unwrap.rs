//! Counters that start again at zero.

use crate::error::{Result, bail_input};

/// Undoes the wrapping of a whole-number counter that runs from 0 to `modulus - 1`: each step is
/// taken to be the shortest one, forward or backward. Returns how often it wrapped forward.
pub fn unwrap_counter(counter: &mut [i64], modulus: i64) -> Result<usize> {
    if modulus < 2 {
        bail_input!("modulus: expected at least 2, got {modulus}");
    }
    if let Some(row) = counter.iter().position(|v| !(0..modulus).contains(v)) {
        bail_input!(
            "counter: row {row}: expected 0 to {}, got {}",
            modulus - 1,
            counter[row]
        );
    }
    let (mut turns, mut wraps) = (0i64, 0);
    let mut last = counter.first().copied().unwrap_or(0);
    for value in counter {
        let step = *value - last;
        last = *value;
        if step < -(modulus / 2) {
            turns += 1;
            wraps += 1;
        } else if step > modulus / 2 {
            turns -= 1;
        }
        let Some(whole) = turns
            .checked_mul(modulus)
            .and_then(|t| t.checked_add(*value))
        else {
            bail_input!("counter: it wrapped more often than 64 bits hold");
        };
        *value = whole;
    }
    Ok(wraps)
}

/// The same for a counter with fractions. NaN stays; the step is taken from the last number.
pub fn unwrap_real(counter: &mut [f64], modulus: f64) -> Result<usize> {
    if !(modulus.is_finite() && modulus > 0.0) {
        bail_input!("modulus: expected a finite number above 0, got {modulus}");
    }
    let outside = |v: &f64| !v.is_nan() && !(0.0..=modulus).contains(v);
    if let Some(row) = counter.iter().position(outside) {
        bail_input!(
            "counter: row {row}: expected 0 to {modulus}, got {}",
            counter[row]
        );
    }
    let (mut turns, mut wraps, mut last) = (0.0, 0, f64::NAN);
    for value in counter.iter_mut().filter(|v| !v.is_nan()) {
        let step = *value - last;
        last = *value;
        if step < -0.5 * modulus {
            turns += 1.0;
            wraps += 1;
        } else if step > 0.5 * modulus {
            turns -= 1.0;
        }
        *value += turns * modulus;
    }
    Ok(wraps)
}

#[cfg(test)]
mod tests {
    use super::{unwrap_counter, unwrap_real};
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    #[test]
    fn bad_counters() {
        assert!(unwrap_counter(&mut [0, 1], 1).is_err());
        assert!(unwrap_counter(&mut [0, 256], 256).is_err());
        assert!(unwrap_counter(&mut [-1], 256).is_err());
        assert!(unwrap_real(&mut [f64::INFINITY], 1.0).is_err());
        assert!(unwrap_real(&mut [0.5], f64::NAN).is_err());
        assert_eq!(unwrap_counter(&mut [], 2), Ok(0));
    }

    proptest! {
        #[test]
        fn wrapping_is_undone(
            steps in proptest::collection::vec(-120i64..=127, 1..200), start in 0i64..256,
        ) {
            let whole: Vec<i64> = steps.iter().scan(start, |v, s| { *v += s; Some(*v) }).collect();
            let mut counter: Vec<i64> = whole.iter().map(|v| v.rem_euclid(256)).collect();
            let mut real: Vec<f64> = counter.iter().map(|&v| v as f64).collect();
            let first = counter[0];
            unwrap_counter(&mut counter, 256).unwrap();
            unwrap_real(&mut real, 256.0).unwrap();
            for ((a, b), v) in counter.iter().zip(&real).zip(&whole) {
                prop_assert_eq!(a - first, v - whole[0]);
                prop_assert!((b - *a as f64).abs() < 1e-9);
            }
        }
    }
}
