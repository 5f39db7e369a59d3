//! Binding of `kinefuse_core::window`.

use kinefuse_core::window::{self, LabelRule, Step};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, PyReadonlyArray2, PyReadwriteArray1};
use pyo3::prelude::*;

use crate::error::enter;

type Columns<'py> = (
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<i32>>,
    Bound<'py, PyArray1<i32>>,
    Bound<'py, PyArray1<f64>>,
);
type Counts = (usize, usize, usize, usize, usize, usize);

/// Columns (start, length, segment, label, share) and the fields of the report in order.
#[pyfunction]
#[pyo3(signature = (rows, *, step, gaps, labels, rule, min_share))]
fn window_index<'py>(
    py: Python<'py>,
    rows: usize,
    step: Option<(usize, f64)>,
    gaps: PyReadonlyArray2<'py, i64>,
    labels: Option<PyReadonlyArray1<'py, i32>>,
    rule: &str,
    min_share: f64,
) -> PyResult<(Columns<'py>, Counts)> {
    let step = step.map(|(length, stride)| Step { length, stride });
    let rule = match rule {
        "last" => LabelRule::Last,
        "center" => LabelRule::Center,
        _ => LabelRule::Majority,
    };
    let gaps = gaps.as_slice()?.as_chunks().0;
    let labels = labels.as_ref().map(|l| l.as_slice()).transpose()?;
    let index = enter(py, || {
        window::index(rows, step, gaps, labels, rule, min_share)
    })?;
    let r = index.report;
    Ok((
        (
            index.start.into_pyarray(py),
            index.length.into_pyarray(py),
            index.segment.into_pyarray(py),
            index.label.into_pyarray(py),
            index.share.into_pyarray(py),
        ),
        (
            r.segments,
            r.short_segments,
            r.unused_rows,
            r.below_share,
            r.unlabelled,
            r.ambiguous,
        ),
    ))
}

/// `x` and `out` are the bytes of C-contiguous arrays.
#[pyfunction]
#[pyo3(signature = (x, out, *, row_bytes, starts, length))]
fn windows_into(
    py: Python<'_>,
    x: PyReadonlyArray1<'_, u8>,
    mut out: PyReadwriteArray1<'_, u8>,
    row_bytes: usize,
    starts: PyReadonlyArray1<'_, i64>,
    length: usize,
) -> PyResult<()> {
    let (x, out, starts) = (x.as_slice()?, out.as_slice_mut()?, starts.as_slice()?);
    enter(py, || {
        window::windows_into(x, row_bytes, starts, length, out)
    })
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(window_index, m)?)?;
    m.add_function(wrap_pyfunction!(windows_into, m)?)
}
