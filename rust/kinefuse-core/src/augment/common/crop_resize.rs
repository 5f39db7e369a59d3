//! A random crop in time, stretched back to the window's length.

use serde::Deserialize;

use crate::augment::{Augmentation, Path, View, path::follow};
use crate::error::{Error, Result};
use crate::rng::Rng;

/// Keeps a share of the window drawn from `U(min, max)`, at a uniform place, interpolated linearly
/// at instants between the samples, so that nothing is rounded to whole samples.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CropResize {
    /// Smallest share of the window.
    pub min: f32,
    /// Largest share of the window.
    #[serde(default = "whole")]
    pub max: f32,
}

fn whole() -> f32 {
    1.0
}

impl Augmentation for CropResize {
    fn check(&self) -> Result<()> {
        if !(self.min > 0.0 && self.min <= self.max && self.max <= 1.0) {
            return Err(Error::Config(format!(
                "min, max: expected 0 < min <= max <= 1, got {} and {}",
                self.min, self.max
            )));
        }
        Ok(())
    }

    fn shared_id(&self) -> Option<u64> {
        Some(1)
    }

    fn draw_path(&self, rng: &mut Rng) -> Option<Path> {
        let share = f64::from(rng.uniform_in(self.min, self.max));
        let start = f64::from(rng.uniform()) * (1.0 - share);
        Some(Path::Crop { start, share })
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        follow(view, self.draw_path(rng).as_slice());
    }
}
