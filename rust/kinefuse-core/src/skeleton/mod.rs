//! Skeletons: what is done to `(T, J, D)` joint positions.
//!
//! Layouts (names, parents, pairs) live on the Python side; here joints are numbers.

mod convert;
pub mod normalize;
mod place;

pub use convert::convert_into;
pub use normalize::{Normalize, normalize_batch_into, normalize_into};
pub use place::Real;
