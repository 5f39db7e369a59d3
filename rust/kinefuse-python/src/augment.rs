//! Binding of `kinefuse_core::augment`.

use kinefuse_core::augment::{self, Shape};
use numpy::{PyReadonlyArray4, PyReadwriteArray4, PyUntypedArrayMethods};
use pyo3::prelude::*;

use crate::error::{enter, to_py};

/// A compiled plan.
#[pyclass(frozen, name = "AugmentPlan")]
struct Plan {
    plan: augment::Plan,
}

#[pymethods]
impl Plan {
    #[new]
    fn new(py: Python<'_>, kind: &str, json: &str) -> PyResult<Self> {
        let plan = augment::Plan::parse(kind, json).map_err(|e| to_py(py, e))?;
        Ok(Plan { plan })
    }

    /// `x` and `out` are `(N, T, points, channels)`, C-contiguous.
    #[pyo3(signature = (x, out, *, seed, modality))]
    fn apply(
        &self,
        py: Python<'_>,
        x: PyReadonlyArray4<'_, f32>,
        mut out: PyReadwriteArray4<'_, f32>,
        seed: u64,
        modality: u64,
    ) -> PyResult<()> {
        let &[n, time, points, channels] = x.shape() else {
            unreachable!("a four-dimensional array has four dimensions")
        };
        let shape = Shape {
            channels,
            time,
            points,
        };
        let (x, out) = (x.as_slice()?, out.as_slice_mut()?);
        enter(py, || {
            augment::apply_items(&self.plan, x, n, shape, seed, modality, out)
        })
    }
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<Plan>()
}
