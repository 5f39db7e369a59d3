//! Sensors that were off.

use serde::Deserialize;

use super::fill::Fill;
use crate::augment::{Augmentation, Shape, View};
use crate::error::{Error, Result, bail_shape};
use crate::rng::Rng;

/// Masks a number of sensors, uniform in `1..=max_dropped`, in the whole window; any set of that
/// many is as likely, and one sensor at least is kept.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SensorDropout {
    sensors: usize,
    #[serde(default = "one")]
    max_dropped: usize,
    #[serde(default)]
    fill: Fill,
}

fn one() -> usize {
    1
}

impl Augmentation for SensorDropout {
    fn check(&self) -> Result<()> {
        if !(2..=1024).contains(&self.sensors) {
            return Err(Error::Config(format!(
                "sensors: expected 2 to 1024, got {}",
                self.sensors
            )));
        }
        if !(1..self.sensors).contains(&self.max_dropped) {
            return Err(Error::Config(format!(
                "max_dropped: expected 1 to {}, one less than the sensors, got {}",
                self.sensors - 1,
                self.max_dropped
            )));
        }
        self.fill.check_whole()
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
        let plane = view.shape.plane();
        let run = view.data.len() / self.sensors;
        let n = 1 + rng.below(self.max_dropped);
        rng.choose(self.sensors, n, |sensor| {
            let channels = &mut view.data[sensor * run..(sensor + 1) * run];
            for channel in channels.chunks_exact_mut(plane) {
                self.fill.mask_channel(channel);
            }
        });
    }
}
