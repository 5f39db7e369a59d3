//! Binding of `kinefuse_core::resample::regrid`.

use kinefuse_core::Error;
use kinefuse_core::resample::Sample;
use kinefuse_core::resample::regrid::{Interpolation, Regrid};
use numpy::{
    Element, PyArray1, PyReadonlyArray1, PyReadonlyArray2, PyReadwriteArray2,
    PyUntypedArrayMethods, ToPyArray,
};
use pyo3::prelude::*;

use crate::clock::{Report, fields};
use crate::error::{enter, to_py};

/// The method of that name.
fn interpolation(py: Python<'_>, name: &str) -> PyResult<Interpolation> {
    Ok(match name {
        "linear" => Interpolation::Linear,
        "nearest" => Interpolation::Nearest,
        "cubic" => Interpolation::Cubic,
        "pchip" => Interpolation::Pchip,
        _ => {
            let message = format!(
                "interpolation: expected \"linear\", \"nearest\", \"cubic\" or \"pchip\", got {name:?}"
            );
            return Err(to_py(py, Error::Input(message)));
        }
    })
}

/// A uniform grid laid over a clock.
#[pyclass(frozen, module = "kinefuse._native")]
struct RegridPlan(Regrid);

impl RegridPlan {
    fn run<F: Sample + Element>(
        &self,
        py: Python<'_>,
        x: PyReadonlyArray2<'_, F>,
        method: &str,
        mut out: PyReadwriteArray2<'_, F>,
    ) -> PyResult<()> {
        let c = x.shape()[1];
        let (x, out) = (x.as_slice()?, out.as_slice_mut()?);
        let method = interpolation(py, method)?;
        enter(py, || self.0.run_into(x, c, method, out))
    }
}

#[pymethods]
impl RegridPlan {
    #[new]
    #[pyo3(signature = (time_s, rate_hz, max_gap_s, origin_s, filtered, reported=None))]
    fn new(
        py: Python<'_>,
        time_s: PyReadonlyArray1<'_, f64>,
        rate_hz: f64,
        max_gap_s: f64,
        origin_s: Option<f64>,
        filtered: bool,
        reported: Option<(usize, usize)>,
    ) -> PyResult<Self> {
        let time_s = time_s.as_slice()?;
        enter(py, || match reported {
            None => Regrid::new(time_s, rate_hz, max_gap_s, origin_s, filtered),
            Some((first, end)) => {
                Regrid::within(time_s, rate_hz, max_gap_s, origin_s, filtered, first..end)
            }
        })
        .map(RegridPlan)
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
        method: &str,
        out: PyReadwriteArray2<'_, f32>,
    ) -> PyResult<()> {
        self.run(py, x, method, out)
    }

    fn run_f64(
        &self,
        py: Python<'_>,
        x: PyReadonlyArray2<'_, f64>,
        method: &str,
        out: PyReadwriteArray2<'_, f64>,
    ) -> PyResult<()> {
        self.run(py, x, method, out)
    }
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<RegridPlan>()
}
