//! Which channels a draw is for.

use serde::Deserialize;

use crate::augment::{Shape, common};
use crate::error::{Result, bail_shape};

/// What has a draw of its own.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// Each channel.
    #[default]
    Channel,
    /// Each triplet of channels.
    Triplet,
    /// The whole window.
    All,
}

impl common::Per for Per {
    fn channels(self, shape: Shape) -> usize {
        match self {
            Per::Channel => 1,
            Per::Triplet => 3,
            Per::All => shape.channels,
        }
    }

    fn check_shape(self, shape: Shape) -> Result<()> {
        if matches!(self, Per::Triplet) && !shape.channels.is_multiple_of(3) {
            bail_shape!(
                "per='triplet' expected channels in triplets, got {}",
                shape.channels
            );
        }
        Ok(())
    }
}
