//! To a fixed number of samples through the spectrum, as `scipy.signal.resample` does.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use rayon::prelude::*;

use super::{Sample, check_lengths};
use crate::error::{Result, bail_shape};

/// Transforms a thread keeps before it starts afresh; a data set's recordings have fewer lengths.
const MAX_PLANS: usize = 512;

thread_local! {
    static WORKSPACE: RefCell<Workspace> = RefCell::new(Workspace::new());
}

/// Brings `x (t, c)` to `out (n, c)`: the spectrum is cut or padded with zeros and transformed
/// back. The signal counts as periodic, so its ends meet. Computed in double precision; plans and
/// buffers are kept by thread. With `n == t` the input is copied.
///
/// A NaN makes its whole channel NaN.
pub fn resample_to_length_into<F: Sample>(
    x: &[F],
    t: usize,
    c: usize,
    n: usize,
    out: &mut [F],
) -> Result<()> {
    check_lengths(x, t, c, n, out)?;
    if n == t {
        out.copy_from_slice(x);
        return Ok(());
    }
    WORKSPACE.with_borrow_mut(|workspace| workspace.run(x, t, c, n, out));
    Ok(())
}

/// The same for `items` signals `x (items, t, c)`, on our threads.
pub fn resample_batch_into<F: Sample>(
    x: &[F],
    items: usize,
    t: usize,
    c: usize,
    n: usize,
    out: &mut [F],
) -> Result<()> {
    let values = |frames: usize| items.checked_mul(frames)?.checked_mul(c);
    if items == 0 || t == 0 || c == 0 || n == 0 {
        bail_shape!(
            "x: expected at least one sample of one channel, got ({items}, {t}, {c}) to {n}"
        );
    }
    if values(t) != Some(x.len()) || values(n) != Some(out.len()) {
        bail_shape!(
            "x, out: expected ({items}, {t}, {c}) and ({items}, {n}, {c}), got {} and {} values",
            x.len(),
            out.len()
        );
    }
    x.par_chunks(t * c)
        .zip(out.par_chunks_mut(n * c))
        .try_for_each(|(x, out)| resample_to_length_into(x, t, c, n, out))
}

struct Workspace {
    planner: RealFftPlanner<f64>,
    forward: HashMap<usize, Arc<dyn RealToComplex<f64>>>,
    inverse: HashMap<usize, Arc<dyn ComplexToReal<f64>>>,
    signal: Vec<f64>,
    spectrum: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
}

impl Workspace {
    fn new() -> Self {
        Workspace {
            planner: RealFftPlanner::new(),
            forward: HashMap::new(),
            inverse: HashMap::new(),
            signal: Vec::new(),
            spectrum: Vec::new(),
            scratch: Vec::new(),
        }
    }

    fn run<F: Sample>(&mut self, x: &[F], t: usize, c: usize, n: usize, out: &mut [F]) {
        if self.forward.len() + self.inverse.len() >= MAX_PLANS {
            *self = Workspace::new();
        }
        let planner = &mut self.planner;
        let forward = self
            .forward
            .entry(t)
            .or_insert_with(|| planner.plan_fft_forward(t));
        let inverse = self
            .inverse
            .entry(n)
            .or_insert_with(|| planner.plan_fft_inverse(n));
        let scratch_len = forward.get_scratch_len().max(inverse.get_scratch_len());
        let zero = Complex::new(0.0, 0.0);
        self.signal.resize(t.max(n), 0.0);
        self.spectrum.resize(t.max(n) / 2 + 1, zero);
        self.scratch.resize(scratch_len, zero);

        let (bins_in, bins_out) = (t / 2 + 1, n / 2 + 1);
        let common = t.min(n);
        for channel in 0..c {
            for (v, frame) in self.signal[..t].iter_mut().zip(x.chunks_exact(c)) {
                *v = frame[channel].to_f64();
            }
            forward
                .process_with_scratch(
                    &mut self.signal[..t],
                    &mut self.spectrum[..bins_in],
                    &mut self.scratch[..forward.get_scratch_len()],
                )
                .expect("buffers have the planned lengths");
            if n > t {
                self.spectrum[bins_in..bins_out].fill(zero);
            }
            if common.is_multiple_of(2) {
                // The bin at half the smaller rate stands for both signs of that frequency in the
                // shorter signal and for one in the longer.
                self.spectrum[common / 2] *= if n < t { 2.0 } else { 0.5 };
            }
            // A real signal has real values there; what is left is rounding, or the sine part of a
            // frequency that the shorter signal cannot hold.
            self.spectrum[0].im = 0.0;
            if n.is_multiple_of(2) {
                self.spectrum[n / 2].im = 0.0;
            }
            inverse
                .process_with_scratch(
                    &mut self.spectrum[..bins_out],
                    &mut self.signal[..n],
                    &mut self.scratch[..inverse.get_scratch_len()],
                )
                .expect("buffers have the planned lengths and real ends");
            let scale = 1.0 / t as f64;
            for (frame, v) in out.chunks_exact_mut(c).zip(&self.signal[..n]) {
                frame[channel] = F::from_f64(v * scale);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::resample_to_length_into;
    use proptest::prelude::{prop_assert, proptest};
    use std::f64::consts::TAU;

    fn resampled(x: &[f64], t: usize, c: usize, n: usize) -> Vec<f64> {
        let mut out = vec![0.0; n * c];
        resample_to_length_into(x, t, c, n, &mut out).unwrap();
        out
    }

    /// The trigonometric polynomial through the samples, term by term.
    fn naive(x: &[f64], n: usize) -> Vec<f64> {
        let t = x.len();
        let common = t.min(n);
        (0..n)
            .map(|i| {
                let mut sum = 0.0;
                for k in -((common / 2) as i64)..=(common / 2) as i64 {
                    let edge = common.is_multiple_of(2) && k.unsigned_abs() as usize == common / 2;
                    // Both signs alias onto one bin of the shorter signal: half each when growing.
                    let weight = if edge && n > t { 0.5 } else { 1.0 };
                    for (j, v) in x.iter().enumerate() {
                        let turns = i as f64 / n as f64 - j as f64 / t as f64;
                        sum += weight * v * (TAU * k as f64 * turns).cos();
                    }
                }
                sum / t as f64
            })
            .collect()
    }

    #[test]
    fn agrees_with_the_sum_over_frequencies() {
        for t in 1..14 {
            let x: Vec<f64> = (0..t).map(|i| ((i * i) as f64 * 0.7).sin() + 0.3).collect();
            for n in (1..20).filter(|&n| n != t && !(n < t && n % 2 == 0)) {
                for (a, b) in resampled(&x, t, 1, n).iter().zip(naive(&x, n)) {
                    assert!((a - b).abs() < 1e-13, "t {t} n {n}: {a} {b}");
                }
            }
        }
    }

    #[test]
    fn many_lengths_do_not_pile_up() {
        for t in 1..700 {
            assert!((resampled(&vec![2.0; t], t, 1, 3)[1] - 2.0).abs() < 1e-12);
        }
        super::WORKSPACE.with_borrow(|w| assert!(w.forward.len() <= super::MAX_PLANS));
    }

    #[test]
    fn nan_takes_its_channel_only() {
        let out = resampled(&[1.0, f64::NAN, 1.0, 2.0, 1.0, 3.0], 3, 2, 7);
        assert!(out.chunks(2).all(|f| f[0].is_finite() && f[1].is_nan()));
    }

    proptest! {
        #[test]
        fn up_and_down_again_is_the_signal(t in 1usize..60, extra in 1usize..60, c in 1usize..4) {
            let x: Vec<f64> = (0..t * c).map(|i| ((i * i) as f64 * 0.37).sin()).collect();
            let up = resampled(&x, t, c, t + extra);
            for (a, b) in resampled(&up, t + extra, c, t).iter().zip(&x) {
                prop_assert!((a - b).abs() < 1e-12, "{a} {b}");
            }
        }
    }
}
