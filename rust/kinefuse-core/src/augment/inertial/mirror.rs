//! What the sensors of a mirrored body measure.

use serde::Deserialize;

use crate::augment::{Augmentation, Shape, View};
use crate::error::{Error, Result, bail_shape};
use crate::rng::Rng;

/// The axis of a sensor that points across the body's plane.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Axis {
    #[default]
    X,
    Y,
    Z,
}

/// That axis for all sensors, or for each.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Axes {
    Same(Axis),
    Each(Vec<Axis>),
}

/// What a triplet of channels measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// A vector: the component across the plane changes its sign.
    Acc,
    /// A pseudovector: the components along the plane change theirs.
    Gyro,
}

/// Reflects what each sensor measures, and exchanges the sensors of the left and right side.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mirror {
    /// Of each triplet of a sensor.
    kinds: Vec<Kind>,
    #[serde(default)]
    axis: Axes,
    /// Sensors that change places.
    #[serde(default)]
    swap: Vec<[usize; 2]>,
}

impl Default for Axes {
    fn default() -> Self {
        Axes::Same(Axis::default())
    }
}

impl Mirror {
    fn axis(&self, sensor: usize) -> usize {
        match &self.axis {
            Axes::Same(axis) => *axis as usize,
            Axes::Each(axes) => axes[sensor] as usize,
        }
    }
}

impl Augmentation for Mirror {
    fn check(&self) -> Result<()> {
        let refuse = |message: String| Err(Error::Config(message));
        if self.kinds.is_empty() {
            return refuse("kinds: expected one for each triplet of a sensor, got none".into());
        }
        let mut seen: Vec<usize> = self.swap.iter().flatten().copied().collect();
        seen.sort_unstable();
        if let Some(twice) = seen.windows(2).find(|w| w[0] == w[1]) {
            return refuse(format!(
                "swap: expected each sensor in one pair at most, got {} twice",
                twice[0]
            ));
        }
        let Axes::Each(axes) = &self.axis else {
            return Ok(());
        };
        for &[a, b] in &self.swap {
            if axes.get(a) != axes.get(b) {
                return refuse(format!(
                    "axis: expected the same for sensors {a} and {b}, which change places"
                ));
            }
        }
        Ok(())
    }

    fn check_shape(&self, shape: Shape) -> Result<()> {
        let width = 3 * self.kinds.len();
        let sensors = shape.channels / width;
        if !shape.channels.is_multiple_of(width) {
            bail_shape!(
                "kinds: expected {width} channels for each sensor, got {} in all",
                shape.channels
            );
        }
        if let Axes::Each(axes) = &self.axis
            && axes.len() != sensors
        {
            bail_shape!(
                "axis: expected one for each of {sensors} sensor(s), got {}",
                axes.len()
            );
        }
        if let Some(sensor) = self.swap.iter().flatten().find(|&&s| s >= sensors) {
            bail_shape!("swap: expected sensors below {sensors}, got {sensor}");
        }
        Ok(())
    }

    fn shared_id(&self) -> Option<u64> {
        Some(65)
    }

    fn apply(&self, view: &mut View<'_>, _rng: &mut Rng) {
        let plane = view.shape.plane();
        for (i, triplet) in view.data.chunks_exact_mut(3 * plane).enumerate() {
            let across = self.axis(i / self.kinds.len());
            let kind = self.kinds[i % self.kinds.len()];
            for (axis, values) in triplet.chunks_exact_mut(plane).enumerate() {
                if (axis == across) == (kind == Kind::Acc) {
                    values.iter_mut().for_each(|x| *x = -*x);
                }
            }
        }
        let run = 3 * self.kinds.len() * plane;
        for &[a, b] in &self.swap {
            let (low, high) = view.data.split_at_mut(a.max(b) * run);
            low[a.min(b) * run..][..run].swap_with_slice(&mut high[..run]);
        }
    }
}
