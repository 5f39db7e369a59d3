//! The window played backward.

use serde::Deserialize;

use crate::augment::{Augmentation, Shape, View};
use crate::error::{Result, bail_shape};
use crate::rng::Rng;

/// The samples in the opposite order, and some channels with the opposite sign.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeReverse {
    /// Channels whose sign turns with the direction of time.
    #[serde(default)]
    negate: Vec<usize>,
}

impl Augmentation for TimeReverse {
    fn check(&self) -> Result<()> {
        Ok(())
    }

    fn check_shape(&self, shape: Shape) -> Result<()> {
        if let Some(channel) = self.negate.iter().find(|&&c| c >= shape.channels) {
            bail_shape!(
                "negate: expected channels below {}, got {channel}",
                shape.channels
            );
        }
        Ok(())
    }

    fn shared_id(&self) -> Option<u64> {
        Some(4)
    }

    fn apply(&self, view: &mut View<'_>, _rng: &mut Rng) {
        let (time, points) = (view.shape.time, view.shape.points);
        for (c, plane) in view.data.chunks_exact_mut(time * points).enumerate() {
            if points == 1 {
                plane.reverse();
            } else {
                for t in 0..time / 2 {
                    let (head, tail) = plane.split_at_mut((time - 1 - t) * points);
                    head[t * points..(t + 1) * points].swap_with_slice(&mut tail[..points]);
                }
            }
            if self.negate.contains(&c) {
                plane.iter_mut().for_each(|x| *x = -*x);
            }
        }
    }
}
