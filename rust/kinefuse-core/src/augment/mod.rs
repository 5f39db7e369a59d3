//! Augmentations: one file each, put together into a [`Plan`].
//!
//! A view is worked on in place, coordinates first, the way encoders eat it. An inertial window is
//! `(C, T)`, a skeleton `(D, T, J)`; both are a [`View`] of `(channels, time, points)`, an inertial
//! one with a single point.
//!
//! What a step draws is relative to the length of the window, so that modalities of different
//! rates stay synchronous when they share a step.

use crate::error::Result;
use crate::rng::Rng;

pub mod common;
mod fft;
pub mod inertial;
mod items;
mod matrix;
mod path;
mod plan;
pub mod skeleton;

pub use items::apply_items;
pub use path::Path;
pub use plan::Plan;

/// The dimensions of a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Inertial channels, or coordinates of a joint.
    pub channels: usize,
    /// Samples or frames.
    pub time: usize,
    /// Joints; 1 for inertial data.
    pub points: usize,
}

impl Shape {
    /// Number of values.
    pub fn len(&self) -> usize {
        self.channels * self.time * self.points
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of values of one channel.
    pub fn plane(&self) -> usize {
        self.time * self.points
    }
}

/// One view in the making.
#[derive(Debug)]
pub struct View<'a> {
    /// Row-major `(channels, time, points)`.
    pub data: &'a mut [f32],
    /// Its dimensions.
    pub shape: Shape,
    /// Room that augmentations share; they may resize it and leave anything in it.
    pub scratch: &'a mut Vec<f32>,
}

/// One augmentation with its parameters.
pub trait Augmentation: std::fmt::Debug + Send + Sync {
    /// Refuses parameters that make no sense, when the plan is built.
    fn check(&self) -> Result<()>;

    /// Refuses data that it cannot work on (a rotation needs triplets).
    fn check_shape(&self, _shape: Shape) -> Result<()> {
        Ok(())
    }

    /// A number of its own for a step whose draws modalities can share; none for the others.
    fn shared_id(&self) -> Option<u64> {
        None
    }

    /// Draws the path through time of a step that does nothing but choose which instant each
    /// sample shows. Paths of neighbouring steps are composed and interpolated once.
    fn draw_path(&self, _rng: &mut Rng) -> Option<Path> {
        None
    }

    /// Changes the view. Draws from `rng` and from nothing else.
    fn apply(&self, view: &mut View<'_>, rng: &mut Rng);
}
