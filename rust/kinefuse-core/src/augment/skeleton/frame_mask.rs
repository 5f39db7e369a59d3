//! Frames in which the tracker lost the body.

use serde::Deserialize;

use crate::augment::{Augmentation, View};
use crate::error::{Error, Result};
use crate::rng::Rng;

/// What stands where a frame was lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Lost {
    /// Nothing.
    #[default]
    Nan,
    /// The origin, in every joint.
    Zero,
    /// The frame before; at the start, the frame after.
    Hold,
}

/// Loses a share of the frames, drawn from `U(0, max_share)`, all joints at once, in runs of `run`
/// frames at uniform places. There is one run at least; runs may overlap, and one frame at least
/// is kept.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameMask {
    max_share: f32,
    #[serde(default = "one")]
    run: usize,
    #[serde(default)]
    fill: Lost,
}

fn one() -> usize {
    1
}

impl Augmentation for FrameMask {
    fn check(&self) -> Result<()> {
        if !(self.max_share > 0.0 && self.max_share <= 0.9) {
            return Err(Error::Config(format!(
                "max_share: expected above 0 and up to 0.9, got {}",
                self.max_share
            )));
        }
        if self.run == 0 {
            return Err(Error::Config("run: expected 1 or more, got 0".into()));
        }
        Ok(())
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let (time, joints) = (view.shape.time, view.shape.points);
        let most = (self.max_share * time as f32) as usize;
        let run = self.run.min(most).max(1);
        if run >= time {
            return;
        }
        let share = rng.uniform_in(0.0, self.max_share);
        let runs = ((share * time as f32) as usize / run).max(1);
        for _ in 0..runs {
            let first = rng.below(time - run + 1);
            for plane in view.data.chunks_exact_mut(time * joints) {
                let lost = first * joints..(first + run) * joints;
                match self.fill {
                    Lost::Nan => plane[lost].fill(f32::NAN),
                    Lost::Zero => plane[lost].fill(0.0),
                    Lost::Hold => {
                        let from = if first > 0 { first - 1 } else { run };
                        for frame in first..first + run {
                            plane.copy_within(from * joints..(from + 1) * joints, frame * joints);
                        }
                    }
                }
            }
        }
    }
}
