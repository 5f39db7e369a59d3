//! Normalisation: put one joint at the origin, make one bone 1 long, turn the body to a fixed view.
//!
//! The three steps are `out = R (x - center) / length`. What each is measured on is said by
//! [`Normalize`], in joint numbers. Coordinates that are not finite count as unknown; an unknown
//! joint stays unknown.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::place::Real;
use crate::error::{Error, Result, bail_input, bail_shape};

/// A point of the body: a joint, or the mean of several (a layout without a hip centre has two hips).
pub type Point = Vec<usize>;

/// What to normalise, in joint numbers. `None` leaves a step out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalize {
    /// Joints of a frame, `J`.
    pub joints: usize,
    /// Coordinates of a joint, `D`: 2 or 3.
    pub dims: usize,
    /// What becomes the origin.
    #[serde(default)]
    pub center: Option<Center>,
    /// What becomes 1 long.
    #[serde(default)]
    pub scale: Option<Scale>,
    /// How the body is turned; three dimensions only.
    #[serde(default)]
    pub align: Option<Align>,
}

/// The point that becomes the origin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Center {
    /// That point.
    pub point: Point,
    /// Where it is measured.
    pub over: CenterOver,
}

/// The frames in which the centre is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CenterOver {
    /// The first frame that has it: the way through the room is kept.
    First,
    /// Each frame its own: the way through the room is removed.
    Each,
}

/// The length that becomes 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// One end.
    pub from: Point,
    /// The other.
    pub to: Point,
    /// Where it is measured.
    pub over: ScaleOver,
}

/// The frames in which the length is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScaleOver {
    /// The first frame that has it.
    First,
    /// The mean over all frames that have it.
    Mean,
}

/// How the body is turned. Directions are means over the first `frames` frames that have them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "lowercase", deny_unknown_fields)]
pub enum Align {
    /// About the vertical only, until the lines from left to right point along x.
    Yaw {
        /// (left, right): hips, shoulders.
        lines: Vec<[Point; 2]>,
        /// The vertical coordinate: 1 (y) or 2 (z).
        up: usize,
        /// Frames to average over.
        frames: usize,
    },
    /// Wholly: the spine points along z, the lines from left to right along x as far as they can.
    Body {
        /// (left, right): hips, shoulders.
        lines: Vec<[Point; 2]>,
        /// (lower, upper) end.
        spine: [Point; 2],
        /// Frames to average over.
        frames: usize,
    },
}

impl Normalize {
    /// Reads a specification and checks it.
    pub fn parse(json: &str) -> Result<Self> {
        let spec: Self = serde_json::from_str(json)
            .map_err(|e| Error::Config(format!("skeleton normalisation: {e}")))?;
        spec.check()?;
        Ok(spec)
    }

    /// Refuses joints that do not exist and settings that make no sense.
    pub fn check(&self) -> Result<()> {
        if self.joints == 0 || !(2..=3).contains(&self.dims) {
            bail_shape!(
                "skeleton: expected at least 1 joint and 2 or 3 coordinates, got {} and {}",
                self.joints,
                self.dims
            );
        }
        let mut points: Vec<&Point> = self.center.iter().map(|c| &c.point).collect();
        points.extend(self.scale.iter().flat_map(|s| [&s.from, &s.to]));
        if let Some(align) = &self.align {
            if self.dims != 3 {
                bail_shape!(
                    "skeleton: alignment needs 3 coordinates a joint, got {}",
                    self.dims
                );
            }
            let (lines, frames) = match align {
                Align::Yaw { lines, up, frames } => {
                    if !(1..=2).contains(up) {
                        bail_input!("up: expected 1 (y) or 2 (z), got {up}");
                    }
                    (lines, *frames)
                }
                Align::Body {
                    lines,
                    spine,
                    frames,
                } => {
                    points.extend(spine);
                    (lines, *frames)
                }
            };
            if lines.is_empty() || frames == 0 {
                bail_input!(
                    "skeleton: alignment needs a line from left to right and at least 1 frame, \
                     got {} lines and {frames} frames",
                    lines.len()
                );
            }
            points.extend(lines.iter().flatten());
        }
        for point in points {
            if point.is_empty() {
                bail_input!("skeleton: a point is the mean of at least 1 joint, got none");
            }
            if let Some(j) = point.iter().find(|&&j| j >= self.joints) {
                bail_input!(
                    "skeleton: joint {j} does not exist, there are {}",
                    self.joints
                );
            }
        }
        Ok(())
    }

    fn frame_len(&self) -> usize {
        self.joints * self.dims
    }

    /// Where `point` is in a frame; the third coordinate is 0 in two dimensions.
    fn locate<F: Real>(&self, frame: &[F], point: &Point) -> Option<[f64; 3]> {
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

    fn length<F: Real>(&self, x: &[F], scale: &Scale) -> Result<f64> {
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
        let ends = || format!("joints {:?} and {:?}", scale.from, scale.to);
        match length {
            None => bail_input!(
                "cannot scale: {} are known together in no frame; choose another bone or none",
                ends()
            ),
            Some(l) if !(l > 0.0 && l.is_finite()) => bail_input!(
                "cannot scale: the distance between {} is {l}; are missing joints stored as zeros? \
                 they must be NaN",
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

    /// The rotation, rows first.
    fn rotation<F: Real>(&self, x: &[F], align: &Align) -> Result<[[f64; 3]; 3]> {
        let (Align::Yaw { lines, frames, .. } | Align::Body { lines, frames, .. }) = align;
        let side = self.direction(x, *frames, "line from left to right", |f| {
            lines.iter().try_fold([0.0; 3], |s, [left, right]| {
                let v = self.between(f, left, right)?;
                Some([s[0] + v[0], s[1] + v[1], s[2] + v[2]])
            })
        })?;
        match align {
            Align::Yaw { up, .. } => {
                let other = 3 - up;
                let (a, b) = (side[0], side[other]);
                let r = a.hypot(b);
                if r.is_nan() || r <= 1e-6 * norm(side) {
                    bail_input!(
                        "cannot align: the line from left to right is vertical or has no length; \
                         is the up axis right?"
                    );
                }
                let mut m = [[0.0; 3]; 3];
                m[*up][*up] = 1.0;
                m[0][0] = a / r;
                m[0][other] = b / r;
                m[other][0] = -b / r;
                m[other][other] = a / r;
                Ok(m)
            }
            Align::Body {
                spine: [lower, upper],
                ..
            } => {
                let spine =
                    self.direction(x, *frames, "spine", |f| self.between(f, lower, upper))?;
                let length = norm(spine);
                let z = spine.map(|v| v / length);
                let along: f64 = (0..3).map(|d| side[d] * z[d]).sum();
                let across: [f64; 3] = std::array::from_fn(|d| side[d] - along * z[d]);
                let width = norm(across);
                if !(length > 0.0 && width > 1e-6 * norm(side)) {
                    bail_input!(
                        "cannot align: spine and line from left to right do not span a plane"
                    );
                }
                let x = across.map(|v| v / width);
                let y = [
                    z[1] * x[2] - z[2] * x[1],
                    z[2] * x[0] - z[0] * x[2],
                    z[0] * x[1] - z[1] * x[0],
                ];
                Ok([x, y, z])
            }
        }
    }
}

fn norm(v: [f64; 3]) -> f64 {
    (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt()
}

/// What was measured on one window: everything that its frames need.
struct Measured<'a, F> {
    spec: &'a Normalize,
    /// Where the origin was, unless each frame has its own.
    center: [F; 3],
    factor: F,
    matrix: Option<[[F; 3]; 3]>,
}

impl<'a, F: Real> Measured<'a, F> {
    /// `None` if nothing is known of the window at all.
    fn new(spec: &'a Normalize, x: &[F]) -> Result<Option<Self>> {
        if !x.iter().any(|v| v.is_finite()) {
            return Ok(None);
        }
        let center = match &spec.center {
            Some(c) => {
                let found = x
                    .chunks_exact(spec.frame_len())
                    .find_map(|f| spec.locate(f, &c.point));
                let Some(found) = found else {
                    bail_input!(
                        "cannot center: joints {:?} are known together in no frame; choose another \
                         center or none",
                        c.point
                    );
                };
                found
            }
            None => [0.0; 3],
        };
        let factor = match &spec.scale {
            Some(scale) => 1.0 / spec.length(x, scale)?,
            None => 1.0,
        };
        let matrix = match &spec.align {
            Some(align) => {
                let m = spec.rotation(x, align)?;
                Some(m.map(|row| row.map(|v| F::from_f64(v * factor))))
            }
            None => None,
        };
        Ok(Some(Measured {
            spec,
            center: center.map(F::from_f64),
            factor: F::from_f64(factor),
            matrix,
        }))
    }

    fn place(&self, x: &[F], center: [F; 3], out: &mut [F]) {
        match self.matrix {
            Some(m) => F::shift_rotate(x, center, m, out),
            None => F::shift_scale(x, center, self.spec.dims, self.factor, out),
        }
    }

    /// Some whole frames; returns how many were lost because they lack the centre.
    fn apply(&self, x: &[F], out: &mut [F]) -> usize {
        let each = match &self.spec.center {
            Some(Center {
                point,
                over: CenterOver::Each,
            }) => point,
            _ => {
                self.place(x, self.center, out);
                return 0;
            }
        };
        let len = self.spec.frame_len();
        let mut lost = 0;
        for (frame, out) in x.chunks_exact(len).zip(out.chunks_exact_mut(len)) {
            match self.spec.locate(frame, each) {
                Some(center) => self.place(frame, center.map(F::from_f64), out),
                None => {
                    lost += usize::from(frame.iter().any(|v| v.is_finite()));
                    out.fill(F::NAN);
                }
            }
        }
        lost
    }
}

fn check_lengths(x: usize, out: usize, n: usize, t: usize, spec: &Normalize) -> Result<()> {
    let expected = n
        .checked_mul(t)
        .and_then(|nt| nt.checked_mul(spec.frame_len()));
    if t == 0 || expected != Some(x) || x != out {
        bail_shape!(
            "skeleton: expected {n} windows of {t} frames, {} joints and {} coordinates in and out, \
             at least 1 frame each, got {x} values in and {out} out",
            spec.joints,
            spec.dims
        );
    }
    Ok(())
}

/// Normalises one window `(T, J, D)`.
///
/// Returns how many frames were lost: those of which something was known but not the centre, when
/// each frame has its own; they become NaN. A window of which nothing is known stays NaN.
/// A window of which something is known, but not what the normalisation is measured on, is an error.
///
/// `spec` must have been [checked](Normalize::check); it panics on joints that do not exist.
pub fn normalize_into<F: Real>(
    x: &[F],
    t: usize,
    spec: &Normalize,
    out: &mut [F],
) -> Result<usize> {
    check_lengths(x.len(), out.len(), 1, t, spec)?;
    match Measured::new(spec, x)? {
        Some(measured) => Ok(measured.apply(x, out)),
        None => {
            out.fill(F::NAN);
            Ok(0)
        }
    }
}

/// Frames that a thread takes at a time of one long recording.
const FRAMES: usize = 2048;

/// Normalises `n` windows, `(N, T, J, D)`, each by itself, on all threads; returns the number of
/// lost frames, as [`normalize_into`] does.
pub fn normalize_batch_into<F: Real>(
    x: &[F],
    n: usize,
    t: usize,
    spec: &Normalize,
    out: &mut [F],
) -> Result<usize> {
    spec.check()?;
    check_lengths(x.len(), out.len(), n, t, spec)?;
    let len = spec.frame_len();
    if n == 1 && t > FRAMES {
        let Some(measured) = Measured::new(spec, x).map_err(|e| at("skeleton", e))? else {
            out.fill(F::NAN);
            return Ok(0);
        };
        return Ok(x
            .par_chunks(FRAMES * len)
            .zip(out.par_chunks_mut(FRAMES * len))
            .map(|(x, out)| measured.apply(x, out))
            .sum());
    }
    let lost: Vec<Result<usize>> = x
        .par_chunks(t * len)
        .zip(out.par_chunks_mut(t * len))
        .with_min_len((FRAMES / 4 / t).max(1))
        .map(|(x, out)| normalize_into(x, t, spec, out))
        .collect();
    let mut total = 0;
    for (i, lost) in lost.into_iter().enumerate() {
        total += lost.map_err(|e| match n {
            1 => at("skeleton", e),
            _ => at(&format!("skeleton, window {i}"), e),
        })?;
    }
    Ok(total)
}

fn at(place: &str, error: Error) -> Error {
    match error {
        Error::Input(message) => Error::Input(format!("{place}: {message}")),
        other => other,
    }
}
