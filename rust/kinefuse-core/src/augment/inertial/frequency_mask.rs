//! A band of frequencies that is missing.

use serde::Deserialize;

use super::check_share;
use super::spectrum::{Ends, respond};
use crate::augment::{Augmentation, View};
use crate::error::Result;
use crate::rng::Rng;

/// Takes out of all channels a band of frequencies: a share of those from 0 to half the rate,
/// drawn from `U(min, max)`, at least one, at a uniform place. The mean is kept.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrequencyMask {
    max: f32,
    #[serde(default)]
    min: f32,
}

impl Augmentation for FrequencyMask {
    fn check(&self) -> Result<()> {
        if self.min == 0.0 {
            return check_share("max", self.max, self.max);
        }
        check_share("min, max", self.min, self.max)
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let bins = Ends::Meet.bins(view.shape.plane());
        let share = rng.uniform_in(self.min, self.max);
        let place = rng.uniform();
        let masked = ((share * (bins - 1) as f32).round() as usize)
            .max(1)
            .min(bins - 1);
        let first = 1 + (place * (bins - masked) as f32) as usize;
        let mut response = vec![[1.0, 0.0]; bins];
        response[first.min(bins - masked)..][..masked].fill([0.0, 0.0]);
        respond(view, Ends::Meet, view.shape.channels, &response);
    }
}
