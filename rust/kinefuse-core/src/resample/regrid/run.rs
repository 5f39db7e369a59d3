//! Running a [`Regrid`] on data.

use std::borrow::Cow;

use rayon::prelude::*;

use super::interpolate::{Interpolation, interpolate};
use super::walk::Walk;
use super::{Regrid, Segment};
use crate::error::{Result, bail_shape};
use crate::resample::Sample;
use crate::resample::filter::half_length;
use crate::resample::polyphase;
use crate::resample::tile::{Kernel, Scratch};

/// Grid rows of one piece of work.
const PIECE_ROWS: usize = 2048;

impl Regrid {
    /// Interpolates `x (rows of the clock, c)` to `out (rows, c)`. Where the rate falls and a filter
    /// was asked for, to a grid at least as fine as the clock, then through the filter of
    /// [`crate::resample::polyphase`], the signal mirrored at the ends of each segment.
    ///
    /// A NaN makes NaN of the grid points between it and its neighbours and of no other: filters and
    /// splines see a straight line there.
    pub fn run_into<F: Sample>(
        &self,
        x: &[F],
        c: usize,
        method: Interpolation,
        out: &mut [F],
    ) -> Result<()> {
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
            method,
            c,
            filled: (self.factor > 1 || method.is_wide())
                .then(|| self.fill(&x, c))
                .flatten(),
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
                _ => work.interpolate(segment, row, out),
            },
        );
        Ok(())
    }

    /// `x` with the values that are not finite replaced by straight lines between their neighbours,
    /// channel by channel; `None` where there is no such value.
    fn fill<F: Sample>(&self, x: &[F], c: usize) -> Option<Vec<F>> {
        if x.iter().all(|v| v.is_finite()) {
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
    method: Interpolation,
    c: usize,
    x: &'a [F],
    filled: Option<Vec<F>>,
    kernel: Option<Kernel<F>>,
}

impl<F: Sample> Work<'_, F> {
    /// The rows from `row` of the segment on.
    fn interpolate(&self, segment: &Segment, row: usize, out: &mut [F]) {
        let start = segment.start + row as i64;
        self.on_grid(segment, start, 1, out);
        if self.filled.is_some() {
            self.restore_nan(segment, start, out);
        }
    }

    /// The points `start, start + 1, …` of a grid `factor` times as fine, holes filled.
    fn on_grid(&self, segment: &Segment, start: i64, factor: usize, out: &mut [F]) {
        let x = self.filled.as_deref().unwrap_or(self.x);
        let hz = self.plan.rate_hz * factor as f64;
        let walk = Walk::new(self.plan, segment, start as f64 / hz);
        interpolate(self.method, x, self.c, walk, start, hz, out);
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
        let real = place(real_from)..place(real_to + 1);
        self.on_grid(segment, real_from, self.plan.factor, &mut buffer[real]);
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
