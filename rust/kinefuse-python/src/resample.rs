//! Binding of `kinefuse_core::resample`.

use kinefuse_core::resample::regrid::Regrid;
use kinefuse_core::resample::{Sample, fourier, polyphase};
use numpy::{
    Element, PyArray1, PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArray3, PyReadwriteArray2,
    PyReadwriteArray3, PyUntypedArrayMethods, ToPyArray,
};
use pyo3::prelude::*;

use crate::clock::{Report, fields};
use crate::error::{enter, enter_for};

/// `x` is `(N, T, C)`, `out` `(N, resampled_length, C)`, both C-contiguous.
fn resample<F: Sample + Element>(
    py: Python<'_>,
    x: PyReadonlyArray3<'_, F>,
    up: usize,
    down: usize,
    mut out: PyReadwriteArray3<'_, F>,
) -> PyResult<()> {
    let (n, t, c) = (x.shape()[0], x.shape()[1], x.shape()[2]);
    let (x, out) = (x.as_slice()?, out.as_slice_mut()?);
    let values = x.len() + out.len();
    enter_for(py, values, || {
        polyphase::resample_into(x, n, t, c, up, down, out)
    })
}

#[pyfunction]
fn resample_f32(
    py: Python<'_>,
    x: PyReadonlyArray3<'_, f32>,
    up: usize,
    down: usize,
    out: PyReadwriteArray3<'_, f32>,
) -> PyResult<()> {
    resample(py, x, up, down, out)
}

#[pyfunction]
fn resample_f64(
    py: Python<'_>,
    x: PyReadonlyArray3<'_, f64>,
    up: usize,
    down: usize,
    out: PyReadwriteArray3<'_, f64>,
) -> PyResult<()> {
    resample(py, x, up, down, out)
}

/// Samples that `resample_*` makes of `t`; `up` and `down` in lowest terms.
#[pyfunction]
fn resampled_length(t: usize, up: usize, down: usize) -> usize {
    polyphase::output_length(t, up, down)
}

/// `x` is `(N, T, C)`, `out` `(N, n, C)`, both C-contiguous.
fn to_length<F: Sample + Element>(
    py: Python<'_>,
    x: PyReadonlyArray3<'_, F>,
    mut out: PyReadwriteArray3<'_, F>,
) -> PyResult<()> {
    let (items, t, c) = (x.shape()[0], x.shape()[1], x.shape()[2]);
    let n = out.shape()[1];
    let (x, out) = (x.as_slice()?, out.as_slice_mut()?);
    enter(py, || fourier::resample_batch_into(x, items, t, c, n, out))
}

#[pyfunction]
fn resample_to_length_f32(
    py: Python<'_>,
    x: PyReadonlyArray3<'_, f32>,
    out: PyReadwriteArray3<'_, f32>,
) -> PyResult<()> {
    to_length(py, x, out)
}

#[pyfunction]
fn resample_to_length_f64(
    py: Python<'_>,
    x: PyReadonlyArray3<'_, f64>,
    out: PyReadwriteArray3<'_, f64>,
) -> PyResult<()> {
    to_length(py, x, out)
}

/// A uniform grid laid over a clock.
#[pyclass(frozen, module = "kinefuse._native")]
struct RegridPlan(Regrid);

impl RegridPlan {
    fn run<F: Sample + Element>(
        &self,
        py: Python<'_>,
        x: PyReadonlyArray2<'_, F>,
        mut out: PyReadwriteArray2<'_, F>,
    ) -> PyResult<()> {
        let c = x.shape()[1];
        let (x, out) = (x.as_slice()?, out.as_slice_mut()?);
        enter(py, || self.0.run_into(x, c, out))
    }
}

#[pymethods]
impl RegridPlan {
    #[new]
    fn new(
        py: Python<'_>,
        time_s: PyReadonlyArray1<'_, f64>,
        rate_hz: f64,
        max_gap_s: f64,
        origin_s: Option<f64>,
    ) -> PyResult<Self> {
        let time_s = time_s.as_slice()?;
        enter(py, || Regrid::new(time_s, rate_hz, max_gap_s, origin_s)).map(RegridPlan)
    }

    #[getter]
    fn rows(&self) -> usize {
        self.0.rows()
    }

    #[getter]
    fn start_s(&self) -> f64 {
        self.0.start_s()
    }

    /// `(G, 2)`, flat.
    #[getter]
    fn gaps<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        self.0.gaps().as_flattened().to_pyarray(py)
    }

    #[getter]
    fn report(&self) -> Report {
        fields(self.0.report())
    }

    fn run_f32(
        &self,
        py: Python<'_>,
        x: PyReadonlyArray2<'_, f32>,
        out: PyReadwriteArray2<'_, f32>,
    ) -> PyResult<()> {
        self.run(py, x, out)
    }

    fn run_f64(
        &self,
        py: Python<'_>,
        x: PyReadonlyArray2<'_, f64>,
        out: PyReadwriteArray2<'_, f64>,
    ) -> PyResult<()> {
        self.run(py, x, out)
    }
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(resample_f32, m)?)?;
    m.add_function(wrap_pyfunction!(resample_f64, m)?)?;
    m.add_function(wrap_pyfunction!(resampled_length, m)?)?;
    m.add_function(wrap_pyfunction!(resample_to_length_f32, m)?)?;
    m.add_function(wrap_pyfunction!(resample_to_length_f64, m)?)?;
    m.add_class::<RegridPlan>()
}
