//! A repaired clock, and the account of what was wrong with it.

use std::ops::Range;

use super::burst::Shared;
use super::events::{EventKind, Events};
use super::rate::{LONG_STEP, Rate, measure, measure_moved};
use super::repair::{Repaired, repair_noting};
use super::steady::steady;
use crate::error::{Error, Result, bail_input};

/// What was found in a clock and what was done about it.
#[derive(Debug, Clone, PartialEq)]
pub struct ClockReport {
    /// Rows that came in.
    pub rows_in: usize,
    /// Rows that went out: of the repaired clock, or of the uniform grid.
    pub rows_out: usize,
    /// Rows dropped because their stamp is NaN or infinite.
    pub nonfinite: usize,
    /// Rows dropped because their stamp repeats another.
    pub repeated: usize,
    /// Rows dropped because their stamp is out of order.
    pub backward: usize,
    /// Rows lost between two gaps with no grid point among them.
    pub isolated: usize,
    /// Holes no longer than the limit, closed by interpolation.
    pub bridged: usize,
    /// Holes longer than the limit, kept.
    pub gaps: usize,
    /// Time missing in those, in seconds.
    pub missing_s: f64,
    /// Samples a second where none is missing.
    pub rate_hz: f64,
    /// Root mean square deviation of a step from the typical one, in seconds.
    pub jitter_s: f64,
    /// Rows whose stamp repeats that of the row before and was moved.
    pub spread: usize,
    /// The first of each kind of these, with rows and times.
    pub events: Events,
}

/// A clock ready for use.
#[derive(Debug, Clone)]
pub struct Usable {
    /// The rows kept; `None` if that is all of them.
    pub rows: Option<Vec<usize>>,
    /// The first stamp kept, in seconds.
    pub start_s: f64,
    /// The stamps kept, in seconds after the first: finite, strictly increasing.
    pub elapsed_s: Vec<f64>,
    /// How finely stamps so large can be told apart, in seconds.
    pub resolution_s: f64,
    /// The measured rate.
    pub rate: Rate,
    /// For each gap, the number of stamps before it.
    pub gaps: Vec<usize>,
    /// The account.
    pub report: ClockReport,
}

/// Repairs the clock and finds its gaps: the steps longer than `max_gap_s`. Rows that share a stamp
/// are spread where the clock has room for them.
pub fn usable(time_s: &[f64], max_gap_s: f64) -> Result<Usable> {
    usable_with(time_s, max_gap_s, Shared::Auto)
}

/// [`usable`], with a say in what becomes of rows that share a stamp.
pub fn usable_with(time_s: &[f64], max_gap_s: f64, shared: Shared) -> Result<Usable> {
    usable_within(time_s, max_gap_s, shared, 0..usize::MAX)
}

/// [`usable_with`], the account being of the rows `reported` only; those around them are context.
pub fn usable_within(
    time_s: &[f64],
    max_gap_s: f64,
    shared: Shared,
    reported: Range<usize>,
) -> Result<Usable> {
    let events = Events::of(reported);
    if max_gap_s.is_nan() || max_gap_s <= 0.0 {
        bail_input!("max_gap_s: expected more than 0 seconds, got {max_gap_s}");
    }
    if let Some(found) = steady(time_s, max_gap_s) {
        let clock = Stamps {
            rows: None,
            start_s: time_s[0],
            elapsed_s: found.elapsed_s,
            rate: found.rate,
        };
        return judge(time_s, max_gap_s, clock, Some(&found.after_long), events);
    }
    let Repaired {
        rows,
        moved,
        events,
    } = repair_noting(time_s, shared, events)?;
    let bursty = moved.is_some();
    let (start_s, elapsed_s) = match (moved, &rows) {
        (Some(moved), _) => moved,
        (None, Some(rows)) => {
            let start_s = time_s[rows[0]];
            let elapsed = rows.iter().map(|&row| time_s[row] - start_s);
            (start_s, elapsed.collect())
        }
        (None, None) => {
            let start_s = time_s[0];
            (start_s, time_s.iter().map(|t| t - start_s).collect())
        }
    };
    let rate = if bursty {
        measure_moved(&elapsed_s)
    } else {
        measure(&elapsed_s)
    };
    let clock = Stamps {
        rows,
        start_s,
        elapsed_s,
        rate,
    };
    judge(time_s, max_gap_s, clock, None, events)
}

/// The rows kept of a clock, their stamps and rate.
struct Stamps {
    rows: Option<Vec<usize>>,
    start_s: f64,
    elapsed_s: Vec<f64>,
    rate: Rate,
}

/// Finds the gaps and gives the account. `after_long`: the stamps, by their place among those kept,
/// before which there may be a hole; all of them where that is not known.
fn judge(
    time_s: &[f64],
    max_gap_s: f64,
    clock: Stamps,
    after_long: Option<&[usize]>,
    mut events: Events,
) -> Result<Usable> {
    let Stamps {
        rows,
        start_s,
        elapsed_s,
        rate,
    } = clock;
    let original = |i: usize| rows.as_ref().map_or(i, |rows| rows[i]);
    let end_s = time_s[original(elapsed_s.len() - 1)];
    let resolution_s = 2.0 * f64::EPSILON * start_s.abs().max(end_s.abs());
    if !(end_s - start_s).is_finite() || !rate.hz.is_normal() {
        return Err(Error::Time {
            message: format!(
                "time_s: stamps from {start_s} to {end_s} with steps of {} s have no rate; \
                 expected seconds",
                1.0 / rate.hz
            ),
            row: 0,
            time_s: start_s,
        });
    }
    let step = 1.0 / rate.hz;
    let limit = max_gap_s + resolution_s;
    if limit < step {
        bail_input!(
            "max_gap_s: {max_gap_s} s is shorter than the clock's own step of {step} s, so that \
             every sample would lie between two gaps"
        );
    }
    if after_long.is_none()
        && let Some(i) = (1..elapsed_s.len()).find(|&i| elapsed_s[i] <= elapsed_s[i - 1])
    {
        let (row, first) = (original(i), original(0));
        return Err(Error::Time {
            message: format!(
                "time_s: rows {} and {row} differ by less than can be told apart next to \
                 {start_s} s of row {first}; expected stamps of one clock",
                original(i - 1)
            ),
            row,
            time_s: time_s[row],
        });
    }
    let (mut gaps, mut missing_s) = (Vec::new(), 0.0);
    let mut look_before = |i: usize| {
        let hole = elapsed_s[i] - elapsed_s[i - 1];
        let row = original(i);
        if hole > limit {
            gaps.push(i);
            if events.reports(row) {
                missing_s += hole - step;
            }
            events.push(EventKind::Gap, row, time_s[row], hole);
        } else if hole > LONG_STEP * step {
            events.push(EventKind::Bridged, row, time_s[row], hole);
        }
    };
    match after_long {
        Some(places) => places.iter().copied().for_each(&mut look_before),
        None => (1..elapsed_s.len()).for_each(&mut look_before),
    }
    let report = ClockReport {
        rows_in: time_s.len(),
        rows_out: elapsed_s.len(),
        nonfinite: events.reported(EventKind::Nonfinite),
        repeated: events.reported(EventKind::Repeated),
        backward: events.reported(EventKind::Backward),
        isolated: 0,
        bridged: events.reported(EventKind::Bridged),
        gaps: events.reported(EventKind::Gap),
        missing_s,
        rate_hz: rate.hz,
        jitter_s: rate.jitter_s,
        spread: events.reported(EventKind::Spread),
        events,
    };
    Ok(Usable {
        rows,
        start_s,
        elapsed_s,
        resolution_s,
        rate,
        gaps,
        report,
    })
}

#[cfg(test)]
mod tests {
    use super::usable;
    use crate::Error;

    #[test]
    fn gaps_and_bridged_holes() {
        let skipped = [10, 11, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39];
        let time: Vec<f64> = (0..100)
            .filter(|i| !skipped.contains(i))
            .map(|i| 1.7e9 + f64::from(i) * 0.02)
            .collect();
        let clock = usable(&time, 0.1).unwrap();
        assert_eq!(clock.gaps, [28]);
        let report = clock.report;
        assert_eq!((report.gaps, report.bridged, report.rows_out), (1, 1, 88));
        assert!((report.missing_s - 0.2).abs() < 1e-5);
        assert!((report.rate_hz - 50.0).abs() < 1e-3);
    }

    #[test]
    fn a_step_as_long_as_the_limit_is_no_gap() {
        let time: Vec<f64> = (0..100).map(|i| f64::from(i) * 0.1).collect();
        assert_eq!(usable(&time, 0.1).unwrap().report.gaps, 0);
    }

    #[test]
    fn bad_limits_and_scales() {
        let time = [0.0, 1.0, 2.0];
        for bad in [0.0, -1.0, f64::NAN, 0.5] {
            assert!(matches!(usable(&time, bad), Err(Error::Input(_))));
        }
        assert!(matches!(
            usable(&[-1e308, 1e308], 1.0),
            Err(Error::Time { .. })
        ));
        assert!(matches!(
            usable(&[0.0, 5e-324], 1.0),
            Err(Error::Time { .. })
        ));
    }
}
