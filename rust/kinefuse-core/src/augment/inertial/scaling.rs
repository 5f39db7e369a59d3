//! Random gain of inertial channels.

use super::Per;
use crate::augment::common;

/// The window times constant factors.
pub type Scaling = common::Scaling<Per>;
