//! The little complex arithmetic that a filter's design needs.

use std::ops::{Add, Div, Mul, Neg, Sub};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Complex {
    pub(super) re: f64,
    pub(super) im: f64,
}

impl Complex {
    pub(super) const fn new(re: f64, im: f64) -> Self {
        Complex { re, im }
    }

    pub(super) const fn real(re: f64) -> Self {
        Complex { re, im: 0.0 }
    }

    pub(super) fn conj(self) -> Self {
        Complex::new(self.re, -self.im)
    }

    pub(super) fn is_real(self) -> bool {
        self.im == 0.0
    }

    pub(super) fn abs(self) -> f64 {
        let (large, small) = (
            self.re.abs().max(self.im.abs()),
            self.re.abs().min(self.im.abs()),
        );
        if large == 0.0 {
            return 0.0;
        }
        let ratio = small / large;
        large * (1.0 + ratio * ratio).sqrt()
    }

    /// The root with a real part of at least 0.
    pub(super) fn sqrt(self) -> Self {
        let half = ((self.abs() + self.re.abs()) / 2.0).sqrt();
        if half == 0.0 {
            return Complex::real(0.0);
        }
        let other = self.im.abs() / (2.0 * half);
        let (re, im) = if self.re >= 0.0 {
            (half, other)
        } else {
            (other, half)
        };
        Complex::new(re, if self.im < 0.0 { -im } else { im })
    }
}

impl Add for Complex {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Complex::new(self.re + o.re, self.im + o.im)
    }
}
impl Sub for Complex {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        Complex::new(self.re - o.re, self.im - o.im)
    }
}
impl Mul for Complex {
    type Output = Self;
    fn mul(self, o: Self) -> Self {
        Complex::new(
            self.re * o.re - self.im * o.im,
            self.re * o.im + self.im * o.re,
        )
    }
}
impl Div for Complex {
    type Output = Self;
    fn div(self, o: Self) -> Self {
        let norm = o.re * o.re + o.im * o.im;
        let top = self * o.conj();
        Complex::new(top.re / norm, top.im / norm)
    }
}
impl Neg for Complex {
    type Output = Self;
    fn neg(self) -> Self {
        Complex::new(-self.re, -self.im)
    }
}
impl Mul<f64> for Complex {
    type Output = Self;
    fn mul(self, f: f64) -> Self {
        Complex::new(self.re * f, self.im * f)
    }
}

#[cfg(test)]
mod tests {
    use super::Complex;
    use proptest::prelude::{prop_assert, proptest};

    proptest! {
        #[test]
        fn a_root_squared_is_the_number(re in -9f64..9.0, im in -9f64..9.0) {
            let z = Complex::new(re, im);
            let root = z.sqrt();
            prop_assert!(root.re >= 0.0);
            prop_assert!((root * root - z).abs() < 1e-14 * (1.0 + z.abs()));
        }

        #[test]
        fn a_quotient_times_the_divisor_is_the_number(
            re in -9f64..9.0, im in -9f64..9.0, by in 0.1f64..9.0, by_im in -9f64..9.0,
        ) {
            let (z, by) = (Complex::new(re, im), Complex::new(by, by_im));
            prop_assert!((z / by * by - z).abs() < 1e-13);
        }
    }

    #[test]
    fn roots_of_real_numbers() {
        assert_eq!(Complex::real(4.0).sqrt(), Complex::real(2.0));
        assert_eq!(Complex::real(-4.0).sqrt(), Complex::new(0.0, 2.0));
        assert_eq!(Complex::real(0.0).sqrt(), Complex::real(0.0));
        assert_eq!(Complex::new(3.0, 4.0).abs(), 5.0);
    }
}
