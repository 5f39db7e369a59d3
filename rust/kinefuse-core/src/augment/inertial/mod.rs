//! Augmentations of inertial windows, `(C, T)`.

use super::common::{CropResize, Jitter, TimeWarp};
use super::plan::{Build, build};

mod channel_shuffle;
mod permutation;
mod reference_channel_permutation;
mod reference_rotation;
mod reference_scaling;
mod reference_time_shuffle;
mod rotation;
mod scaling;

pub use channel_shuffle::ChannelShuffle;
pub use permutation::Permutation;
pub use reference_channel_permutation::ReferenceChannelPermutation;
pub use reference_rotation::ReferenceRotation;
pub use reference_scaling::ReferenceScaling;
pub use reference_time_shuffle::ReferenceTimeShuffle;
pub use rotation::Rotation;
pub use scaling::Scaling;

/// Every inertial step by its name in a plan.
pub(super) const STEPS: &[(&str, Build)] = &[
    ("channel_shuffle", build::<ChannelShuffle>),
    ("crop_resize", build::<CropResize>),
    ("jitter", build::<Jitter>),
    ("permutation", build::<Permutation>),
    (
        "reference_channel_permutation",
        build::<ReferenceChannelPermutation>,
    ),
    ("reference_rotation", build::<ReferenceRotation>),
    ("reference_scaling", build::<ReferenceScaling>),
    ("reference_time_shuffle", build::<ReferenceTimeShuffle>),
    ("rotation", build::<Rotation>),
    ("scaling", build::<Scaling>),
    ("time_warp", build::<TimeWarp>),
];
