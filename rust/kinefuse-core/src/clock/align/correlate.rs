//! Correlation at many lags at once, with samples missing on either side.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

/// Correlates windows of one length with stretches of another.
pub(super) struct Correlator {
    window: usize,
    lags: usize,
    n: usize,
    forward: Arc<dyn RealToComplex<f64>>,
    inverse: Arc<dyn ComplexToReal<f64>>,
}

type Spectrum = Vec<Complex<f64>>;

impl Correlator {
    /// For windows of `window` points and stretches of `window + lags - 1`.
    pub(super) fn new(window: usize, lags: usize) -> Self {
        let n = (window + lags).next_power_of_two();
        let mut planner = RealFftPlanner::new();
        Correlator {
            window,
            lags,
            n,
            forward: planner.plan_fft_forward(n),
            inverse: planner.plan_fft_inverse(n),
        }
    }

    /// Of each lag `l`, the correlation of `a[i]` with `b[i + l]` over the `i` at which both are
    /// finite, and their number: the sums of products and squares of just those, by three more
    /// transforms (D. Padfield, "Masked object registration in the Fourier domain", IEEE Trans.
    /// Image Processing 21(5), 2012; here the means are taken off before). A lag without energy
    /// correlates 0.
    pub(super) fn run(&self, a: &[f64], b: &[f64]) -> Vec<(f64, f64)> {
        assert_eq!(
            (a.len(), b.len()),
            (self.window, self.window + self.lags - 1)
        );
        let finite = |v: &f64| v.is_finite();
        let value = |v: &f64| if finite(v) { *v } else { 0.0 };
        let square = |v: &f64| if finite(v) { v * v } else { 0.0 };
        let there = |v: &f64| f64::from(u8::from(finite(v)));
        let product = self.sums(a, b, value, value);
        let of_a = self.sums(a, b, square, there);
        let of_b = self.sums(a, b, there, square);
        let count = self.sums(a, b, there, there);
        let energy = |v: &[f64]| v.iter().map(square).sum::<f64>();
        // What rounding leaves of a stretch without energy.
        let nothing = 1e-12 * energy(a) * energy(b) + f64::MIN_POSITIVE;
        (0..self.lags)
            .map(|l| {
                let both = of_a[l].max(0.0) * of_b[l].max(0.0);
                let r = if both > nothing {
                    product[l] / both.sqrt()
                } else {
                    0.0
                };
                (r.clamp(-1.0, 1.0), count[l].round())
            })
            .collect()
    }

    /// Of each lag, the sum of `of_a(a[i]) * of_b(b[i + lag])`.
    fn sums(
        &self,
        a: &[f64],
        b: &[f64],
        of_a: impl Fn(&f64) -> f64,
        of_b: impl Fn(&f64) -> f64,
    ) -> Vec<f64> {
        let left = self.spectrum(a.iter().map(of_a));
        let mut right = self.spectrum(b.iter().map(of_b));
        for (r, l) in right.iter_mut().zip(&left) {
            *r *= l.conj();
        }
        // A real signal's first and last bins are real.
        right[0].im = 0.0;
        let last = right.len() - 1;
        right[last].im = 0.0;
        let mut out = self.inverse.make_output_vec();
        self.inverse
            .process(&mut right, &mut out)
            .expect("buffers are of the plan's own lengths");
        out.truncate(self.lags);
        out.iter_mut().for_each(|v| *v /= self.n as f64);
        out
    }

    fn spectrum(&self, values: impl Iterator<Item = f64>) -> Spectrum {
        let mut input = self.forward.make_input_vec();
        input.iter_mut().zip(values).for_each(|(i, v)| *i = v);
        let mut output = self.forward.make_output_vec();
        self.forward
            .process(&mut input, &mut output)
            .expect("buffers are of the plan's own lengths");
        output
    }
}

/// The place of the top of the parabola through a largest value and its neighbours, in lags from
/// it, and its height.
pub(super) fn top(before: f64, at: f64, after: f64) -> (f64, f64) {
    let bend = before - 2.0 * at + after;
    if bend >= 0.0 {
        return (0.0, at);
    }
    let place = (0.5 * (before - after) / bend).clamp(-0.5, 0.5);
    (place, at - 0.25 * (before - after) * place)
}

#[cfg(test)]
mod tests {
    use super::{Correlator, top};
    use proptest::prelude::{Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest};

    fn naive(a: &[f64], b: &[f64], lag: usize) -> (f64, f64) {
        let (mut ab, mut aa, mut bb, mut n) = (0.0, 0.0, 0.0, 0.0);
        for (i, x) in a.iter().enumerate() {
            let y = b[i + lag];
            if x.is_finite() && y.is_finite() {
                ab += x * y;
                aa += x * x;
                bb += y * y;
                n += 1.0;
            }
        }
        (
            if aa * bb > 1e-9 {
                ab / (aa * bb).sqrt()
            } else {
                0.0
            },
            n,
        )
    }

    fn values(n: usize) -> impl Strategy<Value = Vec<f64>> {
        let value = prop_oneof![9 => -3.0f64..3.0, 1 => proptest::strategy::Just(f64::NAN)];
        proptest::collection::vec(value, n)
    }

    proptest! {
        #[test]
        fn equals_a_loop((a, b) in (values(23), values(23 + 40))) {
            let found = Correlator::new(23, 41).run(&a, &b);
            for (lag, (r, n)) in found.iter().enumerate() {
                let expected = naive(&a, &b, lag);
                prop_assert_eq!(*n, expected.1);
                prop_assert!((r - expected.0).abs() < 1e-8, "{} {:?}", r, expected);
            }
        }
    }

    #[test]
    fn the_top_of_a_parabola() {
        let y = |x: f64| 2.0 - (x - 0.3) * (x - 0.3);
        let (place, height) = top(y(-1.0), y(0.0), y(1.0));
        assert!((place - 0.3).abs() < 1e-12 && (height - 2.0).abs() < 1e-12);
        assert_eq!(top(1.0, 1.0, 1.0), (0.0, 1.0));
    }
}
