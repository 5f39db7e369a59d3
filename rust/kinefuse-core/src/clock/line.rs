//! A straight line through points of which some lie far off.

/// `y = at_middle + slope * (x - middle)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::clock) struct Line {
    /// The mean of the points' `x`, as they are weighted in the end.
    pub middle: f64,
    pub at_middle: f64,
    pub slope: f64,
    /// Standard errors of the two.
    pub at_middle_error: f64,
    pub slope_error: f64,
    /// Typical distance of a point from the line: the median one, as a standard deviation.
    pub spread: f64,
}

impl Line {
    pub(in crate::clock) fn at(&self, x: f64) -> f64 {
        self.at_middle + self.slope * (x - self.middle)
    }
}

/// Standard deviations beyond which a point counts less, and beyond which it does not count.
const TUKEY: f64 = 4.685;
/// A standard deviation, for a median deviation of 1 (normal distribution).
const PER_MEDIAN: f64 = 1.4826;
const ROUNDS: usize = 30;
/// Pairs of points from which the slope is first taken.
const PAIRS: usize = 4096;

/// The line through at least one point `(x, y)` of some weight; with `sloped` false it is level.
///
/// The slope is at first the median over pairs (Theil and Sen), then refined by iterated weighted
/// least squares with Tukey's biweight, whose scale never falls below `floor`.
pub(in crate::clock) fn fit(
    points: &[(f64, f64)],
    weights: &[f64],
    sloped: bool,
    floor: f64,
) -> Line {
    let slope = if sloped { first_slope(points) } else { 0.0 };
    let level = median(points.iter().map(|p| p.1 - slope * p.0).collect());
    let mut line = Line {
        middle: 0.0,
        at_middle: level,
        slope,
        at_middle_error: f64::NAN,
        slope_error: f64::NAN,
        spread: 0.0,
    };
    for _ in 0..ROUNDS {
        let off = |p: &(f64, f64)| p.1 - line.at(p.0);
        let spread = PER_MEDIAN * median(points.iter().map(|p| off(p).abs()).collect());
        let scale = TUKEY * spread.max(floor);
        let weight = |p: &(f64, f64), w: f64| {
            let u = off(p) / scale;
            if u.abs() < 1.0 {
                w * (1.0 - u * u).powi(2)
            } else {
                0.0
            }
        };
        let own: Vec<f64> = points
            .iter()
            .zip(weights)
            .map(|(p, &w)| weight(p, w))
            .collect();
        let next = least_squares(points, &own, sloped, spread);
        let settled = (next.at(line.middle) - line.at_middle).abs() <= 1e-15
            && (next.slope - line.slope).abs() <= 1e-15 * (1.0 + line.slope.abs());
        line = next;
        if settled {
            break;
        }
    }
    line
}

fn least_squares(points: &[(f64, f64)], weights: &[f64], sloped: bool, spread: f64) -> Line {
    let all: f64 = weights.iter().sum();
    let mean = |value: fn(&(f64, f64)) -> f64| {
        points
            .iter()
            .zip(weights)
            .map(|(p, w)| w * value(p))
            .sum::<f64>()
            / all
    };
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let (mut xx, mut xy) = (0.0, 0.0);
    for (p, w) in points.iter().zip(weights) {
        xx += w * (p.0 - x) * (p.0 - x);
        xy += w * (p.0 - x) * (p.1 - y);
    }
    let slope = if sloped && xx > 0.0 { xy / xx } else { 0.0 };
    let freedom = if sloped { 2.0 } else { 1.0 };
    let squares: f64 = points
        .iter()
        .zip(weights)
        .map(|(p, w)| w * (p.1 - y - slope * (p.0 - x)).powi(2))
        .sum();
    let counted = weights.iter().filter(|&&w| w > 0.0).count() as f64;
    let variance = squares / all * counted / (counted - freedom);
    Line {
        middle: x,
        at_middle: y,
        slope,
        at_middle_error: (variance / counted).sqrt(),
        slope_error: if sloped {
            (variance * all / counted / xx).sqrt()
        } else {
            f64::NAN
        },
        spread,
    }
}

/// The median of the slopes between points half of them apart, and a few other distances.
fn first_slope(points: &[(f64, f64)]) -> f64 {
    let n = points.len();
    let mut slopes = Vec::new();
    for lag in [n / 2, n / 3, n / 4, 1] {
        let stride = ((n - lag.min(n)) / (PAIRS / 4)).max(1);
        for i in (0..n.saturating_sub(lag)).step_by(stride) {
            let (a, b) = (points[i], points[i + lag]);
            if b.0 != a.0 && lag > 0 {
                slopes.push((b.1 - a.1) / (b.0 - a.0));
            }
        }
        if slopes.len() >= 8 {
            break;
        }
    }
    if slopes.is_empty() {
        0.0
    } else {
        median(slopes)
    }
}

pub(in crate::clock) fn median(mut values: Vec<f64>) -> f64 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::fit;
    use proptest::prelude::{prop_assert, proptest};

    proptest! {
        #[test]
        fn a_third_of_outliers_does_not_move_the_line(
            slope in -5.0f64..5.0, level in -100.0f64..100.0, n in 12usize..200, seed in 0u64..1000,
        ) {
            let points: Vec<(f64, f64)> = (0..n)
                .map(|i| {
                    let x = i as f64;
                    let hash = (i as u64 * 2_654_435_761 + seed * 40_503) % 1000;
                    let far = if i % 3 == 1 { 50.0 + hash as f64 } else { 0.0 };
                    (x, level + slope * x + far + (hash as f64 / 1000.0 - 0.5) * 1e-3)
                })
                .collect();
            let line = fit(&points, &vec![1.0; n], true, 1e-9);
            prop_assert!((line.slope - slope).abs() < 1e-3, "{line:?}");
            prop_assert!((line.at(0.0) - level).abs() < 5e-3, "{line:?}");
        }
    }

    #[test]
    fn an_exact_line_and_a_level_one() {
        let points: Vec<(f64, f64)> = (0..50)
            .map(|i| (f64::from(i), 3.0 + 0.5 * f64::from(i)))
            .collect();
        let line = fit(&points, &[1.0; 50], true, 1e-12);
        assert!((line.slope - 0.5).abs() < 1e-14 && (line.at(0.0) - 3.0).abs() < 1e-12);
        let level = fit(&[(7.0, 2.0), (8.0, 2.0)], &[1.0; 2], false, 1e-12);
        assert_eq!((level.slope, level.at(100.0)), (0.0, 2.0));
    }
}
