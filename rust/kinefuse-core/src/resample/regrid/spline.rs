//! Cubics through samples, from the slopes at them.
//!
//! A spline joins all samples of a segment, but what lies `n` samples away weighs at most `1 / 2^n`:
//! a piece of the grid is found from its own samples and some beyond, so that memory does not grow
//! with the segment.

use super::interpolate::Interpolation;
use super::walk::Walk;
use crate::resample::Sample;

/// Samples beyond a piece that its spline is found from.
const HALO: usize = 64;

/// The grid points from `start` on, as many as `out` holds. `x` is finite in the segment.
pub(super) fn spline_grid<F: Sample>(
    method: Interpolation,
    x: &[F],
    c: usize,
    mut walk: Walk<'_>,
    start: i64,
    hz: f64,
    out: &mut [F],
) {
    let when = |i: usize| (start + i as i64) as f64 / hz;
    let places: Vec<(usize, f64)> = (0..out.len() / c).map(|i| walk.to(when(i))).collect();
    let (Some(&(from, _)), Some(&(to, _))) = (places.first(), places.last()) else {
        return;
    };
    let from = from.saturating_sub(HALO).max(walk.first);
    let to = (to + 1 + HALO).min(walk.last);
    let knots = Knots::new(
        &walk.stamps()[from..=to],
        from == walk.first,
        to == walk.last,
    );
    let mut slopes = vec![0.0; knots.len()];
    let mut values = vec![0.0; knots.len()];
    for channel in 0..c {
        for (value, row) in values.iter_mut().zip(from..=to) {
            *value = x[row * c + channel].to_f64();
        }
        match method {
            Interpolation::Pchip => knots.pchip(&values, &mut slopes),
            _ => knots.cubic(&values, &mut slopes),
        }
        for (&(k, weight), out) in places.iter().zip(out.chunks_exact_mut(c)) {
            out[channel] = if weight == 0.0 {
                x[k * c + channel]
            } else {
                F::from_f64(knots.between(&values, &slopes, k - from, weight))
            };
        }
    }
}

/// The stamps that a piece of a spline is found from.
struct Knots {
    steps: Vec<f64>,
    /// Whether the first and the last are the segment's own.
    at_start: bool,
    at_end: bool,
    /// By knot, what the elimination leaves above the diagonal and multiplies by.
    above: Vec<f64>,
    inverse: Vec<f64>,
}

impl Knots {
    fn new(time: &[f64], at_start: bool, at_end: bool) -> Knots {
        let mut knots = Knots {
            steps: time.windows(2).map(|w| w[1] - w[0]).collect(),
            at_start,
            at_end,
            above: Vec::new(),
            inverse: Vec::new(),
        };
        for k in 0..knots.len() {
            let (below, diagonal, above) = knots.equation(k);
            let before = k.checked_sub(1).map_or(0.0, |k| knots.above[k]);
            let inverse = 1.0 / (diagonal - below * before);
            knots.inverse.push(inverse);
            knots.above.push(above * inverse);
        }
        knots
    }

    fn len(&self) -> usize {
        self.steps.len() + 1
    }

    /// The weights of the slopes at knots `k - 1`, `k` and `k + 1` in the equation for knot `k`.
    fn equation(&self, k: usize) -> (f64, f64, f64) {
        let (h, last) = (&self.steps, self.steps.len());
        if self.len() < 4 {
            return (0.0, 1.0, 0.0);
        }
        if k == 0 {
            let bound = if self.at_start { h[0] + h[1] } else { 0.0 };
            return (0.0, h[1], bound);
        }
        if k == last {
            let bound = if self.at_end {
                h[last - 2] + h[last - 1]
            } else {
                0.0
            };
            return (bound, h[last - 2], 0.0);
        }
        (h[k], 2.0 * (h[k - 1] + h[k]), h[k - 1])
    }

    /// Slopes of the spline. Where a piece of it begins within the segment, the slope there is a
    /// guess: the halo makes it not matter.
    fn cubic(&self, y: &[f64], slopes: &mut [f64]) {
        let (h, last) = (&self.steps, self.steps.len());
        let rise = |k: usize| (y[k + 1] - y[k]) / h[k];
        if last == 0 {
            return slopes.fill(0.0);
        }
        if last == 1 {
            return slopes.fill(rise(0));
        }
        if last == 2 {
            // One parabola.
            let bend = (rise(1) - rise(0)) / (h[0] + h[1]);
            slopes[0] = rise(0) - bend * h[0];
            slopes[1] = rise(0) + bend * h[0];
            slopes[2] = rise(1) + bend * h[1];
            return;
        }
        for k in 0..=last {
            let right = if k == 0 {
                let d = h[0] + h[1];
                if self.at_start {
                    ((h[0] + 2.0 * d) * h[1] * rise(0) + h[0] * h[0] * rise(1)) / d
                } else {
                    h[1] * rise(0)
                }
            } else if k == last {
                let (a, b) = (h[last - 2], h[last - 1]);
                let d = a + b;
                if self.at_end {
                    (b * b * rise(last - 2) + (2.0 * d + b) * a * rise(last - 1)) / d
                } else {
                    a * rise(last - 1)
                }
            } else {
                3.0 * (h[k] * rise(k - 1) + h[k - 1] * rise(k))
            };
            let before = if k == 0 { 0.0 } else { slopes[k - 1] };
            slopes[k] = (right - self.equation(k).0 * before) * self.inverse[k];
        }
        for k in (0..last).rev() {
            slopes[k] -= self.above[k] * slopes[k + 1];
        }
    }

    /// Slopes after Fritsch and Butland (1984): the weighted harmonic mean of the rises on both
    /// sides, 0 at a peak.
    fn pchip(&self, y: &[f64], slopes: &mut [f64]) {
        let (h, last) = (&self.steps, self.steps.len());
        let rise = |k: usize| (y[k + 1] - y[k]) / h[k];
        if last < 2 {
            return slopes.fill(if last == 1 { rise(0) } else { 0.0 });
        }
        slopes[0] = pchip_end(h[0], h[1], rise(0), rise(1));
        slopes[last] = pchip_end(h[last - 1], h[last - 2], rise(last - 1), rise(last - 2));
        for k in 1..last {
            let (a, b) = (rise(k - 1), rise(k));
            slopes[k] = if a == 0.0 || b == 0.0 || (a < 0.0) != (b < 0.0) {
                0.0
            } else {
                let (v, w) = (2.0 * h[k] + h[k - 1], h[k] + 2.0 * h[k - 1]);
                1.0 / ((v / a + w / b) / (v + w))
            };
        }
    }

    /// The cubic with the values and slopes of knots `k` and `k + 1`.
    fn between(&self, y: &[f64], slopes: &[f64], k: usize, weight: f64) -> f64 {
        let h = self.steps[k];
        let rise = (y[k + 1] - y[k]) / h;
        let bend = (slopes[k] + slopes[k + 1] - 2.0 * rise) / h;
        let s = weight * h;
        let second = (rise - slopes[k]) / h - bend;
        y[k] + s * (slopes[k] + s * (second + s * (bend / h)))
    }
}

/// The slope at an end from the two steps next to it, kept from overshooting.
fn pchip_end(h0: f64, h1: f64, rise0: f64, rise1: f64) -> f64 {
    let slope = ((2.0 * h0 + h1) * rise0 - h0 * rise1) / (h0 + h1);
    let sign = |v: f64| if v > 0.0 { 1 } else { -i32::from(v < 0.0) };
    if sign(slope) != sign(rise0) {
        0.0
    } else if sign(rise0) != sign(rise1) && slope.abs() > 3.0 * rise0.abs() {
        3.0 * rise0
    } else {
        slope
    }
}
