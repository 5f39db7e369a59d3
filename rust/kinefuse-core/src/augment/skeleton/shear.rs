//! A sheared space.

use serde::Deserialize;

use super::check_dims;
use crate::augment::common::check_sigma;
use crate::augment::matrix::transform;
use crate::augment::{Augmentation, Shape, View};
use crate::error::Result;
use crate::rng::Rng;

/// `x' = x + sx·(y + z)` and so on round the axes, with `s ~ N(0, sigma²)` for each axis, about
/// the origin (Rao et al. 2021, as CMC-CMKM uses it). In the plane `x' = x + sx·y`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shear {
    /// Standard deviation of each shear.
    pub sigma: f32,
}

impl Augmentation for Shear {
    fn check(&self) -> Result<()> {
        check_sigma(self.sigma)
    }

    fn check_shape(&self, shape: Shape) -> Result<()> {
        check_dims(shape)
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let mut s = [0f32; 3];
        rng.fill_normal(&mut s);
        let [x, y, z] = s.map(|s| self.sigma * s);
        let m = [[1.0, x, x], [y, 1.0, y], [z, z, 1.0]];
        transform(view.data, view.shape.channels, &m);
    }
}
