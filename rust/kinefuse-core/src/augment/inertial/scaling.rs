//! Random gain of inertial channels.

use serde::Deserialize;

use crate::augment::common::{Factor, scale_blocks};
use crate::augment::{Augmentation, Shape, View};
use crate::error::{Result, bail_shape};
use crate::rng::Rng;

/// What has a factor of its own.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Per {
    /// Each channel.
    #[default]
    Channel,
    /// Each triplet of channels, so that directions are kept.
    Triplet,
    /// The whole window.
    All,
}

/// The window times constant factors, `N(1, sigma²)` or `U(low, high)`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaling {
    sigma: Option<f32>,
    low: Option<f32>,
    high: Option<f32>,
    #[serde(default)]
    per: Per,
}

impl Scaling {
    fn factor(&self) -> Result<Factor> {
        Factor::new(self.sigma, self.low, self.high)
    }
}

impl Augmentation for Scaling {
    fn check(&self) -> Result<()> {
        self.factor().map(drop)
    }

    fn check_shape(&self, shape: Shape) -> Result<()> {
        if matches!(self.per, Per::Triplet) && !shape.channels.is_multiple_of(3) {
            bail_shape!(
                "per='triplet' expected channels in triplets, got {}",
                shape.channels
            );
        }
        Ok(())
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let channels = match self.per {
            Per::Channel => 1,
            Per::Triplet => 3,
            Per::All => view.shape.channels,
        };
        if let Ok(factor) = self.factor() {
            scale_blocks(view, channels, factor, rng);
        }
    }
}
