//! Binding of `kinefuse_core::clock`.

use kinefuse_core::clock::{
    self, AlignSettings, Alignment, ClockReport, Event, Match, Recorded, Seconds, Shared, Unit,
};
use numpy::{
    IntoPyArray, PyArray1, PyReadonlyArray1, PyReadonlyArray2, PyReadwriteArray1,
    PyUntypedArrayMethods,
};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;

use crate::error::enter;

/// A report's fields in order, as a tuple.
#[derive(IntoPyObject)]
pub(crate) struct Report(
    usize,
    usize,
    usize,
    usize,
    usize,
    usize,
    usize,
    usize,
    f64,
    f64,
    f64,
    usize,
    Vec<(&'static str, usize, f64, f64)>,
);

pub(crate) fn fields(r: ClockReport) -> Report {
    let said = |e: Event| (e.kind.name(), e.row, e.time_s, e.length_s);
    Report(
        r.rows_in,
        r.rows_out,
        r.nonfinite,
        r.repeated,
        r.backward,
        r.isolated,
        r.bridged,
        r.gaps,
        r.missing_s,
        r.rate_hz,
        r.jitter_s,
        r.spread,
        r.events.by_row().into_iter().map(said).collect(),
    )
}

/// The measured rate in Hz.
#[pyfunction]
fn infer_rate(py: Python<'_>, time_s: PyReadonlyArray1<'_, f64>) -> PyResult<f64> {
    let time_s = time_s.as_slice()?;
    enter(py, || clock::infer_rate(time_s)).map(|rate| rate.hz)
}

/// Times in seconds after the first, and the first, where stamps were moved.
type Moved<'py> = Option<(f64, Bound<'py, PyArray1<f64>>)>;

/// The rows kept (`None`: all of them), their times if some were moved, the rows (of those kept)
/// that follow a gap, and the report.
#[pyfunction]
#[pyo3(signature = (time_s, max_gap_s, shared))]
#[allow(clippy::type_complexity)]
fn repair_clock<'py>(
    py: Python<'py>,
    time_s: PyReadonlyArray1<'py, f64>,
    max_gap_s: f64,
    shared: &str,
) -> PyResult<(
    Option<Bound<'py, PyArray1<usize>>>,
    Moved<'py>,
    Bound<'py, PyArray1<usize>>,
    Report,
)> {
    let time_s = time_s.as_slice()?;
    let usable = enter(py, || {
        clock::usable_with(time_s, max_gap_s, shared.parse::<Shared>()?)
    })?;
    let rows = usable.rows.map(|rows| rows.into_pyarray(py));
    let moved =
        (usable.report.spread > 0).then(|| (usable.start_s, usable.elapsed_s.into_pyarray(py)));
    let gaps = usable.gaps.into_pyarray(py);
    Ok((rows, moved, gaps, fields(usable.report)))
}

/// Rate in Hz, its error as a share, residual in seconds, runs used, samples lost.
#[pyfunction]
fn estimate_rate(
    py: Python<'_>,
    time_s: PyReadonlyArray1<'_, f64>,
    max_gap_s: f64,
) -> PyResult<(f64, f64, f64, usize, u64)> {
    let time_s = time_s.as_slice()?;
    let found = enter(py, || clock::estimate_rate(time_s, max_gap_s))?;
    Ok((
        found.hz,
        found.error,
        found.residual_s,
        found.runs,
        found.lost,
    ))
}

/// Undoes the wrapping in place; how often the counter wrapped.
#[pyfunction]
fn unwrap_counter(
    py: Python<'_>,
    mut counter: PyReadwriteArray1<'_, i64>,
    modulus: i64,
) -> PyResult<usize> {
    let counter = counter.as_slice_mut()?;
    enter(py, || clock::unwrap_counter(counter, modulus))
}

#[pyfunction]
fn unwrap_real(
    py: Python<'_>,
    mut counter: PyReadwriteArray1<'_, f64>,
    modulus: f64,
) -> PyResult<usize> {
    let counter = counter.as_slice_mut()?;
    enter(py, || clock::unwrap_real(counter, modulus))
}

/// The unit of numbers that are a clock's stamps.
#[pyfunction]
fn guess_unit(py: Python<'_>, numbers: PyReadonlyArray1<'_, f64>) -> PyResult<&'static str> {
    let numbers = numbers.as_slice()?;
    enter(py, || clock::guess_unit(numbers)).map(Unit::name)
}

/// The origin in nanoseconds, seconds since then, and how many stamps are missing.
type Since<'py> = (i64, Bound<'py, PyArray1<f64>>, usize);

fn since(py: Python<'_>, found: Seconds) -> Since<'_> {
    let time_s = found.time_s.into_pyarray(py);
    (found.origin_ns, time_s, found.missing)
}

#[pyfunction]
fn whole_to_seconds<'py>(
    py: Python<'py>,
    values: PyReadonlyArray1<'py, i64>,
    unit: &str,
    origin_ns: Option<i64>,
) -> PyResult<Since<'py>> {
    let values = values.as_slice()?;
    let run = || clock::whole_to_seconds(values, unit.parse()?, origin_ns);
    enter(py, run).map(|found| since(py, found))
}

#[pyfunction]
fn real_to_seconds<'py>(
    py: Python<'py>,
    values: PyReadonlyArray1<'py, f64>,
    unit: &str,
    origin_ns: Option<i64>,
) -> PyResult<Since<'py>> {
    let values = values.as_slice()?;
    let run = || clock::real_to_seconds(values, unit.parse()?, origin_ns);
    enter(py, run).map(|found| since(py, found))
}

/// Nanoseconds since 1970 (the smallest integer where there is no text), and the zone in seconds.
#[pyfunction]
fn parse_iso(
    py: Python<'_>,
    texts: Vec<Option<PyBackedStr>>,
) -> PyResult<(Bound<'_, PyArray1<i64>>, Option<i32>)> {
    let found = enter(py, || clock::parse_iso(texts.iter().map(Option::as_deref)))?;
    Ok((found.ns.into_pyarray(py), found.zone_s))
}

/// Offset, drift, reference, their errors, confidence and rival.
type Numbers = (f64, f64, f64, f64, f64, f64, f64);
/// Of each match: time, offset, correlation, used.
type Matches<'py> = (
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<bool>>,
);

fn aligned(py: Python<'_>, found: Alignment) -> (Numbers, Matches<'_>) {
    let numbers = (
        found.offset_s,
        found.drift,
        found.reference_s,
        found.offset_error_s,
        found.drift_error,
        found.confidence,
        found.rival,
    );
    let column = |of: fn(&Match) -> f64| PyArray1::from_iter(py, found.matches.iter().map(of));
    let matches = (
        column(|m| m.time_s),
        column(|m| m.offset_s),
        column(|m| m.correlation),
        PyArray1::from_iter(py, found.matches.iter().map(|m| m.used)),
    );
    (numbers, matches)
}

#[pyfunction]
#[allow(clippy::too_many_arguments)]
fn align_clocks<'py>(
    py: Python<'py>,
    time_a_s: PyReadonlyArray1<'py, f64>,
    a: PyReadonlyArray2<'py, f64>,
    time_b_s: PyReadonlyArray1<'py, f64>,
    b: PyReadonlyArray2<'py, f64>,
    max_offset_s: f64,
    window_s: f64,
    max_gap_s: f64,
    drift: bool,
) -> PyResult<(Numbers, Matches<'py>)> {
    let settings = AlignSettings {
        max_offset_s,
        window_s,
        max_gap_s,
        drift,
    };
    let a = Recorded {
        time_s: time_a_s.as_slice()?,
        x: a.as_slice()?,
        c: a.shape()[1],
    };
    let b = Recorded {
        time_s: time_b_s.as_slice()?,
        x: b.as_slice()?,
        c: b.shape()[1],
    };
    let found = enter(py, || clock::align(a, b, settings))?;
    Ok(aligned(py, found))
}

#[pyfunction]
fn align_events<'py>(
    py: Python<'py>,
    events_a_s: PyReadonlyArray1<'py, f64>,
    events_b_s: PyReadonlyArray1<'py, f64>,
    tolerance_s: f64,
    drift: bool,
) -> PyResult<(Numbers, Matches<'py>)> {
    let (a, b) = (events_a_s.as_slice()?, events_b_s.as_slice()?);
    let found = enter(py, || clock::align_events(a, b, tolerance_s, drift))?;
    Ok(aligned(py, found))
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(infer_rate, m)?)?;
    m.add_function(wrap_pyfunction!(repair_clock, m)?)?;
    m.add_function(wrap_pyfunction!(estimate_rate, m)?)?;
    m.add_function(wrap_pyfunction!(unwrap_counter, m)?)?;
    m.add_function(wrap_pyfunction!(unwrap_real, m)?)?;
    m.add_function(wrap_pyfunction!(align_clocks, m)?)?;
    m.add_function(wrap_pyfunction!(align_events, m)?)?;
    m.add_function(wrap_pyfunction!(guess_unit, m)?)?;
    m.add_function(wrap_pyfunction!(whole_to_seconds, m)?)?;
    m.add_function(wrap_pyfunction!(real_to_seconds, m)?)?;
    m.add_function(wrap_pyfunction!(parse_iso, m)?)
}
