//! Other joints from given ones: each output joint is a joint, the mean of several, or unknown.

use rayon::prelude::*;

use super::place::Real;
use crate::error::{Result, bail_input, bail_shape};

/// Frames that a thread takes at a time.
const FRAMES: usize = 2048;

/// `x` is `(T, joints, dims)`, `out` is `(T, sources.len(), dims)`; `sources` names for each joint of
/// the output the joints whose mean it is. A joint without sources is NaN, and so is a mean of which
/// a part is NaN.
pub fn convert_into<F: Real>(
    x: &[F],
    joints: usize,
    dims: usize,
    sources: &[Vec<usize>],
    out: &mut [F],
) -> Result<()> {
    let (Some(from), Some(to)) = (joints.checked_mul(dims), sources.len().checked_mul(dims)) else {
        bail_shape!("skeleton: {joints} joints of {dims} coordinates are too many");
    };
    if from == 0 || to == 0 || !x.len().is_multiple_of(from) || out.len() != x.len() / from * to {
        bail_shape!(
            "skeleton: expected frames of {joints} joints and {dims} coordinates in and {} joints \
             out, got {} values in and {} out",
            sources.len(),
            x.len(),
            out.len()
        );
    }
    if let Some(j) = sources.iter().flatten().find(|&&j| j >= joints) {
        bail_input!("skeleton: joint {j} does not exist, there are {joints}");
    }
    x.par_chunks(from * FRAMES)
        .zip(out.par_chunks_mut(to * FRAMES))
        .for_each(|(x, out)| {
            for (frame, out) in x.chunks_exact(from).zip(out.chunks_exact_mut(to)) {
                for (joint, sources) in out.chunks_exact_mut(dims).zip(sources) {
                    fill(frame, dims, sources, joint);
                }
            }
        });
    Ok(())
}

#[inline(always)]
fn fill<F: Real>(frame: &[F], dims: usize, sources: &[usize], out: &mut [F]) {
    match sources {
        [] => out.fill(F::NAN),
        &[j] => out.copy_from_slice(&frame[j * dims..(j + 1) * dims]),
        several => {
            for (d, out) in out.iter_mut().enumerate() {
                let sum: f64 = several.iter().map(|&j| frame[j * dims + d].to_f64()).sum();
                *out = F::from_f64(sum / several.len() as f64);
            }
        }
    }
}
