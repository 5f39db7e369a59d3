//! What stands where a joint was masked.

use serde::Deserialize;

use crate::augment::View;

/// What a masked joint becomes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Fill {
    /// Missing.
    #[default]
    Nan,
    /// The origin.
    Zero,
    /// Its mean place in the window.
    Mean,
}

/// Masks one joint in all frames.
pub(super) fn mask_joint(view: &mut View<'_>, joint: usize, fill: Fill) {
    let (plane, joints) = (view.shape.plane(), view.shape.points);
    for plane in view.data.chunks_exact_mut(plane) {
        let value = match fill {
            Fill::Nan => f32::NAN,
            Fill::Zero => 0.0,
            Fill::Mean => {
                let known = plane[joint..].iter().step_by(joints);
                mean(known.copied().filter(|v| v.is_finite()))
            }
        };
        for x in plane[joint..].iter_mut().step_by(joints) {
            *x = value;
        }
    }
}

/// NaN of nothing.
fn mean(values: impl Iterator<Item = f32>) -> f32 {
    let (sum, n) = values.fold((0f64, 0f64), |(s, n), v| (s + f64::from(v), n + 1.0));
    (sum / n) as f32
}
