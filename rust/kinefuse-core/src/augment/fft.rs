//! The Fourier transform of a window, the same bytes on every machine.
//!
//! A library's transforms choose their algorithm by the CPU, and so their last bits. Windows are
//! short; a mixed-radix transform of several channels side by side is as fast for them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use kinefuse_dispatch::dispatch;

/// Signals transformed side by side.
pub(super) const LANES: usize = 4;

/// Complex numbers of [`LANES`] signals: real parts, imaginary parts.
pub(super) type Lanes = [[f64; LANES]; 2];

/// Largest factor of a length that is worked out directly; beyond, Bluestein's way.
const LARGEST: usize = 61;

/// Plans a thread keeps before it starts afresh.
const MAX_PLANS: usize = 64;

thread_local! {
    static PLANS: RefCell<HashMap<usize, Rc<Plan>>> = RefCell::default();
}

/// How signals of one length are transformed.
#[derive(Debug)]
pub(super) struct Plan {
    n: usize,
    /// `exp(-2πi k/n)`.
    turns: Vec<[f64; 2]>,
    way: Way,
}

#[derive(Debug)]
enum Way {
    /// One stage a factor (Stockham).
    Factors(Vec<usize>),
    /// As a convolution with a chirp, of the length of a plan of factors (Bluestein 1970).
    Chirp {
        /// `exp(-πi k²/n)`.
        chirp: Vec<[f64; 2]>,
        /// The transform of the conjugate chirp, over its length.
        answer: Vec<[f64; 2]>,
        longer: Rc<Plan>,
    },
}

impl Plan {
    /// The plan of a length, which must not be 0; kept by thread.
    pub(super) fn of(n: usize) -> Rc<Plan> {
        if let Some(plan) = PLANS.with_borrow(|plans| plans.get(&n).cloned()) {
            return plan;
        }
        let plan = Rc::new(Plan::new(n));
        PLANS.with_borrow_mut(|plans| {
            if plans.len() >= MAX_PLANS {
                plans.clear();
            }
            plans.insert(n, Rc::clone(&plan));
        });
        plan
    }

    fn new(n: usize) -> Plan {
        let factors = factors(n);
        let way = if factors.iter().all(|&f| f <= LARGEST) {
            Way::Factors(factors)
        } else {
            let longer = Plan::of((2 * n - 1).next_power_of_two());
            let chirp: Vec<[f64; 2]> = (0..n)
                .map(|k| turn((k as u128 * k as u128 % (2 * n as u128)) as usize, 2 * n))
                .collect();
            let mut answer = vec![[[0.0; LANES]; 2]; longer.n];
            for (k, &[re, im]) in chirp.iter().enumerate() {
                let scale = 1.0 / longer.n as f64;
                let conjugate = [[re * scale; LANES], [-im * scale; LANES]];
                answer[k] = conjugate;
                answer[(longer.n - k) % longer.n] = conjugate;
            }
            longer.forward(&mut answer, &mut Vec::new());
            let answer = answer.iter().map(|[re, im]| [re[0], im[0]]).collect();
            Way::Chirp {
                chirp,
                answer,
                longer,
            }
        };
        Plan {
            n,
            turns: (0..n).map(|k| turn(k, n)).collect(),
            way,
        }
    }

    /// Transforms in place: `X[k] = Σ x[t] exp(-2πi kt/n)`.
    pub(super) fn forward(&self, x: &mut Vec<Lanes>, other: &mut Vec<Lanes>) {
        match &self.way {
            Way::Factors(factors) => {
                other.clear();
                other.resize(self.n, [[0.0; LANES]; 2]);
                let mut stride = 1;
                for &radix in factors {
                    stage(x, other, radix, stride, &self.turns);
                    std::mem::swap(x, other);
                    stride *= radix;
                }
            }
            Way::Chirp {
                chirp,
                answer,
                longer,
            } => {
                let mut padded = vec![[[0.0; LANES]; 2]; longer.n];
                for ((p, x), c) in padded.iter_mut().zip(&*x).zip(chirp) {
                    *p = times(x, *c);
                }
                longer.forward(&mut padded, other);
                for (p, a) in padded.iter_mut().zip(answer) {
                    *p = times(p, *a);
                }
                longer.backward(&mut padded, other);
                for ((x, p), c) in x.iter_mut().zip(&padded).zip(chirp) {
                    *x = times(p, *c);
                }
            }
        }
    }

    /// Transforms back, without the factor `1/n`.
    pub(super) fn backward(&self, x: &mut Vec<Lanes>, other: &mut Vec<Lanes>) {
        x.iter_mut().for_each(|[re, im]| std::mem::swap(re, im));
        self.forward(x, other);
        x.iter_mut().for_each(|[re, im]| std::mem::swap(re, im));
    }
}

/// The factors of a length: 4 as often as it goes, then primes.
fn factors(mut n: usize) -> Vec<usize> {
    let mut factors = Vec::new();
    let mut f = 4;
    while n > 1 {
        while n.is_multiple_of(f) {
            factors.push(f);
            n /= f;
        }
        f = match f {
            4 => 2,
            2 => 3,
            _ if f * f > n => n,
            _ => f + 2,
        };
    }
    factors
}

#[inline(always)]
fn times(x: &Lanes, [re, im]: [f64; 2]) -> Lanes {
    let mut out = [[0.0; LANES]; 2];
    for l in 0..LANES {
        out[0][l] = x[0][l] * re - x[1][l] * im;
        out[1][l] = x[0][l] * im + x[1][l] * re;
    }
    out
}

#[inline(always)]
fn add(a: &Lanes, b: &Lanes) -> Lanes {
    let mut out = [[0.0; LANES]; 2];
    for part in 0..2 {
        for l in 0..LANES {
            out[part][l] = a[part][l] + b[part][l];
        }
    }
    out
}

#[inline(always)]
fn subtract(a: &Lanes, b: &Lanes) -> Lanes {
    let mut out = [[0.0; LANES]; 2];
    for part in 0..2 {
        for l in 0..LANES {
            out[part][l] = a[part][l] - b[part][l];
        }
    }
    out
}

/// One stage of a Stockham transform: signals `stride` apart, shorter by the radix afterwards.
#[dispatch(avx2)]
fn stage(x: &[Lanes], y: &mut [Lanes], radix: usize, stride: usize, turns: &[[f64; 2]]) {
    let n = x.len();
    let m = n / (radix * stride);
    for p in 0..m {
        for q in 0..stride {
            let from = q + stride * p;
            let to = q + stride * radix * p;
            match radix {
                2 => {
                    let (a, b) = (&x[from], &x[from + stride * m]);
                    y[to] = add(a, b);
                    y[to + stride] = times(&subtract(a, b), turns[p * stride]);
                }
                4 => {
                    let at = |j: usize| &x[from + stride * m * j];
                    let (even, odd) = (add(at(0), at(2)), add(at(1), at(3)));
                    let (e, o) = (subtract(at(0), at(2)), subtract(at(1), at(3)));
                    let mut minus = [[0.0; LANES]; 2];
                    let mut plus = [[0.0; LANES]; 2];
                    for l in 0..LANES {
                        // `e - i·o` and `e + i·o`.
                        minus[0][l] = e[0][l] + o[1][l];
                        minus[1][l] = e[1][l] - o[0][l];
                        plus[0][l] = e[0][l] - o[1][l];
                        plus[1][l] = e[1][l] + o[0][l];
                    }
                    y[to] = add(&even, &odd);
                    y[to + stride] = times(&minus, turns[p * stride]);
                    y[to + 2 * stride] = times(&subtract(&even, &odd), turns[2 * p * stride]);
                    y[to + 3 * stride] = times(&plus, turns[3 * p * stride]);
                }
                _ => {
                    for k in 0..radix {
                        let mut sum = x[from];
                        for j in 1..radix {
                            let turn = turns[j * k % radix * (n / radix)];
                            sum = add(&sum, &times(&x[from + stride * m * j], turn));
                        }
                        y[to + stride * k] = times(&sum, turns[p * k * stride]);
                    }
                }
            }
        }
    }
}

/// `exp(-2πi k/n)` for `k < n`, without the system's sine.
fn turn(k: usize, n: usize) -> [f64; 2] {
    // The nearest quarter turn, and what is left of it: an eighth of a turn at most, either way.
    let quarter = (8 * k + n) / (2 * n);
    let rest = 4.0 * k as f64 - (quarter * n) as f64;
    let (s, c) = sin_cos(rest / n as f64 * std::f64::consts::FRAC_PI_2);
    match quarter % 4 {
        0 => [c, -s],
        1 => [-s, -c],
        2 => [-c, s],
        _ => [s, c],
    }
}

/// For angles of an eighth of a turn at most, either way: Taylor's series to the last bit.
fn sin_cos(x: f64) -> (f64, f64) {
    let z = x * x;
    let (mut s, mut c) = (1.0, 1.0);
    for i in (1..=9).rev() {
        let k = f64::from(2 * i);
        s = 1.0 - s * z / (k * (k + 1.0));
        c = 1.0 - c * z / (k * (k - 1.0));
    }
    (s * x, c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{prop_assert, proptest};

    fn signal(n: usize) -> Vec<Lanes> {
        (0..n)
            .map(|t| {
                [0, 1].map(|part| {
                    std::array::from_fn(|l| ((t * t + 3 * l + 7 * part) as f64 * 0.37).sin())
                })
            })
            .collect()
    }

    fn naive(x: &[Lanes]) -> Vec<Lanes> {
        let n = x.len();
        (0..n)
            .map(|k| {
                let mut sum = [[0.0; LANES]; 2];
                for (t, x) in x.iter().enumerate() {
                    let angle = -std::f64::consts::TAU * (k * t % n) as f64 / n as f64;
                    sum = add(&sum, &times(x, [angle.cos(), angle.sin()]));
                }
                sum
            })
            .collect()
    }

    fn farthest(a: &[Lanes], b: &[Lanes]) -> f64 {
        let values = |x: &[Lanes]| -> Vec<f64> { x.iter().flatten().flatten().copied().collect() };
        let far = values(a).into_iter().zip(values(b));
        far.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    }

    #[test]
    fn equals_the_sum_for_every_length() {
        for n in (1..140).chain([200, 211, 256, 600]) {
            let mut x = signal(n);
            let expected = naive(&x);
            Plan::of(n).forward(&mut x, &mut Vec::new());
            assert!(farthest(&x, &expected) < 1e-12 * n as f64, "n = {n}");
        }
    }

    #[test]
    fn turns_are_sines_and_cosines() {
        for n in 1..200 {
            for k in 0..n {
                let angle = -std::f64::consts::TAU * k as f64 / n as f64;
                let [c, s] = turn(k, n);
                assert!((c - angle.cos()).abs() < 1e-15 * 2.0, "{k}/{n}");
                assert!((s - angle.sin()).abs() < 1e-15 * 2.0, "{k}/{n}");
            }
        }
    }

    #[test]
    fn many_lengths_do_not_pile_up() {
        for n in 1..200 {
            Plan::of(n);
        }
        PLANS.with_borrow(|plans| assert!(plans.len() <= MAX_PLANS + 1));
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_signal(n in 1usize..700) {
            let (mut x, mut other) = (signal(n), Vec::new());
            let plan = Plan::of(n);
            plan.forward(&mut x, &mut other);
            plan.backward(&mut x, &mut other);
            let back: Vec<Lanes> = x.iter().map(|x| times(x, [1.0 / n as f64, 0.0])).collect();
            prop_assert!(farthest(&back, &signal(n)) < 1e-12);
        }
    }
}
