//! Binding of `kinefuse_core::skeleton`.

use kinefuse_core::skeleton::{Normalize, Real, convert_into, normalize_batch_into};
use numpy::{Element, PyReadonlyArray4, PyReadwriteArray4, PyUntypedArrayMethods};
use pyo3::prelude::*;

use crate::error::{enter, to_py};

/// `x` and `out` are `(N, T, J, D)`, C-contiguous; returns the number of lost frames.
fn normalize<F: Real + Element>(
    py: Python<'_>,
    x: PyReadonlyArray4<'_, F>,
    spec: &str,
    mut out: PyReadwriteArray4<'_, F>,
) -> PyResult<usize> {
    let spec = Normalize::parse(spec).map_err(|e| to_py(py, e))?;
    let (n, t) = (x.shape()[0], x.shape()[1]);
    let (x, out) = (x.as_slice()?, out.as_slice_mut()?);
    enter(py, || normalize_batch_into(x, n, t, &spec, out))
}

/// `x` is `(N, T, J, D)` and `out` `(N, T, len(sources), D)`, both C-contiguous.
fn convert<F: Real + Element>(
    py: Python<'_>,
    x: PyReadonlyArray4<'_, F>,
    sources: Vec<Vec<usize>>,
    mut out: PyReadwriteArray4<'_, F>,
) -> PyResult<()> {
    let (joints, dims) = (x.shape()[2], x.shape()[3]);
    let (x, out) = (x.as_slice()?, out.as_slice_mut()?);
    enter(py, || convert_into(x, joints, dims, &sources, out))
}

#[pyfunction]
fn skeleton_normalize_f32(
    py: Python<'_>,
    x: PyReadonlyArray4<'_, f32>,
    spec: &str,
    out: PyReadwriteArray4<'_, f32>,
) -> PyResult<usize> {
    normalize(py, x, spec, out)
}

#[pyfunction]
fn skeleton_normalize_f64(
    py: Python<'_>,
    x: PyReadonlyArray4<'_, f64>,
    spec: &str,
    out: PyReadwriteArray4<'_, f64>,
) -> PyResult<usize> {
    normalize(py, x, spec, out)
}

#[pyfunction]
fn skeleton_convert_f32(
    py: Python<'_>,
    x: PyReadonlyArray4<'_, f32>,
    sources: Vec<Vec<usize>>,
    out: PyReadwriteArray4<'_, f32>,
) -> PyResult<()> {
    convert(py, x, sources, out)
}

#[pyfunction]
fn skeleton_convert_f64(
    py: Python<'_>,
    x: PyReadonlyArray4<'_, f64>,
    sources: Vec<Vec<usize>>,
    out: PyReadwriteArray4<'_, f64>,
) -> PyResult<()> {
    convert(py, x, sources, out)
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(skeleton_convert_f32, m)?)?;
    m.add_function(wrap_pyfunction!(skeleton_convert_f64, m)?)?;
    m.add_function(wrap_pyfunction!(skeleton_normalize_f32, m)?)?;
    m.add_function(wrap_pyfunction!(skeleton_normalize_f64, m)?)
}
