//! Augmentations that inertial and skeleton windows have in common.

mod crop_resize;
mod factor;
mod jitter;
mod scaling;
mod speed;
mod stretch;
mod time_reverse;
mod time_warp;

pub use crop_resize::CropResize;
pub(super) use factor::{Factor, scale_blocks};
pub use jitter::Jitter;
pub use scaling::{Per, Scaling};
pub use speed::Speed;
pub use time_reverse::TimeReverse;
pub use time_warp::TimeWarp;

use crate::error::{Error, Result};

/// Refuses a standard deviation that is none.
pub(super) fn check_sigma(sigma: f32) -> Result<()> {
    if !(sigma.is_finite() && sigma >= 0.0) {
        return Err(Error::Config(format!(
            "sigma: expected 0 or more, got {sigma}"
        )));
    }
    Ok(())
}
