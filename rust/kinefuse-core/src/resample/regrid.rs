//! From an irregular clock to a uniform grid, gaps kept as gaps.

mod interpolate;
mod run;
mod spline;
mod walk;

pub use interpolate::Interpolation;

use std::ops::Range;

use crate::clock::{ClockReport, Shared, Usable, usable_within};
use crate::error::{Error, Result, bail_input};

/// A grid point this share of a step outside the stamps counts as on them.
pub(crate) const TOLERANCE: f64 = 1e-3;
/// A rate lowered by less than this share is not filtered.
pub(crate) const UNFILTERED: f64 = 0.05;
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
    /// no row is made in them. `filtered`: whether a lower rate is reached through the anti-aliasing
    /// filter.
    pub fn new(
        time_s: &[f64],
        rate_hz: f64,
        max_gap_s: f64,
        origin_s: Option<f64>,
        filtered: bool,
    ) -> Result<Self> {
        let plan = Self::within(
            time_s,
            rate_hz,
            max_gap_s,
            origin_s,
            filtered,
            0..usize::MAX,
        )?;
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

    /// [`Regrid::new`] for a piece of a recording: the account is of the rows `reported` only, those
    /// around them being context, and there may be no grid point.
    pub fn within(
        time_s: &[f64],
        rate_hz: f64,
        max_gap_s: f64,
        origin_s: Option<f64>,
        filtered: bool,
        reported: Range<usize>,
    ) -> Result<Self> {
        if !(rate_hz.is_finite() && rate_hz > 0.0) {
            bail_input!("rate_hz: expected a finite rate above 0, got {rate_hz}");
        }
        if let Some(origin) = origin_s
            && !origin.is_finite()
        {
            bail_input!("origin_s: expected a finite time, got {origin}");
        }
        let mut clock = usable_within(time_s, max_gap_s, Shared::Auto, reported)?;
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
        let factor = match filtered {
            true => (ratio - UNFILTERED).ceil().max(1.0) as usize,
            false => 1,
        };
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
            report: clock.report.clone(),
            clock,
        };
        plan.lay_out(tolerance);
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
                let row = |i: usize| self.clock.rows.as_ref().map_or(i, |rows| rows[i]);
                let events = &self.report.events;
                self.report.isolated += (first..end).filter(|&i| events.reports(row(i))).count();
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
        self.report.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::{Interpolation, Regrid};
    use proptest::prelude::{Just, Strategy, prop_assert, prop_assert_eq, proptest};

    fn regridded(time: &[f64], x: &[f64], rate_hz: f64, max_gap_s: f64) -> (Regrid, Vec<f64>) {
        let plan = Regrid::new(time, rate_hz, max_gap_s, None, true).unwrap();
        let c = x.len() / time.len();
        let mut out = vec![f64::NAN; plan.rows() * c];
        plan.run_into(x, c, Interpolation::Linear, &mut out)
            .unwrap();
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
        let plan = Regrid::new(&time, 1.0, 0.2, None, true).unwrap();
        let report = plan.report();
        assert_eq!((report.isolated, report.gaps, report.rows_out), (2, 2, 2));
        assert_eq!(plan.gaps(), [[1, 1]]);
    }

    #[test]
    fn a_given_origin_puts_two_clocks_on_one_grid() {
        let time: Vec<f64> = (0..50).map(|i| 7.013 + f64::from(i) * 0.02).collect();
        let plan = Regrid::new(&time, 100.0, 0.1, Some(5.0), true).unwrap();
        assert!((plan.start_s() - 7.02).abs() < 1e-12);
        let mut out = vec![0.0; plan.rows()];
        plan.run_into(&time, 1, Interpolation::Linear, &mut out)
            .unwrap();
        for (row, v) in out.iter().enumerate() {
            assert!((v - (7.02 + row as f64 / 100.0)).abs() < 1e-12);
        }
        assert!(
            Regrid::new(&time, 0.1, 0.1, Some(0.0), true).is_err(),
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
            let Ok(_) = Regrid::new(&time, rate, 0.05, None, true) else { return Ok(()) };
            let (plan, out) = regridded(&time, &x, rate, 0.05);
            prop_assert!(out.iter().all(|v| (v - 3.0).abs() < 1e-12));
            prop_assert_eq!(plan.report().rows_out, out.len());
        }

        #[test]
        fn every_method_keeps_samples_and_lines((time, rate) in clock()) {
            let Ok(plan) = Regrid::new(&time, rate, 0.05, None, false) else { return Ok(()) };
            let x: Vec<f64> = time.iter().flat_map(|t| [2.0 * t - 1.0, 5.0]).collect();
            for method in [Interpolation::Linear, Interpolation::Cubic, Interpolation::Pchip] {
                let mut out = vec![f64::NAN; 2 * plan.rows()];
                plan.run_into(&x, 2, method, &mut out).unwrap();
                for (row, t) in out.chunks(2).zip(times(&plan)) {
                    // A grid point may lie a thousandth of a step outside its segment.
                    let slack = 1e-9 + 2.1e-3 / rate;
                    prop_assert!((row[0] - (2.0 * (t + plan.start_s()) - 1.0)).abs() < slack);
                    prop_assert!((row[1] - 5.0).abs() < 1e-12);
                }
            }
        }

        #[test]
        fn every_row_lies_within_a_segment((time, rate) in clock()) {
            let Ok(plan) = Regrid::new(&time, rate, 0.05, None, true) else { return Ok(()) };
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
