//! The two types of sample.

use std::ops::{Add, AddAssign, Mul, Sub};

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// `f32` or `f64`.
pub trait Sample:
    sealed::Sealed
    + Copy
    + Send
    + Sync
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + AddAssign
    + 'static
{
    /// Zero.
    const ZERO: Self;
    /// Not a number: missing.
    const NAN: Self;
    /// The nearest value of this type.
    fn from_f64(v: f64) -> Self;
    /// The same value in double precision.
    fn to_f64(self) -> f64;
    /// The nearest value of another type; nothing is done where it is the same.
    #[inline(always)]
    fn cast<T: Sample>(self) -> T {
        T::from_f64(self.to_f64())
    }
    /// Neither NaN nor infinite.
    fn is_finite(self) -> bool;
}

macro_rules! sample {
    ($($float:ty),*) => { $(impl Sample for $float {
        const ZERO: Self = 0.0;
        const NAN: Self = <$float>::NAN;
        #[inline(always)]
        fn from_f64(v: f64) -> Self {
            v as $float
        }
        #[inline(always)]
        fn to_f64(self) -> f64 {
            self as f64
        }
        #[inline(always)]
        fn is_finite(self) -> bool {
            <$float>::is_finite(self)
        }
    })* };
}
sample!(f32, f64);
