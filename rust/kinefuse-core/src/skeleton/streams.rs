//! What a network is shown of a skeleton besides its joints: bones and motion.

use rayon::prelude::*;

use super::place::Real;
use crate::error::{Result, bail_input, bail_shape};

/// Frames that a thread takes at a time.
const FRAMES: usize = 1024;

/// What is computed, of each joint `j` in frame `t`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// `x[t, j] - x[t, parent(j)]`; 0 for the root.
    Bone,
    /// `x[t + 1, j] - x[t, j]`; 0 in the last frame.
    Motion,
    /// The motion of the bones.
    BoneMotion,
}

impl Stream {
    /// The stream of that name: `bone`, `motion` or `bone_motion`.
    pub fn named(name: &str) -> Result<Self> {
        Ok(match name {
            "bone" => Stream::Bone,
            "motion" => Stream::Motion,
            "bone_motion" => Stream::BoneMotion,
            _ => bail_input!("stream: expected bone, motion or bone_motion, got {name}"),
        })
    }
}

/// Computes a stream of `(N, T, J, D)`; `parents` has the parent of each joint, the root's is itself.
/// A difference of which a part is not finite is not finite.
pub fn stream_into<F: Real>(
    x: &[F],
    t: usize,
    dims: usize,
    parents: &[usize],
    stream: Stream,
    out: &mut [F],
) -> Result<()> {
    let len = parents.len().saturating_mul(dims);
    let window = len.saturating_mul(t);
    if window == 0 || !x.len().is_multiple_of(window) || out.len() != x.len() {
        bail_shape!(
            "skeleton: expected windows of {t} frames, {} joints and {dims} coordinates, got {} \
             values in and {} out",
            parents.len(),
            x.len(),
            out.len()
        );
    }
    if let Some(j) = parents.iter().find(|&&j| j >= parents.len()) {
        bail_input!(
            "skeleton: joint {j} does not exist, there are {}",
            parents.len()
        );
    }
    match dims {
        2 => run::<F, 2>(x, t, parents, stream, out),
        3 => run::<F, 3>(x, t, parents, stream, out),
        _ => bail_shape!("skeleton: expected 2 or 3 coordinates, got {dims}"),
    }
    Ok(())
}

fn run<F: Real, const D: usize>(
    x: &[F],
    t: usize,
    parents: &[usize],
    stream: Stream,
    out: &mut [F],
) {
    let (x, out) = (x.as_chunks::<D>().0, out.as_chunks_mut::<D>().0);
    let joints = parents.len();
    // A thread's frames may lie in several windows, or be a part of one.
    out.par_chunks_mut(joints * FRAMES)
        .enumerate()
        .for_each(|(i, out)| {
            for (k, out) in out.chunks_exact_mut(joints).enumerate() {
                let at = i * FRAMES + k;
                let last = (at + 1).is_multiple_of(t);
                let now = &x[at * joints..][..joints];
                let next = &x[(at + usize::from(!last)) * joints..][..joints];
                match stream {
                    Stream::Bone => {
                        for ((out, joint), &parent) in out.iter_mut().zip(now).zip(parents) {
                            *out = minus(joint, &now[parent]);
                        }
                    }
                    Stream::Motion => {
                        let pairs = next.as_flattened().iter().zip(now.as_flattened());
                        for (out, (&next, &now)) in out.as_flattened_mut().iter_mut().zip(pairs) {
                            *out = next - now;
                        }
                    }
                    Stream::BoneMotion => {
                        let pairs = next.iter().zip(now).zip(parents);
                        for (out, ((after, before), &parent)) in out.iter_mut().zip(pairs) {
                            let bone = minus(before, &now[parent]);
                            *out = minus(&minus(after, &next[parent]), &bone);
                        }
                    }
                }
            }
        });
}

#[inline(always)]
fn minus<F: Real, const D: usize>(a: &[F; D], b: &[F; D]) -> [F; D] {
    std::array::from_fn(|d| a[d] - b[d])
}
