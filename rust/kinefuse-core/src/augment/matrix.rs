//! Three-by-three (and two-by-two) maps of coordinates, and rotations.

use kinefuse_dispatch::dispatch;

use crate::rng::sin_cos_deg;

/// Row-major; applied to column vectors.
pub(super) type Matrix = [[f32; 3]; 3];

/// A turn by `degrees` about a unit axis (Rodrigues).
pub(super) fn about_axis([x, y, z]: [f32; 3], degrees: f32) -> Matrix {
    let (s, c) = sin_cos_deg(degrees);
    let k = 1.0 - c;
    [
        [c + x * x * k, x * y * k - z * s, x * z * k + y * s],
        [y * x * k + z * s, c + y * y * k, y * z * k - x * s],
        [z * x * k - y * s, z * y * k + x * s, c + z * z * k],
    ]
}

/// The turn of a unit quaternion, real part first.
pub(super) fn from_quaternion([w, x, y, z]: [f32; 4]) -> Matrix {
    [
        [
            1.0 - 2.0 * (y * y + z * z),
            2.0 * (x * y - w * z),
            2.0 * (x * z + w * y),
        ],
        [
            2.0 * (x * y + w * z),
            1.0 - 2.0 * (x * x + z * z),
            2.0 * (y * z - w * x),
        ],
        [
            2.0 * (x * z - w * y),
            2.0 * (y * z + w * x),
            1.0 - 2.0 * (x * x + y * y),
        ],
    ]
}

/// `Rx · Ry · Rz` of right-handed turns about the coordinate axes.
pub(super) fn about_axes([x, y, z]: [f32; 3]) -> Matrix {
    let rx = about_axis([1.0, 0.0, 0.0], x);
    let ry = about_axis([0.0, 1.0, 0.0], y);
    let rz = about_axis([0.0, 0.0, 1.0], z);
    product(&product(&rx, &ry), &rz)
}

fn product(a: &Matrix, b: &Matrix) -> Matrix {
    let mut out = [[0.0; 3]; 3];
    for i in 0..3 {
        for j in 0..3 {
            out[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j];
        }
    }
    out
}

/// Maps every point of `D` planes, one a coordinate, where `D` is 2 or 3.
pub(super) fn transform(planes: &mut [f32], dims: usize, m: &Matrix) {
    let n = planes.len() / dims;
    let (x, rest) = planes.split_at_mut(n);
    match dims {
        2 => transform2(x, rest, m),
        _ => {
            let (y, z) = rest.split_at_mut(n);
            transform3(x, y, z, m);
        }
    }
}

#[dispatch(avx2)]
fn transform3(x: &mut [f32], y: &mut [f32], z: &mut [f32], m: &Matrix) {
    let n = x.len();
    let (y, z) = (&mut y[..n], &mut z[..n]);
    for i in 0..n {
        let (a, b, c) = (x[i], y[i], z[i]);
        x[i] = m[0][0] * a + m[0][1] * b + m[0][2] * c;
        y[i] = m[1][0] * a + m[1][1] * b + m[1][2] * c;
        z[i] = m[2][0] * a + m[2][1] * b + m[2][2] * c;
    }
}

#[dispatch(avx2)]
fn transform2(x: &mut [f32], y: &mut [f32], m: &Matrix) {
    let n = x.len();
    let y = &mut y[..n];
    for i in 0..n {
        let (a, b) = (x[i], y[i]);
        x[i] = m[0][0] * a + m[0][1] * b;
        y[i] = m[1][0] * a + m[1][1] * b;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_right_handed() {
        let quarter = about_axis([0.0, 0.0, 1.0], 90.0);
        let mut v = [1.0, 0.0, 0.0];
        transform(&mut v, 3, &quarter);
        assert!(v[0].abs() < 1e-6 && (v[1] - 1.0).abs() < 1e-6);
    }

    #[test]
    fn the_last_axis_turns_first() {
        let mut v = [1.0, 0.0, 0.0];
        transform(&mut v, 3, &about_axes([90.0, 0.0, 90.0]));
        assert!(v[0].abs() < 1e-6 && v[1].abs() < 1e-6 && (v[2] - 1.0).abs() < 1e-6);
    }
}
