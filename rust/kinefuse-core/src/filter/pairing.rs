//! From zeros, poles and gain to second-order sections, as `scipy.signal.zpk2sos` pairs them.
//!
//! Poles nearest to the unit circle take the zeros nearest to them and come last, so that no section
//! amplifies much and rounding stays small.

use super::SECTION;
use super::complex::Complex;

/// Zeros, poles and gain of a filter. Complex ones come in conjugate pairs.
pub(super) struct Zpk {
    pub(super) zeros: Vec<Complex>,
    pub(super) poles: Vec<Complex>,
    pub(super) gain: f64,
}

/// Imaginary parts below this share of the magnitude are rounding.
const REAL: f64 = 100.0 * f64::EPSILON;

/// The sections of a filter with as many zeros as poles, and an even number of real ones of each
/// once an odd order is filled up at the origin: any Butterworth filter.
pub(super) fn into_sections(mut zpk: Zpk) -> Vec<[f64; SECTION]> {
    if zpk.poles.len() % 2 == 1 {
        zpk.poles.push(Complex::real(0.0));
        zpk.zeros.push(Complex::real(0.0));
    }
    let n = zpk.poles.len() / 2;
    let (mut zeros, mut poles) = (half_plane(&zpk.zeros), half_plane(&zpk.poles));
    let mut sections = vec![[0.0; SECTION]; n];
    for section in sections.iter_mut().rev() {
        let p1 = take(&mut poles, from_unit_circle, |_| true);
        let p2 = if p1.is_real() {
            take(&mut poles, from_unit_circle, Complex::is_real)
        } else {
            p1.conj()
        };
        let to_p1 = |z: Complex| (z - p1).abs();
        let z1 = take(&mut zeros, to_p1, |_| true);
        let z2 = if z1.is_real() {
            take(&mut zeros, to_p1, Complex::is_real)
        } else {
            z1.conj()
        };
        section[..3].copy_from_slice(&polynomial(z1, z2));
        section[3..].copy_from_slice(&polynomial(p1, p2));
    }
    for b in &mut sections[0][..3] {
        *b *= zpk.gain;
    }
    sections
}

fn from_unit_circle(root: Complex) -> f64 {
    (1.0 - root.abs()).abs()
}

/// Takes out the root of the kind with the smallest measure, the first of equals.
fn take(
    roots: &mut Vec<Complex>,
    measure: impl Fn(Complex) -> f64,
    kind: impl Fn(Complex) -> bool,
) -> Complex {
    let mut best: Option<usize> = None;
    for (i, &root) in roots.iter().enumerate() {
        if kind(root) && best.is_none_or(|b| measure(root) < measure(roots[b])) {
            best = Some(i);
        }
    }
    // Real roots come in even numbers, and there are as many zeros as poles.
    roots.remove(best.expect("a root of every kind that is asked for"))
}

/// One of each conjugate pair (by real part, then imaginary part), then the real roots in order.
fn half_plane(roots: &[Complex]) -> Vec<Complex> {
    let is_real = |z: &Complex| z.im.abs() <= REAL * z.abs();
    let mut upper: Vec<Complex> = roots
        .iter()
        .copied()
        .filter(|z| !is_real(z) && z.im > 0.0)
        .collect();
    upper.sort_by(|a, b| a.re.total_cmp(&b.re).then(a.im.total_cmp(&b.im)));
    let mut real: Vec<f64> = roots.iter().filter(|z| is_real(z)).map(|z| z.re).collect();
    real.sort_by(f64::total_cmp);
    upper.extend(real.into_iter().map(Complex::real));
    upper
}

/// Coefficients of `(z - a) (z - b)`, which are real.
fn polynomial(a: Complex, b: Complex) -> [f64; 3] {
    [1.0, -(a + b).re, (a * b).re]
}
