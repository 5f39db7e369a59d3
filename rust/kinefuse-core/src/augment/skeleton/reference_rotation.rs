//! The rotation of the published CMC-CMKM code, for reproducing it only.

use serde::Deserialize;

use super::center::{put_back, take_out};
use super::check_dims;
use crate::augment::matrix::{about_axes, transform};
use crate::augment::{Augmentation, Shape, View};
use crate::error::{Error, Result};
use crate::rng::Rng;

/// `Rx · Ry · Rz` with each angle from the list `start, start + step, …` up to `end`, about joint
/// 0 of each frame. In the plane one angle.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceRotation {
    /// First angle in degrees.
    pub start: i32,
    /// No angle beyond this.
    pub end: i32,
    /// Degrees from one angle to the next.
    pub step: u32,
}

impl Augmentation for ReferenceRotation {
    fn check(&self) -> Result<()> {
        if !(-180 <= self.start && self.start <= self.end && self.end <= 180) {
            return Err(Error::Config(format!(
                "start, end: expected -180 <= start <= end <= 180, got {} and {}",
                self.start, self.end
            )));
        }
        if !(1..=360).contains(&self.step) {
            return Err(Error::Config(format!(
                "step: expected 1 to 360, got {}",
                self.step
            )));
        }
        Ok(())
    }

    fn check_shape(&self, shape: Shape) -> Result<()> {
        check_dims(shape)
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let dims = view.shape.channels;
        let count = (self.end - self.start) as usize / self.step as usize + 1;
        let mut angles = [0f32; 3];
        let axes = if dims == 2 { 2..3 } else { 0..3 };
        for angle in &mut angles[axes] {
            *angle = (self.start + (rng.below(count) * self.step as usize) as i32) as f32;
        }
        let turn = about_axes(angles);
        take_out(view);
        transform(view.data, dims, &turn);
        put_back(view);
    }
}
