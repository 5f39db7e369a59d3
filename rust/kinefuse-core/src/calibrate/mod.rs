//! What is wrong with a sensor's values, and how to put it right.
//!
//! - [`still`]: the windows in which an accelerometer lies still.
//! - [`sphere`]: the scale and offset that bring those onto the sphere of 1 g.
//! - [`solve`]: both judged: the correction, or why there is none.
//! - [`runs`]: stretches that are clipped or flat.

pub mod runs;
mod solve;
pub mod sphere;
pub mod still;

pub use solve::{Criteria, Solution, solve};
