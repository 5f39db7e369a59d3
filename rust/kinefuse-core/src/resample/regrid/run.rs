//! Running a [`Regrid`] on data.

use std::borrow::Cow;

use rayon::prelude::*;

use super::{Regrid, Segment};
use crate::error::{Result, bail_shape};
use crate::resample::Sample;
use crate::resample::channels::with_channels;
use crate::resample::filter::half_length;
use crate::resample::linear::lerp_frame;
use crate::resample::polyphase;
use crate::resample::tile::{Kernel, Scratch};

/// Grid rows of one piece of work.
const PIECE_ROWS: usize = 2048;

impl Regrid {
    /// Interpolates `x (rows of the clock, c)` to `out (rows, c)`: by straight lines where the rate
    /// stays or rises; where it falls, by straight lines to a grid at least as fine as the clock,
    /// then through the filter of [`crate::resample::polyphase`], the signal mirrored at the ends of each segment.
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
