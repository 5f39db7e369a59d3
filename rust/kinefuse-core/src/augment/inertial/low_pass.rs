//! A sensor that follows slowly.

use serde::Deserialize;

use super::check_share;
use super::spectrum::{Ends, respond};
use crate::augment::{Augmentation, View};
use crate::error::{Error, Result};
use crate::rng::Rng;

/// Weakens the frequencies above a cut-off, drawn from `U(min, max)` as a share of half the rate:
/// the gain is that of a Butterworth filter run forward and backward, `1 / (1 + (f/fc)^(2·order))`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LowPass {
    min: f32,
    max: f32,
    #[serde(default = "four")]
    order: u32,
}

fn four() -> u32 {
    4
}

impl Augmentation for LowPass {
    fn check(&self) -> Result<()> {
        if !(1..=16).contains(&self.order) {
            return Err(Error::Config(format!(
                "order: expected 1 to 16, got {}",
                self.order
            )));
        }
        check_share("min, max", self.min, self.max)
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let bins = Ends::Mirror.bins(view.shape.plane());
        let cutoff = f64::from(rng.uniform_in(self.min, self.max));
        let response: Vec<[f64; 2]> = (0..bins)
            .map(|k| {
                let ratio = k as f64 / (bins - 1) as f64 / cutoff;
                let square = ratio * ratio;
                let power = (0..self.order).fold(1.0, |power, _| power * square);
                [1.0 / (1.0 + power), 0.0]
            })
            .collect();
        respond(view, Ends::Mirror, view.shape.channels, &response);
    }
}
