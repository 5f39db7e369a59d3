//! The scaling of the published CMC-CMKM code, for reproducing it only.

use serde::Deserialize;

use crate::augment::common::check_sigma;
use crate::augment::{Augmentation, View};
use crate::error::Result;
use crate::rng::Rng;

/// Every single value times its own `N(1, sigma²)`: multiplicative noise, not a gain.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceScaling {
    /// Standard deviation of the factors.
    pub sigma: f32,
}

impl Augmentation for ReferenceScaling {
    fn check(&self) -> Result<()> {
        check_sigma(self.sigma)
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        view.scratch.resize(view.data.len(), 0.0);
        rng.fill_normal(view.scratch);
        for (x, z) in view.data.iter_mut().zip(&*view.scratch) {
            *x *= 1.0 + self.sigma * z;
        }
    }
}
