//! Every frequency a little stronger or weaker.

use serde::Deserialize;

use super::Per;
use super::spectrum::{Ends, respond};
use crate::augment::common::{Per as _, check_sigma};
use crate::augment::{Augmentation, Shape, View};
use crate::error::Result;
use crate::rng::Rng;

/// Multiplies the amplitude of each frequency by its own `N(1, sigma²)`, at least 0. The mean is
/// kept.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmplitudePerturbation {
    sigma: f32,
    #[serde(default)]
    per: Per,
}

impl Augmentation for AmplitudePerturbation {
    fn check(&self) -> Result<()> {
        check_sigma(self.sigma)
    }

    fn check_shape(&self, shape: Shape) -> Result<()> {
        self.per.check_shape(shape)
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let bins = Ends::Meet.bins(view.shape.plane());
        let run = self.per.channels(view.shape);
        view.scratch.resize(bins, 0.0);
        let mut response = Vec::with_capacity(view.shape.channels / run * bins);
        for _ in 0..view.shape.channels / run {
            rng.fill_normal(view.scratch);
            for (k, z) in view.scratch.iter().enumerate() {
                let gain = if k == 0 { 1.0 } else { 1.0 + self.sigma * z };
                response.push([f64::from(gain.max(0.0)), 0.0]);
            }
        }
        respond(view, Ends::Meet, run, &response);
    }
}
