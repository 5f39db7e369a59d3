//! All frequencies a little later, or earlier, in their cycle.

use serde::Deserialize;

use super::check_degrees;
use super::spectrum::{Ends, respond};
use crate::augment::{Augmentation, View};
use crate::error::Result;
use crate::rng::{Rng, sin_cos_deg};

/// Advances the phase of every frequency by the same angle, `U(-max_deg, max_deg)`. The mean, and
/// half the rate, have no phase and are kept.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhaseShift {
    max_deg: f32,
}

impl Augmentation for PhaseShift {
    fn check(&self) -> Result<()> {
        check_degrees("max_deg", self.max_deg)
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let time = view.shape.plane();
        let (s, c) = sin_cos_deg(rng.uniform_in(-self.max_deg, self.max_deg));
        let mut response = vec![[f64::from(c), f64::from(s)]; Ends::Meet.bins(time)];
        response[0] = [1.0, 0.0];
        if time.is_multiple_of(2) {
            response[time / 2] = [1.0, 0.0];
        }
        respond(view, Ends::Meet, view.shape.channels, &response);
    }
}
