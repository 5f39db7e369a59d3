//! A clock that is not quite right.

use serde::Deserialize;

use crate::augment::{Augmentation, View};
use crate::error::{Error, Result};
use crate::rng::Rng;

/// Takes samples at the instants of a device whose rate is off by a share `U(-rate, rate)`, about
/// the middle of the window, and each off by another `N(0, sigma²)` of a step, half a step at most,
/// so that time never runs backward. By linear interpolation; instants stay inside the window.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateJitter {
    sigma: f32,
    #[serde(default)]
    rate: f32,
}

impl Augmentation for RateJitter {
    fn check(&self) -> Result<()> {
        if !(0.0..=0.5).contains(&self.sigma) {
            return Err(Error::Config(format!(
                "sigma: expected 0 to 0.5 of a step, got {}",
                self.sigma
            )));
        }
        if !(0.0..=0.5).contains(&self.rate) {
            return Err(Error::Config(format!(
                "rate: expected 0 to 0.5, got {}",
                self.rate
            )));
        }
        Ok(())
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let time = view.shape.plane();
        if time < 2 {
            return;
        }
        let pace = 1.0 + f64::from(rng.uniform_in(-self.rate, self.rate));
        // The scratch holds each instant as a sample and a weight, then a channel.
        view.scratch.resize(2 * time, 0.0);
        let (offsets, before) = view.scratch.split_at_mut(time);
        rng.fill_normal(offsets);
        let end = (time - 1) as f64;
        let mut low = vec![0usize; time];
        for (t, offset) in offsets.iter_mut().enumerate() {
            let off = f64::from((self.sigma * *offset).clamp(-0.5, 0.5));
            let at = end / 2.0 + pace * (t as f64 + off - end / 2.0);
            let at = at.clamp(0.0, end);
            low[t] = (at as usize).min(time - 2);
            *offset = (at - low[t] as f64) as f32;
        }
        for channel in view.data.chunks_exact_mut(time) {
            before.copy_from_slice(channel);
            for ((x, &low), &weight) in channel.iter_mut().zip(&low).zip(&*offsets) {
                let (a, b) = (before[low], before[low + 1]);
                // A neighbour without weight stays out, because it may be missing.
                *x = match weight {
                    0.0 => a,
                    1.0 => b,
                    _ => a + weight * (b - a),
                };
            }
        }
    }
}
