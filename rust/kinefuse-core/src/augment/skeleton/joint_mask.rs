//! Joints that the camera does not see.

use serde::Deserialize;

use super::fill::{Fill, mask_joint};
use crate::augment::{Augmentation, Shape, View};
use crate::error::{Error, Result, bail_shape};
use crate::rng::Rng;

/// Masks a number of joints, uniform in `1..=max_joints`, in all frames; any set of that many is
/// as likely.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JointMask {
    max_joints: usize,
    #[serde(default)]
    fill: Fill,
}

impl Augmentation for JointMask {
    fn check(&self) -> Result<()> {
        if self.max_joints == 0 {
            return Err(Error::Config(
                "max_joints: expected 1 or more, got 0".into(),
            ));
        }
        Ok(())
    }

    fn check_shape(&self, shape: Shape) -> Result<()> {
        if self.max_joints >= shape.points {
            bail_shape!(
                "max_joints: expected fewer than the {} joints, got {}",
                shape.points,
                self.max_joints
            );
        }
        Ok(())
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let n = 1 + rng.below(self.max_joints);
        let joints = view.shape.points;
        rng.choose(joints, n, |joint| mask_joint(view, joint, self.fill));
    }
}
