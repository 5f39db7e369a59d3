//! Windows around moments.

use super::index::{Builder, Index};
use super::label::Labels;
use super::timeline::Timeline;
use crate::error::{Result, bail_input};

/// How much of the time around an event makes its window, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Around {
    /// From the window's start to the event.
    pub before_s: f64,
    /// From the event to the window's end.
    pub after_s: f64,
}

/// Windows around events, and which event each belongs to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Events {
    /// The windows; of its report only what concerns labels.
    pub index: Index,
    /// Number of the event of each window, counted from 0.
    pub event: Vec<i64>,
    /// Events whose window would begin before the first row or end after the last.
    pub outside: usize,
    /// Events whose window would cross a gap or lie in one.
    pub across_gaps: usize,
}

/// One window for each event: its row, the nearest to its time, is row `round(before_s · rate)` of
/// the window. Events whose window is not whole have none.
pub fn index_events(
    line: &Timeline,
    events_s: &[f64],
    around: Around,
    labels: Labels<'_>,
) -> Result<Events> {
    let Around { before_s, after_s } = around;
    let steps = |name: &str, seconds: f64| match line.steps(seconds) {
        Some(steps) if seconds >= 0.0 => Ok(steps),
        _ => bail_input!("{name}: expected 0 or more seconds of at most 2^53 rows, got {seconds}"),
    };
    let before = steps("before_s", before_s)?;
    let length = before + steps("after_s", after_s)?;
    if length < 1 {
        bail_input!(
            "before_s, after_s: expected at least one row together, got {before_s} and {after_s} s"
        );
    }
    let mut builder = Builder::new(line.rows(), labels)?;
    let mut found = Events::default();
    let (first, end) = line.span();
    for (number, &time_s) in events_s.iter().enumerate() {
        if !time_s.is_finite() {
            bail_input!("events_s, number {number}: expected a finite time, got {time_s}");
        }
        let begin = line.step(time_s).map(|step| step - before);
        let Some(begin) = begin.filter(|&begin| begin >= first && begin + length <= end) else {
            found.outside += 1;
            continue;
        };
        match line.overlap(begin, length) {
            Some(there) if there.rows as i64 == length => {
                if builder.add(there.start, there.rows, there.segment) {
                    found.event.push(number as i64);
                }
            }
            _ => found.across_gaps += 1,
        }
    }
    found.index = builder.index;
    Ok(found)
}
