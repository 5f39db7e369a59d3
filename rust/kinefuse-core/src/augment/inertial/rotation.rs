//! A sensor worn a little differently.

use serde::Deserialize;

use super::{check_degrees, check_sensors, check_triplets};
use crate::augment::matrix::{Matrix, about_axis, from_quaternion, transform};
use crate::augment::{Augmentation, Shape, View};
use crate::error::Result;
use crate::rng::{Rng, sin_cos_deg};

/// Turns all triplets of a sensor by the same angle, `U(-max_deg, max_deg)`, about the same axis,
/// uniform on the sphere. Without an angle, by a rotation that is uniform over all of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// Largest angle in degrees.
    #[serde(default)]
    pub max_deg: Option<f32>,
    /// Sensors that turn independently; each has an equal run of the channels.
    #[serde(default = "one")]
    pub sensors: usize,
}

fn one() -> usize {
    1
}

impl Augmentation for Rotation {
    fn check(&self) -> Result<()> {
        check_degrees("max_deg", self.max_deg.unwrap_or(0.0))?;
        check_sensors(self.sensors)
    }

    fn check_shape(&self, shape: Shape) -> Result<()> {
        check_triplets(shape, self.sensors)
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let triplet = 3 * view.shape.plane();
        for sensor in view.data.chunks_exact_mut(view.data.len() / self.sensors) {
            let turn = match self.max_deg {
                Some(max_deg) => draw_small(max_deg, rng),
                None => draw_any(rng),
            };
            for planes in sensor.chunks_exact_mut(triplet) {
                transform(planes, 3, &turn);
            }
        }
    }
}

fn draw_small(max_deg: f32, rng: &mut Rng) -> Matrix {
    let z = rng.uniform_in(-1.0, 1.0);
    let (s, c) = sin_cos_deg(360.0 * rng.uniform());
    let r = (1.0 - z * z).max(0.0).sqrt();
    about_axis([r * c, r * s, z], rng.uniform_in(-max_deg, max_deg))
}

/// A direction of space with four dimensions is a quaternion of a uniform rotation.
fn draw_any(rng: &mut Rng) -> Matrix {
    loop {
        let mut q = [0f32; 4];
        rng.fill_normal(&mut q);
        let norm = q.iter().map(|v| v * v).sum::<f32>().sqrt();
        if norm > 1e-3 {
            return from_quaternion(q.map(|v| v / norm));
        }
    }
}
