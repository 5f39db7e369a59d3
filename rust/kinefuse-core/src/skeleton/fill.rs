//! Missing joints: recognised, filled where the gap is short, else NaN.

use rayon::prelude::*;

use super::place::Real;
use crate::error::{Result, bail_input, bail_shape};

/// A joint of a frame was measured.
pub const MEASURED: u8 = 0;
/// It was missing and has been interpolated.
pub const FILLED: u8 = 1;
/// It is missing and NaN.
pub const MISSING: u8 = 2;

/// What counts as missing besides coordinates that are not finite, and how long a gap is filled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fill {
    /// Joints of a frame.
    pub joints: usize,
    /// Coordinates of a joint.
    pub dims: usize,
    /// A frame of nothing but zeros is missing.
    pub zero_frames: bool,
    /// A joint with nothing but zeros is missing.
    pub zero_joints: bool,
    /// The most frames that are filled in one go.
    pub max_gap: usize,
    /// Joints of less confidence are missing.
    pub min_confidence: f64,
}

/// What was found, in joints of a frame; each is counted once, by the first reason that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FillCounts {
    /// Frames of nothing but zeros.
    pub zero_frames: usize,
    /// Joints of nothing but zeros, in other frames.
    pub zero_joints: usize,
    /// Joints with a coordinate that is not finite.
    pub not_finite: usize,
    /// Joints of too little confidence.
    pub unsure: usize,
    /// Missing joints that were interpolated.
    pub filled: usize,
    /// Missing joints that are NaN now.
    pub missing: usize,
}

impl std::iter::Sum for FillCounts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |a, b| FillCounts {
            zero_frames: a.zero_frames + b.zero_frames,
            zero_joints: a.zero_joints + b.zero_joints,
            not_finite: a.not_finite + b.not_finite,
            unsure: a.unsure + b.unsure,
            filled: a.filled + b.filled,
            missing: a.missing + b.missing,
        })
    }
}

/// Fills `n` windows `(N, T, J, D)`, each by itself.
///
/// A joint that is missing in at most `max_gap` frames running, and known before and after, lies on
/// the straight line between; everywhere else it becomes NaN. `confidence` is `(N, T, J)` or empty;
/// one that is NaN is too little. `status` is `(N, T, J)`: [`MEASURED`], [`FILLED`] or [`MISSING`].
pub fn fill_missing_into<F: Real>(
    x: &[F],
    confidence: &[F],
    t: usize,
    spec: &Fill,
    out: &mut [F],
    status: &mut [u8],
) -> Result<FillCounts> {
    if spec.joints == 0 || spec.dims == 0 || t == 0 {
        bail_shape!("skeleton: expected at least 1 frame, joint and coordinate");
    }
    let len = status.len();
    if len.checked_mul(spec.dims) != Some(x.len())
        || out.len() != x.len()
        || !(confidence.is_empty() || confidence.len() == len)
        || t.checked_mul(spec.joints)
            .is_none_or(|window| !len.is_multiple_of(window))
    {
        bail_shape!(
            "skeleton: expected windows of {t} frames, {} joints and {} coordinates, got {} values \
             in, {} out, {} confidences and {len} states",
            spec.joints,
            spec.dims,
            x.len(),
            out.len(),
            confidence.len()
        );
    }
    if spec.min_confidence.is_nan() {
        bail_input!("min_confidence: expected a number, got NaN");
    }
    let window = t * spec.joints;
    Ok(x.par_chunks(window * spec.dims)
        .zip(out.par_chunks_mut(window * spec.dims))
        .zip(status.par_chunks_mut(window))
        .enumerate()
        .map(|(i, ((x, out), status))| {
            let confidence = confidence.get(i * window..(i + 1) * window).unwrap_or(&[]);
            fill_window(x, confidence, spec, out, status)
        })
        .sum())
}

fn fill_window<F: Real>(
    x: &[F],
    confidence: &[F],
    spec: &Fill,
    out: &mut [F],
    status: &mut [u8],
) -> FillCounts {
    let mut counts = FillCounts::default();
    let mut last_known = vec![None; spec.joints];
    let mut last_whole = None;
    let mut open = 0;
    let len = spec.joints * spec.dims;
    for (t, frame) in x.chunks_exact(len).enumerate() {
        let row = t * spec.joints;
        // Most frames are whole and follow whole ones: nothing to look at joint by joint.
        if open == 0
            && confidence.is_empty()
            && frame.iter().all(|&v| v.is_finite() && v != F::ZERO)
        {
            out[t * len..][..len].copy_from_slice(frame);
            status[row..][..spec.joints].fill(MEASURED);
            last_whole = Some(t);
            continue;
        }
        open = 0;
        let zero_frame = spec.zero_frames && frame.iter().all(|&v| v == F::ZERO);
        counts.zero_frames += usize::from(zero_frame);
        for (j, joint) in frame.chunks_exact(spec.dims).enumerate() {
            let at = row + j;
            let unsure = confidence
                .get(at)
                .is_some_and(|c| c.to_f64() < spec.min_confidence || c.to_f64().is_nan());
            let reason = if zero_frame {
                None
            } else if spec.zero_joints && joint.iter().all(|&v| v == F::ZERO) {
                Some(&mut counts.zero_joints)
            } else if joint.iter().any(|v| !v.is_finite()) {
                Some(&mut counts.not_finite)
            } else if unsure {
                Some(&mut counts.unsure)
            } else {
                out[at * spec.dims..][..spec.dims].copy_from_slice(joint);
                status[at] = MEASURED;
                let before = last_known[j].replace(t).max(last_whole);
                if let Some(before) = before.filter(|b| (1..=spec.max_gap).contains(&(t - b - 1))) {
                    interpolate(spec, j, before, t, out, status);
                    counts.filled += t - before - 1;
                    counts.missing -= t - before - 1;
                }
                continue;
            };
            if let Some(reason) = reason {
                *reason += 1;
            }
            counts.missing += 1;
            open += 1;
            out[at * spec.dims..][..spec.dims].fill(F::NAN);
            status[at] = MISSING;
        }
    }
    counts
}

/// The frames between `from` and `to`, in which joint `j` is missing.
fn interpolate<F: Real>(
    spec: &Fill,
    j: usize,
    from: usize,
    to: usize,
    out: &mut [F],
    status: &mut [u8],
) {
    let place = |t: usize| (t * spec.joints + j) * spec.dims;
    for d in 0..spec.dims {
        let (a, b) = (out[place(from) + d].to_f64(), out[place(to) + d].to_f64());
        for t in from + 1..to {
            let share = (t - from) as f64 / (to - from) as f64;
            out[place(t) + d] = F::from_f64(a * (1.0 - share) + b * share);
        }
    }
    for t in from + 1..to {
        status[t * spec.joints + j] = FILLED;
    }
}
