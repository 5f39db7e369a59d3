//! From an irregular clock to a uniform grid, gaps kept as gaps.

use std::borrow::Cow;

use rayon::prelude::*;

use super::Sample;
use super::channels::with_channels;
use super::filter::half_length;
use super::linear::lerp_frame;
use super::polyphase;
use super::tile::{Kernel, Scratch};
use crate::clock::{ClockReport, Usable, usable};
use crate::error::{Error, Result, bail_input, bail_shape};

/// A grid point this share of a step outside the stamps counts as on them.
const TOLERANCE: f64 = 1e-3;
/// A rate lowered by less than this share is not filtered.
const UNFILTERED: f64 = 0.05;
/// Grid rows of one piece of work.
const PIECE_ROWS: usize = 2048;
/// Rates further apart than this are a mistake of units.
const MAX_RATIO: f64 = 1e4;

/// Where the rows of a uniform grid come from; made once for a clock, run on any data with it.
#[derive(Debug, Clone)]
pub struct Regrid {
    clock: Usable,
    rate_hz: f64,
    /// Steps of the finer grid, on which the filter works, to one of the grid.
    factor: usize,
    segments: Vec<Segment>,
    rows: usize,
    gaps: Vec<[i64; 2]>,
    report: ClockReport,
}

/// A gap-free run of stamps `first..=last` and the grid points among them.
#[derive(Debug, Clone)]
struct Segment {
    first: usize,
    last: usize,
    /// Grid points `start .. start + rows`.
    start: i64,
    rows: usize,
    /// Points of the finer grid within the stamps, both ends included.
    fine: [i64; 2],
}

impl Regrid {
    /// The grid of the times `origin_s + k / rate_hz`, `k` a whole number, within the stamps; the
    /// origin is the first usable stamp unless it is given. Steps longer than `max_gap_s` are gaps:
    /// no row is made in them.
    pub fn new(
        time_s: &[f64],
        rate_hz: f64,
        max_gap_s: f64,
        origin_s: Option<f64>,
    ) -> Result<Self> {
        if !(rate_hz.is_finite() && rate_hz > 0.0) {
            bail_input!("rate_hz: expected a finite rate above 0, got {rate_hz}");
        }
        if let Some(origin) = origin_s
            && !origin.is_finite()
        {
            bail_input!("origin_s: expected a finite time, got {origin}");
        }
        let mut clock = usable(time_s, max_gap_s)?;
        let ratio = clock.rate.hz / rate_hz;
        if !(1.0 / MAX_RATIO..=MAX_RATIO).contains(&ratio) {
            return Err(Error::Time {
                message: format!(
                    "time_s: the stamps come at {} Hz, too far from rate_hz={rate_hz}; \
                     are they in seconds?",
                    clock.rate.hz
                ),
                row: 0,
                time_s: clock.start_s,
            });
        }
        let factor = (ratio - UNFILTERED).ceil().max(1.0) as usize;
        let span = clock.elapsed_s[clock.elapsed_s.len() - 1];
        let offset = clock.start_s - origin_s.unwrap_or(clock.start_s);
        if (span + offset.abs()) * rate_hz * factor as f64 > 1e15 {
            return Err(Error::Time {
                message: format!("time_s: {span} s at {rate_hz} Hz are too many grid points"),
                row: 0,
                time_s: clock.start_s,
            });
        }
        // From now on time counts from the first grid point at or after the first stamp.
        let tolerance = TOLERANCE + clock.resolution_s * rate_hz;
        let shift = (offset * rate_hz - tolerance).ceil() / rate_hz - offset;
        if shift != 0.0 {
            clock.elapsed_s.iter_mut().for_each(|t| *t -= shift);
            clock.start_s += shift;
        }
        let mut plan = Regrid {
            rate_hz,
            factor,
            segments: Vec::new(),
            rows: 0,
            gaps: Vec::new(),
            report: clock.report,
            clock,
        };
        plan.lay_out(tolerance);
        if plan.rows == 0 {
            return Err(Error::Time {
                message: format!(
                    "time_s: no point of the grid of {rate_hz} Hz lies among the stamps; \
                     expected a longer recording or a higher rate_hz"
                ),
                row: 0,
                time_s: time_s[0],
            });
        }
        Ok(plan)
    }

    /// Finds the grid points of each segment and the missing ones between.
    fn lay_out(&mut self, tolerance: f64) {
        let fine_hz = self.rate_hz * self.factor as f64;
        let stamps = self.clock.elapsed_s.len();
        let ends = self.clock.gaps.iter().copied().chain([stamps]);
        let (mut first, mut next) = (0, 0i64);
        for end in ends {
            let (from, to) = (self.clock.elapsed_s[first], self.clock.elapsed_s[end - 1]);
            let start = ((from * self.rate_hz - tolerance).ceil() as i64).max(next);
            let stop = (to * self.rate_hz + tolerance).floor() as i64;
            if start > stop {
                self.report.isolated += end - first;
            } else {
                if !self.segments.is_empty() {
                    self.gaps.push([self.rows as i64, start - next]);
                }
                let k = self.factor as i64;
                let fine = [
                    ((from * fine_hz).ceil() as i64).min(start * k),
                    ((to * fine_hz).floor() as i64).max(stop * k),
                ];
                let rows = (stop - start + 1) as usize;
                self.segments.push(Segment {
                    first,
                    last: end - 1,
                    start,
                    rows,
                    fine,
                });
                self.rows += rows;
                next = stop + 1;
            }
            first = end;
        }
        self.report.rows_out = self.rows;
    }

    /// Rows of the grid, gaps left out.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Time of the first row, in seconds.
    pub fn start_s(&self) -> f64 {
        let first = self.segments.first().map_or(0, |segment| segment.start);
        self.clock.start_s + first as f64 / self.rate_hz
    }

    /// For each gap, the row that follows it and the number of grid points missing before that.
    pub fn gaps(&self) -> &[[i64; 2]] {
        &self.gaps
    }

    /// What was repaired.
    pub fn report(&self) -> ClockReport {
        self.report
    }

    /// Interpolates `x (rows of the clock, c)` to `out (rows, c)`: by straight lines where the rate
    /// stays or rises; where it falls, by straight lines to a grid at least as fine as the clock,
    /// then through the filter of [`polyphase`], the signal mirrored at the ends of each segment.
    ///
    /// A NaN makes NaN of the grid points between it and its neighbours and of no other: the filter
    /// sees a straight line there.
    pub fn run_into<F: Sample>(&self, x: &[F], c: usize, out: &mut [F]) -> Result<()> {
        let rows_in = self.report.rows_in;
        if c == 0 || rows_in.checked_mul(c) != Some(x.len()) {
            bail_shape!(
                "x: expected {rows_in} rows of {c} channels, one for each stamp, got {} values",
                x.len()
            );
        }
        if self.rows.checked_mul(c) != Some(out.len()) {
            bail_shape!(
                "out: expected {} x {c} values, got {}",
                self.rows,
                out.len()
            );
        }
        let x: Cow<'_, [F]> = match &self.clock.rows {
            None => Cow::Borrowed(x),
            Some(rows) => rows
                .iter()
                .flat_map(|&row| &x[row * c..(row + 1) * c])
                .copied()
                .collect(),
        };
        let work = Work {
            plan: self,
            c,
            filled: self.fill_for_filter(&x, c),
            x: &x,
            kernel: (self.factor > 1).then(|| polyphase::kernel(1, self.factor, c)),
        };
        let mut pieces = Vec::new();
        let mut rest = out;
        for segment in &self.segments {
            let (own, after) = rest.split_at_mut(segment.rows * c);
            rest = after;
            let numbered = own.chunks_mut(PIECE_ROWS * c).enumerate();
            pieces.extend(numbered.map(|(i, out)| (segment, i * PIECE_ROWS, out)));
        }
        pieces.into_par_iter().for_each_init(
            || (Vec::new(), work.kernel.as_ref().map(Kernel::scratch)),
            |(buffer, scratch), (segment, row, out)| match (&work.kernel, scratch) {
                (Some(kernel), Some(scratch)) => {
                    work.filter(segment, row, kernel, scratch, buffer, out);
                }
                _ => work.interpolate(work.x, segment, segment.start + row as i64, 1, out),
            },
        );
        Ok(())
    }

    /// `x` with the values that are not finite replaced by straight lines between their neighbours,
    /// channel by channel; `None` where there is no filter or no such value.
    fn fill_for_filter<F: Sample>(&self, x: &[F], c: usize) -> Option<Vec<F>> {
        if self.factor == 1 || x.iter().all(|v| v.is_finite()) {
            return None;
        }
        let mut filled = x.to_vec();
        for segment in &self.segments {
            for channel in 0..c {
                let at = |row: usize| row * c + channel;
                let mut before: Option<usize> = None;
                let mut row = segment.first;
                while row <= segment.last {
                    if x[at(row)].is_finite() {
                        before = Some(row);
                        row += 1;
                        continue;
                    }
                    let found = (row..=segment.last).find(|&r| x[at(r)].is_finite());
                    let end = found.unwrap_or(segment.last + 1);
                    for hole in row..end {
                        filled[at(hole)] = match (before, found) {
                            (None, None) => F::ZERO,
                            (Some(a), None) => x[at(a)],
                            (None, Some(b)) => x[at(b)],
                            (Some(a), Some(b)) => {
                                let time = &self.clock.elapsed_s;
                                let weight = (time[hole] - time[a]) / (time[b] - time[a]);
                                x[at(a)] + F::from_f64(weight) * (x[at(b)] - x[at(a)])
                            }
                        };
                    }
                    row = end;
                }
            }
        }
        Some(filled)
    }
}

/// One run of a plan on one array.
struct Work<'a, F> {
    plan: &'a Regrid,
    c: usize,
    x: &'a [F],
    filled: Option<Vec<F>>,
    kernel: Option<Kernel<F>>,
}

impl<F: Sample> Work<'_, F> {
    /// Straight lines at the points `start, start + 1, …` of a grid `factor` times as fine.
    fn interpolate(&self, x: &[F], segment: &Segment, start: i64, factor: usize, out: &mut [F]) {
        let hz = self.plan.rate_hz * factor as f64;
        let walk = Walk::new(self.plan, segment, start as f64 / hz);
        with_channels!(self.c, C => lerp_grid::<F, C>(x, self.c, walk, start, hz, out));
    }

    /// The finer grid around the rows from `row` of the segment on, mirrored beyond its ends, and
    /// the filter over it.
    fn filter(
        &self,
        segment: &Segment,
        row: usize,
        kernel: &Kernel<F>,
        scratch: &mut Scratch<F>,
        buffer: &mut Vec<F>,
        out: &mut [F],
    ) {
        let (c, k) = (self.c, self.plan.factor as i64);
        let half = half_length(1, self.plan.factor) as i64;
        let rows = (out.len() / c) as i64;
        let grid = segment.start + row as i64;
        let (from, to) = (grid * k - half, (grid + rows - 1) * k + half);
        let (real_from, real_to) = (from.max(segment.fine[0]), to.min(segment.fine[1]));
        buffer.clear();
        buffer.resize((to - from + 1) as usize * c, F::ZERO);
        let place = |point: i64| (point - from) as usize * c;
        let source = self.filled.as_deref().unwrap_or(self.x);
        let real = place(real_from)..place(real_to + 1);
        self.interpolate(
            source,
            segment,
            real_from,
            self.plan.factor,
            &mut buffer[real],
        );
        for point in (from..real_from).chain(real_to + 1..=to) {
            let nearest = if point < real_from {
                real_from
            } else {
                real_to
            };
            let mirror = (2 * nearest - point).clamp(real_from, real_to);
            buffer.copy_within(place(mirror)..place(mirror) + c, place(point));
        }
        // The first output period that the filter reaches with data on both sides.
        kernel.run(buffer, (half / k) as usize, out, scratch);
        if self.filled.is_some() {
            self.restore_nan(segment, grid, out);
        }
    }

    /// NaN where a straight line between the samples would be.
    fn restore_nan(&self, segment: &Segment, start: i64, out: &mut [F]) {
        let hz = self.plan.rate_hz;
        let mut walk = Walk::new(self.plan, segment, start as f64 / hz);
        for (i, row) in out.chunks_exact_mut(self.c).enumerate() {
            let (k, weight) = walk.to((start + i as i64) as f64 / hz);
            for (channel, v) in row.iter_mut().enumerate() {
                let finite = |row: usize| self.x[row * self.c + channel].is_finite();
                if !finite(k) || (weight > 0.0 && !finite(k + 1)) {
                    *v = F::NAN;
                }
            }
        }
    }
}

/// The grid points from `start` on, as many as `out` holds. `C` is the number of channels, or 0
/// where it is not among the common ones.
fn lerp_grid<F: Sample, const C: usize>(
    x: &[F],
    c: usize,
    mut walk: Walk<'_>,
    start: i64,
    hz: f64,
    out: &mut [F],
) {
    let c = if C == 0 { c } else { C };
    for (i, row) in out.chunks_exact_mut(c).enumerate() {
        let (k, weight) = walk.to((start + i as i64) as f64 / hz);
        lerp_frame(x, c, k, F::from_f64(weight), row);
    }
}

/// Finds the stamps around times that only grow.
struct Walk<'a> {
    time: &'a [f64],
    last: usize,
    row: usize,
    /// A weight this near 0 or 1 is on the stamp.
    snap: f64,
}

impl<'a> Walk<'a> {
    fn new(plan: &'a Regrid, segment: &Segment, time_s: f64) -> Self {
        let time = &plan.clock.elapsed_s;
        let own = &time[segment.first..=segment.last];
        let row = segment.first + own.partition_point(|&t| t <= time_s).saturating_sub(1);
        Walk {
            time,
            last: segment.last,
            row,
            snap: 1e-9 + plan.clock.resolution_s * plan.clock.rate.hz,
        }
    }

    /// The row at or before `time_s` and the share of the step to the next that has passed. A
    /// weight of 0 where there is no next.
    fn to(&mut self, time_s: f64) -> (usize, f64) {
        while self.row < self.last && self.time[self.row + 1] <= time_s {
            self.row += 1;
        }
        if self.row == self.last {
            return (self.row, 0.0);
        }
        let (a, b) = (self.time[self.row], self.time[self.row + 1]);
        let weight = (time_s - a) / (b - a);
        if weight < self.snap {
            (self.row, 0.0)
        } else if weight > 1.0 - self.snap {
            (self.row + 1, 0.0)
        } else {
            (self.row, weight)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Regrid;
    use proptest::prelude::{Just, Strategy, prop_assert, prop_assert_eq, proptest};

    fn regridded(time: &[f64], x: &[f64], rate_hz: f64, max_gap_s: f64) -> (Regrid, Vec<f64>) {
        let plan = Regrid::new(time, rate_hz, max_gap_s, None).unwrap();
        let c = x.len() / time.len();
        let mut out = vec![f64::NAN; plan.rows() * c];
        plan.run_into(x, c, &mut out).unwrap();
        (plan, out)
    }

    /// Grid time of each row, in seconds after the start.
    fn times(plan: &Regrid) -> Vec<f64> {
        let mut missing = 0;
        let mut gaps = plan.gaps().iter().peekable();
        (0..plan.rows() as i64)
            .map(|row| {
                while let Some(gap) = gaps.next_if(|gap| gap[0] == row) {
                    missing += gap[1];
                }
                (row + missing) as f64 / plan.rate_hz
            })
            .collect()
    }

    #[test]
    fn a_gap_is_kept_and_lies_on_one_grid() {
        let time: Vec<f64> = (0..100)
            .filter(|i| !(40..60).contains(i))
            .map(f64::from)
            .collect();
        let (plan, out) = regridded(&time, &time, 2.0, 1.5);
        assert_eq!(plan.gaps(), [[79, 41]]);
        assert_eq!(plan.rows(), 79 + 79);
        for (v, t) in out.iter().zip(times(&plan)) {
            assert!((v - t).abs() < 1e-12);
        }
    }

    #[test]
    fn rows_without_a_grid_point_are_counted() {
        let time = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 1.35, 1.45, 2.0, 2.1];
        let plan = Regrid::new(&time, 1.0, 0.2, None).unwrap();
        let report = plan.report();
        assert_eq!((report.isolated, report.gaps, report.rows_out), (2, 2, 2));
        assert_eq!(plan.gaps(), [[1, 1]]);
    }

    #[test]
    fn a_given_origin_puts_two_clocks_on_one_grid() {
        let time: Vec<f64> = (0..50).map(|i| 7.013 + f64::from(i) * 0.02).collect();
        let plan = Regrid::new(&time, 100.0, 0.1, Some(5.0)).unwrap();
        assert!((plan.start_s() - 7.02).abs() < 1e-12);
        let mut out = vec![0.0; plan.rows()];
        plan.run_into(&time, 1, &mut out).unwrap();
        for (row, v) in out.iter().enumerate() {
            assert!((v - (7.02 + row as f64 / 100.0)).abs() < 1e-12);
        }
        assert!(
            Regrid::new(&time, 0.1, 0.1, Some(0.0)).is_err(),
            "no grid point"
        );
    }

    #[test]
    fn a_nan_stays_where_it_is_when_the_rate_falls() {
        let time: Vec<f64> = (0..400).map(|i| f64::from(i) / 100.0).collect();
        let mut x = vec![1.0; 800];
        x[2 * 200] = f64::NAN;
        let (_, out) = regridded(&time, &x, 50.0, 0.1);
        for (row, frame) in out.chunks(2).enumerate() {
            assert_eq!(frame[0].is_nan(), row == 100);
            assert!(row == 100 || (frame[0] - 1.0).abs() < 1e-12);
            assert!((frame[1] - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn what_lies_above_the_new_band_goes() {
        let time: Vec<f64> = (0..2000).map(|i| f64::from(i) / 100.0).collect();
        let x: Vec<f64> = time
            .iter()
            .map(|t| (t * 40.0 * std::f64::consts::TAU).sin())
            .collect();
        let (_, out) = regridded(&time, &x, 50.0, 0.1);
        let largest = out[20..980].iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        assert!(largest < 2e-3, "{largest}");
    }

    /// A clock with jitter and holes, and a rate for the grid.
    fn clock() -> impl Strategy<Value = (Vec<f64>, f64)> {
        let step = proptest::prop_oneof![9 => 0.005f64..0.015, 1 => 0.1f64..0.5];
        (
            Just(()),
            proptest::collection::vec(step, 5..300),
            20f64..300.0,
        )
            .prop_map(|((), steps, rate)| {
                let time = steps.iter().scan(0.0, |t, step| {
                    *t += step;
                    Some(*t)
                });
                (time.collect(), rate)
            })
    }

    proptest! {
        #[test]
        fn a_constant_stays((time, rate) in clock()) {
            let x = vec![3.0; time.len()];
            let Ok(_) = Regrid::new(&time, rate, 0.05, None) else { return Ok(()) };
            let (plan, out) = regridded(&time, &x, rate, 0.05);
            prop_assert!(out.iter().all(|v| (v - 3.0).abs() < 1e-12));
            prop_assert_eq!(plan.report().rows_out, out.len());
        }

        #[test]
        fn every_row_lies_within_a_segment((time, rate) in clock()) {
            let Ok(plan) = Regrid::new(&time, rate, 0.05, None) else { return Ok(()) };
            for t in times(&plan) {
                let t = t + plan.start_s();
                let after = time.partition_point(|&s| s < t - 1e-3 / rate - 1e-12);
                let before = time.partition_point(|&s| s <= t + 1e-3 / rate + 1e-12);
                prop_assert!(after < time.len() && before > 0);
                prop_assert!(time[after] - time[before - 1] <= 0.05 + 1e-9);
            }
        }
    }
}
