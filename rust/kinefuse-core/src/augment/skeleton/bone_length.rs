//! A body of other proportions.

use serde::Deserialize;

use super::check_joints;
use crate::augment::common::Factor;
use crate::augment::{Augmentation, Shape, View};
use crate::error::{Error, Result};
use crate::rng::Rng;

/// A bone of the tree, and which factor it takes.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Bone {
    parent: usize,
    child: usize,
    group: usize,
}

/// No bone becomes shorter than this share: a normal factor could turn it round.
const SHORTEST: f32 = 0.1;

/// Multiplies the length of each group of bones by a factor of its own, `N(1, sigma²)` or
/// `U(low, high)`, from the root down: what hangs on a bone moves along with its end.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoneLength {
    joints: usize,
    /// A bone comes before those that hang on it.
    bones: Vec<Bone>,
    sigma: Option<f32>,
    low: Option<f32>,
    high: Option<f32>,
}

impl BoneLength {
    fn factor(&self) -> Result<Factor> {
        Factor::new(self.sigma, self.low, self.high)
    }

    /// One frame of one coordinate: each joint moves by the change of all bones above it. Where a
    /// bone is unknown, what hangs on it moves as its parent does.
    fn stretch(&self, frame: &mut [f32], factors: &[f32], moves: &mut [f32]) {
        moves.fill(0.0);
        for bone in &self.bones {
            let change = (factors[bone.group] - 1.0) * (frame[bone.child] - frame[bone.parent]);
            moves[bone.child] = moves[bone.parent] + if change.is_finite() { change } else { 0.0 };
        }
        for (x, by) in frame.iter_mut().zip(moves) {
            *x += *by;
        }
    }
}

impl Augmentation for BoneLength {
    fn check(&self) -> Result<()> {
        self.factor()?;
        let mut seen = vec![false; self.joints];
        for bone in &self.bones {
            let inside = bone.parent.max(bone.child).max(bone.group) < self.joints;
            if !inside || seen[bone.child] || bone.parent == bone.child {
                return Err(Error::Config(format!(
                    "bones: expected a tree of joints below {} from its root down, got {} to {}",
                    self.joints, bone.parent, bone.child
                )));
            }
            seen[bone.parent] = true;
            seen[bone.child] = true;
        }
        Ok(())
    }

    fn check_shape(&self, shape: Shape) -> Result<()> {
        check_joints(shape, self.joints)
    }

    fn apply(&self, view: &mut View<'_>, rng: &mut Rng) {
        let Ok(factor) = self.factor() else { return };
        view.scratch.clear();
        view.scratch.resize(2 * self.joints, 0.0);
        let (factors, moves) = view.scratch.split_at_mut(self.joints);
        let groups = self.bones.iter().map(|b| b.group + 1).max().unwrap_or(0);
        factor.draw(rng, &mut factors[..groups]);
        factors.iter_mut().for_each(|f| *f = f.max(SHORTEST));
        for frame in view.data.chunks_exact_mut(self.joints) {
            self.stretch(frame, factors, moves);
        }
    }
}
