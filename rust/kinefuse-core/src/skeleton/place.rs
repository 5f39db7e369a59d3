//! The loops over joints: subtract a centre, then scale or rotate.

use std::ops::{Add, Div, Mul, Sub};

use kinefuse_dispatch::dispatch;

use super::normalize::{Frames, align_frames};

/// float32 or float64.
pub trait Real:
    Copy
    + Send
    + Sync
    + PartialEq
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + std::fmt::Debug
{
    /// Not a number.
    const NAN: Self;
    /// Nothing.
    const ZERO: Self;
    /// The square of a share that counts as nothing.
    const TINY: Self;
    /// Rounded to this type.
    fn from_f64(v: f64) -> Self;
    /// Widened.
    fn to_f64(self) -> f64;
    /// Neither NaN nor infinite.
    fn is_finite(self) -> bool;
    /// The square root.
    fn sqrt(self) -> Self;
    /// [`shift_scale`] compiled for the CPU at hand.
    fn shift_scale(x: &[Self], center: [Self; 3], dims: usize, factor: Self, out: &mut [Self]);
    /// [`shift_rotate`] compiled for the CPU at hand.
    fn shift_rotate(x: &[Self], center: [Self; 3], matrix: [[Self; 3]; 3], out: &mut [Self]);
    /// [`align_frames`] compiled for the CPU at hand.
    fn align_frames(x: &[Self], frames: &Frames<Self>, out: &mut [Self]) -> usize;
}

/// Values handled at a time: whole joints whether they have 2 or 3 coordinates.
const BLOCK: usize = 96;

macro_rules! real {
    ($t:ident, $scale:ident, $rotate:ident, $align:ident) => {
        impl Real for $t {
            const NAN: Self = $t::NAN;
            const ZERO: Self = 0.0;
            const TINY: Self = 1e-12;
            fn from_f64(v: f64) -> Self {
                v as $t
            }
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            fn is_finite(self) -> bool {
                self.is_finite()
            }
            fn sqrt(self) -> Self {
                self.sqrt()
            }
            fn shift_scale(x: &[$t], center: [$t; 3], dims: usize, factor: $t, out: &mut [$t]) {
                $scale(x, center, dims, factor, out);
            }
            fn shift_rotate(x: &[$t], center: [$t; 3], matrix: [[$t; 3]; 3], out: &mut [$t]) {
                $rotate(x, center, matrix, out);
            }
            fn align_frames(x: &[$t], frames: &Frames<$t>, out: &mut [$t]) -> usize {
                $align(x, frames, out)
            }
        }

        #[dispatch(avx2)]
        fn $scale(x: &[$t], center: [$t; 3], dims: usize, factor: $t, out: &mut [$t]) {
            shift_scale(x, center, dims, factor, out);
        }

        #[dispatch(avx2)]
        fn $rotate(x: &[$t], center: [$t; 3], matrix: [[$t; 3]; 3], out: &mut [$t]) {
            shift_rotate(x, center, matrix, out);
        }

        #[dispatch(avx2)]
        fn $align(x: &[$t], frames: &Frames<$t>, out: &mut [$t]) -> usize {
            align_frames(x, frames, out)
        }
    };
}
real!(f32, shift_scale_f32, shift_rotate_f32, align_frames_f32);
real!(f64, shift_scale_f64, shift_rotate_f64, align_frames_f64);

/// `(x - center) * factor`, joint after joint.
#[inline(always)]
fn shift_scale<F: Real>(x: &[F], center: [F; 3], dims: usize, factor: F, out: &mut [F]) {
    let mut pattern = [center[0]; BLOCK];
    if dims == 3 {
        pattern.as_chunks_mut::<3>().0.fill(center);
    } else {
        pattern.as_chunks_mut::<2>().0.fill([center[0], center[1]]);
    }
    for (x, out) in x.chunks(BLOCK).zip(out.chunks_mut(BLOCK)) {
        for ((&x, &p), out) in x.iter().zip(&pattern).zip(out) {
            *out = (x - p) * factor;
        }
    }
}

/// `matrix · (x - center)`, joint after joint, in three dimensions.
#[inline(always)]
pub(super) fn shift_rotate<F: Real>(x: &[F], center: [F; 3], matrix: [[F; 3]; 3], out: &mut [F]) {
    let [m0, m1, m2] = matrix;
    for (p, q) in x.as_chunks::<3>().0.iter().zip(out.as_chunks_mut::<3>().0) {
        let (a, b, c) = (p[0] - center[0], p[1] - center[1], p[2] - center[2]);
        *q = [
            m0[0] * a + m0[1] * b + m0[2] * c,
            m1[0] * a + m1[1] * b + m1[2] * c,
            m2[0] * a + m2[1] * b + m2[2] * c,
        ];
    }
}
