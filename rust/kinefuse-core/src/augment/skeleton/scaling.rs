//! Another body size, or another stretch along each axis.

use serde::Deserialize;

use crate::augment::common::{Factor, scale_blocks};
use crate::augment::{Augmentation, View};
use crate::error::Result;
use crate::rng::Rng;

/// What has a factor of its own.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Per {
    /// Each coordinate axis.
    #[default]
    Axis,
    /// The whole skeleton.
    All,
}

/// Coordinates times factors that are constant over frames and joints, `N(1, sigma²)` or
/// `U(low, high)`, about the origin.
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

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let channels = match self.per {
            Per::Axis => 1,
            Per::All => view.shape.channels,
        };
        if let Ok(factor) = self.factor() {
            scale_blocks(view, channels, factor, rng);
        }
    }
}
