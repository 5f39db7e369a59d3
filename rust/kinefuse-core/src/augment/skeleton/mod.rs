//! Augmentations of skeleton windows, `(D, T, J)`, D = 2 or 3.

use super::Shape;
use super::common::{CropResize, Jitter, Speed, TimeReverse, TimeWarp};
use super::plan::{Build, build};
use crate::error::{Result, bail_shape};

mod body_part_mask;
mod bone_length;
mod center;
mod fill;
mod frame_mask;
mod joint_mask;
mod mirror;
mod reference_recenter;
mod reference_rotation;
mod reference_scaling;
mod rotation;
mod scaling;
mod shear;

pub use body_part_mask::BodyPartMask;
pub use bone_length::BoneLength;
pub use frame_mask::FrameMask;
pub use joint_mask::JointMask;
pub use mirror::Mirror;
pub use reference_recenter::ReferenceRecenter;
pub use reference_rotation::ReferenceRotation;
pub use reference_scaling::ReferenceScaling;
pub use rotation::Rotation;
pub use scaling::Scaling;
pub use shear::Shear;

/// Every skeleton step by its name in a plan.
pub(super) const STEPS: &[(&str, Build)] = &[
    ("body_part_mask", build::<BodyPartMask>),
    ("bone_length", build::<BoneLength>),
    ("crop_resize", build::<CropResize>),
    ("frame_mask", build::<FrameMask>),
    ("jitter", build::<Jitter>),
    ("joint_mask", build::<JointMask>),
    ("mirror", build::<Mirror>),
    ("reference_recenter", build::<ReferenceRecenter>),
    ("reference_rotation", build::<ReferenceRotation>),
    ("reference_scaling", build::<ReferenceScaling>),
    ("rotation", build::<Rotation>),
    ("scaling", build::<Scaling>),
    ("shear", build::<Shear>),
    ("speed", build::<Speed>),
    ("time_reverse", build::<TimeReverse>),
    ("time_warp", build::<TimeWarp>),
];

/// Steps that know a layout take its joints only.
fn check_joints(shape: Shape, joints: usize) -> Result<()> {
    if shape.points != joints {
        bail_shape!(
            "expected the {joints} joints of the step's layout, got {}",
            shape.points
        );
    }
    Ok(())
}

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
