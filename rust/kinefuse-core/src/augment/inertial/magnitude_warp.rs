//! A gain that changes smoothly over the window.

use serde::Deserialize;

use super::Per;
use super::curve::{MAX_KNOTS, check_knots, draw_curve};
use crate::augment::common::{Per as _, check_sigma};
use crate::augment::{Augmentation, Shape, View};
use crate::error::Result;
use crate::rng::Rng;

/// The window times a natural cubic spline through factors `N(1, sigma²)` at equally spaced knots.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MagnitudeWarp {
    sigma: f32,
    #[serde(default = "four")]
    knots: usize,
    #[serde(default)]
    per: Per,
}

fn four() -> usize {
    4
}

impl Augmentation for MagnitudeWarp {
    fn check(&self) -> Result<()> {
        check_knots(self.knots)?;
        check_sigma(self.sigma)
    }

    fn check_shape(&self, shape: Shape) -> Result<()> {
        self.per.check_shape(shape)
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let plane = view.shape.plane();
        let run = self.per.channels(view.shape) * plane;
        view.scratch.resize(plane, 0.0);
        let mut factors = [0f32; MAX_KNOTS];
        let factors = &mut factors[..self.knots];
        for run in view.data.chunks_exact_mut(run) {
            rng.fill_normal(factors);
            for f in factors.iter_mut() {
                *f = 1.0 + self.sigma * *f;
            }
            draw_curve(factors, view.scratch);
            for channel in run.chunks_exact_mut(plane) {
                for (x, f) in channel.iter_mut().zip(&*view.scratch) {
                    *x *= f;
                }
            }
        }
    }
}
