//! Values between samples: the methods of [`super::Regrid::run_into`].

use super::spline;
use super::walk::Walk;
use crate::resample::Sample;
use crate::resample::channels::with_channels;
use crate::resample::linear::lerp_frame;

/// Grid points that are found before their values: looking for stamps waits, and the values need
/// not wait with it.
const BATCH: usize = 256;

/// How values between two samples are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interpolation {
    /// By a straight line, as `numpy.interp`.
    Linear,
    /// The sample nearer in time; the earlier of two that are equally near.
    Nearest,
    /// By cubics whose first two derivatives go on, through all samples of a segment; the first two
    /// and the last two of them are one ("not a knot"): SciPy's `CubicSpline`.
    Cubic,
    /// By cubics that neither overshoot nor swing between samples: SciPy's `PchipInterpolator`.
    Pchip,
}

impl Interpolation {
    /// Whether a value depends on more samples than the two around it.
    pub(super) fn is_wide(self) -> bool {
        matches!(self, Interpolation::Cubic | Interpolation::Pchip)
    }
}

/// The grid points from `start` on, as many as `out` holds, `hz` a second.
pub(super) fn interpolate<F: Sample>(
    method: Interpolation,
    x: &[F],
    c: usize,
    walk: Walk<'_>,
    start: i64,
    hz: f64,
    out: &mut [F],
) {
    match method {
        Interpolation::Linear => {
            with_channels!(c, C => lerp_grid::<F, C>(x, c, walk, start, hz, out));
        }
        Interpolation::Nearest => nearest_grid(x, c, walk, start, hz, out),
        Interpolation::Cubic | Interpolation::Pchip => {
            spline::spline_grid(method, x, c, walk, start, hz, out);
        }
    }
}

/// `C` is the number of channels, or 0 where it is not among the common ones.
fn lerp_grid<F: Sample, const C: usize>(
    x: &[F],
    c: usize,
    mut walk: Walk<'_>,
    start: i64,
    hz: f64,
    out: &mut [F],
) {
    let c = if C == 0 { c } else { C };
    let mut places = [(0, 0.0); BATCH];
    for (i, out) in out.chunks_mut(BATCH * c).enumerate() {
        let places = &mut places[..out.len() / c];
        walk.place(start + (i * BATCH) as i64, hz, places);
        for (&(k, weight), row) in places.iter().zip(out.chunks_exact_mut(c)) {
            lerp_frame(x, c, k, F::from_f64(weight), row);
        }
    }
}

fn nearest_grid<F: Sample>(
    x: &[F],
    c: usize,
    mut walk: Walk<'_>,
    start: i64,
    hz: f64,
    out: &mut [F],
) {
    for (i, row) in out.chunks_exact_mut(c).enumerate() {
        let (k, weight) = walk.to((start + i as i64) as f64 / hz);
        let k = k + usize::from(weight > 0.5);
        row.copy_from_slice(&x[k * c..(k + 1) * c]);
    }
}
