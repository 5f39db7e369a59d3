//! A sensor worn a little differently.

use serde::Deserialize;

use crate::augment::matrix::{about_axis, transform};
use crate::augment::{Augmentation, Shape, View};
use crate::error::{Error, Result, bail_shape};
use crate::rng::{Rng, sin_cos_deg};

/// Turns all triplets of a sensor by the same angle, `U(-max_deg, max_deg)`, about the same axis,
/// uniform on the sphere.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// Largest angle in degrees.
    pub max_deg: f32,
    /// Sensors that turn independently; each has an equal run of the channels.
    #[serde(default = "one")]
    pub sensors: usize,
}

fn one() -> usize {
    1
}

impl Augmentation for Rotation {
    fn check(&self) -> Result<()> {
        if !(0.0..=180.0).contains(&self.max_deg) {
            return Err(Error::Config(format!(
                "max_deg: expected 0 to 180, got {}",
                self.max_deg
            )));
        }
        if self.sensors == 0 || self.sensors > 1024 {
            return Err(Error::Config(format!(
                "sensors: expected 1 to 1024, got {}",
                self.sensors
            )));
        }
        Ok(())
    }

    fn check_shape(&self, shape: Shape) -> Result<()> {
        if !shape.channels.is_multiple_of(3 * self.sensors) {
            bail_shape!(
                "expected channels in triplets for each of {} sensor(s), got {}",
                self.sensors,
                shape.channels
            );
        }
        Ok(())
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let triplet = 3 * view.shape.plane();
        for sensor in view.data.chunks_exact_mut(view.data.len() / self.sensors) {
            let z = rng.uniform_in(-1.0, 1.0);
            let (s, c) = sin_cos_deg(360.0 * rng.uniform());
            let r = (1.0 - z * z).max(0.0).sqrt();
            let angle = rng.uniform_in(-self.max_deg, self.max_deg);
            let turn = about_axis([r * c, r * s, z], angle);
            for planes in sensor.chunks_exact_mut(triplet) {
                transform(planes, 3, &turn);
            }
        }
    }
}
