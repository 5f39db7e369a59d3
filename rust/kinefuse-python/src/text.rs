//! Binding of `kinefuse_core::text`.

use kinefuse_core::text::{Rows, Writing};
use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::prelude::*;

use crate::error::enter_for;

/// Of a number and what separates it from the next: a file of some hundred kilobytes is read on the
/// caller's thread, beside others.
const BYTES: usize = 8;

/// `(rows, wanted)`, or nothing where the text is not as plain as it has to be.
#[pyfunction]
fn parse_numbers<'py>(
    py: Python<'py>,
    text: &[u8],
    separator: u8,
    decimal: u8,
    columns: usize,
    wanted: Vec<usize>,
    empty: bool,
) -> PyResult<Option<Bound<'py, PyArray2<f64>>>> {
    let writing = Writing {
        separator,
        decimal,
        columns,
        empty,
    };
    let rows = enter_for(py, text.len() / BYTES, || Ok(Rows::of(text)))?;
    let array = PyArray2::zeros(py, [rows.len(), wanted.len()], false);
    let mut out = array.readwrite();
    let values = out.as_slice_mut()?;
    let plain = enter_for(py, text.len() / BYTES, || {
        rows.parse_into(writing, &wanted, values)
    })?;
    drop(out);
    Ok(plain.then_some(array))
}

/// `(rows,)` and the names that it counts, or nothing.
#[pyfunction]
fn parse_names<'py>(
    py: Python<'py>,
    text: &[u8],
    separator: u8,
    columns: usize,
    wanted: usize,
    most: usize,
) -> PyResult<Option<Codes<'py>>> {
    let writing = Writing {
        separator,
        decimal: 0,
        columns,
        empty: true,
    };
    let rows = enter_for(py, text.len() / BYTES, || Ok(Rows::of(text)))?;
    let array = PyArray1::zeros(py, rows.len(), false);
    let mut out = array.readwrite();
    let codes = out.as_slice_mut()?;
    let names = enter_for(py, text.len() / BYTES, || {
        rows.code_into(writing, wanted, most, codes)
    })?;
    drop(out);
    Ok(names.map(|names| (array, names.into_iter().map(str::to_owned).collect())))
}

type Codes<'py> = (Bound<'py, PyArray1<i32>>, Vec<String>);

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_function(wrap_pyfunction!(parse_numbers, m)?)?;
    m.add_function(wrap_pyfunction!(parse_names, m)?)
}
