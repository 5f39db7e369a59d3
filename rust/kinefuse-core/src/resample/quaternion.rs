//! Orientations at other times.

use std::f64::consts::PI;

use rayon::prelude::*;

use super::filter::sin_pi;
use super::{Sample, check_stamps};
use crate::error::{Result, bail_input, bail_shape};

const PIECE: usize = 1024;
/// Below this angle, in radians, an arc is a straight line.
const STRAIGHT: f64 = 1e-8;

/// Unit quaternions `out (when_s.len(), 4)` on the shortest arcs between `q (time_s.len(), 4)`, at
/// constant angular rate (slerp: Shoemake 1985), whatever the order of their parts. Of the two
/// signs of each, the one that goes on from the one before.
///
/// `time_s` is finite and increasing. NaN outside it, in steps longer than `max_gap_s`, at a NaN
/// time, and next to a quaternion that is not finite or zero.
pub fn interpolate_quaternions_into<F: Sample>(
    time_s: &[f64],
    q: &[F],
    when_s: &[f64],
    max_gap_s: f64,
    out: &mut [F],
) -> Result<()> {
    let (q, rest) = q.as_chunks::<4>();
    if !rest.is_empty() || q.len() != time_s.len() || out.len() != when_s.len() * 4 {
        bail_shape!(
            "q, out: expected ({}, 4) and ({}, 4), one for each time",
            time_s.len(),
            when_s.len()
        );
    }
    if max_gap_s.is_nan() || max_gap_s <= 0.0 {
        bail_input!("max_gap_s: expected more than 0 seconds, got {max_gap_s}");
    }
    check_stamps(time_s, true)?;
    let unit = continuous(q);
    out.par_chunks_mut(4 * PIECE)
        .zip(when_s.par_chunks(PIECE))
        .for_each(|(out, when)| {
            for (out, &when) in out.chunks_exact_mut(4).zip(when) {
                for (out, v) in out.iter_mut().zip(at(time_s, &unit, when, max_gap_s)) {
                    *out = F::from_f64(v);
                }
            }
        });
    Ok(())
}

/// Of length 1 and with continuous signs; NaN where that cannot be.
fn continuous<F: Sample>(q: &[[F; 4]]) -> Vec<[f64; 4]> {
    let mut last = [0.0; 4];
    q.iter()
        .map(|q| {
            let unit = normalized(q.map(F::to_f64));
            if unit[0].is_nan() {
                return unit;
            }
            let turned = dot(unit, last) < 0.0;
            last = if turned { unit.map(|v| -v) } else { unit };
            last
        })
        .collect()
}

fn at(time: &[f64], unit: &[[f64; 4]], when: f64, max_gap_s: f64) -> [f64; 4] {
    const NONE: [f64; 4] = [f64::NAN; 4];
    let after = time.partition_point(|&t| t <= when);
    let Some(k) = after.checked_sub(1).filter(|_| !when.is_nan()) else {
        return NONE;
    };
    if time[k] == when {
        return unit[k];
    }
    match time.get(after) {
        Some(&next) if next - time[k] <= max_gap_s => {
            slerp(unit[k], unit[after], (when - time[k]) / (next - time[k]))
        }
        _ => NONE,
    }
}

fn slerp(a: [f64; 4], b: [f64; 4], share: f64) -> [f64; 4] {
    let b = if dot(a, b) < 0.0 { b.map(|v| -v) } else { b };
    let chord: [f64; 4] = std::array::from_fn(|i| b[i] - a[i]);
    let angle = 2.0 * arcsine(0.5 * dot(chord, chord).sqrt());
    if angle.is_nan() {
        return [f64::NAN; 4];
    }
    let (wa, wb) = if angle < STRAIGHT {
        (1.0 - share, share)
    } else {
        let sine = |angle: f64| sin_pi(angle / PI);
        let whole = sine(angle);
        (
            sine((1.0 - share) * angle) / whole,
            sine(share * angle) / whole,
        )
    };
    normalized(std::array::from_fn(|i| wa * a[i] + wb * b[i]))
}

/// The angle, up to an eighth of a turn, with that sine: Newton's method on our own sine.
fn arcsine(sine: f64) -> f64 {
    let mut angle = sine * (1.0 + sine * sine / 6.0);
    for _ in 0..4 {
        let found = sin_pi(angle / PI);
        angle -= (found - sine) / (1.0 - found * found).sqrt();
    }
    angle
}

fn dot(a: [f64; 4], b: [f64; 4]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3]
}

/// NaN where there is no length, or none that is finite.
fn normalized(q: [f64; 4]) -> [f64; 4] {
    let largest = q.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
    if !q.iter().all(|v| v.is_finite()) || largest == 0.0 {
        return [f64::NAN; 4];
    }
    let q = q.map(|v| v / largest);
    let length = dot(q, q).sqrt();
    q.map(|v| v / length)
}

#[cfg(test)]
mod tests {
    use super::{arcsine, interpolate_quaternions_into};
    use proptest::prelude::{prop_assert, proptest};

    /// A turn about one axis by an angle.
    fn turn(angle: f64) -> [f64; 4] {
        let axis = [0.48, 0.6, 0.64];
        let (sin, cos) = (angle / 2.0).sin_cos();
        [cos, sin * axis[0], sin * axis[1], sin * axis[2]]
    }

    fn at(q: &[[f64; 4]], when: &[f64], max_gap_s: f64) -> Vec<[f64; 4]> {
        let time: Vec<f64> = (0..q.len()).map(|i| i as f64).collect();
        let mut out = vec![0.0; when.len() * 4];
        interpolate_quaternions_into(&time, q.as_flattened(), when, max_gap_s, &mut out).unwrap();
        out.as_chunks::<4>().0.to_vec()
    }

    #[test]
    fn arcsine_agrees_with_the_systems() {
        for i in 0..=1000 {
            let sine = f64::from(i) * 0.000_708;
            assert!((arcsine(sine) - sine.asin()).abs() < 1e-15, "{sine}");
        }
    }

    #[test]
    fn missing_gaps_and_ends() {
        let q = [turn(0.1), [0.0; 4], turn(0.3), turn(0.4), [f64::NAN; 4]];
        let when = [-0.1, 0.0, 0.5, 1.0, 2.0, 2.5, 3.0, 3.5, 4.0, 4.1, f64::NAN];
        let nan: Vec<bool> = at(&q, &when, 1.0).iter().map(|q| q[0].is_nan()).collect();
        let expected = [1, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1].map(|v| v == 1);
        assert_eq!(nan, expected);
        assert!(at(&q, &[2.5], 0.9)[0][0].is_nan(), "a gap");
    }

    #[test]
    fn bad_stamps_are_refused() {
        let (q, mut out) = ([1.0; 8], [0.0; 4]);
        for time in [[0.0, 0.0], [1.0, 0.0], [0.0, f64::NAN]] {
            assert!(interpolate_quaternions_into(&time, &q, &[0.0], 1.0, &mut out).is_err());
        }
        assert!(interpolate_quaternions_into(&[0.0], &q, &[0.0], 1.0, &mut out).is_err());
        assert!(interpolate_quaternions_into(&[0.0, 1.0], &q, &[0.0], 0.0, &mut out).is_err());
    }

    proptest! {
        #[test]
        fn a_steady_turn_goes_on(rate in -3.0f64..3.0, share in 0f64..1.0, signs in 0u8..8) {
            let q: Vec<_> = (0..3)
                .map(|k| {
                    let sign = if signs >> k & 1 == 1 { -1.0 } else { 1.0 };
                    turn(rate * f64::from(k)).map(|v| sign * v)
                })
                .collect();
            let found = at(&q, &[1.0 + share], 1.0)[0];
            let expected = turn(rate * (1.0 + share));
            let sign = if (signs & 1) == 1 { -1.0 } else { 1.0 };
            for i in 0..4 {
                prop_assert!((found[i] - sign * expected[i]).abs() < 1e-12);
            }
        }
    }
}
