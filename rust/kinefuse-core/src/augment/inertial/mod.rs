//! Augmentations of inertial windows, `(C, T)`.

use super::Shape;
use super::common::{CropResize, Jitter, Speed, TimeReverse, TimeWarp};
use super::plan::{Build, build};
use crate::error::{Error, Result, bail_shape};

mod amplitude_perturbation;
mod axis_permutation;
mod channel_mask;
mod channel_shuffle;
mod curve;
mod drift;
mod fill;
mod frequency_mask;
mod gaps;
mod low_pass;
mod magnitude_warp;
mod mirror;
mod per;
mod permutation;
mod phase_perturbation;
mod phase_shift;
mod quantize;
mod rate_jitter;
mod reference_channel_permutation;
mod reference_rotation;
mod reference_scaling;
mod reference_time_shuffle;
mod rotation;
mod saturation;
mod scaling;
mod sensor_dropout;
mod spectrum;
mod time_mask;
mod window_slice;

pub use amplitude_perturbation::AmplitudePerturbation;
pub use axis_permutation::AxisPermutation;
pub use channel_mask::ChannelMask;
pub use channel_shuffle::ChannelShuffle;
pub use drift::Drift;
pub use frequency_mask::FrequencyMask;
pub use gaps::Gaps;
pub use low_pass::LowPass;
pub use magnitude_warp::MagnitudeWarp;
pub use mirror::Mirror;
pub use per::Per;
pub use permutation::Permutation;
pub use phase_perturbation::PhasePerturbation;
pub use phase_shift::PhaseShift;
pub use quantize::Quantize;
pub use rate_jitter::RateJitter;
pub use reference_channel_permutation::ReferenceChannelPermutation;
pub use reference_rotation::ReferenceRotation;
pub use reference_scaling::ReferenceScaling;
pub use reference_time_shuffle::ReferenceTimeShuffle;
pub use rotation::Rotation;
pub use saturation::Saturation;
pub use scaling::Scaling;
pub use sensor_dropout::SensorDropout;
pub use time_mask::TimeMask;
pub use window_slice::WindowSlice;

/// Every inertial step by its name in a plan.
pub(super) const STEPS: &[(&str, Build)] = &[
    ("amplitude_perturbation", build::<AmplitudePerturbation>),
    ("axis_permutation", build::<AxisPermutation>),
    ("channel_mask", build::<ChannelMask>),
    ("channel_shuffle", build::<ChannelShuffle>),
    ("crop_resize", build::<CropResize>),
    ("drift", build::<Drift>),
    ("frequency_mask", build::<FrequencyMask>),
    ("gaps", build::<Gaps>),
    ("jitter", build::<Jitter>),
    ("low_pass", build::<LowPass>),
    ("magnitude_warp", build::<MagnitudeWarp>),
    ("mirror", build::<Mirror>),
    ("permutation", build::<Permutation>),
    ("phase_perturbation", build::<PhasePerturbation>),
    ("phase_shift", build::<PhaseShift>),
    ("quantize", build::<Quantize>),
    ("rate_jitter", build::<RateJitter>),
    (
        "reference_channel_permutation",
        build::<ReferenceChannelPermutation>,
    ),
    ("reference_rotation", build::<ReferenceRotation>),
    ("reference_scaling", build::<ReferenceScaling>),
    ("reference_time_shuffle", build::<ReferenceTimeShuffle>),
    ("rotation", build::<Rotation>),
    ("saturation", build::<Saturation>),
    ("scaling", build::<Scaling>),
    ("sensor_dropout", build::<SensorDropout>),
    ("time_mask", build::<TimeMask>),
    ("time_reverse", build::<TimeReverse>),
    ("speed", build::<Speed>),
    ("time_warp", build::<TimeWarp>),
    ("window_slice", build::<WindowSlice>),
];

/// Refuses numbers of sensors that no recording has.
fn check_sensors(sensors: usize) -> Result<()> {
    if !(1..=1024).contains(&sensors) {
        return Err(Error::Config(format!(
            "sensors: expected 1 to 1024, got {sensors}"
        )));
    }
    Ok(())
}

/// Refuses channels that are not triplets of each sensor.
fn check_triplets(shape: Shape, sensors: usize) -> Result<()> {
    if !shape.channels.is_multiple_of(3 * sensors) {
        bail_shape!(
            "expected channels in triplets for each of {sensors} sensor(s), got {}",
            shape.channels
        );
    }
    Ok(())
}

/// Refuses shares of a whole that are none.
fn check_share(names: &str, min: f32, max: f32) -> Result<()> {
    if !(min > 0.0 && min <= max && max <= 1.0) {
        let expected = if names == "max" {
            format!("expected above 0 and up to 1, got {max}")
        } else {
            format!("expected 0 < min <= max <= 1, got {min} and {max}")
        };
        return Err(Error::Config(format!("{names}: {expected}")));
    }
    Ok(())
}

/// Refuses sizes that are none.
fn check_range(min: f32, max: f32) -> Result<()> {
    if !(min > 0.0 && min <= max && max.is_finite()) {
        return Err(Error::Config(format!(
            "min, max: expected 0 < min <= max, got {min} and {max}"
        )));
    }
    Ok(())
}

/// Refuses angles beyond half a turn.
fn check_degrees(name: &str, degrees: f32) -> Result<()> {
    if !(0.0..=180.0).contains(&degrees) {
        return Err(Error::Config(format!(
            "{name}: expected 0 to 180, got {degrees}"
        )));
    }
    Ok(())
}
