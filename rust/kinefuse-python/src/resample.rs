//! Binding of `kinefuse_core::resample`.

use kinefuse_core::resample::label::{self, LabelRule};
use kinefuse_core::resample::sinc::{self, Ratio};
use kinefuse_core::resample::{Sample, fourier, polyphase, quaternion};
use numpy::{
    Element, PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArray3, PyReadwriteArray1,
    PyReadwriteArray2, PyReadwriteArray3, PyUntypedArrayMethods,
};
use pyo3::prelude::*;

use crate::error::{enter, enter_for};

/// `x` is `(N, T, C)`, `out` `(N, resampled_length, C)`, both C-contiguous.
fn resample<F: Sample + Element>(
    py: Python<'_>,
    x: PyReadonlyArray3<'_, F>,
    up: usize,
    down: usize,
    precise: bool,
    mut out: PyReadwriteArray3<'_, F>,
) -> PyResult<()> {
    let (n, t, c) = (x.shape()[0], x.shape()[1], x.shape()[2]);
    let (x, out) = (x.as_slice()?, out.as_slice_mut()?);
    let values = x.len() + out.len();
    let run = match precise {
        true => polyphase::resample_precise_into,
        false => polyphase::resample_into,
    };
    enter_for(py, values, || run(x, n, t, c, up, down, out))
}

#[pyfunction]
fn resample_f32(
    py: Python<'_>,
    x: PyReadonlyArray3<'_, f32>,
    up: usize,
    down: usize,
    precise: bool,
    out: PyReadwriteArray3<'_, f32>,
) -> PyResult<()> {
    resample(py, x, up, down, precise, out)
}

#[pyfunction]
fn resample_f64(
    py: Python<'_>,
    x: PyReadonlyArray3<'_, f64>,
    up: usize,
    down: usize,
    precise: bool,
    out: PyReadwriteArray3<'_, f64>,
) -> PyResult<()> {
    resample(py, x, up, down, precise, out)
}

/// `x` is `(N, T, C)`, `out` `(N, n, C)`, both C-contiguous: any ratio of rates.
fn resample_ratio<F: Sample + Element>(
    py: Python<'_>,
    x: PyReadonlyArray3<'_, F>,
    from_hz: f64,
    to_hz: f64,
    mut out: PyReadwriteArray3<'_, F>,
) -> PyResult<()> {
    let (items, t, c) = (x.shape()[0], x.shape()[1], x.shape()[2]);
    let n = out.shape()[1];
    let (x, out) = (x.as_slice()?, out.as_slice_mut()?);
    enter(py, || {
        sinc::resample_ratio_into(x, (items, t, c), n, from_hz, to_hz, out)
    })
}

#[pyfunction]
fn resample_ratio_f32(
    py: Python<'_>,
    x: PyReadonlyArray3<'_, f32>,
    from_hz: f64,
    to_hz: f64,
    out: PyReadwriteArray3<'_, f32>,
) -> PyResult<()> {
    resample_ratio(py, x, from_hz, to_hz, out)
}

#[pyfunction]
fn resample_ratio_f64(
    py: Python<'_>,
    x: PyReadonlyArray3<'_, f64>,
    from_hz: f64,
    to_hz: f64,
    out: PyReadwriteArray3<'_, f64>,
) -> PyResult<()> {
    resample_ratio(py, x, from_hz, to_hz, out)
}

/// `x` is `(N, T, C)`, `out` `(N, time_s.len(), C)`, both C-contiguous. `ratio` is that of the
/// rates, with the larger of its terms if they are whole numbers.
fn resample_at<F: Sample + Element>(
    py: Python<'_>,
    x: PyReadonlyArray3<'_, F>,
    time_s: PyReadonlyArray1<'_, f64>,
    (rate_hz, start_s): (f64, f64),
    (value, period): (f64, Option<usize>),
    mut out: PyReadwriteArray3<'_, F>,
) -> PyResult<()> {
    let shape = (x.shape()[0], x.shape()[1], x.shape()[2]);
    let (x, time_s, out) = (x.as_slice()?, time_s.as_slice()?, out.as_slice_mut()?);
    let ratio = Ratio { value, period };
    enter(py, || {
        sinc::resample_at_into(x, shape, rate_hz, start_s, time_s, ratio, out)
    })
}

#[pyfunction]
fn resample_at_f32(
    py: Python<'_>,
    x: PyReadonlyArray3<'_, f32>,
    time_s: PyReadonlyArray1<'_, f64>,
    clock: (f64, f64),
    ratio: (f64, Option<usize>),
    out: PyReadwriteArray3<'_, f32>,
) -> PyResult<()> {
    resample_at(py, x, time_s, clock, ratio, out)
}

#[pyfunction]
fn resample_at_f64(
    py: Python<'_>,
    x: PyReadonlyArray3<'_, f64>,
    time_s: PyReadonlyArray1<'_, f64>,
    clock: (f64, f64),
    ratio: (f64, Option<usize>),
    out: PyReadwriteArray3<'_, f64>,
) -> PyResult<()> {
    resample_at(py, x, time_s, clock, ratio, out)
}

/// `labels` are those of `time_s`, `out` those of `when_s`. `width_s` makes it a majority.
#[pyfunction]
fn resample_labels(
    py: Python<'_>,
    time_s: PyReadonlyArray1<'_, f64>,
    labels: PyReadonlyArray1<'_, i32>,
    when_s: PyReadonlyArray1<'_, f64>,
    width_s: Option<f64>,
    max_distance_s: f64,
    mut out: PyReadwriteArray1<'_, i32>,
) -> PyResult<()> {
    let rule = match width_s {
        Some(width_s) => LabelRule::Majority { width_s },
        None => LabelRule::Nearest,
    };
    let (time_s, when_s) = (time_s.as_slice()?, when_s.as_slice()?);
    let (labels, out) = (labels.as_slice()?, out.as_slice_mut()?);
    enter(py, || {
        label::resample_labels_into(time_s, labels, when_s, rule, max_distance_s, out)
    })
}

/// `q` is `(T, 4)`, `out` `(when_s.len(), 4)`, both C-contiguous.
fn quaternions<F: Sample + Element>(
    py: Python<'_>,
    time_s: PyReadonlyArray1<'_, f64>,
    q: PyReadonlyArray2<'_, F>,
    when_s: PyReadonlyArray1<'_, f64>,
    max_gap_s: f64,
    mut out: PyReadwriteArray2<'_, F>,
) -> PyResult<()> {
    let (time_s, when_s) = (time_s.as_slice()?, when_s.as_slice()?);
    let (q, out) = (q.as_slice()?, out.as_slice_mut()?);
    enter(py, || {
        quaternion::interpolate_quaternions_into(time_s, q, when_s, max_gap_s, out)
    })
}

#[pyfunction]
fn interpolate_quaternions_f32(
    py: Python<'_>,
    time_s: PyReadonlyArray1<'_, f64>,
    q: PyReadonlyArray2<'_, f32>,
    when_s: PyReadonlyArray1<'_, f64>,
    max_gap_s: f64,
    out: PyReadwriteArray2<'_, f32>,
) -> PyResult<()> {
    quaternions(py, time_s, q, when_s, max_gap_s, out)
}

#[pyfunction]
fn interpolate_quaternions_f64(
    py: Python<'_>,
    time_s: PyReadonlyArray1<'_, f64>,
    q: PyReadonlyArray2<'_, f64>,
    when_s: PyReadonlyArray1<'_, f64>,
    max_gap_s: f64,
    out: PyReadwriteArray2<'_, f64>,
) -> PyResult<()> {
    quaternions(py, time_s, q, when_s, max_gap_s, out)
}

/// Samples that `resample_*` makes of `t`; `up` and `down` in lowest terms.
#[pyfunction]
fn resampled_length(t: usize, up: usize, down: usize) -> usize {
    polyphase::output_length(t, up, down)
}

/// `x` is `(N, T, C)`, `out` `(N, n, C)`, both C-contiguous.
fn to_length<F: Sample + Element>(
    py: Python<'_>,
    x: PyReadonlyArray3<'_, F>,
    mut out: PyReadwriteArray3<'_, F>,
) -> PyResult<()> {
    let (items, t, c) = (x.shape()[0], x.shape()[1], x.shape()[2]);
    let n = out.shape()[1];
    let (x, out) = (x.as_slice()?, out.as_slice_mut()?);
    enter(py, || fourier::resample_batch_into(x, items, t, c, n, out))
}

#[pyfunction]
fn resample_to_length_f32(
    py: Python<'_>,
    x: PyReadonlyArray3<'_, f32>,
    out: PyReadwriteArray3<'_, f32>,
) -> PyResult<()> {
    to_length(py, x, out)
}

#[pyfunction]
fn resample_to_length_f64(
    py: Python<'_>,
    x: PyReadonlyArray3<'_, f64>,
    out: PyReadwriteArray3<'_, f64>,
) -> PyResult<()> {
    to_length(py, x, out)
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(resample_f32, m)?)?;
    m.add_function(wrap_pyfunction!(resample_f64, m)?)?;
    m.add_function(wrap_pyfunction!(resampled_length, m)?)?;
    m.add_function(wrap_pyfunction!(resample_to_length_f32, m)?)?;
    m.add_function(wrap_pyfunction!(resample_to_length_f64, m)?)?;
    m.add_function(wrap_pyfunction!(resample_ratio_f32, m)?)?;
    m.add_function(wrap_pyfunction!(resample_ratio_f64, m)?)?;
    m.add_function(wrap_pyfunction!(resample_at_f32, m)?)?;
    m.add_function(wrap_pyfunction!(resample_at_f64, m)?)?;
    m.add_function(wrap_pyfunction!(resample_labels, m)?)?;
    m.add_function(wrap_pyfunction!(interpolate_quaternions_f32, m)?)?;
    m.add_function(wrap_pyfunction!(interpolate_quaternions_f64, m)?)
}
