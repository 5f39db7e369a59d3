//! Binding of `kinefuse_core::stream`.

use std::sync::{Mutex, MutexGuard};

use kinefuse_core::stream::{Counts, GridSettings, Rate, Ready, State, StreamingWindows};
use kinefuse_core::window::Step;
use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;

use crate::error::to_py;

/// (from_hz, max_gap_s, origin_s, drop_missing)
type Stamps = (f64, f64, Option<f64>, bool);
/// Rows in, dropped for their values and their stamps (not finite, repeated, backward), isolated,
/// bridged, gaps, missing seconds.
type OfClock = (usize, usize, usize, usize, usize, usize, usize, usize, f64);
/// Rows, windows, segments, short ones, unused rows.
type OfCut = (usize, usize, usize, usize, usize);

fn counts(c: Counts) -> (OfClock, OfCut) {
    let (clock, cut) = (c.clock, c.cut);
    (
        (
            clock.rows_in,
            clock.missing_values,
            clock.nonfinite,
            clock.repeated,
            clock.backward,
            clock.isolated,
            clock.bridged,
            clock.gaps,
            clock.missing_s,
        ),
        (
            cut.rows,
            cut.windows,
            cut.segments,
            cut.short_segments,
            cut.unused_rows,
        ),
    )
}

fn rate(ratio: Option<(usize, usize)>, stamps: Option<Stamps>) -> Rate {
    match (ratio, stamps) {
        (_, Some((from_hz, max_gap_s, origin_s, drop_missing))) => Rate::Stamps(GridSettings {
            from_hz,
            max_gap_s,
            origin_s,
            drop_missing,
        }),
        (Some((up, down)), None) => Rate::Ratio { up, down },
        (None, None) => Rate::Same,
    }
}

/// The data, first rows, times and segments of windows.
type Windows<'py, F> = (
    Bound<'py, PyArray1<F>>,
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<i32>>,
);

fn windows<F: numpy::Element>(py: Python<'_>, ready: Ready<F>) -> Windows<'_, F> {
    (
        ready.data.into_pyarray(py),
        ready.start.into_pyarray(py),
        ready.start_s.into_pyarray(py),
        ready.segment.into_pyarray(py),
    )
}

type Numbers<'py, F> = (
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<f64>>,
    Bound<'py, PyArray1<F>>,
);

fn lock<T>(stream: &Mutex<T>) -> MutexGuard<'_, T> {
    stream
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// A class for one type of sample. Pushes are small and in order: they run on the caller's thread.
macro_rules! stream_class {
    ($name:ident, $float:ty) => {
        #[pyclass(frozen, module = "kinefuse._native")]
        struct $name(Mutex<StreamingWindows<$float>>);

        #[pymethods]
        impl $name {
            /// `sample`: values of a row; `ratio`: up and down.
            #[new]
            #[pyo3(signature = (sample, *, rate_hz, step, ratio, stamps, start_s))]
            fn new(
                py: Python<'_>,
                sample: usize,
                rate_hz: f64,
                step: (usize, f64),
                ratio: Option<(usize, usize)>,
                stamps: Option<Stamps>,
                start_s: f64,
            ) -> PyResult<Self> {
                let (length, stride) = step;
                let step = Step { length, stride };
                let rate = rate(ratio, stamps);
                let made = py
                    .detach(|| StreamingWindows::new(rate_hz, sample, step, rate, start_s))
                    .map_err(|e| to_py(py, e))?;
                Ok($name(Mutex::new(made)))
            }

            fn push<'py>(
                &self,
                py: Python<'py>,
                x: PyReadonlyArray1<'py, $float>,
                time_s: Option<PyReadonlyArray1<'py, f64>>,
            ) -> PyResult<Windows<'py, $float>> {
                let x = x.as_slice()?;
                let time_s = time_s.as_ref().map(|t| t.as_slice()).transpose()?;
                let mut ready = Ready::default();
                py.detach(|| lock(&self.0).push(x, time_s, &mut ready))
                    .map_err(|e| to_py(py, e))?;
                Ok(windows(py, ready))
            }

            fn flush<'py>(&self, py: Python<'py>) -> PyResult<Windows<'py, $float>> {
                let mut ready = Ready::default();
                py.detach(|| lock(&self.0).flush(&mut ready))
                    .map_err(|e| to_py(py, e))?;
                Ok(windows(py, ready))
            }

            fn counts(&self, py: Python<'_>) -> (OfClock, OfCut) {
                counts(py.detach(|| lock(&self.0).counts()))
            }

            fn state<'py>(&self, py: Python<'py>) -> Numbers<'py, $float> {
                let state = py.detach(|| lock(&self.0).state());
                (
                    state.integers.into_pyarray(py),
                    state.reals.into_pyarray(py),
                    state.samples.into_pyarray(py),
                )
            }

            fn restore(
                &self,
                py: Python<'_>,
                integers: PyReadonlyArray1<'_, i64>,
                reals: PyReadonlyArray1<'_, f64>,
                samples: PyReadonlyArray1<'_, $float>,
            ) -> PyResult<()> {
                let state = State {
                    integers: integers.as_slice()?.to_vec(),
                    reals: reals.as_slice()?.to_vec(),
                    samples: samples.as_slice()?.to_vec(),
                };
                py.detach(|| lock(&self.0).restore(&state))
                    .map_err(|e| to_py(py, e))
            }
        }
    };
}
stream_class!(StreamingWindowsF32, f32);
stream_class!(StreamingWindowsF64, f64);

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<StreamingWindowsF32>()?;
    m.add_class::<StreamingWindowsF64>()
}
