//! Runs of time that are masked.

use serde::Deserialize;

use super::fill::Fill;
use crate::augment::{Augmentation, View};
use crate::error::{Error, Result};
use crate::rng::Rng;

const MOST: usize = 64;

/// Masks `count` runs of time in all channels, each of a share of the window drawn from
/// `U(min, max)`, rounded to whole samples, at a uniform place; runs may overlap.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeMask {
    max: f32,
    #[serde(default)]
    min: f32,
    #[serde(default = "one")]
    count: usize,
    #[serde(default)]
    fill: Fill,
}

fn one() -> usize {
    1
}

impl Augmentation for TimeMask {
    fn check(&self) -> Result<()> {
        if !(self.min >= 0.0 && self.min <= self.max && self.max > 0.0 && self.max < 1.0) {
            return Err(Error::Config(format!(
                "min, max: expected 0 <= min <= max < 1 and max above 0, got {} and {}",
                self.min, self.max
            )));
        }
        if !(1..=MOST).contains(&self.count) {
            return Err(Error::Config(format!(
                "count: expected 1 to {MOST}, got {}",
                self.count
            )));
        }
        Ok(())
    }

    fn shared_id(&self) -> Option<u64> {
        Some(5)
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let time = view.shape.plane();
        let mut lost = vec![false; time];
        for _ in 0..self.count {
            let share = rng.uniform_in(self.min, self.max);
            let start = rng.uniform() * (1.0 - share) * time as f32;
            let first = (start.round() as usize).min(time);
            let end = ((start + share * time as f32).round() as usize).clamp(first, time);
            lost[first..end].fill(true);
        }
        for channel in view.data.chunks_exact_mut(time) {
            self.fill.mask(channel, &lost);
        }
    }
}
