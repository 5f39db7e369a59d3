//! Normalisation: put one joint at the origin, make one bone 1 long, level the floor, turn the body
//! to a fixed view.
//!
//! The steps are `out = R (x - center) / length`. What each is measured on is said by [`Normalize`],
//! in joint numbers. Coordinates that are not finite count as unknown; an unknown joint stays
//! unknown.

mod frames;
mod ground;
mod measure;
mod spec;

use rayon::prelude::*;

pub use frames::Frames;
pub(super) use frames::align_frames;
pub use ground::{Plane, find_ground};
pub use spec::{Align, Center, Ground, Normalize, Over, Point, Scale, ScaleOver};

use super::place::Real;
use crate::error::{Error, Result, bail_shape};

/// What was measured on one window: everything that its frames need.
struct Measured<'a, F> {
    spec: &'a Normalize,
    /// Where the origin was, unless each frame has its own.
    center: [F; 3],
    factor: F,
    turn: Turn<F>,
}

enum Turn<F> {
    None,
    Window([[F; 3]; 3]),
    Each(Frames<F>),
}

impl<'a, F: Real> Measured<'a, F> {
    /// `None` if nothing is known of the window at all.
    fn new(spec: &'a Normalize, x: &[F]) -> Result<Option<Self>> {
        if !x.iter().any(|v| v.is_finite()) {
            return Ok(None);
        }
        let center = spec.origin(x)?;
        let factor = match &spec.scale {
            Some(scale) => 1.0 / spec.length(x, scale)?,
            None => 1.0,
        };
        let level = spec.level(x)?;
        let turn = if let Some(frames) = Frames::new(spec, center, factor, level) {
            Turn::Each(frames)
        } else {
            let rotation = match &spec.align {
                Some(align) => Some(spec.rotation(x, align, level)?),
                None => level,
            };
            rotation.map_or(Turn::None, |m| {
                Turn::Window(m.map(|row| row.map(|v| F::from_f64(v * factor))))
            })
        };
        Ok(Some(Measured {
            spec,
            center: center.map(F::from_f64),
            factor: F::from_f64(factor),
            turn,
        }))
    }

    /// Some whole frames; returns how many were lost because they lack what they are measured on.
    fn apply(&self, x: &[F], out: &mut [F]) -> usize {
        let each = match &self.spec.center {
            _ if matches!(self.turn, Turn::Each(_)) => None,
            Some(Center {
                point,
                over: Over::Each,
            }) => Some(point),
            _ => None,
        };
        let Some(each) = each else {
            return self.place(x, self.center, out);
        };
        let len = self.spec.frame_len();
        let mut lost = 0;
        for (frame, out) in x.chunks_exact(len).zip(out.chunks_exact_mut(len)) {
            match self.spec.locate(frame, each) {
                Some(center) => lost += self.place(frame, center.map(F::from_f64), out),
                None => {
                    lost += usize::from(frame.iter().any(|v| v.is_finite()));
                    out.fill(F::NAN);
                }
            }
        }
        lost
    }

    fn place(&self, x: &[F], center: [F; 3], out: &mut [F]) -> usize {
        match &self.turn {
            Turn::Each(frames) => return F::align_frames(x, frames, out),
            Turn::Window(m) => F::shift_rotate(x, center, *m, out),
            Turn::None => F::shift_scale(x, center, self.spec.dims, self.factor, out),
        }
        0
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
