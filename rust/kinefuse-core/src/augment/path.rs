//! Paths through time: which instant of a window each of its samples shows.

use kinefuse_dispatch::dispatch;

use super::View;

/// Most knots of a [`Path::Warp`].
pub(super) const MAX_KNOTS: usize = 16;

/// Instants are worked out this many at a time.
const BLOCK: usize = 64;

/// A map of the window's time, scaled to 0..=1, into itself.
// A few live on the stack of a view in the making; a box would be an allocation for every view.
#[allow(clippy::large_enum_variant)]
#[derive(Debug, Clone, Copy)]
pub enum Path {
    /// `start + share * u`.
    Crop {
        /// Where the crop begins.
        start: f64,
        /// Its length; above 1 for a window played faster than it was.
        share: f64,
    },
    /// A speed that is linear between equally spaced knots, integrated and scaled to 0..=1.
    Warp {
        /// Speed at each knot, above 0.
        speed: [f64; MAX_KNOTS],
        /// How far the path has come at each knot.
        reached: [f64; MAX_KNOTS],
        /// Knots in use, at least 2.
        knots: usize,
    },
}

impl Path {
    /// A warp by these speeds.
    pub fn warp(speeds: &[f64]) -> Path {
        let knots = speeds.len();
        let mut speed = [0.0; MAX_KNOTS];
        speed[..knots].copy_from_slice(speeds);
        let mut reached = [0.0; MAX_KNOTS];
        for k in 1..knots {
            reached[k] = reached[k - 1] + 0.5 * (speed[k - 1] + speed[k]);
        }
        let total = reached[knots - 1];
        for k in 0..knots {
            speed[k] /= total;
            reached[k] /= total;
        }
        Path::Warp {
            speed,
            reached,
            knots,
        }
    }

    /// Maps instants in place.
    fn map(&self, instants: &mut [f64]) {
        match self {
            Path::Crop { start, share } => {
                for u in instants {
                    // A path that leaves the window stays at its end.
                    *u = (start + share * *u).clamp(0.0, 1.0);
                }
            }
            Path::Warp {
                speed,
                reached,
                knots,
            } => {
                let scale = (knots - 1) as f64;
                for u in instants {
                    let at = *u * scale;
                    let k = (at as usize).min(knots - 2);
                    let f = at - k as f64;
                    *u = reached[k] + f * (speed[k] + 0.5 * f * (speed[k + 1] - speed[k]));
                }
            }
        }
    }
}

/// Shows the view along the composition of `paths`, the first applied first, by linear
/// interpolation with the ends kept inside the window. A NaN spreads to the samples that would
/// be interpolated from it.
pub(super) fn follow(view: &mut View<'_>, paths: &[Path]) {
    let (time, points) = (view.shape.time, view.shape.points);
    if time < 2 || paths.is_empty() {
        return;
    }
    view.scratch.clear();
    view.scratch.extend_from_slice(view.data);
    let end = (time - 1) as f64;
    let mut at = [0f64; BLOCK];
    let mut from = [[0i32; BLOCK]; 2];
    let mut weight = [0f32; BLOCK];
    for first in (0..time).step_by(BLOCK) {
        let n = BLOCK.min(time - first);
        for (i, u) in at[..n].iter_mut().enumerate() {
            *u = (first + i) as f64 / end;
        }
        for path in paths.iter().rev() {
            path.map(&mut at[..n]);
        }
        place(&at, end, &mut from, &mut weight);
        let [low, high] = &from;
        for (out, x) in view
            .data
            .chunks_exact_mut(time * points)
            .zip(view.scratch.chunks_exact(time * points))
        {
            let out = &mut out[first * points..(first + n) * points];
            interpolate(x, points, &low[..n], &high[..n], &weight[..n], out);
        }
    }
}

/// The samples on both sides of each instant, and how much the later one weighs.
#[dispatch(avx2)]
fn place(
    at: &[f64; BLOCK],
    end: f64,
    [low, high]: &mut [[i32; BLOCK]; 2],
    weight: &mut [f32; BLOCK],
) {
    for i in 0..BLOCK {
        let position = (at[i] * end).max(0.0).min(end);
        let below = position as i32;
        let w = (position - f64::from(below)) as f32;
        low[i] = below;
        // A neighbour without weight stays out, because it may be missing.
        high[i] = below + i32::from(w > 0.0);
        weight[i] = w;
    }
}

#[dispatch(avx2)]
fn interpolate(
    x: &[f32],
    points: usize,
    low: &[i32],
    high: &[i32],
    weight: &[f32],
    out: &mut [f32],
) {
    if points == 1 {
        let n = out.len();
        let (low, high, weight) = (&low[..n], &high[..n], &weight[..n]);
        // The bound holds already; said here, it spares a check for every sample.
        let last = x.len() - 1;
        for i in 0..n {
            let a = x[(low[i] as usize).min(last)];
            let b = x[(high[i] as usize).min(last)];
            out[i] = a + weight[i] * (b - a);
        }
        return;
    }
    for (i, frame) in out.chunks_exact_mut(points).enumerate() {
        let a = &x[low[i] as usize * points..][..points];
        let b = &x[high[i] as usize * points..][..points];
        let w = weight[i];
        for j in 0..points {
            frame[j] = a[j] + w * (b[j] - a[j]);
        }
    }
}

/// `e^x`, the same on every machine.
pub(super) fn exp(x: f64) -> f64 {
    let k = (x * std::f64::consts::LOG2_E).round();
    let r = x - k * std::f64::consts::LN_2;
    let mut sum = 1.0;
    for i in (1..=14).rev() {
        sum = 1.0 + sum * r / f64::from(i);
    }
    sum * f64::from_bits(((1023 + k as i64) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::augment::Shape;
    use proptest::prelude::{prop_assert, proptest};

    fn show(x: &[f32], points: usize, paths: &[Path]) -> Vec<f32> {
        let mut data = x.to_vec();
        let shape = Shape {
            channels: 1,
            time: x.len() / points,
            points,
        };
        let mut view = View {
            data: &mut data,
            shape,
            scratch: &mut Vec::new(),
        };
        follow(&mut view, paths);
        data
    }

    #[test]
    fn paths_compose_in_order() {
        let ramp: Vec<f32> = (0..101).map(|i| i as f32).collect();
        let crop = |start, share| Path::Crop { start, share };
        let out = show(&ramp, 1, &[crop(0.5, 0.5), crop(0.0, 0.2)]);
        assert!((out[0] - 50.0).abs() < 1e-4 && (out[100] - 60.0).abs() < 1e-4);
    }

    #[test]
    fn a_missing_neighbour_without_weight_stays_out() {
        let mut x: Vec<f32> = (0..9).map(|i| i as f32).collect();
        x[5] = f32::NAN;
        let whole = Path::Crop {
            start: 0.0,
            share: 1.0,
        };
        let out = show(&x, 1, &[whole]);
        assert!(out.iter().enumerate().all(|(i, v)| v.is_nan() == (i == 5)));
    }

    proptest! {
        #[test]
        fn exp_is_close(x in -60f64..60.0) {
            prop_assert!((exp(x) / x.exp() - 1.0).abs() < 1e-13);
        }

        #[test]
        fn a_warp_keeps_the_ends_and_the_order(
            speeds in proptest::collection::vec(0.05f64..20.0, 2..=MAX_KNOTS), n in 2usize..300,
        ) {
            let mut u: Vec<f64> = (0..n).map(|i| i as f64 / (n - 1) as f64).collect();
            Path::warp(&speeds).map(&mut u);
            prop_assert!(u[0].abs() < 1e-12 && (u[n - 1] - 1.0).abs() < 1e-12);
            prop_assert!(u.windows(2).all(|w| w[0] < w[1]));
        }

        #[test]
        fn every_point_takes_the_same_path(
            start in 0f64..0.5, share in 0.1f64..0.5, t in 1usize..200, points in 1usize..25,
        ) {
            let column: Vec<f32> = (0..t).map(|i| ((i * i) % 17) as f32).collect();
            let frames: Vec<f32> = column.iter().flat_map(|&v| vec![v; points]).collect();
            let path = [Path::Crop { start, share }];
            let (one, all) = (show(&column, 1, &path), show(&frames, points, &path));
            prop_assert!(all.chunks(points).zip(&one).all(|(f, v)| f.iter().all(|p| p == v)));
        }
    }
}
