//! A sensor of coarse resolution.

use kinefuse_dispatch::dispatch;
use serde::Deserialize;

use super::{Per, check_range};
use crate::augment::common::Per as _;
use crate::augment::{Augmentation, Shape, View};
use crate::error::Result;
use crate::rng::Rng;

/// Rounds to whole multiples of a step drawn from `U(min, max)`, halves to the even one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quantize {
    min: f32,
    max: f32,
    #[serde(default)]
    per: Per,
}

impl Augmentation for Quantize {
    fn check(&self) -> Result<()> {
        check_range(self.min, self.max)
    }

    fn check_shape(&self, shape: Shape) -> Result<()> {
        self.per.check_shape(shape)
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let run = self.per.channels(view.shape) * view.shape.plane();
        for run in view.data.chunks_exact_mut(run) {
            round_to(run, rng.uniform_in(self.min, self.max));
        }
    }
}

#[dispatch(avx2)]
fn round_to(x: &mut [f32], step: f32) {
    for x in x {
        *x = (*x / step).round_ties_even() * step;
    }
}
