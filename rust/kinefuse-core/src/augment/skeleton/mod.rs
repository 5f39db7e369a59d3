//! Augmentations of skeleton windows, `(D, T, J)`.

use super::inertial;
use super::plan::{Build, build};

/// Every skeleton step by its name in a plan.
pub(super) const STEPS: &[(&str, Build)] = &[("jitter", build::<inertial::Jitter>)];
