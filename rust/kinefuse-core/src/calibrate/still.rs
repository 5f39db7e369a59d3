//! Windows in which an accelerometer lies still, found as samples come.

use crate::error::{Result, bail_input, bail_shape};
use crate::resample::Sample;

/// The mean of a still window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Posture {
    /// Acceleration along the axes.
    pub acc: [f64; 3],
    /// Temperature; 0 where none was given.
    pub temperature: f64,
}

/// Goes through an acceleration window by window and keeps the means of the still ones. What it
/// remembers grows with their number alone; blocks of any size give the same numbers.
#[derive(Debug, Clone)]
pub struct StillWindows {
    length: usize,
    max_sd: f64,
    with_temperature: bool,
    current: Window,
    /// The still windows so far.
    pub postures: Vec<Posture>,
    /// Whole windows so far.
    pub windows: usize,
    /// Of those, windows that hold a value that is not finite.
    pub missing: usize,
}

/// The window that is being filled: sums about its first sample, so that little is lost to rounding.
#[derive(Debug, Clone, Copy, Default)]
struct Window {
    rows: usize,
    origin: [f64; 4],
    sum: [f64; 4],
    squares: [f64; 3],
}

impl StillWindows {
    /// Windows of `length` rows; still are those whose standard deviation is under `max_sd` along
    /// every axis.
    pub fn new(length: usize, max_sd: f64, with_temperature: bool) -> Result<Self> {
        if length < 2 {
            bail_input!("window_s: expected at least 2 samples a window, got {length}");
        }
        if !(max_sd > 0.0 && max_sd.is_finite()) {
            bail_input!("max_sd_g: expected a finite limit above 0, got {max_sd}");
        }
        Ok(StillWindows {
            length,
            max_sd,
            with_temperature,
            current: Window::default(),
            postures: Vec::new(),
            windows: 0,
            missing: 0,
        })
    }

    /// Takes the next rows `acc (t, 3)`, with a temperature each if so made.
    pub fn push<F: Sample>(&mut self, acc: &[F], temperature: Option<&[f64]>) -> Result<()> {
        let (rows, rest) = acc.as_chunks::<3>();
        if !rest.is_empty() {
            bail_shape!("acc_g: expected rows of 3 values, got {} values", acc.len());
        }
        if temperature.is_some() != self.with_temperature {
            bail_input!("temperature_c: expected with every block or with none");
        }
        if let Some(t) = temperature.filter(|t| t.len() != rows.len()) {
            bail_shape!(
                "temperature_c: expected one for each of {} rows, got {}",
                rows.len(),
                t.len()
            );
        }
        for (i, row) in rows.iter().enumerate() {
            let warmth = temperature.map_or(0.0, |t| t[i]);
            self.add([row[0].to_f64(), row[1].to_f64(), row[2].to_f64(), warmth]);
        }
        Ok(())
    }

    /// Time is missing: the window that is being filled is left out.
    pub fn interrupt(&mut self) {
        self.current = Window::default();
    }

    fn add(&mut self, row: [f64; 4]) {
        let w = &mut self.current;
        if w.rows == 0 {
            w.origin = row;
        }
        for k in 0..4 {
            let d = row[k] - w.origin[k];
            w.sum[k] += d;
            if k < 3 {
                w.squares[k] += d * d;
            }
        }
        w.rows += 1;
        if w.rows == self.length {
            self.finish();
        }
    }

    fn finish(&mut self) {
        let w = std::mem::take(&mut self.current);
        let n = self.length as f64;
        self.windows += 1;
        let mean: [f64; 4] = std::array::from_fn(|k| w.origin[k] + w.sum[k] / n);
        if mean.iter().any(|m| !m.is_finite()) {
            self.missing += 1;
            return;
        }
        let still = (0..3).all(|k| {
            let variance = (w.squares[k] - w.sum[k] * w.sum[k] / n) / (n - 1.0);
            variance.max(0.0).sqrt() < self.max_sd
        });
        if still {
            let [x, y, z, temperature] = mean;
            self.postures.push(Posture {
                acc: [x, y, z],
                temperature,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::StillWindows;
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    fn noise(n: usize, size: f64) -> Vec<f64> {
        (0..n)
            .map(|i| ((i * i) as f64 * 0.618).sin() * size + 1e3)
            .collect()
    }

    #[test]
    fn bad_arguments_are_refused() {
        assert!(StillWindows::new(1, 0.1, false).is_err());
        assert!(StillWindows::new(10, f64::NAN, false).is_err());
        let mut windows = StillWindows::new(10, 0.1, false).unwrap();
        assert!(windows.push(&[1f32; 4], None).is_err());
        assert!(windows.push(&[1f32; 3], Some(&[20.0])).is_err());
        let mut windows = StillWindows::new(10, 0.1, true).unwrap();
        assert!(windows.push(&[1f32; 3], None).is_err());
        assert!(windows.push(&[1f32; 3], Some(&[20.0, 20.0])).is_err());
    }

    #[test]
    fn a_missing_value_costs_its_window_and_a_gap_the_rest_of_one() {
        let mut windows = StillWindows::new(4, 0.1, false).unwrap();
        let mut x = [1f64; 36];
        x[13] = f64::NAN;
        windows.push(&x, None).unwrap();
        assert_eq!(
            (windows.windows, windows.missing, windows.postures.len()),
            (3, 1, 2)
        );
        windows.push(&[1f64; 9], None).unwrap();
        windows.interrupt();
        windows.push(&[2f64; 12], None).unwrap();
        assert_eq!((windows.windows, windows.postures.len()), (4, 3));
        assert_eq!(windows.postures[2].acc, [2.0; 3]);
    }

    proptest! {
        #[test]
        fn means_and_deviations_are_those_of_the_definition(
            t in 1usize..100, length in 2usize..20, size in 0.01f64..0.2,
        ) {
            let x = noise(t * 3, size);
            let mut windows = StillWindows::new(length, 0.05, false).unwrap();
            windows.push(&x, None).unwrap();
            let mut expected = Vec::new();
            for window in x.chunks_exact(3 * length) {
                let axis = |k: usize| window.iter().skip(k).step_by(3);
                let mean = |k| axis(k).sum::<f64>() / length as f64;
                let sd = |k| {
                    let m = mean(k);
                    let squares: f64 = axis(k).map(|v| (v - m) * (v - m)).sum();
                    (squares / (length - 1) as f64).sqrt()
                };
                if (0..3).all(|k| sd(k) < 0.05) {
                    expected.push([mean(0), mean(1), mean(2)]);
                }
            }
            prop_assert_eq!(windows.windows, t / length);
            prop_assert_eq!(windows.postures.len(), expected.len());
            for (found, expected) in windows.postures.iter().zip(expected) {
                for k in 0..3 {
                    prop_assert!((found.acc[k] - expected[k]).abs() < 1e-10);
                }
            }
        }

        #[test]
        fn any_blocks_give_the_same_bytes(
            blocks in proptest::collection::vec(0usize..50, 1..6), length in 2usize..20,
        ) {
            let t: usize = blocks.iter().sum();
            let x = noise(t * 3, 0.03);
            let warmth = noise(t, 1.0);
            let mut whole = StillWindows::new(length, 1.0, true).unwrap();
            whole.push(&x, Some(&warmth)).unwrap();
            let mut parts = StillWindows::new(length, 1.0, true).unwrap();
            let mut row = 0;
            for rows in blocks {
                parts.push(&x[row * 3..(row + rows) * 3], Some(&warmth[row..row + rows])).unwrap();
                row += rows;
            }
            prop_assert_eq!(whole.postures, parts.postures);
        }
    }
}
