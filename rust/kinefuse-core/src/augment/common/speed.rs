//! The same movement done faster or slower.

use serde::Deserialize;

use crate::augment::{Augmentation, Path, View, path::follow};
use crate::error::{Error, Result};
use crate::rng::Rng;

/// Plays the window at a constant speed drawn from `U(min, max)`. Slower than 1 shows a part of the
/// window at a uniform place; faster shows all of it at a uniform place, its first and last sample
/// held before and after.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Speed {
    min: f32,
    max: f32,
}

/// Slowest speed, and the inverse of the fastest.
const SLOWEST: f32 = 0.1;

impl Augmentation for Speed {
    fn check(&self) -> Result<()> {
        if !(SLOWEST <= self.min && self.min <= self.max && self.max <= 1.0 / SLOWEST) {
            return Err(Error::Config(format!(
                "min, max: expected {SLOWEST} <= min <= max <= {}, got {} and {}",
                1.0 / SLOWEST,
                self.min,
                self.max
            )));
        }
        Ok(())
    }

    fn shared_id(&self) -> Option<u64> {
        Some(64)
    }

    fn draw_path(&self, rng: &mut Rng) -> Option<Path> {
        let share = f64::from(rng.uniform_in(self.min, self.max));
        // Below 0 where the window does not fill the time: the path stays at its ends.
        let start = f64::from(rng.uniform()) * (1.0 - share);
        Some(Path::Crop { start, share })
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        follow(view, self.draw_path(rng).as_slice());
    }
}
