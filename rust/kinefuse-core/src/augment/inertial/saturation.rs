//! A sensor at the end of its range.

use kinefuse_dispatch::dispatch;
use serde::Deserialize;

use super::{Per, check_range};
use crate::augment::common::Per as _;
use crate::augment::{Augmentation, Shape, View};
use crate::error::Result;
use crate::rng::Rng;

/// Keeps values within `±limit`, the limit drawn from `U(min, max)`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saturation {
    min: f32,
    max: f32,
    #[serde(default)]
    per: Per,
}

impl Augmentation for Saturation {
    fn check(&self) -> Result<()> {
        check_range(self.min, self.max)
    }

    fn check_shape(&self, shape: Shape) -> Result<()> {
        self.per.check_shape(shape)
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let run = self.per.channels(view.shape) * view.shape.plane();
        for run in view.data.chunks_exact_mut(run) {
            keep_within(run, rng.uniform_in(self.min, self.max));
        }
    }
}

/// Comparisons, and not `clamp`, so that NaN stays NaN without a branch.
#[dispatch(avx2)]
fn keep_within(x: &mut [f32], limit: f32) {
    for x in x {
        let v = if *x > limit { limit } else { *x };
        *x = if v < -limit { -limit } else { v };
    }
}
