//! Frames that are each turned by itself.
//!
//! Directions and matrices of some frames are computed side by side, one frame in a lane, so that
//! their roots and quotients are vectors too.

use super::measure::Matrix;
use super::spec::{Align, Center, Normalize, Over, Point};
use crate::skeleton::place::{Real, shift_rotate};

/// Frames in a block.
const LANES: usize = 16;

type Lanes<F> = [F; LANES];

/// A place or direction of a frame: a sum of joints with weights, each by where its x stands.
type Sum<F> = Vec<(usize, F)>;

/// What each frame of a window needs.
#[derive(Debug)]
pub struct Frames<F> {
    len: usize,
    /// The origin is `base` plus `center`.
    base: [F; 3],
    center: Sum<F>,
    side: Sum<F>,
    turn: Turn<F>,
    factor: F,
}

#[derive(Debug)]
enum Turn<F> {
    Yaw { up: usize, level: [[F; 3]; 3] },
    Body { spine: Sum<F> },
}

impl<F: Real> Frames<F> {
    /// `None` if frames are not turned each by itself.
    pub(super) fn new(
        spec: &Normalize,
        base: [f64; 3],
        factor: f64,
        level: Option<Matrix>,
    ) -> Option<Self> {
        let align = spec.align.as_ref().filter(|a| a.over() == Over::Each)?;
        let identity = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let turn = match align {
            Align::Yaw { up, .. } => Turn::Yaw {
                up: *up,
                level: level.unwrap_or(identity).map(|row| row.map(F::from_f64)),
            },
            Align::Body {
                spine: [lower, upper],
                ..
            } => Turn::Body {
                spine: sum(&[(lower, -1.0), (upper, 1.0)]),
            },
        };
        let lines: Vec<_> = align
            .lines()
            .iter()
            .flat_map(|[left, right]| [(left, -1.0), (right, 1.0)])
            .collect();
        Some(Frames {
            len: spec.frame_len(),
            base: base.map(F::from_f64),
            center: match &spec.center {
                Some(Center {
                    point,
                    over: Over::Each,
                }) => sum(&[(point, 1.0)]),
                _ => Vec::new(),
            },
            side: sum(&lines),
            turn,
            factor: F::from_f64(factor),
        })
    }
}

fn sum<F: Real>(points: &[(&Point, f64)]) -> Sum<F> {
    points
        .iter()
        .flat_map(|(point, weight)| {
            let weight = F::from_f64(weight / point.len() as f64);
            point.iter().map(move |&j| (j * 3, weight))
        })
        .collect()
}

/// Turns each frame of `x` by itself; returns how many were lost because they lack what they are
/// measured on.
#[inline(always)]
pub(crate) fn align_frames<F: Real>(x: &[F], frames: &Frames<F>, out: &mut [F]) -> usize {
    let len = frames.len;
    let mut lost = 0;
    for (x, out) in x.chunks(LANES * len).zip(out.chunks_mut(LANES * len)) {
        let center = gather(x, len, &frames.center, frames.base);
        let side = gather(x, len, &frames.side, [F::ZERO; 3]);
        let m = match &frames.turn {
            Turn::Yaw { up, level } => yaw(side, *up, level, frames.factor),
            Turn::Body { spine } => {
                let spine = gather(x, len, spine, [F::ZERO; 3]);
                body(side, spine, frames.factor)
            }
        };
        let known = known(&center, &m);
        let each = x.chunks_exact(len).zip(out.chunks_exact_mut(len));
        for (l, (frame, out)) in each.enumerate() {
            if known[l] {
                let at = |v: &[Lanes<F>; 3]| [v[0][l], v[1][l], v[2][l]];
                shift_rotate(frame, at(&center), [at(&m[0]), at(&m[1]), at(&m[2])], out);
            } else {
                lost += usize::from(frame.iter().any(|v| v.is_finite()));
                out.fill(F::NAN);
            }
        }
    }
    lost
}

#[inline(always)]
fn gather<F: Real>(x: &[F], len: usize, sum: &Sum<F>, base: [F; 3]) -> [Lanes<F>; 3] {
    let mut out = base.map(|v| [v; LANES]);
    for &(at, weight) in sum {
        for (l, frame) in x.chunks_exact(len).enumerate() {
            for d in 0..3 {
                out[d][l] = out[d][l] + weight * frame[at + d];
            }
        }
    }
    out
}

/// Rows of `factor · turn · level`.
#[inline(always)]
fn yaw<F: Real>(
    side: [Lanes<F>; 3],
    up: usize,
    level: &[[F; 3]; 3],
    factor: F,
) -> [[Lanes<F>; 3]; 3] {
    let other = 3 - up;
    let mut m = [[[F::ZERO; LANES]; 3]; 3];
    for l in 0..LANES {
        let s = [side[0][l], side[1][l], side[2][l]];
        let a = level[0][0] * s[0] + level[0][1] * s[1] + level[0][2] * s[2];
        let b = level[other][0] * s[0] + level[other][1] * s[1] + level[other][2] * s[2];
        let square = a * a + b * b;
        let whole = s[0] * s[0] + s[1] * s[1] + s[2] * s[2];
        // A vertical line has no direction: the NaN makes the frame a lost one.
        let scale = if square > F::TINY * whole {
            factor / square.sqrt()
        } else {
            F::NAN
        };
        let (cosine, sine) = (a * scale, b * scale);
        for d in 0..3 {
            m[0][d][l] = cosine * level[0][d] + sine * level[other][d];
            m[other][d][l] = cosine * level[other][d] - sine * level[0][d];
            m[up][d][l] = factor * level[up][d];
        }
    }
    m
}

/// Rows of `factor · turn`.
#[inline(always)]
fn body<F: Real>(side: [Lanes<F>; 3], spine: [Lanes<F>; 3], factor: F) -> [[Lanes<F>; 3]; 3] {
    let mut m = [[[F::ZERO; LANES]; 3]; 3];
    for l in 0..LANES {
        let s = [side[0][l], side[1][l], side[2][l]];
        let z = [spine[0][l], spine[1][l], spine[2][l]];
        let length = (z[0] * z[0] + z[1] * z[1] + z[2] * z[2]).sqrt();
        let z = [z[0] / length, z[1] / length, z[2] / length];
        let along = s[0] * z[0] + s[1] * z[1] + s[2] * z[2];
        let x = [
            s[0] - along * z[0],
            s[1] - along * z[1],
            s[2] - along * z[2],
        ];
        let square = x[0] * x[0] + x[1] * x[1] + x[2] * x[2];
        let whole = s[0] * s[0] + s[1] * s[1] + s[2] * s[2];
        let scale = if square > F::TINY * whole {
            factor / square.sqrt()
        } else {
            F::NAN
        };
        let x = [x[0] * scale, x[1] * scale, x[2] * scale];
        for d in 0..3 {
            let (e, f) = ((d + 1) % 3, (d + 2) % 3);
            m[0][d][l] = x[d];
            m[1][d][l] = z[e] * x[f] - z[f] * x[e];
            m[2][d][l] = factor * z[d];
        }
    }
    m
}

#[inline(always)]
fn known<F: Real>(center: &[Lanes<F>; 3], m: &[[Lanes<F>; 3]; 3]) -> [bool; LANES] {
    let mut sum = [F::ZERO; LANES];
    for row in [center, &m[0], &m[1], &m[2]] {
        for v in row {
            for l in 0..LANES {
                // 0 times anything finite is 0, anything else is NaN.
                sum[l] = sum[l] + F::ZERO * v[l];
            }
        }
    }
    sum.map(|v| v == F::ZERO)
}
