//! What two devices have in common: how hard they are accelerated, whichever way they are turned.

use crate::clock::{Usable, usable};
use crate::error::{Result, bail_shape};

/// A device's recording as the alignment needs it.
pub(super) struct Device {
    clock: Usable,
    /// Magnitude of each sample kept.
    magnitude: Vec<f64>,
}

impl Device {
    /// `x (rows of time_s, c)`: the magnitude of one channel is its own value, of several the
    /// Euclidean norm.
    pub(super) fn new(
        name: &str,
        time_s: &[f64],
        x: &[f64],
        c: usize,
        max_gap_s: f64,
    ) -> Result<Self> {
        if c == 0 || time_s.len().checked_mul(c) != Some(x.len()) {
            bail_shape!(
                "{name}: expected {} rows of {c} channels, one for each stamp, got {} values",
                time_s.len(),
                x.len()
            );
        }
        let clock = usable(time_s, max_gap_s)?;
        let of_row = |row: usize| match &x[row * c..(row + 1) * c] {
            [only] => *only,
            several => several.iter().map(|v| v * v).sum::<f64>().sqrt(),
        };
        let magnitude = match &clock.rows {
            Some(rows) => rows.iter().map(|&row| of_row(row)).collect(),
            None => (0..time_s.len()).map(of_row).collect(),
        };
        Ok(Device { clock, magnitude })
    }

    pub(super) fn start_s(&self) -> f64 {
        self.clock.start_s
    }

    pub(super) fn end_s(&self) -> f64 {
        self.clock.start_s + self.clock.elapsed_s[self.clock.elapsed_s.len() - 1]
    }

    pub(super) fn rate_hz(&self) -> f64 {
        self.clock.rate.hz
    }

    /// The magnitude at `from_s + k / rate_hz` for `k < n` by straight lines, less its mean over
    /// `around` points before and after; NaN outside the recording, in gaps and beside NaN.
    pub(super) fn look(&self, from_s: f64, rate_hz: f64, n: usize, around: usize) -> Vec<f64> {
        let first = from_s - self.start_s() - around as f64 / rate_hz;
        let wide = self.grid(first, rate_hz, n + 2 * around);
        without_mean(&wide, around)
    }

    fn grid(&self, first: f64, rate_hz: f64, n: usize) -> Vec<f64> {
        let time = &self.clock.elapsed_s;
        let gaps = &self.clock.gaps;
        let mut row = time.partition_point(|&t| t <= first).saturating_sub(1);
        (0..n)
            .map(|k| {
                let at = first + k as f64 / rate_hz;
                while row + 1 < time.len() && time[row + 1] <= at {
                    row += 1;
                }
                if at < time[0] || row + 1 >= time.len() || gaps.binary_search(&(row + 1)).is_ok() {
                    return f64::NAN;
                }
                let weight = (at - time[row]) / (time[row + 1] - time[row]);
                self.magnitude[row] + weight * (self.magnitude[row + 1] - self.magnitude[row])
            })
            .collect()
    }
}

/// Each value but the outermost `around` on either side less the mean of the finite ones within
/// `around` of it.
fn without_mean(wide: &[f64], around: usize) -> Vec<f64> {
    let mut sums = Vec::with_capacity(wide.len() + 1);
    let (mut sum, mut count) = (0.0, 0u32);
    sums.push((sum, count));
    for v in wide {
        if v.is_finite() {
            sum += v;
            count += 1;
        }
        sums.push((sum, count));
    }
    (around..wide.len() - around)
        .map(|i| {
            let (from, to) = (sums[i - around], sums[i + around + 1]);
            wide[i] - (to.0 - from.0) / f64::from((to.1 - from.1).max(1))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Device, without_mean};

    #[test]
    fn between_samples_in_gaps_and_outside() {
        let time: Vec<f64> = (0..40)
            .map(|i| f64::from(i + if i < 20 { 0 } else { 30 }))
            .collect();
        let x: Vec<f64> = time.iter().flat_map(|t| [3.0 * t, 4.0 * t]).collect();
        let device = Device::new("a", &time, &x, 2, 5.0).unwrap();
        for (k, v) in device.grid(-1.0, 2.0, 150).iter().enumerate() {
            let at = k as f64 / 2.0 - 1.0;
            let inside = (0.0..=19.0).contains(&at) || (50.0..69.0).contains(&at);
            if inside && at != 19.0 {
                assert!((v - 5.0 * at).abs() < 1e-9, "{at}: {v}");
            } else if !inside {
                assert!(v.is_nan(), "{at}: {v}");
            }
        }
    }

    #[test]
    fn a_level_goes() {
        let mut wide = vec![7.0; 50];
        wide[3] = f64::NAN;
        let out = without_mean(&wide, 5);
        assert_eq!(out.len(), 40);
        assert!(out.iter().all(|v| v.abs() < 1e-12));
    }
}
