//! Windows written out, one after another.

use rayon::prelude::*;

use crate::error::{Result, bail_input, bail_shape};

/// Below this many bytes threads cost more than they bring.
const PARALLEL_BYTES: usize = 1 << 20;

/// Writes windows out, `(rows, row_bytes)` to `(starts, length, row_bytes)`, whatever the bytes are.
pub fn windows_into(
    x: &[u8],
    row_bytes: usize,
    starts: &[i64],
    length: usize,
    out: &mut [u8],
) -> Result<()> {
    if row_bytes == 0 || length == 0 || !x.len().is_multiple_of(row_bytes) {
        bail_shape!("windows: expected whole rows and a length of 1 or more, got length {length}");
    }
    let rows = x.len() / row_bytes;
    let size = length.checked_mul(row_bytes);
    let Some(size) = size.filter(|s| s.checked_mul(starts.len()) == Some(out.len())) else {
        bail_shape!(
            "windows: expected room for {} windows of {length} rows of {row_bytes} bytes, got {} \
             bytes",
            starts.len(),
            out.len()
        );
    };
    for (i, &start) in starts.iter().enumerate() {
        if start < 0 || start as u64 + length as u64 > rows as u64 {
            bail_input!(
                "starts, number {i}: expected a window of {length} rows inside {rows}, got one from \
                 row {start}"
            );
        }
    }
    let copy = |(&start, out): (&i64, &mut [u8])| {
        let from = start as usize * row_bytes;
        out.copy_from_slice(&x[from..from + size]);
    };
    if out.len() < PARALLEL_BYTES || rayon::current_num_threads() == 1 {
        starts.iter().zip(out.chunks_exact_mut(size)).for_each(copy);
    } else {
        starts
            .par_iter()
            .zip(out.par_chunks_exact_mut(size))
            .with_min_len((PARALLEL_BYTES / 8 / size).max(1))
            .for_each(copy);
    }
    Ok(())
}
