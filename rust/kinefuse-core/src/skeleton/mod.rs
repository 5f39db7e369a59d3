//! Skeletons: normalisation of `(T, J, D)` joint positions.
//!
//! Layouts (names, parents, pairs) live on the Python side; here joints are numbers.

pub mod normalize;
mod place;

pub use normalize::{Normalize, normalize_batch_into, normalize_into};
pub use place::Real;
