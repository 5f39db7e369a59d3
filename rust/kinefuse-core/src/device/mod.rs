//! What wearables wrote, decoded: bytes come in pieces of any size, samples go out.
//!
//! A decoder keeps no more than the block that it is in the middle of. Blocks that cannot be used
//! are skipped, counted and located; nothing that stands in a file makes it panic.

mod counts;
pub mod cwa;
#[cfg(test)]
mod drive;
mod fault;
pub mod geneactiv;
pub mod gt3x;
pub mod parmay;
mod rows;
mod search;

pub use counts::Counts;
pub use fault::{Fault, KEPT_FAULTS};
pub use rows::{Rows, Wanted};

use crate::error::Error;
use fault::Faults;
use search::Search;

/// How far a block may be from its nominal length and still be followed by the next: a share of
/// it, or this many samples where it holds few.
const SLACK: (f64, f64) = (0.1, 2.0);

/// What is wrong with a file.
fn refused(path: &str, message: String) -> Error {
    let path = path.to_owned();
    Error::Format { path, message }
}

/// Whether the next block's start is where this one's samples end, if they are `step_s` apart.
fn follows_on(step_s: f64, rows: usize, rate_hz: f64) -> bool {
    let off = (step_s * rate_hz - 1.0).abs();
    off <= SLACK.0 || (off * rows as f64 <= SLACK.1 && off <= 0.5)
}

/// Seconds since 1970 on the device's own clock, if there is such a time.
fn seconds(date: (i64, i64, i64), time: (i64, i64, i64)) -> Option<i64> {
    let (hour, minute, second) = time;
    let days = crate::clock::date(date.0, date.1, date.2)?;
    let of_day = hour < 24 && minute < 60 && second < 60;
    of_day.then_some(days * 86_400 + hour * 3600 + minute * 60 + second)
}
