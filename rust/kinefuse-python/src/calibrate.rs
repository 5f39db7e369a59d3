//! Binding of `kinefuse_core::calibrate`.

use kinefuse_core::calibrate::runs::{Run, find_clipped, find_flat, own_limits};
use kinefuse_core::calibrate::sphere::Correction;
use kinefuse_core::calibrate::still::StillWindows as Core;
use kinefuse_core::calibrate::{Criteria, Solution, solve};
use kinefuse_core::resample::Sample;
use numpy::{
    Element, PyArray1, PyReadonlyArray1, PyReadonlyArray2, PyReadwriteArray2,
    PyUntypedArrayMethods, ToPyArray,
};
use pyo3::prelude::*;

use crate::error::enter;

/// Scale, offset, slope, mean temperature.
type Numbers = ([f64; 3], [f64; 3], [f64; 3], f64);
/// Errors before and after, windows, still ones that count, ones with missing values.
type Found = (f64, f64, usize, usize, usize);
/// Channel, first row, rows, value: a column each.
type Runs<'py> = (
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<f64>>,
);

/// Collects the still windows of an acceleration, block by block.
#[pyclass(module = "kinefuse._native")]
struct StillWindows {
    core: Core,
    with_temperature: bool,
}

impl StillWindows {
    fn push<F: Sample + Element>(
        &mut self,
        py: Python<'_>,
        acc: PyReadonlyArray2<'_, F>,
        temperature: Option<PyReadonlyArray1<'_, f64>>,
    ) -> PyResult<()> {
        let acc = acc.as_slice()?;
        let temperature = temperature.as_ref().map(|t| t.as_slice()).transpose()?;
        enter(py, || self.core.push(acc, temperature))
    }
}

#[pymethods]
impl StillWindows {
    #[new]
    fn new(py: Python<'_>, length: usize, max_sd: f64, with_temperature: bool) -> PyResult<Self> {
        let core = enter(py, || Core::new(length, max_sd, with_temperature))?;
        Ok(StillWindows {
            core,
            with_temperature,
        })
    }

    /// `acc` is `(T, 3)`.
    fn push_f32(
        &mut self,
        py: Python<'_>,
        acc: PyReadonlyArray2<'_, f32>,
        temperature: Option<PyReadonlyArray1<'_, f64>>,
    ) -> PyResult<()> {
        self.push(py, acc, temperature)
    }

    fn push_f64(
        &mut self,
        py: Python<'_>,
        acc: PyReadonlyArray2<'_, f64>,
        temperature: Option<PyReadonlyArray1<'_, f64>>,
    ) -> PyResult<()> {
        self.push(py, acc, temperature)
    }

    fn interrupt(&mut self) {
        self.core.interrupt();
    }

    /// The correction, what it was found from, and why there is none.
    fn solve(
        &self,
        py: Python<'_>,
        min_windows: usize,
        min_sphere: f64,
        max_error: f64,
    ) -> PyResult<(Numbers, Found, Option<String>)> {
        let criteria = Criteria {
            min_windows,
            min_sphere,
            max_error,
        };
        let found: Solution = enter(py, || {
            Ok(solve(&self.core.postures, self.with_temperature, &criteria))
        })?;
        let Correction {
            scale,
            offset,
            slope,
            mean_temperature,
        } = found.correction;
        Ok((
            (scale, offset, slope, mean_temperature),
            (
                found.error_before,
                found.error_after,
                self.core.windows,
                found.postures,
                self.core.missing,
            ),
            found.reason,
        ))
    }
}

fn correct<F: Sample + Element>(
    py: Python<'_>,
    acc: PyReadonlyArray2<'_, F>,
    numbers: Numbers,
    temperature: Option<PyReadonlyArray1<'_, f64>>,
    mut out: PyReadwriteArray2<'_, F>,
) -> PyResult<()> {
    let (scale, offset, slope, mean_temperature) = numbers;
    let correction = Correction {
        scale,
        offset,
        slope,
        mean_temperature,
    };
    let (acc, out) = (acc.as_slice()?, out.as_slice_mut()?);
    let temperature = temperature.as_ref().map(|t| t.as_slice()).transpose()?;
    enter(py, || correction.apply_into(acc, temperature, out))
}

#[pyfunction]
fn correct_f32(
    py: Python<'_>,
    acc: PyReadonlyArray2<'_, f32>,
    numbers: Numbers,
    temperature: Option<PyReadonlyArray1<'_, f64>>,
    out: PyReadwriteArray2<'_, f32>,
) -> PyResult<()> {
    correct(py, acc, numbers, temperature, out)
}

#[pyfunction]
fn correct_f64(
    py: Python<'_>,
    acc: PyReadonlyArray2<'_, f64>,
    numbers: Numbers,
    temperature: Option<PyReadonlyArray1<'_, f64>>,
    out: PyReadwriteArray2<'_, f64>,
) -> PyResult<()> {
    correct(py, acc, numbers, temperature, out)
}

fn columns<'py>(py: Python<'py>, runs: &[Run]) -> Runs<'py> {
    let column =
        |of: fn(&Run) -> usize| -> Vec<i64> { runs.iter().map(|run| of(run) as i64).collect() };
    (
        column(|run| run.channel).to_pyarray(py),
        column(|run| run.rows.start).to_pyarray(py),
        column(|run| run.rows.len()).to_pyarray(py),
        runs.iter()
            .map(|run| run.value)
            .collect::<Vec<f64>>()
            .to_pyarray(py),
    )
}

fn flat<'py, F: Sample + Element>(
    py: Python<'py>,
    x: PyReadonlyArray2<'py, F>,
    tolerance: f64,
    min_rows: usize,
) -> PyResult<Runs<'py>> {
    let c = x.shape()[1];
    let x = x.as_slice()?;
    let runs = enter(py, || Ok(find_flat(x, c, tolerance, min_rows)))?;
    Ok(columns(py, &runs))
}

/// Without limits, the channel's own lowest and highest values.
fn clipped<'py, F: Sample + Element>(
    py: Python<'py>,
    x: PyReadonlyArray2<'py, F>,
    limits: Option<(f64, f64)>,
    min_rows: usize,
) -> PyResult<Runs<'py>> {
    let c = x.shape()[1];
    let x = x.as_slice()?;
    let runs = enter(py, || {
        let limits = limits.map_or_else(|| own_limits(x, c), |both| vec![both; c]);
        Ok(find_clipped(x, c, &limits, min_rows))
    })?;
    Ok(columns(py, &runs))
}

#[pyfunction]
fn find_flat_f32<'py>(
    py: Python<'py>,
    x: PyReadonlyArray2<'py, f32>,
    tolerance: f64,
    min_rows: usize,
) -> PyResult<Runs<'py>> {
    flat(py, x, tolerance, min_rows)
}

#[pyfunction]
fn find_flat_f64<'py>(
    py: Python<'py>,
    x: PyReadonlyArray2<'py, f64>,
    tolerance: f64,
    min_rows: usize,
) -> PyResult<Runs<'py>> {
    flat(py, x, tolerance, min_rows)
}

#[pyfunction]
fn find_clipped_f32<'py>(
    py: Python<'py>,
    x: PyReadonlyArray2<'py, f32>,
    limits: Option<(f64, f64)>,
    min_rows: usize,
) -> PyResult<Runs<'py>> {
    clipped(py, x, limits, min_rows)
}

#[pyfunction]
fn find_clipped_f64<'py>(
    py: Python<'py>,
    x: PyReadonlyArray2<'py, f64>,
    limits: Option<(f64, f64)>,
    min_rows: usize,
) -> PyResult<Runs<'py>> {
    clipped(py, x, limits, min_rows)
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<StillWindows>()?;
    m.add_function(wrap_pyfunction!(correct_f32, m)?)?;
    m.add_function(wrap_pyfunction!(correct_f64, m)?)?;
    m.add_function(wrap_pyfunction!(find_flat_f32, m)?)?;
    m.add_function(wrap_pyfunction!(find_flat_f64, m)?)?;
    m.add_function(wrap_pyfunction!(find_clipped_f32, m)?)?;
    m.add_function(wrap_pyfunction!(find_clipped_f64, m)?)
}
