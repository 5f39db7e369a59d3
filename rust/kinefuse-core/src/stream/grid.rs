//! From stamps to a uniform grid, gaps kept: [`crate::resample::regrid`] a row at a time.

mod saved;

use super::clock::{Clock, Verdict, resolution_s};
use super::cutter::{Cutter, Ready};
use crate::error::{Result, bail_input};
use crate::resample::polyphase::{Phases, phases};
use crate::resample::regrid::{TOLERANCE, UNFILTERED};
use crate::resample::{Sample, half_length};

/// A weight this near 0 or 1 is on the stamp.
const SNAP: f64 = 1e-9;
/// Beyond this a point of the grid has no number.
const MAX_POINTS: f64 = 1e15;

/// How stamps become a grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GridSettings {
    /// Nominal rate of the stamps.
    pub from_hz: f64,
    /// The longest step that is bridged.
    pub max_gap_s: f64,
    /// Grid points lie at whole steps from here; the first usable stamp unless it is given.
    pub origin_s: Option<f64>,
    /// Rows with a value that is not finite count as not sampled. Otherwise the value spreads to
    /// the grid points beside it; a filter cannot wait for the next, so the rate may not fall then.
    pub drop_missing: bool,
}

/// The clock's zero.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Base {
    first_s: f64,
    shift_s: f64,
    tolerance: f64,
}

impl Base {
    fn new(first_s: f64, rate_hz: f64, origin_s: Option<f64>) -> Self {
        let tolerance = TOLERANCE + resolution_s(first_s) * rate_hz;
        let offset = first_s - origin_s.unwrap_or(first_s);
        Base {
            first_s,
            shift_s: (offset * rate_hz - tolerance).ceil() / rate_hz - offset,
            tolerance,
        }
    }
}

/// The gap-free run of stamps that is coming in.
#[derive(Debug, Clone, Copy, Default)]
struct Segment {
    /// Its first grid point, the next row to be made, and the same on the finer grid.
    start: i64,
    row: i64,
    fine_start: i64,
    fine: i64,
    stamps: usize,
    /// The last stamp, in seconds after the base.
    last_s: f64,
}

pub(super) struct Grid<F> {
    settings: GridSettings,
    rate_hz: f64,
    c: usize,
    pub(super) clock: Clock,
    /// Steps of the finer grid, on which the filter works, to one of the grid; its filter.
    factor: i64,
    half: i64,
    phases: Option<Phases>,
    base: Option<Base>,
    /// First grid point of all.
    origin: Option<i64>,
    /// First grid point that no segment has.
    next: i64,
    segment: Option<Segment>,
    /// The samples of the last stamp and of the one that waits.
    last: Vec<F>,
    waiting: Vec<F>,
    /// Points of the finer grid before the next, as many as the filter reaches.
    history: Vec<F>,
    frame: Vec<F>,
}

impl<F: Sample> Grid<F> {
    pub(super) fn new(rate_hz: f64, c: usize, settings: GridSettings) -> Result<Self> {
        let GridSettings {
            from_hz, max_gap_s, ..
        } = settings;
        if !(from_hz.is_finite() && from_hz > 0.0) {
            bail_input!("from_hz: expected a finite rate above 0, got {from_hz}");
        }
        if !(max_gap_s.is_finite() && max_gap_s >= 1.0 / from_hz) {
            bail_input!(
                "max_gap_s: expected seconds, no fewer than a step of {} s at from_hz, got {max_gap_s}",
                1.0 / from_hz
            );
        }
        if settings.origin_s.is_some_and(|origin| !origin.is_finite()) {
            bail_input!("origin_s: expected a finite time");
        }
        let ratio = from_hz / rate_hz;
        if !(1e-4..=1e4).contains(&ratio) {
            bail_input!("from_hz: expected a rate within 10,000 times rate_hz, got {from_hz}");
        }
        let factor = (ratio - UNFILTERED).ceil().max(1.0) as usize;
        if factor > 1 && !settings.drop_missing {
            bail_input!(
                "drop_missing: expected True where the rate falls, from {from_hz} to {rate_hz} Hz: \
                 the filter cannot leave a missing value out"
            );
        }
        let max_span_s = MAX_POINTS / (rate_hz * factor as f64);
        Ok(Grid {
            settings,
            rate_hz,
            c,
            clock: Clock::new(from_hz, max_gap_s, max_span_s, settings.origin_s),
            factor: factor as i64,
            half: half_length(1, factor) as i64,
            phases: (factor > 1).then(|| phases(1, factor)),
            base: None,
            origin: None,
            next: 0,
            segment: None,
            last: Vec::new(),
            waiting: Vec::new(),
            history: Vec::new(),
            frame: vec![F::ZERO; c],
        })
    }

    /// Whether the clock would take these rows; nothing is changed.
    pub(super) fn check(&self, x: &[F], time_s: &[f64]) -> Result<()> {
        let mut clock = self.clock;
        for (frame, &time_s) in x.chunks_exact(self.c).zip(time_s) {
            clock.take(time_s, self.is_whole(frame))?;
        }
        Ok(())
    }

    fn is_whole(&self, frame: &[F]) -> bool {
        !self.settings.drop_missing || frame.iter().all(|v| v.is_finite())
    }

    pub(super) fn push(
        &mut self,
        x: &[F],
        time_s: &[f64],
        cutter: &mut Cutter<F>,
        out: &mut Ready<F>,
    ) -> Result<()> {
        for (frame, &time_s) in x.chunks_exact(self.c).zip(time_s) {
            let waiting_s = self.clock.waiting;
            let whole = self.is_whole(frame);
            let verdict = self.clock.take(time_s, whole)?;
            if let (Verdict::Begin | Verdict::BeginAndWait, Some(waiting_s)) = (verdict, waiting_s)
            {
                self.close(cutter, out);
                self.open(waiting_s, cutter, out);
            }
            match verdict {
                Verdict::Use | Verdict::Begin => self.add(time_s, frame, cutter, out),
                Verdict::Wait | Verdict::BeginAndWait => {
                    self.waiting.clear();
                    self.waiting.extend_from_slice(frame);
                }
                Verdict::Drop => {}
            }
        }
        Ok(())
    }

    pub(super) fn flush(&mut self, cutter: &mut Cutter<F>, out: &mut Ready<F>) {
        let waiting_s = self.clock.waiting;
        if let (true, Some(waiting_s)) = (self.clock.finish(), waiting_s) {
            self.close(cutter, out);
            self.open(waiting_s, cutter, out);
        }
        self.close(cutter, out);
    }

    fn elapsed_s(&self, time_s: f64) -> f64 {
        self.base
            .map_or(0.0, |base| (time_s - base.first_s) - base.shift_s)
    }

    fn fine_hz(&self) -> f64 {
        self.rate_hz * self.factor as f64
    }

    /// Begins a segment with the sample that waited.
    fn open(&mut self, time_s: f64, cutter: &mut Cutter<F>, out: &mut Ready<F>) {
        let hz = self.rate_hz;
        let origin_s = self.settings.origin_s;
        let base = *self
            .base
            .get_or_insert_with(|| Base::new(time_s, hz, origin_s));
        let last_s = self.elapsed_s(time_s);
        let start = ((last_s * hz - base.tolerance).ceil() as i64).max(self.next);
        let fine_start = match self.factor {
            1 => start,
            k => ((last_s * self.fine_hz()).ceil() as i64).min(start * k),
        };
        self.segment = Some(Segment {
            start,
            row: start,
            fine_start,
            fine: fine_start,
            stamps: 0,
            last_s,
        });
        self.history.clear();
        std::mem::swap(&mut self.last, &mut self.waiting);
        let frame = self.last.clone();
        self.add(time_s, &frame, cutter, out);
    }

    /// The points between the last stamp and this one, and the rows that they complete.
    fn add(&mut self, time_s: f64, x: &[F], cutter: &mut Cutter<F>, out: &mut Ready<F>) {
        let (to_s, hz) = (self.elapsed_s(time_s), self.fine_hz());
        let Some(mut segment) = self.segment else {
            return;
        };
        let from_s = segment.last_s;
        let snap = SNAP + resolution_s(time_s) * self.settings.from_hz;
        let mut frame = std::mem::take(&mut self.frame);
        while segment.fine <= (to_s * hz).floor() as i64 {
            let point_s = segment.fine as f64 / hz;
            let weight = (point_s - from_s) / (to_s - from_s);
            if point_s >= to_s || weight > 1.0 - snap {
                frame.copy_from_slice(x);
            } else if point_s <= from_s || weight < snap {
                frame.copy_from_slice(&self.last);
            } else {
                lerp_pair(&self.last, x, F::from_f64(weight), &mut frame);
            }
            self.point(&mut segment, &frame, i64::MAX, cutter, out);
        }
        self.frame = frame;
        self.last.clear();
        self.last.extend_from_slice(x);
        segment.last_s = to_s;
        segment.stamps += 1;
        self.segment = Some(segment);
    }

    /// Ends the segment: the signal is mirrored beyond its last point.
    fn close(&mut self, cutter: &mut Cutter<F>, out: &mut Ready<F>) {
        let (Some(mut segment), Some(base)) = (self.segment.take(), self.base) else {
            return;
        };
        let stop = (segment.last_s * self.rate_hz + base.tolerance).floor() as i64;
        if segment.start > stop {
            self.clock.counts.isolated += segment.stamps;
            return;
        }
        let fine_stop = match self.factor {
            1 => stop,
            k => ((segment.last_s * self.fine_hz()).floor() as i64).max(stop * k),
        };
        let last = std::mem::take(&mut self.last);
        while segment.fine <= fine_stop {
            self.point(&mut segment, &last, i64::MAX, cutter, out);
        }
        self.last = last;
        while segment.row <= stop && self.factor > 1 {
            self.row(&mut segment, fine_stop, cutter, out);
        }
        self.next = stop + 1;
        cutter.end_segment();
    }

    /// One more point of the finer grid, and the rows that the filter reaches with it.
    fn point(
        &mut self,
        segment: &mut Segment,
        frame: &[F],
        fine_stop: i64,
        cutter: &mut Cutter<F>,
        out: &mut Ready<F>,
    ) {
        segment.fine += 1;
        if self.phases.is_none() {
            self.emit(segment, frame, cutter, out);
            return;
        }
        self.history.extend_from_slice(frame);
        while segment.row * self.factor + self.half < segment.fine {
            self.row(segment, fine_stop, cutter, out);
        }
    }

    /// The first point that the filter still needs.
    fn oldest(&self, segment: &Segment) -> i64 {
        segment
            .fine_start
            .max(segment.row * self.factor - self.half)
    }

    /// The next row, through the filter.
    fn row(
        &mut self,
        segment: &mut Segment,
        fine_stop: i64,
        cutter: &mut Cutter<F>,
        out: &mut Ready<F>,
    ) {
        let Some(phases) = &self.phases else { return };
        let mut frame = std::mem::take(&mut self.frame);
        frame.resize(self.c, F::ZERO);
        frame.fill(F::ZERO);
        let held = segment.fine - (self.history.len() / self.c) as i64;
        for term in &phases[0] {
            let point = (segment.row + term.shift as i64) * self.factor + term.stream as i64;
            let mirrored = if point < segment.fine_start {
                2 * segment.fine_start - point
            } else if point > fine_stop {
                2 * fine_stop - point
            } else {
                point
            };
            let place = mirrored.clamp(segment.fine_start, fine_stop) - held;
            let at = place as usize * self.c;
            let weight = F::from_f64(term.weight);
            for (sum, &x) in frame.iter_mut().zip(&self.history[at..at + self.c]) {
                *sum += weight * x;
            }
        }
        self.emit(segment, &frame, cutter, out);
        self.frame = frame;
        let unneeded = (self.oldest(segment) - held).max(0) as usize * self.c;
        // A few at a time, so that little is moved.
        if unneeded > 32 * self.c {
            self.history.drain(..unneeded.min(self.history.len()));
        }
    }

    fn emit(
        &mut self,
        segment: &mut Segment,
        frame: &[F],
        cutter: &mut Cutter<F>,
        out: &mut Ready<F>,
    ) {
        let origin = *self.origin.get_or_insert(segment.start);
        let base = self.base.map_or(0.0, |base| base.first_s + base.shift_s);
        let start_s = base + origin as f64 / self.rate_hz;
        let offset = segment.start - origin;
        let time_s = |row: usize| start_s + (offset + row as i64) as f64 / self.rate_hz;
        segment.row += 1;
        cutter.push(frame, time_s, out);
    }
}

/// The frame between two.
fn lerp_pair<F: Sample>(a: &[F], b: &[F], weight: F, out: &mut [F]) {
    if weight == F::ZERO {
        out.copy_from_slice(a);
        return;
    }
    for ((v, &a), &b) in out.iter_mut().zip(a).zip(b) {
        *v = a + weight * (b - a);
    }
}
