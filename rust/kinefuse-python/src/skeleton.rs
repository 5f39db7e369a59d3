//! Binding of `kinefuse_core::skeleton`. Arrays are C-contiguous; `x` is `(N, T, J, D)`.

use kinefuse_core::skeleton::{
    Fill, Normalize, Real, Rule, Stream, angles_into, convert_into, fill_missing_into, find_ground,
    normalize_batch_into, score_persons, stream_into,
};
use numpy::{
    Element, PyReadonlyArray3, PyReadonlyArray4, PyReadwriteArray3, PyReadwriteArray4,
    PyUntypedArrayMethods,
};
use pyo3::prelude::*;

use crate::error::{enter, enter_for, to_py};

/// `out` is `(N, T, len(sources), D)`.
fn convert<F: Real + Element>(
    py: Python<'_>,
    x: PyReadonlyArray4<'_, F>,
    sources: Vec<Vec<usize>>,
    mut out: PyReadwriteArray4<'_, F>,
) -> PyResult<()> {
    let (joints, dims) = (x.shape()[2], x.shape()[3]);
    let (x, out) = (x.as_slice()?, out.as_slice_mut()?);
    enter_for(py, x.len() + out.len(), || {
        convert_into(x, joints, dims, &sources, out)
    })
}

/// `out` is as `x`; returns the number of lost frames.
fn normalize<F: Real + Element>(
    py: Python<'_>,
    x: PyReadonlyArray4<'_, F>,
    spec: &str,
    mut out: PyReadwriteArray4<'_, F>,
) -> PyResult<usize> {
    let spec = Normalize::parse(spec).map_err(|e| to_py(py, e))?;
    let (n, t) = (x.shape()[0], x.shape()[1]);
    let (x, out) = (x.as_slice()?, out.as_slice_mut()?);
    enter_for(py, x.len() + out.len(), || {
        normalize_batch_into(x, n, t, &spec, out)
    })
}

type Plane = ((f64, f64, f64), f64, f64, usize);

/// The normal, its height, the spread of the points under the plane, and their number.
fn ground<F: Real + Element>(
    py: Python<'_>,
    x: PyReadonlyArray4<'_, F>,
    feet: Vec<usize>,
    up: usize,
    down: bool,
) -> PyResult<Plane> {
    let joints = x.shape()[2];
    let x = x.as_slice()?;
    let plane = enter(py, || find_ground(x, joints, &feet, up, down))?;
    Ok((
        plane.normal.into(),
        plane.height,
        plane.spread,
        plane.points,
    ))
}

type Counts = (usize, usize, usize, usize, usize, usize);

/// `confidence` and `status` are `(N, T, J)`; returns the counts in the order of `FillCounts`.
fn fill<F: Real + Element>(
    py: Python<'_>,
    x: PyReadonlyArray4<'_, F>,
    confidence: Option<PyReadonlyArray3<'_, F>>,
    (zero_frames, zero_joints): (bool, bool),
    max_gap: usize,
    min_confidence: f64,
    mut out: PyReadwriteArray4<'_, F>,
    mut status: PyReadwriteArray3<'_, u8>,
) -> PyResult<Counts> {
    let spec = Fill {
        joints: x.shape()[2],
        dims: x.shape()[3],
        zero_frames,
        zero_joints,
        max_gap,
        min_confidence,
    };
    let t = x.shape()[1];
    let (x, out, status) = (x.as_slice()?, out.as_slice_mut()?, status.as_slice_mut()?);
    let confidence = confidence.as_ref().map_or(Ok(&[][..]), |c| c.as_slice())?;
    let c = enter_for(py, x.len() + out.len(), || {
        fill_missing_into(x, confidence, t, &spec, out, status)
    })?;
    Ok((
        c.zero_frames,
        c.zero_joints,
        c.not_finite,
        c.unsure,
        c.filled,
        c.missing,
    ))
}

/// `out` is as `x`.
fn stream<F: Real + Element>(
    py: Python<'_>,
    x: PyReadonlyArray4<'_, F>,
    parents: Vec<usize>,
    name: &str,
    mut out: PyReadwriteArray4<'_, F>,
) -> PyResult<()> {
    let (t, dims) = (x.shape()[1], x.shape()[3]);
    let (x, out) = (x.as_slice()?, out.as_slice_mut()?);
    enter_for(py, x.len() + out.len(), || {
        stream_into(x, t, dims, &parents, Stream::named(name)?, out)
    })
}

/// `out` is `(N, T, len(triples))`.
fn angles<F: Real + Element>(
    py: Python<'_>,
    x: PyReadonlyArray4<'_, F>,
    triples: Vec<[usize; 3]>,
    mut out: PyReadwriteArray3<'_, F>,
) -> PyResult<()> {
    let (joints, dims) = (x.shape()[2], x.shape()[3]);
    let (x, out) = (x.as_slice()?, out.as_slice_mut()?);
    enter(py, || angles_into(x, joints, dims, &triples, out))
}

type Scores = Vec<(f64, usize, bool, bool)>;

/// `x` is `(P, T, J, D)`, `confidence` `(P, T, J)`; score, frames, too short, too wide of each.
fn scores<F: Real + Element>(
    py: Python<'_>,
    x: PyReadonlyArray4<'_, F>,
    confidence: Option<PyReadonlyArray3<'_, F>>,
    rule: &str,
) -> PyResult<Scores> {
    let (t, joints, dims) = (x.shape()[1], x.shape()[2], x.shape()[3]);
    let x = x.as_slice()?;
    let confidence = confidence.as_ref().map_or(Ok(&[][..]), |c| c.as_slice())?;
    let scores = enter(py, || {
        score_persons(x, confidence, t, joints, dims, Rule::named(rule)?)
    })?;
    Ok(scores
        .iter()
        .map(|s| (s.value, s.frames, s.short, s.wide))
        .collect())
}

/// The Python functions, for float32 and for float64.
macro_rules! functions {
    ($module:ident, $float:ty, $suffix:literal) => {
        mod $module {
            use super::*;

            type In3<'py> = PyReadonlyArray3<'py, $float>;
            type In4<'py> = PyReadonlyArray4<'py, $float>;
            type Out3<'py> = PyReadwriteArray3<'py, $float>;
            type Out4<'py> = PyReadwriteArray4<'py, $float>;

            #[pyfunction]
            fn convert(
                py: Python<'_>,
                x: In4<'_>,
                sources: Vec<Vec<usize>>,
                out: Out4<'_>,
            ) -> PyResult<()> {
                super::convert(py, x, sources, out)
            }

            #[pyfunction]
            fn normalize(py: Python<'_>, x: In4<'_>, spec: &str, out: Out4<'_>) -> PyResult<usize> {
                super::normalize(py, x, spec, out)
            }

            #[pyfunction]
            fn ground(
                py: Python<'_>,
                x: In4<'_>,
                feet: Vec<usize>,
                up: usize,
                down: bool,
            ) -> PyResult<Plane> {
                super::ground(py, x, feet, up, down)
            }

            #[pyfunction]
            fn fill(
                py: Python<'_>,
                x: In4<'_>,
                confidence: Option<In3<'_>>,
                zeros: (bool, bool),
                max_gap: usize,
                min_confidence: f64,
                out: Out4<'_>,
                status: PyReadwriteArray3<'_, u8>,
            ) -> PyResult<Counts> {
                super::fill(
                    py,
                    x,
                    confidence,
                    zeros,
                    max_gap,
                    min_confidence,
                    out,
                    status,
                )
            }

            #[pyfunction]
            fn stream(
                py: Python<'_>,
                x: In4<'_>,
                parents: Vec<usize>,
                name: &str,
                out: Out4<'_>,
            ) -> PyResult<()> {
                super::stream(py, x, parents, name, out)
            }

            #[pyfunction]
            fn angles(
                py: Python<'_>,
                x: In4<'_>,
                triples: Vec<[usize; 3]>,
                out: Out3<'_>,
            ) -> PyResult<()> {
                super::angles(py, x, triples, out)
            }

            #[pyfunction]
            fn scores(
                py: Python<'_>,
                x: In4<'_>,
                confidence: Option<In3<'_>>,
                rule: &str,
            ) -> PyResult<Scores> {
                super::scores(py, x, confidence, rule)
            }

            pub(super) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
                let name = |what: &str| format!("skeleton_{what}{}", $suffix);
                m.add(name("convert"), wrap_pyfunction!(self::convert, m)?)?;
                m.add(name("normalize"), wrap_pyfunction!(self::normalize, m)?)?;
                m.add(name("ground"), wrap_pyfunction!(self::ground, m)?)?;
                m.add(name("fill"), wrap_pyfunction!(self::fill, m)?)?;
                m.add(name("stream"), wrap_pyfunction!(self::stream, m)?)?;
                m.add(name("angles"), wrap_pyfunction!(self::angles, m)?)?;
                m.add(name("scores"), wrap_pyfunction!(self::scores, m)?)
            }
        }
    };
}
functions!(single, f32, "_f32");
functions!(double, f64, "_f64");

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    single::register(m)?;
    double::register(m)
}
