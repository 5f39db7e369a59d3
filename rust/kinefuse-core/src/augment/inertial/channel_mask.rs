//! Channels that are masked.

use serde::Deserialize;

use super::fill::Fill;
use crate::augment::{Augmentation, Shape, View};
use crate::error::{Error, Result, bail_shape};
use crate::rng::Rng;

/// Masks a number of channels, uniform in `1..=max_channels`, in the whole window; any set of that
/// many is as likely.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelMask {
    #[serde(default = "one")]
    max_channels: usize,
    #[serde(default)]
    fill: Fill,
}

fn one() -> usize {
    1
}

impl Augmentation for ChannelMask {
    fn check(&self) -> Result<()> {
        if self.max_channels == 0 {
            return Err(Error::Config(
                "max_channels: expected 1 or more, got 0".into(),
            ));
        }
        self.fill.check_whole()
    }

    fn check_shape(&self, shape: Shape) -> Result<()> {
        if self.max_channels >= shape.channels {
            bail_shape!(
                "max_channels: expected fewer than the {} channels, got {}",
                shape.channels,
                self.max_channels
            );
        }
        Ok(())
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let plane = view.shape.plane();
        let n = 1 + rng.below(self.max_channels);
        rng.choose(view.shape.channels, n, |channel| {
            self.fill
                .mask_channel(&mut view.data[channel * plane..(channel + 1) * plane]);
        });
    }
}
