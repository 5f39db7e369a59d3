//! Finding the stamps around the points of a grid.

use super::{Regrid, Segment};

/// Finds the stamps around times that only grow.
pub(super) struct Walk<'a> {
    time: &'a [f64],
    /// Rows of the segment, both ends included.
    pub(super) first: usize,
    pub(super) last: usize,
    row: usize,
    /// A weight this near 0 or 1 is on the stamp.
    snap: f64,
}

impl<'a> Walk<'a> {
    pub(super) fn new(plan: &'a Regrid, segment: &Segment, time_s: f64) -> Self {
        let time = &plan.clock.elapsed_s;
        let own = &time[segment.first..=segment.last];
        let row = segment.first + own.partition_point(|&t| t <= time_s).saturating_sub(1);
        Walk {
            time,
            first: segment.first,
            last: segment.last,
            row,
            snap: 1e-9 + plan.clock.resolution_s * plan.clock.rate.hz,
        }
    }

    /// All stamps, in seconds.
    pub(super) fn stamps(&self) -> &'a [f64] {
        self.time
    }

    /// The row at or before `time_s` and the share of the step to the next that has passed. A
    /// weight of 0 where there is no next.
    #[inline(always)]
    pub(super) fn to(&mut self, time_s: f64) -> (usize, f64) {
        self.row = self.pass(time_s);
        let row = self.row;
        if row == self.last {
            return (row, 0.0);
        }
        let (a, b) = (self.time[row], self.time[row + 1]);
        let weight = (time_s - a) / (b - a);
        if weight < self.snap {
            (row, 0.0)
        } else if weight > 1.0 - self.snap {
            (row + 1, 0.0)
        } else {
            (row, weight)
        }
    }

    /// [`Walk::to`] for the points from `start` on of a grid, `hz` a second.
    pub(super) fn place(&mut self, start: i64, hz: f64, places: &mut [(usize, f64)]) {
        for (i, place) in places.iter_mut().enumerate() {
            *place = self.to((start + i as i64) as f64 / hz);
        }
    }

    /// The last row at or before `time_s`. Four stamps at a time: how many of them have passed is
    /// counted, not branched on, because jitter makes it unpredictable.
    #[inline(always)]
    fn pass(&self, time_s: f64) -> usize {
        let time = &self.time[..=self.last];
        let mut row = self.row;
        while let Some(next) = time[row + 1..].first_chunk::<4>() {
            let passed = next.map(|t| usize::from(t <= time_s));
            let passed = (passed[0] + passed[1]) + (passed[2] + passed[3]);
            row += passed;
            if passed < 4 {
                return row;
            }
        }
        while row + 1 < time.len() && time[row + 1] <= time_s {
            row += 1;
        }
        row
    }
}
