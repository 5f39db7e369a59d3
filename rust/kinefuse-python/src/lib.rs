//! The private extension `kinefuse._native`: converts arguments, enters the core, wraps the result.
//!
//! One module here for each of the core, under the same name. No arithmetic.

use pyo3::prelude::*;

mod augment;
mod batch;
mod calibrate;
mod clock;
mod cpu;
mod device;
mod error;
mod filter;
mod pool;
mod regrid;
mod resample;
mod skeleton;
mod store;
mod stream;
mod text;
mod window;

#[pymodule]
fn _native(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add("__version__", env!("CARGO_PKG_VERSION"))?;
    m.add("debug_build", cfg!(debug_assertions))?;
    pool::register(m)?;
    cpu::register(m)?;
    device::register(m)?;
    clock::register(m)?;
    resample::register(m)?;
    regrid::register(m)?;
    filter::register(m)?;
    calibrate::register(m)?;
    window::register(m)?;
    stream::register(m)?;
    text::register(m)?;
    skeleton::register(m)?;
    augment::register(m)?;
    store::register(m)?;
    batch::register(m)
}
