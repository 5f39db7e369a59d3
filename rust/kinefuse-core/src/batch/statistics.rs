//! Mean and spread of prepared windows, column by column.

use rayon::prelude::*;

use super::prepare::Scratch;
use super::source::Source;
use crate::error::Result;

/// Windows worked on at a time; fixed, so that the sums do not depend on the threads.
const CHUNK: usize = 64;

/// What is known of one column of a prepared window's rows.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ColumnStatistics {
    /// Finite values.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// Sum of their squared distances from it.
    pub squares: f64,
}

impl ColumnStatistics {
    /// Both together (Chan, Golub and LeVeque 1979).
    fn join(self, other: Self) -> Self {
        let count = self.count + other.count;
        if count == 0 {
            return self;
        }
        let (a, b, n) = (self.count as f64, other.count as f64, count as f64);
        let apart = other.mean - self.mean;
        ColumnStatistics {
            count,
            mean: self.mean + apart * (b / n),
            squares: self.squares + other.squares + apart * apart * (a * b / n),
        }
    }

    fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let finite = values.filter(|v| v.is_finite());
        let (count, sum) = finite.clone().fold((0u64, 0.0), |(n, s), v| (n + 1, s + v));
        let mean = if count == 0 { 0.0 } else { sum / count as f64 };
        ColumnStatistics {
            count,
            mean,
            squares: finite.map(|v| (v - mean) * (v - mean)).sum(),
        }
    }
}

/// Statistics of each column, in the order of a row, over all windows of modality number `m` as
/// they are prepared: normalised and resized, and standardised if a mean was given already.
pub fn statistics(source: &Source, m: usize) -> Result<Vec<ColumnStatistics>> {
    let modality = &source.modalities()[m];
    let shape = modality.shape();
    let width = shape.channels * shape.points;
    let of_windows = |windows: std::ops::Range<usize>| -> Result<Vec<ColumnStatistics>> {
        let mut scratch = Scratch::default();
        let mut prepared = vec![0.0; shape.len()];
        let mut columns = vec![ColumnStatistics::default(); width];
        for window in windows.filter(|&w| modality.has(w)) {
            modality.read_into(window, &mut scratch.rows);
            modality
                .prepare()
                .run(&mut scratch, shape, &mut prepared)
                .map_err(|e| source.at(window, modality, e))?;
            for (i, column) in columns.iter_mut().enumerate() {
                let (point, channel) = (i / shape.channels, i % shape.channels);
                let plane = &prepared[channel * shape.time * shape.points..];
                let values = (0..shape.time).map(|t| f64::from(plane[t * shape.points + point]));
                *column = column.join(ColumnStatistics::of(values));
            }
        }
        Ok(columns)
    };
    let chunks: Vec<_> = (0..source.len().div_ceil(CHUNK))
        .into_par_iter()
        .map(|k| of_windows(k * CHUNK..((k + 1) * CHUNK).min(source.len())))
        .collect::<Result<_>>()?;
    let nothing = vec![ColumnStatistics::default(); width];
    Ok(chunks.into_iter().fold(nothing, |all, chunk| {
        all.into_iter().zip(chunk).map(|(a, b)| a.join(b)).collect()
    }))
}
