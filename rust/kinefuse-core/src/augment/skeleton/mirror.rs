//! The body as a mirror shows it.

use serde::Deserialize;

use super::{check_dims, check_joints};
use crate::augment::matrix::{Matrix, transform};
use crate::augment::{Augmentation, Shape, View};
use crate::error::{Error, Result, bail_shape};
use crate::rng::Rng;

/// What the body is reflected across; always through the origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Plane {
    /// The body's own, which stands across its lines from left to right.
    Body,
    /// The one where x is 0.
    X,
    /// The one where y is 0.
    Y,
    /// The one where z is 0.
    Z,
}

/// Reflects the body and exchanges its left and right joints.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mirror {
    joints: usize,
    /// (left, right) joints that change places.
    pairs: Vec<[usize; 2]>,
    /// (left, right) joints between which the body is wide.
    lines: Vec<[usize; 2]>,
    plane: Plane,
    /// The vertical coordinate, along which the body's plane stands.
    #[serde(default)]
    up: Option<usize>,
}

/// The mean line from left to right may cancel out; below this share of the mean length it does.
const NO_DIRECTION: f64 = 1e-3;

impl Mirror {
    /// The unit normal of the body's plane; none where no line is known or they cancel out.
    fn normal(&self, view: &View<'_>) -> Option<[f32; 3]> {
        let (plane, joints) = (view.shape.plane(), self.joints);
        let (mut sum, mut length) = ([0f64; 3], 0.0);
        for frame in (0..plane).step_by(joints) {
            for &[left, right] in &self.lines {
                let mut line = [0f64; 3];
                for (d, line) in line.iter_mut().enumerate().take(view.shape.channels) {
                    let at = d * plane + frame;
                    *line = f64::from(view.data[at + right]) - f64::from(view.data[at + left]);
                }
                let squares: f64 = line.iter().map(|v| v * v).sum();
                if squares.is_finite() {
                    length += squares.sqrt();
                    sum.iter_mut().zip(line).for_each(|(s, v)| *s += v);
                }
            }
        }
        if let Some(up) = self.up {
            sum[up] = 0.0;
        }
        let norm = sum.iter().map(|v| v * v).sum::<f64>().sqrt();
        (norm > NO_DIRECTION * length).then(|| sum.map(|v| (v / norm) as f32))
    }
}

/// Reflection across the plane through the origin with this normal (Householder).
fn reflection(n: [f32; 3]) -> Matrix {
    std::array::from_fn(|i| {
        std::array::from_fn(|j| f32::from(u8::from(i == j)) - 2.0 * n[i] * n[j])
    })
}

impl Augmentation for Mirror {
    fn check(&self) -> Result<()> {
        let mut paired = vec![false; self.joints];
        for &joint in self.pairs.iter().flatten() {
            match paired.get_mut(joint) {
                Some(seen) if !*seen => *seen = true,
                _ => {
                    return Err(Error::Config(format!(
                        "pairs: expected joints below {}, each in one pair at most, got {joint}",
                        self.joints
                    )));
                }
            }
        }
        if let Some(joint) = self.lines.iter().flatten().find(|&&j| j >= self.joints) {
            return Err(Error::Config(format!(
                "lines: expected joints below {}, got {joint}",
                self.joints
            )));
        }
        if let Some(up) = self.up.filter(|&up| up > 2) {
            return Err(Error::Config(format!("up: expected 0 to 2, got {up}")));
        }
        Ok(())
    }

    fn check_shape(&self, shape: Shape) -> Result<()> {
        check_dims(shape)?;
        check_joints(shape, self.joints)?;
        if shape.channels == 2 && self.plane == Plane::Z {
            bail_shape!("plane: expected body, x or y for joints with 2 coordinates, got z");
        }
        Ok(())
    }

    fn shared_id(&self) -> Option<u64> {
        Some(65)
    }

    fn apply(&self, view: &mut View<'_>, _rng: &mut Rng) {
        let plane = view.shape.plane();
        let axis = match self.plane {
            Plane::Body => {
                let Some(normal) = self.normal(view) else {
                    return;
                };
                transform(view.data, view.shape.channels, &reflection(normal));
                None
            }
            Plane::X => Some(0),
            Plane::Y => Some(1),
            Plane::Z => Some(2),
        };
        if let Some(axis) = axis {
            for x in &mut view.data[axis * plane..(axis + 1) * plane] {
                *x = -*x;
            }
        }
        for frame in view.data.chunks_exact_mut(self.joints) {
            for &[left, right] in &self.pairs {
                frame.swap(left, right);
            }
        }
    }
}
