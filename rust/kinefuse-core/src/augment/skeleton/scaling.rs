//! Another body size, or another stretch along each axis.

use serde::Deserialize;

use crate::augment::{Shape, common};

/// What has a factor of its own.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// Each coordinate axis.
    #[default]
    Axis,
    /// The whole skeleton.
    All,
}

impl common::Per for Per {
    fn channels(self, shape: Shape) -> usize {
        match self {
            Per::Axis => 1,
            Per::All => shape.channels,
        }
    }
}

/// Coordinates times factors that are constant over frames and joints.
pub type Scaling = common::Scaling<Per>;
