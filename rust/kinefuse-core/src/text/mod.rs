//! Numbers out of text: rows of cells with one separator between, as tables of samples have them.
//!
//! Only what is plainly written is read here, at the speed of memory; [`Rows::parse_into`] says when a
//! text holds anything else, which is left to a reader of tables that can say what is wrong and
//! where. Every number is the `f64` nearest to what is written.

mod number;
mod rows;

pub use rows::{Rows, Writing};
