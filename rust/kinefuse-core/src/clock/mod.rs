//! Clocks: which stamps can be used, at what rate they come, where time is missing.

mod align;
mod burst;
mod drift;
mod events;
mod iso;
mod judge;
mod line;
mod rate;
mod repair;
mod report;
mod steady;
mod unit;
mod unwrap;

pub use align::{AlignSettings, Alignment, Match, Recorded, align, align_events};
pub use burst::Shared;
pub use drift::{TrueRate, estimate_rate};
pub use events::{Event, EventKind, Events, KEPT_OF_A_KIND};
pub(crate) use iso::date;
pub use iso::{IsoTimes, parse_iso};
pub use rate::{Rate, infer_rate};
pub use repair::{Repaired, repair};
pub use report::{ClockReport, Usable, usable, usable_with, usable_within};
pub use unit::{MISSING, Seconds, Unit, guess_unit, real_to_seconds, whole_to_seconds};
pub use unwrap::{unwrap_counter, unwrap_real};
