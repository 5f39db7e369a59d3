//! Which stamps can be used, one at a time.

use super::state::{Reader, State};
use crate::error::{Error, Result};
use crate::resample::Sample;

/// A longer step has samples missing in it, in typical steps.
const LONG_STEP: f64 = 1.5;
/// So many stamps out of order in a row, or those of a second: the clock was set back.
const MIN_BACKWARD: usize = 10;
/// So many gaps in a row with one sample between them: the stamps are no seconds.
const MAX_LONELY: usize = 100;

/// What was found in a clock.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ClockCounts {
    /// Rows that came in.
    pub rows_in: usize,
    /// Rows dropped because a value is NaN or infinite.
    pub missing_values: usize,
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
}

/// What becomes of a row. The first row, and a row after a hole, wait for the next: their stamp may
/// be the wrong one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is not used.
    Drop,
    /// It waits; one that waited is not used.
    Wait,
    /// It follows the last without a gap; one that waited is not used.
    Use,
    /// The one that waited begins a segment, this one follows.
    Begin,
    /// The one that waited is a segment of its own, this one waits.
    BeginAndWait,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    step_s: f64,
    max_gap_s: f64,
    /// The farthest time from the first that a grid reaches.
    max_span_s: f64,
    origin_s: Option<f64>,
    /// The last stamp used, and the one that waits.
    pub(super) last: Option<f64>,
    pub(super) waiting: Option<f64>,
    /// Stamps out of order since the last in order, and segments of one row since the last longer.
    backward: usize,
    lonely: usize,
    pub(super) counts: ClockCounts,
}

/// How finely stamps of this size can be told apart, in seconds.
pub(super) fn resolution_s(time_s: f64) -> f64 {
    2.0 * f64::EPSILON * time_s.abs()
}

impl Clock {
    pub(super) fn new(from_hz: f64, max_gap_s: f64, max_span_s: f64, origin: Option<f64>) -> Self {
        Clock {
            step_s: 1.0 / from_hz,
            max_gap_s,
            max_span_s,
            origin_s: origin,
            last: None,
            waiting: None,
            backward: 0,
            lonely: 0,
            counts: ClockCounts::default(),
        }
    }

    /// Judges the next row. Fails where the clock makes no sense at all.
    pub(super) fn take(&mut self, time_s: f64, whole: bool) -> Result<Verdict> {
        self.counts.rows_in += 1;
        if !whole {
            self.counts.missing_values += 1;
            return Ok(Verdict::Drop);
        }
        let first = self.origin_s.or(self.last).or(self.waiting);
        if !time_s.is_finite() || (time_s - first.unwrap_or(time_s)).abs() > self.max_span_s {
            self.counts.nonfinite += 1;
            return Ok(Verdict::Drop);
        }
        match self.waiting {
            Some(waiting) if time_s > waiting => {
                self.waiting = None;
                if let Some(last) = self.last.replace(waiting) {
                    self.counts.gaps += 1;
                    self.counts.missing_s += waiting - last - self.step_s;
                }
                match self.follow(time_s)? {
                    Verdict::Wait => Ok(Verdict::BeginAndWait),
                    _ => Ok(Verdict::Begin),
                }
            }
            Some(waiting) if time_s < waiting && self.last.is_none_or(|last| last < time_s) => {
                // The one that waited was too far ahead.
                self.out_of_order(time_s)?;
                self.waiting = None;
                self.follow(time_s)
            }
            Some(waiting) if time_s == waiting => {
                self.counts.repeated += 1;
                Ok(Verdict::Drop)
            }
            _ => self.follow(time_s),
        }
    }

    /// A stamp beside the last one used.
    fn follow(&mut self, time_s: f64) -> Result<Verdict> {
        let Some(last) = self.last else {
            self.waiting = Some(time_s);
            return Ok(Verdict::Wait);
        };
        if time_s == last {
            self.counts.repeated += 1;
            return Ok(Verdict::Drop);
        }
        if time_s < last {
            self.out_of_order(time_s)?;
            return Ok(Verdict::Drop);
        }
        let hole = time_s - last;
        if hole > self.max_gap_s + resolution_s(time_s).max(resolution_s(last)) {
            self.waiting = Some(time_s);
            self.lonely += 1;
            if self.lonely >= MAX_LONELY {
                return Err(self.error(
                    time_s,
                    format!(
                        "{MAX_LONELY} steps one after another are longer than max_gap_s={} s; are \
                         the stamps in seconds?",
                        self.max_gap_s
                    ),
                ));
            }
            return Ok(Verdict::Wait);
        }
        self.counts.bridged += usize::from(hole > LONG_STEP * self.step_s);
        self.last = Some(time_s);
        self.backward = 0;
        self.lonely = 0;
        Ok(Verdict::Use)
    }

    fn out_of_order(&mut self, time_s: f64) -> Result<()> {
        self.counts.backward += 1;
        self.backward += 1;
        if self.backward >= MIN_BACKWARD.max((1.0 / self.step_s) as usize) {
            return Err(self.error(
                time_s,
                format!(
                    "{} stamps one after another lie before the last that was used; the clock was \
                     set back: flush the stream and reset it",
                    self.backward
                ),
            ));
        }
        Ok(())
    }

    fn error(&self, time_s: f64, what: String) -> Error {
        Error::Time {
            message: format!("time_s: {what}"),
            row: self.counts.rows_in - 1,
            time_s,
        }
    }

    /// There is no next row: one that waits is as good as any.
    pub(super) fn finish(&mut self) -> bool {
        let Some(waiting) = self.waiting.take() else {
            return false;
        };
        if let Some(last) = self.last.replace(waiting) {
            self.counts.gaps += 1;
            self.counts.missing_s += waiting - last - self.step_s;
        }
        true
    }

    pub(super) fn save<F: Sample>(&self, state: &mut State<F>) {
        let counts = &self.counts;
        for v in [
            usize::from(self.last.is_some()),
            usize::from(self.waiting.is_some()),
            self.backward,
            self.lonely,
            counts.rows_in,
            counts.missing_values,
            counts.nonfinite,
            counts.repeated,
            counts.backward,
            counts.isolated,
            counts.bridged,
            counts.gaps,
        ] {
            state.integer(v);
        }
        let times = [self.last.unwrap_or(0.0), self.waiting.unwrap_or(0.0)];
        state.reals.extend(times);
        state.reals.push(counts.missing_s);
    }

    pub(super) fn load<F: Sample>(&mut self, reader: &mut Reader<'_, F>) -> Result<()> {
        let (last, waiting) = (reader.count()? > 0, reader.count()? > 0);
        (self.backward, self.lonely) = (reader.count()?, reader.count()?);
        self.counts = ClockCounts {
            rows_in: reader.count()?,
            missing_values: reader.count()?,
            nonfinite: reader.count()?,
            repeated: reader.count()?,
            backward: reader.count()?,
            isolated: reader.count()?,
            bridged: reader.count()?,
            gaps: reader.count()?,
            missing_s: 0.0,
        };
        self.last = Some(reader.real()?).filter(|_| last);
        self.waiting = Some(reader.real()?).filter(|_| waiting);
        self.counts.missing_s = reader.real()?;
        Ok(())
    }
}
