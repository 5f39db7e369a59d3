//! Augmentations of skeleton windows, `(D, T, J)`, D = 2 or 3.

use super::Shape;
use super::common::{CropResize, Jitter, TimeReverse, TimeWarp};
use super::plan::{Build, build};
use crate::error::{Result, bail_shape};

mod center;
mod reference_rotation;
mod reference_scaling;
mod rotation;
mod scaling;
mod shear;

pub use reference_rotation::ReferenceRotation;
pub use reference_scaling::ReferenceScaling;
pub use rotation::Rotation;
pub use scaling::Scaling;
pub use shear::Shear;

/// Every skeleton step by its name in a plan.
pub(super) const STEPS: &[(&str, Build)] = &[
    ("crop_resize", build::<CropResize>),
    ("jitter", build::<Jitter>),
    ("reference_rotation", build::<ReferenceRotation>),
    ("reference_scaling", build::<ReferenceScaling>),
    ("rotation", build::<Rotation>),
    ("scaling", build::<Scaling>),
    ("shear", build::<Shear>),
    ("time_reverse", build::<TimeReverse>),
    ("time_warp", build::<TimeWarp>),
];

/// Steps that mix coordinates work in the plane and in space.
fn check_dims(shape: Shape) -> Result<()> {
    if !matches!(shape.channels, 2 | 3) {
        bail_shape!(
            "expected joints with 2 or 3 coordinates, got {}",
            shape.channels
        );
    }
    Ok(())
}
