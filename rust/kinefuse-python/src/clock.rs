//! Binding of `kinefuse_core::clock`.

use kinefuse_core::clock::{self, ClockReport};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

use crate::error::enter;

/// The fields of a report in order.
pub(crate) type Report = (
    usize,
    usize,
    usize,
    usize,
    usize,
    usize,
    usize,
    usize,
    f64,
    f64,
    f64,
);

pub(crate) fn fields(r: ClockReport) -> Report {
    (
        r.rows_in,
        r.rows_out,
        r.nonfinite,
        r.repeated,
        r.backward,
        r.isolated,
        r.bridged,
        r.gaps,
        r.missing_s,
        r.rate_hz,
        r.jitter_s,
    )
}

/// The measured rate in Hz.
#[pyfunction]
fn infer_rate(py: Python<'_>, time_s: PyReadonlyArray1<'_, f64>) -> PyResult<f64> {
    let time_s = time_s.as_slice()?;
    enter(py, || clock::infer_rate(time_s)).map(|rate| rate.hz)
}

/// The rows kept (`None`: all of them) and the report.
#[pyfunction]
fn repair_clock<'py>(
    py: Python<'py>,
    time_s: PyReadonlyArray1<'py, f64>,
    max_gap_s: f64,
) -> PyResult<(Option<Bound<'py, PyArray1<usize>>>, Report)> {
    let time_s = time_s.as_slice()?;
    let usable = enter(py, || clock::usable(time_s, max_gap_s))?;
    let rows = usable.rows.map(|rows| rows.into_pyarray(py));
    Ok((rows, fields(usable.report)))
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(infer_rate, m)?)?;
    m.add_function(wrap_pyfunction!(repair_clock, m)?)
}
