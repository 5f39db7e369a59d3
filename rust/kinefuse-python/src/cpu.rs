//! The CPU level that kernels use.

use kinefuse_core::cpu;
use pyo3::prelude::*;

use crate::error::to_py;

#[pyfunction]
fn cpu_level() -> &'static str {
    cpu::level().min(cpu::detect_level()).name()
}

#[pyfunction]
fn set_cpu_level(py: Python<'_>, level: &str) -> PyResult<()> {
    cpu::set_level(level).map_err(|e| to_py(py, e))
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(cpu_level, m)?)?;
    m.add_function(wrap_pyfunction!(set_cpu_level, m)?)
}
