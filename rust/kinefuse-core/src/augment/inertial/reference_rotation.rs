//! The rotation of the published CMC-CMKM code, for reproducing it only.

use serde::Deserialize;

use crate::augment::{Augmentation, View};
use crate::error::Result;
use crate::rng::Rng;

/// Every single value keeps or changes its sign, each with probability one half.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceRotation {}

impl Augmentation for ReferenceRotation {
    fn check(&self) -> Result<()> {
        Ok(())
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        for values in view.data.chunks_mut(32) {
            let signs = rng.next_u32();
            for (i, x) in values.iter_mut().enumerate() {
                let turned = (signs >> i & 1) << 31;
                *x = f32::from_bits(x.to_bits() ^ turned);
            }
        }
    }
}
