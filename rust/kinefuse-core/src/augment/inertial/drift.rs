//! An offset that wanders.

use serde::Deserialize;

use super::Per;
use super::curve::{MAX_KNOTS, check_knots, draw_curve};
use crate::augment::common::{Per as _, check_sigma};
use crate::augment::{Augmentation, Shape, View};
use crate::error::Result;
use crate::rng::Rng;

/// The window plus a random walk that begins at 0 and ends at `N(0, sigma²)`: a natural cubic
/// spline through equally spaced knots.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    sigma: f32,
    #[serde(default = "four")]
    knots: usize,
    #[serde(default)]
    per: Per,
}

fn four() -> usize {
    4
}

impl Augmentation for Drift {
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
        let step = self.sigma / ((self.knots - 1) as f32).sqrt();
        let mut walk = [0f32; MAX_KNOTS];
        let walk = &mut walk[..self.knots];
        for run in view.data.chunks_exact_mut(run) {
            rng.fill_normal(walk);
            let mut at = 0.0;
            walk[0] = 0.0;
            for w in &mut walk[1..] {
                at += step * *w;
                *w = at;
            }
            draw_curve(walk, view.scratch);
            for channel in run.chunks_exact_mut(plane) {
                for (x, d) in channel.iter_mut().zip(&*view.scratch) {
                    *x += d;
                }
            }
        }
    }
}
