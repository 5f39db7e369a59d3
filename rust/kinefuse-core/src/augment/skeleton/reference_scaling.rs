//! The scaling of the published CMC-CMKM code, for reproducing it only.

use serde::Deserialize;

use super::center::{put_back, take_out};
use crate::augment::common::{Factor, scale_blocks};
use crate::augment::{Augmentation, View};
use crate::error::Result;
use crate::rng::Rng;

/// A factor `U(low, high)` for each axis, about joint 0 of each frame, whose own path is left as
/// it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceScaling {
    /// Smallest factor.
    pub low: f32,
    /// Largest factor.
    pub high: f32,
}

impl ReferenceScaling {
    fn factor(&self) -> Result<Factor> {
        Factor::new(None, Some(self.low), Some(self.high))
    }
}

impl Augmentation for ReferenceScaling {
    fn check(&self) -> Result<()> {
        self.factor().map(drop)
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        if let Ok(factor) = self.factor() {
            take_out(view);
            scale_blocks(view, 1, factor, rng);
            put_back(view);
        }
    }
}
