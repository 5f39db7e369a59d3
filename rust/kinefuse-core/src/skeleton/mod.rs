//! Skeletons: what is done to `(T, J, D)` joint positions.
//!
//! Layouts (names, parents, pairs) live on the Python side; here joints are numbers.

mod angles;
mod convert;
mod fill;
pub mod normalize;
mod persons;
mod place;
mod streams;

pub use angles::angles_into;
pub use convert::convert_into;
pub use fill::{FILLED, Fill, FillCounts, MEASURED, MISSING, fill_missing_into};
pub use normalize::{Normalize, find_ground, normalize_batch_into, normalize_into};
pub use persons::{Rule, Score, score_persons};
pub use place::Real;
pub use streams::{Stream, stream_into};
