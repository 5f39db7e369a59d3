//! Additive Gaussian noise, every value independent.

use serde::Deserialize;

use crate::augment::{Augmentation, View};
use crate::error::{Error, Result};
use crate::rng::Rng;

/// `x + N(0, sigma²)`, in the units of the view. Valid for every modality.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jitter {
    /// Standard deviation of the noise.
    pub sigma: f32,
}

impl Augmentation for Jitter {
    fn check(&self) -> Result<()> {
        if !(self.sigma.is_finite() && self.sigma >= 0.0) {
            return Err(Error::Config(format!(
                "sigma: expected 0 or more, got {}",
                self.sigma
            )));
        }
        Ok(())
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        view.scratch.resize(view.data.len(), 0.0);
        rng.fill_normal(view.scratch);
        for (x, z) in view.data.iter_mut().zip(&*view.scratch) {
            *x += self.sigma * z;
        }
    }
}
