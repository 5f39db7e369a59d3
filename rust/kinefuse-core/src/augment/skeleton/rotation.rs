//! Another viewpoint.

use serde::Deserialize;

use super::check_dims;
use crate::augment::matrix::{about_axes, transform};
use crate::augment::{Augmentation, Shape, View};
use crate::error::{Error, Result, bail_shape};
use crate::rng::Rng;

/// The largest angle about every axis, or about each.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
pub enum Limits {
    /// The same for x, y and z; in the plane the only one.
    Same(f32),
    /// One for each of x, y and z.
    Each([f32; 3]),
}

/// Turns the skeleton about the origin by `Rx · Ry · Rz`, each angle uniform within its limit and
/// constant over frames.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// Largest angles in degrees.
    pub max_deg: Limits,
}

impl Augmentation for Rotation {
    fn check(&self) -> Result<()> {
        let limits = match self.max_deg {
            Limits::Same(all) => [all; 3],
            Limits::Each(each) => each,
        };
        match limits.iter().find(|l| !(0.0..=180.0).contains(*l)) {
            Some(l) => Err(Error::Config(format!(
                "max_deg: expected 0 to 180, got {l}"
            ))),
            None => Ok(()),
        }
    }

    fn check_shape(&self, shape: Shape) -> Result<()> {
        check_dims(shape)?;
        if shape.channels == 2 && matches!(self.max_deg, Limits::Each(_)) {
            bail_shape!("max_deg: expected one angle for joints with 2 coordinates, got three");
        }
        Ok(())
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let dims = view.shape.channels;
        let limits = match self.max_deg {
            Limits::Same(one) if dims == 2 => [0.0, 0.0, one],
            Limits::Same(all) => [all; 3],
            Limits::Each(each) => each,
        };
        let turn = about_axes(limits.map(|l| rng.uniform_in(-l, l)));
        transform(view.data, dims, &turn);
    }
}
