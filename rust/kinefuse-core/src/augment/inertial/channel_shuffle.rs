//! Channels in another order.

use serde::Deserialize;

use crate::augment::{Augmentation, View};
use crate::error::Result;
use crate::rng::Rng;

/// Puts the channels in a random order, the same for the whole window.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelShuffle {}

impl Augmentation for ChannelShuffle {
    fn check(&self) -> Result<()> {
        Ok(())
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let plane = view.shape.plane();
        for i in (1..view.shape.channels).rev() {
            let j = rng.below(i + 1);
            if i != j {
                let (head, tail) = view.data.split_at_mut(i * plane);
                head[j * plane..(j + 1) * plane].swap_with_slice(&mut tail[..plane]);
            }
        }
    }
}
