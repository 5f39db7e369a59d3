//! Random factors, constant over the window.

use serde::{Deserialize, de::DeserializeOwned};

use super::{Factor, scale_blocks};
use crate::augment::{Augmentation, Shape, View};
use crate::error::Result;
use crate::rng::Rng;

/// What has a factor of its own.
pub trait Per: std::fmt::Debug + Copy + Default + DeserializeOwned + Send + Sync {
    /// Neighbouring channels that have one together.
    fn channels(self, shape: Shape) -> usize;

    /// Refuses channels that cannot be put together so.
    fn check_shape(self, _shape: Shape) -> Result<()> {
        Ok(())
    }
}

/// The window times factors `N(1, sigma²)` or `U(low, high)`, about the origin.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, bound = "P: Per")]
pub struct Scaling<P> {
    sigma: Option<f32>,
    low: Option<f32>,
    high: Option<f32>,
    #[serde(default)]
    per: P,
}

impl<P: Per> Scaling<P> {
    fn factor(&self) -> Result<Factor> {
        Factor::new(self.sigma, self.low, self.high)
    }
}

impl<P: Per> Augmentation for Scaling<P> {
    fn check(&self) -> Result<()> {
        self.factor().map(drop)
    }

    fn check_shape(&self, shape: Shape) -> Result<()> {
        self.per.check_shape(shape)
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        if let Ok(factor) = self.factor() {
            scale_blocks(view, self.per.channels(view.shape), factor, rng);
        }
    }
}
