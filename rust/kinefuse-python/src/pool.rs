//! Thread settings.

use kinefuse_core::pool;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::to_py;

#[pyfunction]
fn num_threads(py: Python<'_>) -> usize {
    spare_loader_workers(py);
    pool::num_threads()
}

#[pyfunction]
fn set_num_threads(py: Python<'_>, n: usize) -> PyResult<()> {
    pool::set_num_threads(n).map_err(|e| to_py(py, e))
}

/// In a worker process of torch's DataLoader, one thread unless told: the workers share the cores.
pub(crate) fn spare_loader_workers(py: Python<'_>) {
    if is_loader_worker(py).unwrap_or(false) {
        // 1 is always accepted.
        let _ = pool::set_default_threads(1);
    }
}

/// Whether torch is imported and says so. Nothing is imported for it.
fn is_loader_worker(py: Python<'_>) -> PyResult<bool> {
    let modules = py.import(pyo3::intern!(py, "sys"))?;
    let modules = modules.getattr(pyo3::intern!(py, "modules"))?;
    let name = pyo3::intern!(py, "torch.utils.data");
    let Some(torch) = modules.cast::<PyDict>()?.get_item(name)? else {
        return Ok(false);
    };
    let info = torch.call_method0(pyo3::intern!(py, "get_worker_info"))?;
    Ok(!info.is_none())
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(num_threads, m)?)?;
    m.add_function(wrap_pyfunction!(set_num_threads, m)?)
}
