//! Every frequency at another point of its cycle.

use serde::Deserialize;

use super::spectrum::{Ends, respond};
use super::{Per, check_degrees};
use crate::augment::common::Per as _;
use crate::augment::{Augmentation, Shape, View};
use crate::error::Result;
use crate::rng::{Rng, sin_cos_deg};

/// Advances the phase of each frequency by its own `N(0, sigma_deg²)`. The mean, and half the rate,
/// have no phase and are kept.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhasePerturbation {
    sigma_deg: f32,
    #[serde(default)]
    per: Per,
}

impl Augmentation for PhasePerturbation {
    fn check(&self) -> Result<()> {
        check_degrees("sigma_deg", self.sigma_deg)
    }

    fn check_shape(&self, shape: Shape) -> Result<()> {
        self.per.check_shape(shape)
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let time = view.shape.plane();
        let bins = Ends::Meet.bins(time);
        let run = self.per.channels(view.shape);
        view.scratch.resize(bins, 0.0);
        let mut response = Vec::with_capacity(view.shape.channels / run * bins);
        for _ in 0..view.shape.channels / run {
            rng.fill_normal(view.scratch);
            for (k, z) in view.scratch.iter().enumerate() {
                let real = k == 0 || 2 * k == time;
                let (s, c) = sin_cos_deg(if real { 0.0 } else { self.sigma_deg * z });
                response.push([f64::from(c), f64::from(s)]);
            }
        }
        respond(view, Ends::Meet, run, &response);
    }
}
