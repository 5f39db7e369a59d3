//! From one rate or length to another.
//!
//! - [`polyphase`]: a rational change of rate, anti-aliased; the default between uniform streams.
//! - [`sinc`]: the same filter at any times, for rates in no ratio of whole numbers.
//! - [`fourier`]: to a fixed number of samples through the spectrum.
//! - [`label`], [`quaternion`]: labels and orientations at other times.
//! - [`linear_to_length_into`]: to a fixed number of samples by straight lines.
//! - [`stream`]: [`polyphase`] a piece at a time.
//! - [`regrid`]: from an irregular clock to a uniform grid, gaps kept.
//!
//! Frames are interleaved: `(T, C)` row-major.

mod channels;
mod filter;
pub mod fourier;
pub mod label;
mod linear;
pub mod polyphase;
pub mod quaternion;
pub mod regrid;
mod sample;
pub mod sinc;
pub mod stream;
mod tile;

pub(crate) use filter::half_length;
pub use linear::linear_to_length_into;
pub use sample::Sample;

use crate::error::{Error, Result, bail_shape};

/// Checks the slices of a `(t, c)` to `(n, c)` kernel against their dimensions.
fn check_lengths<F>(x: &[F], t: usize, c: usize, n: usize, out: &[F]) -> Result<()> {
    if t == 0 || c == 0 {
        bail_shape!("x: expected at least one sample of one channel, got ({t}, {c})");
    }
    if n == 0 {
        bail_shape!("n: expected at least one output sample, got 0");
    }
    if t.checked_mul(c) != Some(x.len()) {
        bail_shape!("x: expected {t} x {c} values, got {}", x.len());
    }
    if n.checked_mul(c) != Some(out.len()) {
        bail_shape!("out: expected {n} x {c} values, got {}", out.len());
    }
    Ok(())
}

/// Checks that stamps are finite and never go back; if `strict`, that none repeats another.
fn check_stamps(time_s: &[f64], strict: bool) -> Result<()> {
    let fits = |row: usize| {
        let (now, before) = (time_s[row], row.checked_sub(1).map(|r| time_s[r]));
        now.is_finite() && before.is_none_or(|b| if strict { b < now } else { b <= now })
    };
    match (0..time_s.len()).find(|&row| !fits(row)) {
        None => Ok(()),
        Some(row) => Err(Error::Time {
            message: format!(
                "time_s: expected finite stamps that {}; repair them with kinefuse.clock.repair",
                if strict { "increase" } else { "never go back" }
            ),
            row,
            time_s: time_s[row],
        }),
    }
}
