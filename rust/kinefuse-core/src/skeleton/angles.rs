//! Joint angles: how far a limb is bent.

use kinefuse_dispatch::dispatch;
use rayon::prelude::*;

use super::place::Real;
use crate::error::{Result, bail_input, bail_shape};

/// Frames that a thread takes at a time.
const FRAMES: usize = 256;
/// Angles computed at a time.
const LANES: usize = 16;

/// Computes the angles of frames `(T, J, D)`, D = 2 or 3, in degrees from 0 to 180: for each
/// `[a, b, c]` the one at joint `b` between the lines to `a` and to `c`. `out` is
/// `(T, triples.len())`. An angle is NaN if one of its joints is not finite or two are in one place.
pub fn angles_into<F: Real>(
    x: &[F],
    joints: usize,
    dims: usize,
    triples: &[[usize; 3]],
    out: &mut [F],
) -> Result<()> {
    if !(2..=3).contains(&dims) || joints == 0 || triples.is_empty() {
        bail_shape!(
            "skeleton: expected 2 or 3 coordinates, joints and angles, got {dims}, {joints} and {}",
            triples.len()
        );
    }
    let len = joints.saturating_mul(dims);
    if !x.len().is_multiple_of(len) || x.len() / len * triples.len() != out.len() {
        bail_shape!(
            "skeleton: expected frames of {joints} joints in and {} angles out, got {} values in \
             and {} out",
            triples.len(),
            x.len(),
            out.len()
        );
    }
    if let Some(j) = triples.iter().flatten().find(|&&j| j >= joints) {
        bail_input!("skeleton: joint {j} does not exist, there are {joints}");
    }
    let width = triples.len();
    x.par_chunks(len * FRAMES)
        .zip(out.par_chunks_mut(width * FRAMES))
        .for_each(|(x, out)| {
            for (frame, out) in x.chunks_exact(len).zip(out.chunks_exact_mut(width)) {
                for (triples, out) in triples.chunks(LANES).zip(out.chunks_mut(LANES)) {
                    let mut angles = [0.0; LANES];
                    between(&limbs(frame, dims, triples), &mut angles);
                    for (out, angle) in out.iter_mut().zip(angles) {
                        *out = F::from_f64(angle);
                    }
                }
            }
        });
    Ok(())
}

/// The lines from `b` to `a` and from `b` to `c`, coordinates first.
fn limbs<F: Real>(frame: &[F], dims: usize, triples: &[[usize; 3]]) -> [[[f64; LANES]; 3]; 2] {
    let mut lines = [[[0.0; LANES]; 3]; 2];
    for (l, &[a, b, c]) in triples.iter().enumerate() {
        for d in 0..dims {
            let at = frame[b * dims + d].to_f64();
            lines[0][d][l] = frame[a * dims + d].to_f64() - at;
            lines[1][d][l] = frame[c * dims + d].to_f64() - at;
        }
    }
    lines
}

/// `atan2(|u × v|, u · v)`, which is exact where the arc cosine is not, near 0 and 180 degrees.
#[dispatch(avx2)]
fn between(lines: &[[[f64; LANES]; 3]; 2], out: &mut [f64; LANES]) {
    let [u, v] = lines;
    for l in 0..LANES {
        let x = u[1][l] * v[2][l] - u[2][l] * v[1][l];
        let y = u[2][l] * v[0][l] - u[0][l] * v[2][l];
        let z = u[0][l] * v[1][l] - u[1][l] * v[0][l];
        let across = (x * x + y * y + z * z).sqrt();
        let along = u[0][l] * v[0][l] + u[1][l] * v[1][l] + u[2][l] * v[2][l];
        out[l] = angle(across, along).to_degrees();
    }
}

/// `atan2(y, x)` for `y >= 0`, by the arc tangent of Cephes (Moshier, 1989). Not the system's, which
/// differs from machine to machine.
#[inline(always)]
fn angle(y: f64, x: f64) -> f64 {
    use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};
    let (long, short) = (x.abs().max(y), x.abs().min(y));
    // `max` and `min` pass over a NaN; their difference with the operands does not.
    let ratio = short / long + 0.0 * (x + y);
    // Beyond tan(pi/8) the angle from the diagonal is the smaller one.
    let beyond = ratio > 0.414_213_562_373_095_03;
    let t = if beyond {
        (ratio - 1.0) / (ratio + 1.0)
    } else {
        ratio
    };
    let z = t * t;
    let p = (((-8.750_608_600_031_904e-1 * z - 1.615_753_718_733_365e1) * z
        - 7.500_855_792_314_705e1)
        * z
        - 1.228_866_684_490_136_1e2)
        * z
        - 6.485_021_904_942_025e1;
    let q = ((((z + 2.485_846_490_142_306_4e1) * z + 1.650_270_098_316_988_6e2) * z
        + 4.328_810_604_912_902_5e2)
        * z
        + 4.853_903_996_359_137e2)
        * z
        + 1.945_506_571_482_614e2;
    let arc = t + t * z * (p / q) + if beyond { FRAC_PI_4 } else { 0.0 };
    let arc = if y > x.abs() { FRAC_PI_2 - arc } else { arc };
    if x < 0.0 { PI - arc } else { arc }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_angle_is_that_of_the_system(y in 0.0f64..10.0, x in -10.0f64..10.0) {
            prop_assume!(x != 0.0 || y != 0.0);
            prop_assert!((angle(y, x) - y.atan2(x)).abs() < 1e-15 * 4.0);
        }
    }

    #[test]
    fn without_a_direction_there_is_no_angle() {
        for (y, x) in [
            (0.0, 0.0),
            (f64::NAN, 1.0),
            (1.0, f64::NAN),
            (f64::INFINITY, 1.0),
        ] {
            assert!(angle(y, x).is_nan(), "{y} {x}");
        }
        assert_eq!(angle(0.0, -1.0), std::f64::consts::PI);
        assert_eq!(angle(1.0, 0.0), std::f64::consts::FRAC_PI_2);
    }
}
