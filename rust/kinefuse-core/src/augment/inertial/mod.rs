//! Augmentations of inertial windows, `(C, T)`.

use super::plan::{Build, build};

mod jitter;

pub use jitter::Jitter;

/// Every inertial step by its name in a plan.
pub(super) const STEPS: &[(&str, Build)] = &[("jitter", build::<Jitter>)];
