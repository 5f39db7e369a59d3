//! Thread settings.

use kinefuse_core::pool;
use pyo3::prelude::*;

use crate::error::to_py;

#[pyfunction]
fn num_threads() -> usize {
    pool::num_threads()
}

#[pyfunction]
fn set_num_threads(py: Python<'_>, n: usize) -> PyResult<()> {
    pool::set_num_threads(n).map_err(|e| to_py(py, e))
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(num_threads, m)?)?;
    m.add_function(wrap_pyfunction!(set_num_threads, m)?)
}
