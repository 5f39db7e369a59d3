//! The correction that still postures tell, or why they tell none.

use super::sphere::{Correction, fit};
use super::still::Posture;

/// Acceleration of a posture, along an axis, beyond which it cannot be gravity alone (in g).
const MAX_AXIS: f64 = 2.0;
/// What the median posture must measure for the unit to be g.
const PLAUSIBLE: std::ops::Range<f64> = 0.5..1.5;
const AXES: [char; 3] = ['x', 'y', 'z'];

/// What it takes to believe a correction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Criteria {
    /// Still windows at least.
    pub min_windows: usize,
    /// Each axis must have been seen below minus this and above this, in g.
    pub min_sphere: f64,
    /// The mean distance from 1 g that may be left.
    pub max_error: f64,
}

/// A correction and how well it does.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// Changes nothing where there is a reason not to correct.
    pub correction: Correction,
    /// Mean distance of the still postures from 1 g as they are.
    pub error_before: f64,
    /// The same after the best correction found; NaN where none was tried.
    pub error_after: f64,
    /// Still postures that count.
    pub postures: usize,
    /// Why there is no correction.
    pub reason: Option<String>,
}

/// Fits the correction and judges it.
pub fn solve(postures: &[Posture], with_temperature: bool, criteria: &Criteria) -> Solution {
    let plausible: Vec<Posture> = postures
        .iter()
        .filter(|p| p.acc.iter().all(|v| v.abs() < MAX_AXIS))
        .copied()
        .collect();
    let identity = Correction::identity(&plausible);
    let mut solution = Solution {
        error_before: identity.error(&plausible),
        error_after: f64::NAN,
        correction: identity,
        postures: plausible.len(),
        reason: None,
    };
    solution.reason = not_to_be_fitted(postures, &plausible, criteria);
    if solution.reason.is_some() {
        return solution;
    }
    let Some(correction) = fit(&plausible, with_temperature) else {
        solution.reason = Some("no sphere fits the still windows".to_owned());
        return solution;
    };
    solution.error_after = correction.error(&plausible);
    let (before, after) = (solution.error_before, solution.error_after);
    if after > before || after > criteria.max_error {
        solution.reason = Some(format!(
            "still windows are {:.1} mg from 1 g after the fit, {:.1} mg before: at most {:.1} mg \
             and no more than before was asked for",
            after * 1e3,
            before * 1e3,
            criteria.max_error * 1e3
        ));
    } else {
        solution.correction = correction;
    }
    solution
}

fn not_to_be_fitted(
    postures: &[Posture],
    plausible: &[Posture],
    criteria: &Criteria,
) -> Option<String> {
    let mut sizes: Vec<f64> = postures
        .iter()
        .map(|p| p.acc.iter().map(|v| v * v).sum::<f64>().sqrt())
        .collect();
    sizes.sort_by(f64::total_cmp);
    if let Some(&median) = sizes.get(sizes.len() / 2)
        && !PLAUSIBLE.contains(&median)
    {
        return Some(format!(
            "still windows measure {median:.3} (median), not about 1: expected acceleration in g"
        ));
    }
    if plausible.len() < criteria.min_windows {
        return Some(format!(
            "{} still windows, {} needed",
            plausible.len(),
            criteria.min_windows
        ));
    }
    for (k, axis) in AXES.iter().enumerate() {
        let along = || plausible.iter().map(|p| p.acc[k]);
        if !along().any(|v| v < -criteria.min_sphere) {
            return Some(format!(
                "no still window has {axis} below {} g: the sphere is not populated enough",
                -criteria.min_sphere
            ));
        }
        if !along().any(|v| v > criteria.min_sphere) {
            return Some(format!(
                "no still window has {axis} above {} g: the sphere is not populated enough",
                criteria.min_sphere
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Criteria, Posture, solve};

    const CRITERIA: Criteria = Criteria {
        min_windows: 10,
        min_sphere: 0.3,
        max_error: 0.01,
    };

    fn postures(points: &[[f64; 3]]) -> Vec<Posture> {
        let posture = |&acc| Posture {
            acc,
            temperature: 0.0,
        };
        points.iter().map(posture).collect()
    }

    /// Twelve points around the sphere, along x and y too far out.
    fn round() -> Vec<[f64; 3]> {
        let mut points = Vec::new();
        for s in [-1.0, 1.0] {
            for (a, b) in [(0.6, 0.8), (0.8, -0.6)] {
                points.extend([
                    [1.02 * s * a, b, 0.0],
                    [0.0, s * a, b],
                    [1.02 * b, 0.0, s * a],
                ]);
            }
        }
        points
    }

    fn reason(points: &[[f64; 3]]) -> String {
        let solution = solve(&postures(points), false, &CRITERIA);
        assert_eq!(solution.correction.scale, [1.0; 3]);
        assert_eq!(solution.correction.offset, [0.0; 3]);
        solution.reason.unwrap()
    }

    #[test]
    fn a_sphere_is_put_right() {
        let solution = solve(&postures(&round()), false, &CRITERIA);
        assert_eq!(solution.reason, None);
        assert!(solution.error_before > 0.003 && solution.error_after < 1e-4);
        assert!((solution.correction.scale[0] * 1.02 - 1.0).abs() < 1e-3);
        assert_eq!(solution.postures, 12);
    }

    #[test]
    fn reasons_not_to() {
        assert!(reason(&round()[..9]).contains("9 still windows, 10 needed"));
        assert!(reason(&[]).contains("0 still windows"));
        assert!(reason(&[[0.0, 0.0, 1.0]; 20]).contains("x below"));
        let up: Vec<[f64; 3]> = round().iter().map(|p| [p[0].abs(), p[1], p[2]]).collect();
        assert!(reason(&up).contains("x below"));
        let metric: Vec<[f64; 3]> = round().iter().map(|p| p.map(|v| 9.81 * v)).collect();
        assert!(reason(&metric).contains("expected acceleration in g"));
        let crooked: Vec<[f64; 3]> = round()
            .iter()
            .enumerate()
            .map(|(i, p)| p.map(|v| v * (0.8 + 0.04 * ((i * 5) % 12) as f64)))
            .collect();
        assert!(reason(&crooked).contains("after the fit"));
    }
}
