//! Forward and backward: no delay, the filter's gain squared.

use std::ops::Range;

use rayon::prelude::*;

use super::sections::{Frame, LANES, Memory, Place, TILE, Tile, load, run, store};
use super::{Filter, check, runs};
use crate::error::Result;
use crate::resample::Sample;

impl Filter {
    /// Filters `items` signals `x (items, t, c)` forward and backward. What
    /// `scipy.signal.sosfiltfilt` computes: each run is extended at both ends by
    /// [`Filter::padding`] frames, mirrored through its end point, and begins in the steady state of
    /// its first frame. A run that is not that long is extended by all it has.
    ///
    /// Values that are not finite become NaN and end a run of their channel; cuts end a run of all
    /// channels.
    pub fn zero_phase_into<F: Sample>(
        &self,
        x: &[F],
        items: usize,
        t: usize,
        c: usize,
        cuts: &[usize],
        out: &mut [F],
    ) -> Result<()> {
        check(x, items, t, c, cuts, out)?;
        if x.is_empty() {
            return Ok(());
        }
        let mut pieces = Vec::with_capacity(items + cuts.len());
        for (mut x, mut out) in x.chunks_exact(t * c).zip(out.chunks_exact_mut(t * c)) {
            let mut row = 0;
            for end in cuts.iter().copied().chain([t]) {
                let (piece, rest) = x.split_at((end - row) * c);
                let (out_piece, out_rest) = out.split_at_mut((end - row) * c);
                pieces.push((piece, out_piece));
                (x, out, row) = (rest, out_rest, end);
            }
        }
        pieces
            .into_par_iter()
            .for_each_init(Scratch::default, |scratch, (x, out)| {
                self.filter_piece(x, c, out, scratch);
            });
        Ok(())
    }

    fn filter_piece<F: Sample>(&self, x: &[F], c: usize, out: &mut [F], scratch: &mut Scratch) {
        for channel in (0..c).step_by(LANES) {
            let group = channel..c.min(channel + LANES);
            if let Some(shared) = runs::shared(x, c, group.clone()) {
                self.filter_runs(x, c, group, &shared, out, scratch);
            } else {
                for channel in group {
                    let own = runs::of_channel(x, c, channel);
                    self.filter_runs(x, c, channel..channel + 1, &own, out, scratch);
                }
            }
        }
    }

    fn filter_runs<F: Sample>(
        &self,
        x: &[F],
        c: usize,
        channels: Range<usize>,
        runs: &[Range<usize>],
        out: &mut [F],
        scratch: &mut Scratch,
    ) {
        let mut row = 0;
        for run in runs {
            mark_missing(row..run.start, c, &channels, out);
            self.filter_run(x, c, channels.clone(), run.clone(), out, scratch);
            row = run.end;
        }
        mark_missing(row..x.len() / c, c, &channels, out);
    }

    /// One run of rows, all finite.
    fn filter_run<F: Sample>(
        &self,
        x: &[F],
        c: usize,
        channels: Range<usize>,
        rows: Range<usize>,
        out: &mut [F],
        scratch: &mut Scratch,
    ) {
        let n = rows.len();
        let padding = self.padding.min(n - 1);
        let at = |row: usize, backward: bool| Place {
            c,
            channel: channels.start,
            width: channels.len(),
            row,
            backward,
        };
        let width = channels.len();
        let Scratch {
            memory,
            before,
            after,
        } = scratch;
        // Lanes that hold no channel stay zero throughout.
        before.clear();
        after.clear();
        before.resize(padding, [0.0; LANES]);
        after.resize(padding, [0.0; LANES]);
        let (mut first, mut last) = ([[0.0; LANES]; 1], [[0.0; LANES]; 1]);
        load(x, at(rows.start, false), &mut first);
        load(x, at(rows.end - 1, false), &mut last);
        let (first, mut last) = (first[0], last[0]);
        load(x, at(rows.start + 1, true), before);
        mirror(before, &first);
        load(x, at(rows.end - 1 - padding, true), after);
        mirror(after, &last);

        self.begin(memory, before.first().unwrap_or(&first));
        run(&self.sections, memory, before, width);
        let mut tile = Tile([[0.0; LANES]; TILE]);
        for start in rows.clone().step_by(TILE) {
            let tile = &mut tile.0[..TILE.min(rows.end - start)];
            load(x, at(start, false), tile);
            run(&self.sections, memory, tile, width);
            store(tile, at(start, false), out);
            last = tile[tile.len() - 1];
        }
        run(&self.sections, memory, after, width);

        after.reverse();
        self.begin(memory, after.first().unwrap_or(&last));
        run(&self.sections, memory, after, width);
        for start in (0..n).step_by(TILE) {
            let tile = &mut tile.0[..TILE.min(n - start)];
            let place = at(rows.end - start - tile.len(), true);
            load(out, place, tile);
            run(&self.sections, memory, tile, width);
            store(tile, place, out);
        }
    }

    /// The state as if `frame` had been there for ever.
    fn begin(&self, memory: &mut Vec<Memory>, frame: &Frame) {
        memory.clear();
        memory.extend(self.steady.iter().map(|steady| {
            let mut z = [[0.0; LANES]; 2];
            for i in 0..2 {
                for l in 0..LANES {
                    z[i][l] = steady[i] * frame[l];
                }
            }
            z
        }));
    }
}

#[derive(Default)]
struct Scratch {
    memory: Vec<Memory>,
    before: Vec<Frame>,
    after: Vec<Frame>,
}

fn mark_missing<F: Sample>(rows: Range<usize>, c: usize, channels: &Range<usize>, out: &mut [F]) {
    for row in rows {
        out[row * c + channels.start..row * c + channels.end].fill(F::NAN);
    }
}

/// Mirrors frames through a point: `2 point - frame`.
fn mirror(frames: &mut [Frame], point: &Frame) {
    for frame in frames {
        for l in 0..LANES {
            frame[l] = 2.0 * point[l] - frame[l];
        }
    }
}
