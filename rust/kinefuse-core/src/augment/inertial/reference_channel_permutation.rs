//! What the published CMC-CMKM code calls a permutation, for reproducing it only.

use serde::Deserialize;

use crate::augment::{Augmentation, View};
use crate::error::{Error, Result};
use crate::rng::Rng;

const MOST: usize = 64;

/// Cuts the channels, not the time, into a number of nearly equal groups, uniform in
/// `1..max_segments` without its end, and puts the groups in a random order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceChannelPermutation {
    /// One more than the most groups.
    pub max_segments: usize,
}

impl Augmentation for ReferenceChannelPermutation {
    fn check(&self) -> Result<()> {
        if !(2..=MOST).contains(&self.max_segments) {
            return Err(Error::Config(format!(
                "max_segments: expected 2 to {MOST}, got {}",
                self.max_segments
            )));
        }
        Ok(())
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let n = 1 + rng.below(self.max_segments - 1);
        let mut order: [usize; MOST] = std::array::from_fn(|i| i);
        rng.shuffle(&mut order[..n]);
        let (channels, plane) = (view.shape.channels, view.shape.plane());
        // As numpy.array_split: the first groups are one longer where the channels do not divide.
        let first = |k: usize| (k * (channels / n) + k.min(channels % n)) * plane;
        view.scratch.clear();
        view.scratch.extend_from_slice(view.data);
        let mut at = 0;
        for &k in &order[..n] {
            let group = &view.scratch[first(k)..first(k + 1)];
            view.data[at..at + group.len()].copy_from_slice(group);
            at += group.len();
        }
    }
}
