//! From one rate or length to another.
//!
//! - [`polyphase`]: a rational change of rate, anti-aliased; the default between uniform streams.
//! - [`fourier`]: to a fixed number of samples through the spectrum.
//! - [`linear_to_length_into`]: to a fixed number of samples by straight lines.
//! - [`stream`]: [`polyphase`] a piece at a time.
//! - [`regrid`]: from an irregular clock to a uniform grid, gaps kept.
//!
//! Frames are interleaved: `(T, C)` row-major.

mod channels;
mod filter;
pub mod fourier;
mod linear;
pub mod polyphase;
pub mod regrid;
mod sample;
pub mod stream;
mod tile;

pub(crate) use filter::half_length;
pub use linear::linear_to_length_into;
pub use sample::Sample;

use crate::error::{Result, bail_shape};

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
