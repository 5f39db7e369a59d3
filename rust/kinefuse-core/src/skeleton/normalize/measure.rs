//! What a normalisation is measured on: points, lengths and directions of a window.

use super::spec::{Align, Normalize, Over, Point, Scale, ScaleOver};
use crate::error::{Result, bail_input};
use crate::skeleton::place::Real;

/// A rotation, rows first.
pub(super) type Matrix = [[f64; 3]; 3];

impl Normalize {
    /// Where `point` is in a frame; the third coordinate is 0 in two dimensions.
    pub(super) fn locate<F: Real>(&self, frame: &[F], point: &Point) -> Option<[f64; 3]> {
        let mut sum = [0.0; 3];
        for &j in point {
            for d in 0..self.dims {
                let v = frame[j * self.dims + d];
                if !v.is_finite() {
                    return None;
                }
                sum[d] += v.to_f64();
            }
        }
        Some(sum.map(|s| s / point.len() as f64))
    }

    fn between<F: Real>(&self, frame: &[F], from: &Point, to: &Point) -> Option<[f64; 3]> {
        let (a, b) = (self.locate(frame, from)?, self.locate(frame, to)?);
        Some([b[0] - a[0], b[1] - a[1], b[2] - a[2]])
    }

    /// Where the origin was; 0 if each frame has its own or none is asked for.
    pub(super) fn origin<F: Real>(&self, x: &[F]) -> Result<[f64; 3]> {
        let Some(center) = &self.center else {
            return Ok([0.0; 3]);
        };
        let found = x
            .chunks_exact(self.frame_len())
            .find_map(|f| self.locate(f, &center.point));
        let Some(found) = found else {
            bail_input!(
                "cannot center: {} known in no frame; choose another center or none",
                self.known(&center.point)
            );
        };
        Ok(match center.over {
            Over::First => found,
            Over::Each => [0.0; 3],
        })
    }

    /// "left_hip is" or "left_hip and right_hip are together".
    fn known(&self, point: &Point) -> String {
        let verb = if point.len() > 1 {
            "are together"
        } else {
            "is"
        };
        format!("{} {verb}", self.describe(point))
    }

    /// The length that becomes 1.
    pub(super) fn length<F: Real>(&self, x: &[F], scale: &Scale) -> Result<f64> {
        let mut lengths = x
            .chunks_exact(self.frame_len())
            .filter_map(|f| self.between(f, &scale.from, &scale.to).map(norm));
        let length = match scale.over {
            ScaleOver::First => lengths.next(),
            ScaleOver::Mean => {
                let (sum, n) = lengths.fold((0.0, 0.0), |(s, n), l| (s + l, n + 1.0));
                (n > 0.0).then_some(sum / n)
            }
        };
        let ends = || {
            let (from, to) = (self.describe(&scale.from), self.describe(&scale.to));
            format!("{from} to {to}")
        };
        match length {
            None => bail_input!(
                "cannot scale: {} is known in no frame; choose another bone or none",
                ends()
            ),
            Some(l) if !(l > 0.0 && l.is_finite()) => bail_input!(
                "cannot scale: {} is {l} long; are missing joints stored as zeros? they must be NaN",
                ends()
            ),
            Some(l) => Ok(l),
        }
    }

    /// The mean of the directions that `of` finds, over the first `frames` frames that have one.
    fn direction<F: Real>(
        &self,
        x: &[F],
        frames: usize,
        what: &str,
        of: impl Fn(&[F]) -> Option<[f64; 3]>,
    ) -> Result<[f64; 3]> {
        let mut sum = [0.0; 3];
        let mut n = 0;
        for v in x.chunks_exact(self.frame_len()).filter_map(of).take(frames) {
            for d in 0..3 {
                sum[d] += v[d];
            }
            n += 1;
        }
        if n == 0 {
            bail_input!("cannot align: the {what} is known in no frame; leave the alignment out");
        }
        Ok(sum)
    }

    /// The rotation of the whole window, after `level`.
    pub(super) fn rotation<F: Real>(
        &self,
        x: &[F],
        align: &Align,
        level: Option<Matrix>,
    ) -> Result<Matrix> {
        let lines = align.lines();
        let what = || {
            let ends = |i: usize| {
                let ends = lines.iter().map(|line| self.describe(&line[i]));
                ends.collect::<Vec<_>>().join(", ")
            };
            format!("line from left to right ({} to {})", ends(0), ends(1))
        };
        let side = self.direction(x, align.frames(), &what(), |f| {
            lines.iter().try_fold([0.0; 3], |s, [left, right]| {
                let v = self.between(f, left, right)?;
                Some([s[0] + v[0], s[1] + v[1], s[2] + v[2]])
            })
        })?;
        match align {
            Align::Yaw { up, .. } => {
                let side = level.map_or(side, |m| apply(m, side));
                let other = 3 - up;
                let (a, b) = (side[0], side[other]);
                let r = a.hypot(b);
                if r.is_nan() || r <= 1e-6 * norm(side) {
                    bail_input!(
                        "cannot align: the {} is vertical or has no length; is the up axis right?",
                        what()
                    );
                }
                let mut m = [[0.0; 3]; 3];
                m[*up][*up] = 1.0;
                m[0][0] = a / r;
                m[0][other] = b / r;
                m[other][0] = -b / r;
                m[other][other] = a / r;
                Ok(level.map_or(m, |level| compose(m, level)))
            }
            Align::Body {
                spine: [lower, upper],
                ..
            } => {
                let name = format!(
                    "spine ({} to {})",
                    self.describe(lower),
                    self.describe(upper)
                );
                let spine =
                    self.direction(x, align.frames(), &name, |f| self.between(f, lower, upper))?;
                let length = norm(spine);
                let z = spine.map(|v| v / length);
                let along: f64 = (0..3).map(|d| side[d] * z[d]).sum();
                let across: [f64; 3] = std::array::from_fn(|d| side[d] - along * z[d]);
                let width = norm(across);
                if !(length > 0.0 && width > 1e-6 * norm(side)) {
                    bail_input!("cannot align: {name} and {} do not span a plane", what());
                }
                let x = across.map(|v| v / width);
                Ok([x, cross(z, x), z])
            }
        }
    }
}

pub(super) fn norm(v: [f64; 3]) -> f64 {
    (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt()
}

pub(super) fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

pub(super) fn apply(m: Matrix, v: [f64; 3]) -> [f64; 3] {
    m.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
}

/// First `b`, then `a`.
pub(super) fn compose(a: Matrix, b: Matrix) -> Matrix {
    a.map(|row| std::array::from_fn(|d| row[0] * b[0][d] + row[1] * b[1][d] + row[2] * b[2][d]))
}
