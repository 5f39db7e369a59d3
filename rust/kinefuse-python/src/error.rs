//! Core errors become the Python classes of the same name in `kinefuse.errors`.

use kinefuse_core::Error;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyModule;

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
    py.detach(|| kinefuse_core::pool::install(f))
        .map_err(|e| to_py(py, e))
}
