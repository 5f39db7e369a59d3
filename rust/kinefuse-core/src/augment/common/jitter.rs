//! Additive Gaussian noise, every value independent.

use kinefuse_dispatch::dispatch;
use serde::Deserialize;

use super::check_sigma;
use crate::augment::{Augmentation, View};
use crate::error::Result;
use crate::rng::Rng;

/// Noise is made this many values at a time, which stay in the nearest cache.
const BLOCK: usize = 256;

/// `x + N(0, sigma²)`, in the units of the view. Valid for every modality.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jitter {
    /// Standard deviation of the noise.
    pub sigma: f32,
}

impl Augmentation for Jitter {
    fn check(&self) -> Result<()> {
        check_sigma(self.sigma)
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let mut noise = [0f32; BLOCK];
        for block in view.data.chunks_mut(BLOCK) {
            let noise = &mut noise[..block.len()];
            rng.fill_normal(noise);
            add(block, noise, self.sigma);
        }
    }
}

#[dispatch(avx2)]
fn add(x: &mut [f32], noise: &[f32], sigma: f32) {
    for (x, z) in x.iter_mut().zip(noise) {
        *x += sigma * z;
    }
}
