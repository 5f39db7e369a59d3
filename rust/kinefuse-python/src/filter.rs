//! Binding of `kinefuse_core::filter`.

use kinefuse_core::filter::Filter;
use kinefuse_core::filter::butterworth::{Band, design};
use kinefuse_core::resample::Sample;
use numpy::{
    Element, PyArray1, PyReadonlyArray1, PyReadonlyArray3, PyReadwriteArray1, PyReadwriteArray3,
    PyUntypedArrayMethods, ToPyArray,
};
use pyo3::prelude::*;

use crate::error::enter;

/// Second-order sections, checked; `sos` is `(n, 6)`, flat.
#[pyclass(frozen, module = "kinefuse._native")]
struct SosFilter(Filter);

impl SosFilter {
    /// `x` and `out` are `(N, T, C)`, `state` is `(N, sections, 2, C)`, flat.
    fn run<F: Sample + Element>(
        &self,
        py: Python<'_>,
        x: PyReadonlyArray3<'_, F>,
        cuts: Vec<usize>,
        mut state: PyReadwriteArray1<'_, f64>,
        mut out: PyReadwriteArray3<'_, F>,
    ) -> PyResult<()> {
        let (n, t, c) = (x.shape()[0], x.shape()[1], x.shape()[2]);
        let (x, state, out) = (x.as_slice()?, state.as_slice_mut()?, out.as_slice_mut()?);
        enter(py, || self.0.run_into(x, n, t, c, &cuts, state, out))
    }

    fn zero_phase<F: Sample + Element>(
        &self,
        py: Python<'_>,
        x: PyReadonlyArray3<'_, F>,
        cuts: Vec<usize>,
        mut out: PyReadwriteArray3<'_, F>,
    ) -> PyResult<()> {
        let (n, t, c) = (x.shape()[0], x.shape()[1], x.shape()[2]);
        let (x, out) = (x.as_slice()?, out.as_slice_mut()?);
        enter(py, || self.0.zero_phase_into(x, n, t, c, &cuts, out))
    }
}

#[pymethods]
impl SosFilter {
    #[new]
    fn new(py: Python<'_>, sos: PyReadonlyArray1<'_, f64>) -> PyResult<Self> {
        let sos = sos.as_slice()?.as_chunks().0;
        enter(py, || Filter::new(sos)).map(SosFilter)
    }

    fn run_f32(
        &self,
        py: Python<'_>,
        x: PyReadonlyArray3<'_, f32>,
        cuts: Vec<usize>,
        state: PyReadwriteArray1<'_, f64>,
        out: PyReadwriteArray3<'_, f32>,
    ) -> PyResult<()> {
        self.run(py, x, cuts, state, out)
    }

    fn run_f64(
        &self,
        py: Python<'_>,
        x: PyReadonlyArray3<'_, f64>,
        cuts: Vec<usize>,
        state: PyReadwriteArray1<'_, f64>,
        out: PyReadwriteArray3<'_, f64>,
    ) -> PyResult<()> {
        self.run(py, x, cuts, state, out)
    }

    fn zero_phase_f32(
        &self,
        py: Python<'_>,
        x: PyReadonlyArray3<'_, f32>,
        cuts: Vec<usize>,
        out: PyReadwriteArray3<'_, f32>,
    ) -> PyResult<()> {
        self.zero_phase(py, x, cuts, out)
    }

    fn zero_phase_f64(
        &self,
        py: Python<'_>,
        x: PyReadonlyArray3<'_, f64>,
        cuts: Vec<usize>,
        out: PyReadwriteArray3<'_, f64>,
    ) -> PyResult<()> {
        self.zero_phase(py, x, cuts, out)
    }
}

/// The sections, `(n, 6)`, flat.
#[pyfunction]
fn design_butterworth<'py>(
    py: Python<'py>,
    order: usize,
    kind: &str,
    cutoff_hz: Vec<f64>,
    rate_hz: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let sos = enter(py, || {
        design(order, Band::parse(kind, &cutoff_hz)?, rate_hz)
    })?;
    Ok(sos.as_flattened().to_pyarray(py))
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<SosFilter>()?;
    m.add_function(wrap_pyfunction!(design_butterworth, m)?)
}
