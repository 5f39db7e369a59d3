//! What happens to a window once, before it is augmented: normalise, resize, standardise.

use serde::Deserialize;

use crate::augment::Shape;
use crate::error::{Error, Result, bail_input};
use crate::resample;
use crate::skeleton::normalize::{Normalize, normalize_into};

/// How a window of any number of rows becomes one of `length` samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resize {
    /// Straight lines between samples, first and last kept.
    Linear,
    /// The Fourier method of `scipy.signal.resample`.
    Fourier,
    /// As it is: every window must have that many rows.
    #[default]
    None,
}

/// The preparation of one modality.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prepare {
    /// Samples of a prepared window.
    pub length: usize,
    /// How it gets that length.
    #[serde(default)]
    pub resize: Resize,
    /// Skeletons only; comes first.
    #[serde(default)]
    pub normalize: Option<Normalize>,
    /// One for each value of a row; comes last: `(x - mean) / std`.
    #[serde(default)]
    pub mean: Option<Vec<f32>>,
    /// As `mean`.
    #[serde(default)]
    pub std: Option<Vec<f32>>,
}

/// Room that one thread works in.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) rows: Vec<f32>,
    other: Vec<f32>,
    pub(super) augment: Vec<f32>,
}

impl Prepare {
    /// Reads the JSON description.
    pub fn parse(json: &str) -> Result<Prepare> {
        serde_json::from_str(json).map_err(|e| Error::Config(format!("prepare: {e}")))
    }

    /// Refuses what does not fit rows of that many points and channels.
    pub(super) fn check(&self, name: &str, shape: Shape, is_skeleton: bool) -> Result<()> {
        let width = shape.channels * shape.points;
        if self.length == 0 {
            bail_input!("prepare, {name}: length: expected 1 or more, got 0");
        }
        if let Some(normalize) = &self.normalize {
            if !is_skeleton {
                bail_input!("prepare, {name}: normalize is for skeletons (N, J, D)");
            }
            normalize.check()?;
            if (normalize.joints, normalize.dims) != (shape.points, shape.channels) {
                bail_input!(
                    "prepare, {name}: normalize is for {} joints of {} coordinates, the data has \
                     {} of {}",
                    normalize.joints,
                    normalize.dims,
                    shape.points,
                    shape.channels
                );
            }
        }
        for (what, values) in [("mean", &self.mean), ("std", &self.std)] {
            let Some(values) = values else { continue };
            if values.len() != width {
                bail_input!(
                    "prepare, {name}: {what}: expected {width} values, got {}",
                    values.len()
                );
            }
            let good = |v: &f32| v.is_finite() && (what == "mean" || *v > 0.0);
            if let Some(at) = values.iter().position(|v| !good(v)) {
                let v = values[at];
                bail_input!(
                    "prepare, {name}: {what} of column {at}: expected a finite number{}, got {v}",
                    if what == "std" { " above 0" } else { "" }
                );
            }
        }
        Ok(())
    }

    /// Prepares the window in `scratch.rows`, samples first, into `out`, coordinates first:
    /// `(C, T)` or `(D, T, J)`.
    pub(super) fn run(&self, scratch: &mut Scratch, shape: Shape, out: &mut [f32]) -> Result<()> {
        let width = shape.channels * shape.points;
        let Scratch { rows, other, .. } = scratch;
        if let Some(normalize) = &self.normalize {
            let t = rows.len() / width;
            other.resize(rows.len(), 0.0);
            normalize_into(rows, t, normalize, other)?;
            std::mem::swap(rows, other);
        }
        let t = rows.len() / width;
        if t != self.length {
            other.resize(self.length * width, 0.0);
            match self.resize {
                Resize::Linear => {
                    resample::linear_to_length_into(rows, t, width, self.length, other)?;
                }
                Resize::Fourier => {
                    resample::fourier::resample_to_length_into(rows, t, width, self.length, other)?;
                }
                Resize::None => bail_input!("expected {} rows, got {t}", self.length),
            }
            std::mem::swap(rows, other);
        }
        self.standardize(rows);
        to_coordinates_first(rows, shape, out);
        Ok(())
    }

    fn standardize(&self, rows: &mut [f32]) {
        if let Some(mean) = &self.mean {
            for row in rows.chunks_exact_mut(mean.len()) {
                row.iter_mut().zip(mean).for_each(|(x, m)| *x -= m);
            }
        }
        if let Some(std) = &self.std {
            for row in rows.chunks_exact_mut(std.len()) {
                row.iter_mut().zip(std).for_each(|(x, s)| *x /= s);
            }
        }
    }
}

/// `(T, J, D)` to `(D, T, J)`; an inertial window is one of a single point.
fn to_coordinates_first(rows: &[f32], shape: Shape, out: &mut [f32]) {
    let Shape {
        channels,
        time,
        points,
    } = shape;
    for (d, plane) in out.chunks_exact_mut(time * points).enumerate() {
        for (x, row) in plane.iter_mut().zip(rows.chunks_exact(channels)) {
            *x = row[d];
        }
    }
}
