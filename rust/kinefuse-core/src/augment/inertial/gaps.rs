//! Packets that were lost on the way.

use serde::Deserialize;

use super::check_sensors;
use super::fill::Fill;
use crate::augment::{Augmentation, Shape, View};
use crate::error::{Error, Result, bail_shape};
use crate::rng::Rng;

/// Loses runs of samples as a radio link does: a chain of two states (Gilbert 1960) in which on the
/// whole a share of the samples is lost, in runs of a mean length.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gaps {
    share: f32,
    length: f32,
    #[serde(default = "one")]
    sensors: usize,
    #[serde(default)]
    fill: Fill,
}

fn one() -> usize {
    1
}

impl Gaps {
    /// Probability that a sample is lost after one that was not.
    fn begins(&self) -> f32 {
        self.share / ((1.0 - self.share) * self.length)
    }
}

impl Augmentation for Gaps {
    fn check(&self) -> Result<()> {
        if !(self.share > 0.0 && self.share < 1.0) {
            return Err(Error::Config(format!(
                "share: expected above 0 and below 1, got {}",
                self.share
            )));
        }
        if !(self.length >= 1.0 && self.length.is_finite()) {
            return Err(Error::Config(format!(
                "length: expected 1 or more, got {}",
                self.length
            )));
        }
        if self.begins() > 1.0 {
            return Err(Error::Config(format!(
                "length: expected at least share / (1 - share), {}, got {}: so many lost samples \
                 need longer runs",
                self.share / (1.0 - self.share),
                self.length
            )));
        }
        check_sensors(self.sensors)
    }

    fn check_shape(&self, shape: Shape) -> Result<()> {
        if !shape.channels.is_multiple_of(self.sensors) {
            bail_shape!(
                "sensors: expected as many channels for each of {} sensors, got {} in all",
                self.sensors,
                shape.channels
            );
        }
        Ok(())
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let time = view.shape.plane();
        let (begins, ends) = (self.begins(), 1.0 / self.length);
        let mut lost = vec![false; time];
        for sensor in view.data.chunks_exact_mut(view.data.len() / self.sensors) {
            let mut losing = rng.uniform() < self.share;
            for lost in &mut lost {
                *lost = losing;
                losing = rng.uniform() < if losing { 1.0 - ends } else { begins };
            }
            if lost.contains(&true) {
                for channel in sensor.chunks_exact_mut(time) {
                    self.fill.mask(channel, &lost);
                }
            }
        }
    }
}
