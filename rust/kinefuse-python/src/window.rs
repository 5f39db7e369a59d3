//! Binding of `kinefuse_core::window`. Indexing has nothing for a second thread to do.

use kinefuse_core::window::{
    self, Around, Index, LabelRule, Labels, SharedStep, Step, Timeline, index_events, index_shared,
};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, PyReadonlyArray2, PyReadwriteArray1};
use pyo3::prelude::*;

use crate::error::{enter_for, to_py};

type Columns<'py> = (
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<i32>>,
    Bound<'py, PyArray1<i32>>,
    Bound<'py, PyArray1<f64>>,
);
type Counts = (usize, usize, usize, usize, usize, usize);
/// Labels of the rows, rule, least share.
type LabelArguments<'py> = (Option<PyReadonlyArray1<'py, i32>>, String, f64);
/// Rows, rate, start, gaps.
type LineArguments<'py> = (usize, f64, f64, PyReadonlyArray2<'py, i64>);

fn labels<'a>((rows, rule, min_share): &'a LabelArguments<'_>) -> PyResult<Labels<'a>> {
    let rule = match rule.as_str() {
        "any" => LabelRule::Any,
        "last" => LabelRule::Last,
        "center" => LabelRule::Center,
        _ => LabelRule::Majority,
    };
    Ok(Labels {
        rows: rows.as_ref().map(|l| l.as_slice()).transpose()?,
        rule,
        min_share: *min_share,
    })
}

fn line(py: Python<'_>, (rows, rate_hz, start_s, gaps): &LineArguments<'_>) -> PyResult<Timeline> {
    let gaps = gaps.as_slice()?.as_chunks().0;
    Timeline::new(*rows, *rate_hz, *start_s, gaps).map_err(|e| to_py(py, e))
}

fn columns<'py>(py: Python<'py>, index: Index) -> (Columns<'py>, Counts) {
    let r = index.report;
    (
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
    )
}

/// Columns (start, length, segment, label, share) and the fields of the report in order.
#[pyfunction]
#[pyo3(signature = (rows, *, step, gaps, labelled))]
fn window_index<'py>(
    py: Python<'py>,
    rows: usize,
    step: Option<(usize, f64)>,
    gaps: PyReadonlyArray2<'py, i64>,
    labelled: LabelArguments<'py>,
) -> PyResult<(Columns<'py>, Counts)> {
    let step = step.map(|(length, stride)| Step { length, stride });
    let (gaps, labels) = (gaps.as_slice()?.as_chunks().0, labels(&labelled)?);
    let index = enter_for(py, 0, || window::index(rows, step, gaps, labels))?;
    Ok(columns(py, index))
}

/// As `window_index`, then (number of each window's event, events outside, events across gaps).
#[pyfunction]
#[pyo3(signature = (timeline, events_s, *, before_s, after_s, labelled))]
#[expect(clippy::type_complexity, reason = "a tuple for Python")]
fn event_index<'py>(
    py: Python<'py>,
    timeline: LineArguments<'py>,
    events_s: PyReadonlyArray1<'py, f64>,
    before_s: f64,
    after_s: f64,
    labelled: LabelArguments<'py>,
) -> PyResult<(
    Columns<'py>,
    Counts,
    (Bound<'py, PyArray1<i64>>, usize, usize),
)> {
    let line = line(py, &timeline)?;
    let (events_s, labels) = (events_s.as_slice()?, labels(&labelled)?);
    let around = Around { before_s, after_s };
    let found = enter_for(py, 0, || index_events(&line, events_s, around, labels))?;
    let (columns, counts) = columns(py, found.index);
    let events = (
        found.event.into_pyarray(py),
        found.outside,
        found.across_gaps,
    );
    Ok((columns, counts, events))
}

type Pair<'py> = (Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<i64>>);

/// (starts in seconds, (label, share), (first row, rows) of each modality), and of the report
/// (absent, partial, missing of each, below_share, unlabelled, ambiguous).
#[pyfunction]
#[pyo3(signature = (lines, *, step, labelled_modality, labelled))]
#[expect(clippy::type_complexity, reason = "a tuple for Python")]
fn window_table<'py>(
    py: Python<'py>,
    lines: Vec<LineArguments<'py>>,
    step: (f64, f64, Option<f64>, f64, usize),
    labelled_modality: usize,
    labelled: LabelArguments<'py>,
) -> PyResult<(
    (
        Bound<'py, PyArray1<f64>>,
        Bound<'py, PyArray1<i32>>,
        Bound<'py, PyArray1<f64>>,
        Vec<Pair<'py>>,
    ),
    (usize, usize, Vec<usize>, usize, usize, usize),
)> {
    let lines: Vec<Timeline> = lines
        .iter()
        .map(|arguments| line(py, arguments))
        .collect::<PyResult<_>>()?;
    let labels = labels(&labelled)?;
    let (length_s, stride_s, origin_s, min_overlap, min_present) = step;
    let step = SharedStep {
        length_s,
        stride_s,
        origin_s,
        min_overlap,
        min_present,
    };
    let found = enter_for(py, 0, || {
        index_shared(&lines, step, labelled_modality, labels)
    })?;
    let counts = found.index.report;
    let pairs = found.start.into_iter().zip(found.rows);
    Ok((
        (
            found.start_s.into_pyarray(py),
            found.index.label.into_pyarray(py),
            found.index.share.into_pyarray(py),
            pairs
                .map(|(start, rows)| (start.into_pyarray(py), rows.into_pyarray(py)))
                .collect(),
        ),
        (
            found.report.absent,
            found.report.partial,
            found.report.missing,
            counts.below_share,
            counts.unlabelled,
            counts.ambiguous,
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
    enter_for(py, out.len() / 4, || {
        window::windows_into(x, row_bytes, starts, length, out)
    })
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(window_index, m)?)?;
    m.add_function(wrap_pyfunction!(event_index, m)?)?;
    m.add_function(wrap_pyfunction!(window_table, m)?)?;
    m.add_function(wrap_pyfunction!(windows_into, m)?)
}
