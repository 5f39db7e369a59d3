//! Segments of time in another order.

use serde::Deserialize;

use crate::augment::{Augmentation, View};
use crate::error::{Error, Result};
use crate::rng::Rng;

const MOST: usize = 64;

/// Cuts the window into a number of nearly equal segments, uniform in `2..=max_segments`, and
/// puts them together in a random order, the same for all channels.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permutation {
    /// Most segments.
    pub max_segments: usize,
}

impl Augmentation for Permutation {
    fn check(&self) -> Result<()> {
        if !(2..=MOST).contains(&self.max_segments) {
            return Err(Error::Config(format!(
                "max_segments: expected 2 to {MOST}, got {}",
                self.max_segments
            )));
        }
        Ok(())
    }

    fn shared_id(&self) -> Option<u64> {
        Some(3)
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let (time, points) = (view.shape.time, view.shape.points);
        let n = 2 + rng.below(self.max_segments - 1);
        let mut order: [usize; MOST] = std::array::from_fn(|i| i);
        rng.shuffle(&mut order[..n]);
        view.scratch.clear();
        view.scratch.extend_from_slice(view.data);
        let cut = |k: usize| k * time / n * points;
        for (out, x) in view
            .data
            .chunks_exact_mut(time * points)
            .zip(view.scratch.chunks_exact(time * points))
        {
            let mut at = 0;
            for &k in &order[..n] {
                let segment = &x[cut(k)..cut(k + 1)];
                out[at..at + segment.len()].copy_from_slice(segment);
                at += segment.len();
            }
        }
    }
}
