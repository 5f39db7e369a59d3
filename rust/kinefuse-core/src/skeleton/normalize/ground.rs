//! The floor: a plane through what the feet touch, and the rotation that levels it.

use super::measure::{Matrix, cross, norm};
use super::spec::{Ground, Normalize};
use crate::error::{Result, bail_input};
use crate::skeleton::place::Real;

/// Where the fit starts: feet are in the air for less than half of the time, so that a plane above
/// this share of their points is near the floor.
const SHARE_BELOW: f64 = 0.2;
/// The feet must spread so many times farther than they lie off the plane…
const SPREAD: f64 = 8.0;
/// …and over this share of the body's size: who steps in one place lifts the toes always there, and
/// the floor would lean.
const SIZE: f64 = 0.15;
/// Points without which no plane is trusted.
const POINTS: usize = 10;
/// Frames that a fit looks at; of a longer recording every second, third…
const FRAMES: usize = 8192;
const ROUNDS: usize = 60;

/// A floor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plane {
    /// Its direction up, 1 long.
    pub normal: [f64; 3],
    /// `normal · p` of its points.
    pub height: f64,
    /// Median distance of the points from it, in the unit of the data.
    pub spread: f64,
    /// Points of feet that it was fitted to.
    pub points: usize,
}

/// Fits the floor to the feet of frames `(T, J, 3)`, so that feet in the air do not lift it: first a
/// plane that a fifth of their points lie under, by regression of the quantile (Koenker & Bassett,
/// Econometrica 1978); from there the plane of the points that lie near it, by redescending weights
/// (Geman & McClure, 1987).
///
/// `up` is the axis nearest to the vertical and `down` says that it points to the floor.
pub fn find_ground<F: Real>(
    x: &[F],
    joints: usize,
    feet: &[usize],
    up: usize,
    down: bool,
) -> Result<Plane> {
    let sign = if down { -1.0 } else { 1.0 };
    let others = [(up + 1) % 3, (up + 2) % 3];
    let frames = x.chunks_exact(joints * 3);
    let step = frames.len().div_ceil(FRAMES).max(1);
    let mut points: Vec<[f64; 3]> = frames
        .step_by(step)
        .flat_map(|frame| feet.iter().map(|&j| &frame[j * 3..j * 3 + 3]))
        .filter(|p| p.iter().all(|v| v.is_finite()))
        .map(|p| [p[others[0]], p[others[1]], p[up]].map(Real::to_f64))
        .map(|[a, b, h]| [a, b, sign * h])
        .collect();
    if points.len() < POINTS {
        bail_input!(
            "cannot find the ground: the feet are known {} times, {POINTS} are needed; \
             say where up is, or leave the ground out",
            points.len()
        );
    }
    let n = points.len() as f64;
    let mean: [f64; 3] = std::array::from_fn(|d| points.iter().map(|p| p[d]).sum::<f64>() / n);
    for p in &mut points {
        *p = std::array::from_fn(|d| p[d] - mean[d]);
    }
    let narrowest = narrowest(&points);
    let (slope, spread) = fit(&points);
    let size = body_size(x, joints, step);
    if !(narrowest > 0.0 && narrowest > SPREAD * spread && narrowest > SIZE * size) {
        bail_input!(
            "cannot find the ground: the feet stay within {narrowest:.3} of a line and lie \
             {spread:.3} off a plane, for a body of {size:.3} about its middle; say where up is, take a longer recording, or leave the ground out"
        );
    }
    let [a, b, c] = slope;
    let length = (1.0 + a * a + b * b).sqrt();
    let mut normal = [0.0; 3];
    (normal[others[0]], normal[others[1]]) = (-a / length, -b / length);
    normal[up] = sign / length;
    if length > std::f64::consts::SQRT_2 {
        bail_input!(
            "cannot find the ground: it would be steeper than 45 degrees; is the up axis right?"
        );
    }
    Ok(Plane {
        normal,
        height: (mean[2] + c - a * mean[0] - b * mean[1]) / length,
        spread,
        points: points.len(),
    })
}

fn residual(p: &[f64; 3], [a, b, c]: [f64; 3]) -> f64 {
    p[2] - (a * p[0] + b * p[1] + c)
}

/// Root-mean-square distance of the known joints from their middle, mean over frames.
fn body_size<F: Real>(x: &[F], joints: usize, step: usize) -> f64 {
    let (mut total, mut frames) = (0.0, 0.0);
    for frame in x.chunks_exact(joints * 3).step_by(step) {
        let (mut mean, mut square, mut n) = ([0.0; 3], 0.0, 0.0);
        for joint in frame.as_chunks::<3>().0 {
            if joint.iter().all(|v| v.is_finite()) {
                n += 1.0;
                for d in 0..3 {
                    let off = joint[d].to_f64() - mean[d];
                    mean[d] += off / n;
                    square += off * (joint[d].to_f64() - mean[d]);
                }
            }
        }
        if n > 0.0 {
            total += (square / n).sqrt();
            frames += 1.0;
        }
    }
    if frames > 0.0 { total / frames } else { 0.0 }
}

/// Standard deviation along the direction in which the points are spread least, seen from above.
fn narrowest(points: &[[f64; 3]]) -> f64 {
    let n = points.len() as f64;
    let sum = |of: fn(&[f64; 3]) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (aa, bb, ab) = (
        sum(|p| p[0] * p[0]),
        sum(|p| p[1] * p[1]),
        sum(|p| p[0] * p[1]),
    );
    let (half, off) = ((aa - bb) / 2.0, ab);
    let least = (aa + bb) / 2.0 - (half * half + off * off).sqrt();
    // Points on a line: what is left is rounding.
    if least > 1e-9 * (aa + bb) {
        least.sqrt()
    } else {
        0.0
    }
}

/// `h = a·p + b·q + c`, and the median distance from it; by iteratively reweighted least squares.
fn fit(points: &[[f64; 3]]) -> ([f64; 3], f64) {
    let typical = points.iter().map(|p| p[2].abs()).sum::<f64>() / points.len() as f64;
    let least = (1e-4 * typical).max(f64::MIN_POSITIVE.sqrt());
    let refine = |mut plane: [f64; 3], weight: &dyn Fn(f64, f64) -> f64| {
        for _ in 0..ROUNDS {
            let near = off(points, plane).max(least);
            let Some(next) = weighted(points, |p| weight(residual(p, plane), near)) else {
                break;
            };
            let change: f64 = (0..3).map(|d| (next[d] - plane[d]).abs()).sum();
            plane = next;
            if change <= 1e-12 * (1.0 + typical) {
                break;
            }
        }
        plane
    };
    let Some(plane) = weighted(points, |_| 1.0) else {
        return ([0.0; 3], f64::INFINITY);
    };
    let plane = refine(plane, &|r, _| {
        let side = if r < 0.0 {
            1.0 - SHARE_BELOW
        } else {
            SHARE_BELOW
        };
        side / r.abs().max(least)
    });
    let plane = refine(plane, &|r, near| {
        let share = 1.0 + (r / near) * (r / near);
        1.0 / (share * share)
    });
    (plane, off(points, plane))
}

/// The median distance from a plane, up or down.
fn off(points: &[[f64; 3]], plane: [f64; 3]) -> f64 {
    let mut off: Vec<f64> = points.iter().map(|p| residual(p, plane).abs()).collect();
    let middle = off.len() / 2;
    *off.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// Weighted least squares; `None` if the points do not say.
fn weighted(points: &[[f64; 3]], weight: impl Fn(&[f64; 3]) -> f64) -> Option<[f64; 3]> {
    let mut m = [[0.0; 4]; 3];
    for p in points {
        let w = weight(p);
        let row = [p[0], p[1], 1.0, p[2]];
        for i in 0..3 {
            for k in i..4 {
                m[i][k] += w * row[i] * row[k];
            }
        }
    }
    solve(m)
}

/// Cholesky on the upper triangle of a symmetric 3 × 3 system, its right side in column 3.
fn solve(m: [[f64; 4]; 3]) -> Option<[f64; 3]> {
    let mut u = m;
    for i in 0..3 {
        for k in 0..i {
            let f = u[k][i] / u[k][k];
            for j in i..4 {
                u[i][j] -= f * u[k][j];
            }
        }
        if !(u[i][i] > 1e-14 * m[i][i] && u[i][i].is_finite()) {
            return None;
        }
    }
    let c = u[2][3] / u[2][2];
    let b = (u[1][3] - u[1][2] * c) / u[1][1];
    let a = (u[0][3] - u[0][1] * b - u[0][2] * c) / u[0][0];
    Some([a, b, c])
}

impl Normalize {
    /// The rotation that makes the floor of a window level.
    pub(super) fn level<F: Real>(&self, x: &[F]) -> Result<Option<Matrix>> {
        let (normal, up, down) = match &self.ground {
            None => return Ok(None),
            Some(Ground::Feet { feet, up, down }) => {
                let plane = find_ground(x, self.joints, feet, *up, *down)?;
                (plane.normal, *up, *down)
            }
            Some(Ground::Normal { normal, up, down }) => {
                let length = norm(*normal);
                (normal.map(|v| v / length), *up, *down)
            }
        };
        let mut vertical = [0.0; 3];
        vertical[up] = if down { -1.0 } else { 1.0 };
        shortest_turn(normal, vertical).map(Some)
    }
}

/// The smallest rotation that takes one direction to another.
fn shortest_turn(from: [f64; 3], to: [f64; 3]) -> Result<Matrix> {
    let cosine: f64 = (0..3).map(|d| from[d] * to[d]).sum();
    if cosine < -0.999 {
        bail_input!("cannot level the ground: up is where down should be; is the up axis right?");
    }
    let v = cross(from, to);
    let k = [[0.0, -v[2], v[1]], [v[2], 0.0, -v[0]], [-v[1], v[0], 0.0]];
    Ok(std::array::from_fn(|i| {
        std::array::from_fn(|j| {
            let square: f64 = (0..3).map(|l| k[i][l] * k[l][j]).sum();
            f64::from(u8::from(i == j)) + k[i][j] + square / (1.0 + cosine)
        })
    }))
}
