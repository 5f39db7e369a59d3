//! The scale and offset of each axis that bring still postures onto the sphere of 1 g.
//!
//! V. T. van Hees et al., "Autocalibration of accelerometer data for free-living physical activity
//! assessment using local gravity and temperature: an evaluation on four continents", Journal of
//! Applied Physiology 117 (2014), 738-744; steps as in its reference implementation (GGIR). Each
//! round takes the point of the sphere nearest to each posture and fits, axis by axis, a weighted
//! straight line from the postures to those points; postures far from the sphere weigh less.

use super::still::Posture;
use crate::error::{Result, bail_shape};
use crate::resample::Sample;

/// Rounds at most, and the change of the mean square distance that ends them.
const ROUNDS: usize = 1000;
const TOLERANCE: f64 = 1e-10;
/// The largest weight: that of a posture within 10 mg of its point.
const MAX_WEIGHT: f64 = 100.0;

/// `scale * acc + offset + slope * (temperature - mean_temperature)`, axis by axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correction {
    /// Factor of each axis.
    pub scale: [f64; 3],
    /// Added to each axis.
    pub offset: [f64; 3],
    /// Added to each axis for a degree.
    pub slope: [f64; 3],
    /// Mean temperature of the postures.
    pub mean_temperature: f64,
}

impl Correction {
    /// The corrected acceleration.
    pub fn apply(&self, posture: &Posture) -> [f64; 3] {
        let warmth = posture.temperature - self.mean_temperature;
        std::array::from_fn(|k| {
            self.scale[k] * posture.acc[k] + self.offset[k] + self.slope[k] * warmth
        })
    }

    /// Corrects rows `acc (t, 3)`, with a temperature each where there is a slope.
    pub fn apply_into<F: Sample>(
        &self,
        acc: &[F],
        temperature: Option<&[f64]>,
        out: &mut [F],
    ) -> Result<()> {
        let (rows, rest) = acc.as_chunks::<3>();
        if !rest.is_empty() || acc.len() != out.len() {
            bail_shape!(
                "acc_g: expected rows of 3 values and as many in out, got {} and {}",
                acc.len(),
                out.len()
            );
        }
        if let Some(t) = temperature.filter(|t| t.len() != rows.len()) {
            bail_shape!(
                "temperature_c: expected one for each of {} rows, got {}",
                rows.len(),
                t.len()
            );
        }
        for (i, (row, to)) in rows.iter().zip(out.as_chunks_mut::<3>().0).enumerate() {
            let posture = Posture {
                acc: row.map(Sample::to_f64),
                temperature: temperature.map_or(self.mean_temperature, |t| t[i]),
            };
            *to = self.apply(&posture).map(F::from_f64);
        }
        Ok(())
    }

    /// Changes nothing.
    pub fn identity(postures: &[Posture]) -> Self {
        let n = postures.len().max(1) as f64;
        Correction {
            scale: [1.0; 3],
            offset: [0.0; 3],
            slope: [0.0; 3],
            mean_temperature: postures.iter().map(|p| p.temperature).sum::<f64>() / n,
        }
    }

    /// Mean distance of the corrected postures from the sphere.
    pub fn error(&self, postures: &[Posture]) -> f64 {
        let n = postures.len().max(1) as f64;
        let distance = |p: &Posture| (norm(self.apply(p)) - 1.0).abs();
        postures.iter().map(distance).sum::<f64>() / n
    }
}

/// Fits the correction; with a slope over temperature if asked for and temperatures differ. `None`
/// where the postures do not tell it: fewer than the unknowns of an axis, or all alike along one.
pub fn fit(postures: &[Posture], with_temperature: bool) -> Option<Correction> {
    let mut found = Correction::identity(postures);
    let warmth: Vec<f64> = postures
        .iter()
        .map(|p| p.temperature - found.mean_temperature)
        .collect();
    let with_temperature = with_temperature && warmth.iter().any(|&w| w.abs() > 1e-6);
    let mut weights = vec![1.0; postures.len()];
    let mut before = f64::INFINITY;
    for _ in 0..ROUNDS {
        let mut moved: Vec<[f64; 3]> = postures.iter().map(|p| found.apply(p)).collect();
        let nearest: Vec<[f64; 3]> = moved
            .iter()
            .map(|&p| {
                let length = norm(p);
                p.map(|v| v / length)
            })
            .collect();
        let mut squares = 0.0;
        let total: f64 = weights.iter().sum();
        for k in 0..3 {
            let line = fit_line(
                |i| (moved[i][k], warmth[i], nearest[i][k]),
                &weights,
                with_temperature,
            )?;
            found.scale[k] *= line.factor;
            found.offset[k] = line.factor * found.offset[k] + line.constant;
            found.slope[k] = line.factor * found.slope[k] + line.slope;
            for (i, p) in moved.iter_mut().enumerate() {
                p[k] = line.factor * p[k] + line.constant + line.slope * warmth[i];
                let d = p[k] - nearest[i][k];
                squares += weights[i] * d * d / total;
            }
        }
        for (weight, (p, q)) in weights.iter_mut().zip(moved.iter().zip(&nearest)) {
            let distance = norm(std::array::from_fn(|k| p[k] - q[k]));
            *weight = (1.0 / distance).min(MAX_WEIGHT);
        }
        // The reference's residual: three times the mean over all axes and postures.
        let residual = squares / postures.len() as f64;
        if (residual - before).abs() < TOLERANCE {
            break;
        }
        before = residual;
    }
    let numbers = [found.scale, found.offset, found.slope];
    let sound = numbers.as_flattened().iter().all(|v| v.is_finite());
    (sound && found.scale.iter().all(|&s| s > 0.0)).then_some(found)
}

struct Line {
    constant: f64,
    factor: f64,
    slope: f64,
}

/// Weighted least squares of `z` on `x` and, if asked for, `w`; `points(i)` is `(x, w, z)`. Sums are
/// about the weighted means.
fn fit_line(
    points: impl Fn(usize) -> (f64, f64, f64),
    weights: &[f64],
    with_slope: bool,
) -> Option<Line> {
    let (mut total, mut mean) = (0.0, [0.0; 3]);
    for (i, &weight) in weights.iter().enumerate() {
        let (x, w, z) = points(i);
        total += weight;
        for (m, v) in mean.iter_mut().zip([x, w, z]) {
            *m += weight * v;
        }
    }
    let [mx, mw, mz] = mean.map(|m| m / total);
    let (mut xx, mut xw, mut ww, mut xz, mut wz) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (i, &weight) in weights.iter().enumerate() {
        let (x, w, z) = points(i);
        let (x, w, z) = (x - mx, w - mw, z - mz);
        xx += weight * x * x;
        xw += weight * x * w;
        ww += weight * w * w;
        xz += weight * x * z;
        wz += weight * w * z;
    }
    let (factor, slope) = if with_slope {
        let determinant = xx * ww - xw * xw;
        if determinant.is_nan() || determinant <= 1e-12 * xx * ww {
            return None;
        }
        (
            (xz * ww - wz * xw) / determinant,
            (wz * xx - xz * xw) / determinant,
        )
    } else {
        (xz / xx, 0.0)
    };
    (weights.len() > 2 && xx > 0.0).then_some(Line {
        constant: mz - factor * mx - slope * mw,
        factor,
        slope,
    })
}

fn norm(v: [f64; 3]) -> f64 {
    (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::still::Posture;
    use super::{Correction, fit};
    use proptest::prelude::{prop_assert, proptest};

    /// Points spread evenly over the sphere, seen by a sensor that `off` puts right.
    fn postures(n: usize, off: &Correction) -> Vec<Posture> {
        (0..n)
            .map(|i| {
                let z = 1.0 - (2.0 * i as f64 + 1.0) / n as f64;
                let (sin, cos) = (i as f64 * 2.399_963).sin_cos();
                let r = (1.0 - z * z).sqrt();
                let temperature = off.mean_temperature + ((i * 7) % 11) as f64 - 5.0;
                let truth = [r * cos, r * sin, z];
                let warmth = temperature - off.mean_temperature;
                Posture {
                    acc: std::array::from_fn(|k| {
                        (truth[k] - off.offset[k] - off.slope[k] * warmth) / off.scale[k]
                    }),
                    temperature,
                }
            })
            .collect()
    }

    #[test]
    fn postures_that_tell_nothing() {
        let one = Posture {
            acc: [0.0, 0.0, 1.01],
            temperature: 20.0,
        };
        assert!(fit(&[], false).is_none());
        assert!(fit(&[one; 2], false).is_none());
        assert!(fit(&[one; 50], false).is_none());
        let nothing = Posture {
            acc: [0.0; 3],
            temperature: 20.0,
        };
        assert!(fit(&[nothing; 50], true).is_none());
    }

    proptest! {
        #[test]
        fn what_is_off_is_found(
            scale in [0.95f64..1.05, 0.95..1.05, 0.95..1.05],
            offset in [-0.05f64..0.05, -0.05..0.05, -0.05..0.05],
            slope in [-0.001f64..0.001, -0.001..0.001, -0.001..0.001],
        ) {
            let off = Correction { scale, offset, slope, mean_temperature: 25.0 };
            let seen = postures(200, &off);
            let found = fit(&seen, true).unwrap();
            prop_assert!(found.error(&seen) < 1e-4, "{}", found.error(&seen));
            for k in 0..3 {
                prop_assert!((found.scale[k] / scale[k] - 1.0).abs() < 2e-3);
                let warmer = found.mean_temperature - off.mean_temperature;
                prop_assert!((found.offset[k] - offset[k] - slope[k] * warmer).abs() < 1e-3);
                prop_assert!((found.slope[k] - slope[k]).abs() < 1e-4);
            }
        }
    }
}
