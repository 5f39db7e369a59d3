//! Augmentations of inertial windows, `(C, T)`.

use super::common::{CropResize, Jitter, TimeWarp};
use super::plan::{Build, build};

mod channel_shuffle;
mod permutation;
mod rotation;
mod scaling;

pub use channel_shuffle::ChannelShuffle;
pub use permutation::Permutation;
pub use rotation::Rotation;
pub use scaling::Scaling;

/// Every inertial step by its name in a plan.
pub(super) const STEPS: &[(&str, Build)] = &[
    ("channel_shuffle", build::<ChannelShuffle>),
    ("crop_resize", build::<CropResize>),
    ("jitter", build::<Jitter>),
    ("permutation", build::<Permutation>),
    ("rotation", build::<Rotation>),
    ("scaling", build::<Scaling>),
    ("time_warp", build::<TimeWarp>),
];
