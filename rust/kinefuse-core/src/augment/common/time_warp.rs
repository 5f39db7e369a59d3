//! A smooth random change of tempo.

use serde::Deserialize;

use crate::augment::path::{MAX_KNOTS, exp, follow};
use crate::augment::{Augmentation, Path, View};
use crate::error::{Error, Result};
use crate::rng::Rng;

/// Plays the window at a speed `exp(sigma · N(0, 1))` at equally spaced knots and linear between
/// them, scaled so that the window still begins and ends where it did. After Um et al. (ICMI 2017),
/// whose speed can become negative; this one cannot, so time never runs backward.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeWarp {
    /// Standard deviation of the logarithm of the speed.
    pub sigma: f32,
    /// Number of knots, both ends included.
    #[serde(default = "four")]
    pub knots: usize,
}

fn four() -> usize {
    4
}

impl Augmentation for TimeWarp {
    fn check(&self) -> Result<()> {
        if !(0.0..=2.0).contains(&self.sigma) {
            return Err(Error::Config(format!(
                "sigma: expected 0 to 2, got {}",
                self.sigma
            )));
        }
        if !(2..=MAX_KNOTS).contains(&self.knots) {
            return Err(Error::Config(format!(
                "knots: expected 2 to {MAX_KNOTS}, got {}",
                self.knots
            )));
        }
        Ok(())
    }

    fn shared_id(&self) -> Option<u64> {
        Some(2)
    }

    fn draw_path(&self, rng: &mut Rng) -> Option<Path> {
        let mut z = [0f32; MAX_KNOTS];
        let mut speeds = [0f64; MAX_KNOTS];
        let (z, speeds) = (&mut z[..self.knots], &mut speeds[..self.knots]);
        rng.fill_normal(z);
        for (speed, z) in speeds.iter_mut().zip(z) {
            *speed = exp(f64::from(self.sigma) * f64::from(*z));
        }
        Some(Path::warp(speeds))
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        follow(view, self.draw_path(rng).as_slice());
    }
}
