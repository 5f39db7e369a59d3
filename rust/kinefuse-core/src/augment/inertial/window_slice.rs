//! A part of the window, at its own tempo.

use serde::Deserialize;

use super::check_share;
use super::fill::Fill;
use crate::augment::{Augmentation, View};
use crate::error::Result;
use crate::rng::Rng;

/// Keeps a share of the window drawn from `U(min, max)` where it is, at a uniform place, and masks
/// what is before and after it. One sample at least is kept.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowSlice {
    min: f32,
    #[serde(default = "whole")]
    max: f32,
    #[serde(default)]
    fill: Fill,
}

fn whole() -> f32 {
    1.0
}

impl Augmentation for WindowSlice {
    fn check(&self) -> Result<()> {
        check_share("min, max", self.min, self.max)
    }

    fn shared_id(&self) -> Option<u64> {
        Some(6)
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let time = view.shape.plane();
        let share = rng.uniform_in(self.min, self.max);
        let start = rng.uniform() * (1.0 - share);
        let first = ((start * time as f32) as usize).min(time - 1);
        let end = (((start + share) * time as f32).round() as usize).clamp(first + 1, time);
        let lost: Vec<bool> = (0..time).map(|t| t < first || t >= end).collect();
        for channel in view.data.chunks_exact_mut(time) {
            self.fill.mask(channel, &lost);
        }
    }
}
