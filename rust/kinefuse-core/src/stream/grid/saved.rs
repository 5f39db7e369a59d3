//! What a [`Grid`] remembers.

use super::{Base, Grid, MAX_POINTS, Segment};
use crate::error::{Result, bail_input};
use crate::resample::Sample;
use crate::stream::state::{Reader, State};

impl<F: Sample> Grid<F> {
    pub(in crate::stream) fn save(&self, state: &mut State<F>) {
        self.clock.save(state);
        let base = self.base.unwrap_or(Base {
            first_s: 0.0,
            shift_s: 0.0,
            tolerance: 0.0,
        });
        state
            .reals
            .extend([base.first_s, base.shift_s, base.tolerance]);
        state.integer(usize::from(self.base.is_some()));
        state.integer(usize::from(self.origin.is_some()));
        state.integers.extend([self.origin.unwrap_or(0), self.next]);
        state.integer(usize::from(self.segment.is_some()));
        let segment = self.segment.unwrap_or_default();
        state.integers.extend([
            segment.start,
            segment.row,
            segment.fine_start,
            segment.fine,
            segment.stamps as i64,
        ]);
        state.reals.push(segment.last_s);
        let waits = self.clock.waiting.is_some();
        state.samples(if waits { &self.waiting } else { &[] });
        if self.segment.is_some() {
            state.samples(&self.last);
            let points = (segment.fine - self.oldest(&segment)).max(0) as usize * self.c;
            state.samples(&self.history[self.history.len() - points.min(self.history.len())..]);
        }
    }

    pub(in crate::stream) fn load(&mut self, reader: &mut Reader<'_, F>) -> Result<()> {
        self.clock.load(reader)?;
        let base = Base {
            first_s: reader.real()?,
            shift_s: reader.real()?,
            tolerance: reader.real()?,
        };
        let has_base = reader.count()? > 0;
        self.base = Some(base).filter(|_| has_base);
        let has_origin = reader.count()? > 0;
        self.origin = Some(reader.place()?).filter(|_| has_origin);
        self.next = reader.place()?;
        let has_segment = reader.count()? > 0;
        let segment = Segment {
            start: reader.place()?,
            row: reader.place()?,
            fine_start: reader.place()?,
            fine: reader.place()?,
            stamps: reader.count()?,
            last_s: reader.real()?,
        };
        self.segment = Some(segment).filter(|_| has_segment);
        self.waiting = reader.samples()?;
        let mut sane = self.waiting.len() == self.c * usize::from(self.clock.waiting.is_some());
        // A tolerance of its own would make rows without end.
        let right = Base::new(base.first_s, self.rate_hz, self.settings.origin_s);
        sane &= !has_base || base == right;
        self.last.clear();
        self.history.clear();
        if has_segment {
            self.last = reader.samples()?;
            self.history = reader.samples()?;
            // Where the arithmetic of the next row cannot overflow.
            let most = MAX_POINTS as i64 / self.factor;
            sane &= self.base.is_some()
                && self.clock.last.map(|last| self.elapsed_s(last)) == Some(segment.last_s)
                && self.last.len() == self.c
                && [segment.start, segment.row].iter().all(|v| v.abs() <= most)
                && segment.start <= segment.row
                && segment.fine_start <= segment.start.saturating_mul(self.factor)
                && segment.fine
                    == ((segment.last_s * self.fine_hz()).floor() as i64)
                        .saturating_add(1)
                        .max(segment.fine_start)
                && segment.fine <= segment.row * self.factor + self.half
                && match self.phases {
                    Some(_) => {
                        let points = (segment.fine - self.oldest(&segment)).max(0) as usize;
                        self.history.len() == points * self.c
                    }
                    None => self.history.is_empty() && segment.row == segment.fine,
                };
        }
        if !sane {
            bail_input!("state: expected that of a stream of these settings, its grid differs");
        }
        Ok(())
    }
}
