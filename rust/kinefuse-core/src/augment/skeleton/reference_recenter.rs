//! The centring of the published CMC-CMKM code after a crop, for reproducing it only.

use serde::Deserialize;

use super::check_dims;
use crate::augment::{Augmentation, Shape, View};
use crate::error::{Error, Result, bail_shape};
use crate::rng::Rng;

/// A joint of the first frame becomes the origin, its distance to another the unit. The first
/// frame is the first in which both are known and apart; without one, nothing changes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceRecenter {
    /// What becomes the origin.
    pub center: usize,
    /// Where the unit ends.
    pub end: usize,
}

impl Augmentation for ReferenceRecenter {
    fn check(&self) -> Result<()> {
        if self.center == self.end {
            return Err(Error::Config(format!(
                "center, end: expected two joints, got {} twice",
                self.center
            )));
        }
        Ok(())
    }

    fn check_shape(&self, shape: Shape) -> Result<()> {
        check_dims(shape)?;
        if self.center.max(self.end) >= shape.points {
            bail_shape!(
                "center, end: expected two of the {} joints, got {} and {}",
                shape.points,
                self.center,
                self.end
            );
        }
        Ok(())
    }

    fn apply(&self, view: &mut View<'_>, _rng: &mut Rng) {
        let (dims, points, plane) = (view.shape.channels, view.shape.points, view.shape.plane());
        for frame in 0..view.shape.time {
            let (mut origin, mut squares) = ([0f32; 3], 0f32);
            for (axis, value) in origin[..dims].iter_mut().enumerate() {
                let at = axis * plane + frame * points;
                *value = view.data[at + self.center];
                squares += (view.data[at + self.end] - *value).powi(2);
            }
            let length = squares.sqrt();
            if length > 0.0 && length.is_finite() {
                for (values, origin) in view.data.chunks_exact_mut(plane).zip(origin) {
                    for x in values {
                        *x = (*x - origin) / length;
                    }
                }
                return;
            }
        }
    }
}
