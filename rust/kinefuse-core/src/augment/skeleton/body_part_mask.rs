//! Limbs that the camera does not see.

use serde::Deserialize;

use super::check_joints;
use super::fill::{Fill, mask_joint};
use crate::augment::{Augmentation, Shape, View};
use crate::error::{Error, Result};
use crate::rng::Rng;

/// Masks a number of parts of the body, uniform in `1..=max_parts`, in all frames; any set of that
/// many is as likely.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyPartMask {
    joints: usize,
    /// The joints of each part.
    parts: Vec<Vec<usize>>,
    max_parts: usize,
    #[serde(default)]
    fill: Fill,
}

impl Augmentation for BodyPartMask {
    fn check(&self) -> Result<()> {
        if !(1..=self.parts.len()).contains(&self.max_parts) {
            return Err(Error::Config(format!(
                "max_parts: expected 1 to {}, the number of parts, got {}",
                self.parts.len(),
                self.max_parts
            )));
        }
        if let Some(joint) = self.parts.iter().flatten().find(|&&j| j >= self.joints) {
            return Err(Error::Config(format!(
                "parts: expected joints below {}, got {joint}",
                self.joints
            )));
        }
        Ok(())
    }

    fn check_shape(&self, shape: Shape) -> Result<()> {
        check_joints(shape, self.joints)
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let n = 1 + rng.below(self.max_parts);
        rng.choose(self.parts.len(), n, |part| {
            for &joint in &self.parts[part] {
                mask_joint(view, joint, self.fill);
            }
        });
    }
}
