//! Clocks: which stamps can be used, at what rate they come, where time is missing.

mod rate;
mod repair;
mod report;

pub use rate::{Rate, infer_rate};
pub use repair::{Repaired, repair};
pub use report::{ClockReport, Usable, usable};
