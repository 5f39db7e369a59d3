//! Where decoded rows go.

use crate::error::{Error, Result};

/// What a decoder is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing: count and check.
    Nothing,
    /// A row a sample.
    Samples,
    /// A row a sample of light in lux and button; GENEActiv only.
    Light,
    /// A row a sample of a gyroscope that has samples of its own; Parmay only.
    Gyroscope,
    /// A row a block, with what the device measures once a block.
    Auxiliary,
}

/// The caller's room for rows, filled from the front.
#[derive(Debug)]
pub struct Rows<'a> {
    /// `(N, C)`, row by row.
    pub data: &'a mut [f32],
    /// `(N,)`, seconds since 1970 on the device's clock.
    pub time_s: &'a mut [f64],
    /// How many rows are filled.
    pub filled: usize,
}

impl<'a> Rows<'a> {
    /// Room for rows of `data.len() / time_s.len()` channels.
    pub fn new(data: &'a mut [f32], time_s: &'a mut [f64]) -> Self {
        Rows {
            data,
            time_s,
            filled: 0,
        }
    }

    /// The next `n` rows of `channels` values, to be filled.
    pub(super) fn next(&mut self, n: usize, channels: usize) -> Result<(&mut [f32], &mut [f64])> {
        let (from, to) = (self.filled, self.filled.saturating_add(n));
        let room = (self.time_s.len(), self.data.len() / channels.max(1));
        if to > room.0 || to > room.1 {
            return Err(Error::Shape(format!(
                "rows: expected room for {to} rows of {channels} values, got {} stamps and {} rows",
                room.0, room.1
            )));
        }
        self.filled = to;
        Ok((
            &mut self.data[from * channels..to * channels],
            &mut self.time_s[from..to],
        ))
    }
}
