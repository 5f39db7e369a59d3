//! Augmentations that inertial and skeleton windows have in common.

mod crop_resize;
mod factor;
mod jitter;
mod time_warp;

pub use crop_resize::CropResize;
pub(super) use factor::{Factor, scale_blocks};
pub use jitter::Jitter;
pub use time_warp::TimeWarp;
