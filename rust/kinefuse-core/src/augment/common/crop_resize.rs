//! A random crop in time, stretched back to the window's length.

use serde::Deserialize;

use super::stretch::{LONGEST, stretch};
use crate::augment::{Augmentation, Path, View, path::follow};
use crate::error::{Error, Result};
use crate::resample::fourier::resample_to_length_into;
use crate::rng::Rng;

/// How a crop is stretched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Resize {
    /// By straight lines between samples.
    #[default]
    Linear,
    /// Through the spectrum.
    Fourier,
}

/// Keeps a share of the window drawn from `U(min, max)`, at a uniform place.
///
/// Linear: at instants between the samples, nothing is rounded to whole samples. Fourier: the
/// share and the place are rounded down to whole samples, at least 2, and the crop counts as
/// periodic, so its ends bend to meet.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CropResize {
    min: f32,
    #[serde(default = "whole")]
    max: f32,
    #[serde(default)]
    resize: Resize,
}

fn whole() -> f32 {
    1.0
}

impl CropResize {
    fn fourier(&self, view: &mut View<'_>, rng: &mut Rng) {
        let (time, points) = (view.shape.time, view.shape.points);
        let share = rng.uniform_in(self.min, self.max);
        let kept = ((share * time as f32) as usize).max(2);
        if kept >= time {
            return;
        }
        let start = rng.below(time - kept + 1);
        if time <= LONGEST {
            return stretch(view, start, kept);
        }
        for plane in view.data.chunks_exact_mut(time * points) {
            view.scratch.clear();
            let crop = &plane[start * points..(start + kept) * points];
            view.scratch.extend_from_slice(crop);
            resample_to_length_into(view.scratch, kept, points, time, plane)
                .expect("the slices have these dimensions, none of them 0");
        }
    }
}

impl Augmentation for CropResize {
    fn check(&self) -> Result<()> {
        if !(self.min > 0.0 && self.min <= self.max && self.max <= 1.0) {
            return Err(Error::Config(format!(
                "min, max: expected 0 < min <= max <= 1, got {} and {}",
                self.min, self.max
            )));
        }
        Ok(())
    }

    fn shared_id(&self) -> Option<u64> {
        Some(1)
    }

    fn draw_path(&self, rng: &mut Rng) -> Option<Path> {
        if self.resize == Resize::Fourier {
            return None;
        }
        let share = f64::from(rng.uniform_in(self.min, self.max));
        let start = f64::from(rng.uniform()) * (1.0 - share);
        Some(Path::Crop { start, share })
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        match self.draw_path(rng) {
            Some(path) => follow(view, &[path]),
            None => self.fourier(view, rng),
        }
    }
}
