//! Windows of a signal that is still coming: chunks in, the windows that became ready out, bit by
//! bit those of the whole recording, whatever the chunks.
//!
//! - [`StreamingWindows`]: the whole road, from rows (with stamps or without) to windows.
//! - `clock`: which stamps can be used, one at a time.
//! - `grid`: from stamps to a uniform grid, gaps kept.
//! - `cutter`: from rows of gap-free segments to windows.

mod clock;
mod cutter;
mod grid;
mod state;
mod windows;

pub use clock::ClockCounts;
pub use cutter::{CutCounts, Ready};
pub use grid::GridSettings;
pub use state::State;
pub use windows::{Counts, Rate, StreamingWindows};
