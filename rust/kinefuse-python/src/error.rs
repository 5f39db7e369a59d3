//! Core errors become the Python classes of the same name in `kinefuse.errors`.

use kinefuse_core::{Error, pool};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyModule;

use crate::pool::spare_loader_workers;

static ERRORS: PyOnceLock<Py<PyModule>> = PyOnceLock::new();

/// The Python exception for a core error.
pub(crate) fn to_py(py: Python<'_>, error: Error) -> PyErr {
    let class = match &error {
        Error::Input(_) => "InputError",
        Error::Shape(_) => "ShapeError",
        Error::Config(_) => "ConfigError",
        Error::Time { .. } => "TimeError",
        Error::Format { .. } => "FormatError",
        Error::Store { .. } => "StoreError",
        _ => "InputError",
    };
    let built = ERRORS
        .get_or_try_init(py, || py.import("kinefuse.errors").map(Bound::unbind))
        .and_then(|module| module.bind(py).getattr(class))
        .and_then(|class| class.call1((error.to_string(),)));
    match built {
        Ok(exception) => PyErr::from_value(exception),
        Err(lookup_failed) => lookup_failed,
    }
}

/// Enters the core: releases the GIL, runs on our threads, maps the error.
pub(crate) fn enter<T: Send>(
    py: Python<'_>,
    f: impl FnOnce() -> kinefuse_core::Result<T> + Send,
) -> PyResult<T> {
    spare_loader_workers(py);
    py.detach(|| pool::install(f)).map_err(|e| to_py(py, e))
}

/// The same for a kernel that reads and writes `values` values, a nanosecond or less each: on the
/// caller's thread where they are few.
pub(crate) fn enter_for<T: Send>(
    py: Python<'_>,
    values: usize,
    f: impl FnOnce() -> kinefuse_core::Result<T> + Send,
) -> PyResult<T> {
    spare_loader_workers(py);
    py.detach(|| pool::install_for(values, f))
        .map_err(|e| to_py(py, e))
}
