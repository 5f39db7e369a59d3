//! Forward in time, as the samples come.

use rayon::prelude::*;

use super::runs::all_finite;
use super::sections::{Frame, LANES, Memory, Place, TILE, Tile, load, run, step, store};
use super::{Filter, check};
use crate::error::{Result, bail_shape};
use crate::resample::Sample;

impl Filter {
    /// Filters `items` signals `x (items, t, c)` forward in time, from `state (items, sections, 2,
    /// c)` on; leaves in it the state behind the last row, so that the next block goes on as if
    /// there were one. What `scipy.signal.sosfilt` computes.
    ///
    /// A state that is not finite has not begun: the channel starts at its next finite value, as if
    /// that had been there for ever. A value that is not finite gives NaN and such a state, a cut
    /// such a state for all channels.
    pub fn run_into<F: Sample>(
        &self,
        x: &[F],
        items: usize,
        t: usize,
        c: usize,
        cuts: &[usize],
        state: &mut [f64],
        out: &mut [F],
    ) -> Result<()> {
        check(x, items, t, c, cuts, out)?;
        let of_item = 2 * self.len() * c;
        if items.checked_mul(of_item) != Some(state.len()) {
            bail_shape!(
                "state: expected {items} x {} x 2 x {c} values, got {}",
                self.len(),
                state.len()
            );
        }
        if state.is_empty() || t == 0 {
            return Ok(());
        }
        x.par_chunks_exact(t * c)
            .zip(out.par_chunks_exact_mut(t * c))
            .zip(state.par_chunks_exact_mut(of_item))
            .for_each(|((x, out), state)| self.run_item(x, c, cuts, state, out));
        Ok(())
    }

    fn run_item<F: Sample>(
        &self,
        x: &[F],
        c: usize,
        cuts: &[usize],
        state: &mut [f64],
        out: &mut [F],
    ) {
        let t = x.len() / c;
        let mut memory = vec![[[0.0; LANES]; 2]; self.len()];
        for channel in (0..c).step_by(LANES) {
            let width = LANES.min(c - channel);
            self.read_state(state, c, channel, width, &mut memory);
            let mut row = 0;
            for end in cuts.iter().copied().chain([t]) {
                while row < end {
                    let rows = TILE.min(end - row);
                    let place = Place {
                        c,
                        channel,
                        width,
                        row,
                        backward: false,
                    };
                    self.run_tile(x, place, rows, &mut memory, out);
                    row += rows;
                }
                if end < t || cuts.last() == Some(&t) {
                    memory.fill([[f64::NAN; LANES]; 2]);
                }
            }
            self.write_state(&memory, c, channel, width, state);
        }
    }

    fn run_tile<F: Sample>(
        &self,
        x: &[F],
        place: Place,
        rows: usize,
        memory: &mut [Memory],
        out: &mut [F],
    ) {
        let mut tile = Tile([[0.0; LANES]; TILE]);
        let tile = &mut tile.0[..rows];
        load(x, place, tile);
        let begun = |l: usize| memory.iter().flatten().all(|z| z[l].is_finite());
        if all_finite(tile.as_flattened()) && (0..place.width).all(begun) {
            run(&self.sections, memory, tile, place.width);
        } else {
            for frame in tile.iter_mut() {
                self.run_frame(frame, place.width, memory);
            }
        }
        store(tile, place, out);
    }

    /// A frame in which values may be missing.
    fn run_frame(&self, frame: &mut Frame, width: usize, memory: &mut [Memory]) {
        for l in 0..width {
            let x = frame[l];
            if !x.is_finite() {
                frame[l] = f64::NAN;
                memory.iter_mut().flatten().for_each(|z| z[l] = f64::NAN);
                continue;
            }
            if !memory.iter().flatten().all(|z| z[l].is_finite()) {
                for (z, steady) in memory.iter_mut().zip(&self.steady) {
                    (z[0][l], z[1][l]) = (steady[0] * x, steady[1] * x);
                }
            }
            frame[l] = step(&self.sections, memory, l, x);
        }
    }

    fn read_state(
        &self,
        state: &[f64],
        c: usize,
        channel: usize,
        width: usize,
        memory: &mut [Memory],
    ) {
        for (z, row) in memory
            .as_flattened_mut()
            .iter_mut()
            .zip(state.chunks_exact(c))
        {
            *z = [0.0; LANES];
            z[..width].copy_from_slice(&row[channel..channel + width]);
        }
    }

    fn write_state(
        &self,
        memory: &[Memory],
        c: usize,
        channel: usize,
        width: usize,
        state: &mut [f64],
    ) {
        for (z, row) in memory.as_flattened().iter().zip(state.chunks_exact_mut(c)) {
            row[channel..channel + width].copy_from_slice(&z[..width]);
        }
    }
}
