//! What the published CMC-CMKM code calls a channel shuffle, for reproducing it only.

use serde::Deserialize;

use crate::augment::{Augmentation, View};
use crate::error::Result;
use crate::rng::Rng;

/// Puts the samples of the window in a random order, the same for all channels.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceTimeShuffle {}

impl Augmentation for ReferenceTimeShuffle {
    fn check(&self) -> Result<()> {
        Ok(())
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let (time, points) = (view.shape.time, view.shape.points);
        for i in (1..time).rev() {
            let j = rng.below(i + 1);
            for channel in view.data.chunks_exact_mut(time * points) {
                for p in 0..points {
                    channel.swap(i * points + p, j * points + p);
                }
            }
        }
    }
}
