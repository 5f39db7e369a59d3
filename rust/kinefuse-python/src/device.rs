//! Binding of `kinefuse_core::device`.

use std::sync::{Mutex, MutexGuard};

use kinefuse_core::device::{Rows, Wanted, cwa, geneactiv, gt3x, parmay};
use kinefuse_core::{Error, Result};
use numpy::{PyReadwriteArray1, PyReadwriteArray2};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::to_py;

fn lock<T>(decoder: &Mutex<T>) -> MutexGuard<'_, T> {
    decoder
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn wanted(name: &str) -> Result<Wanted> {
    match name {
        "nothing" => Ok(Wanted::Nothing),
        "samples" => Ok(Wanted::Samples),
        "light" => Ok(Wanted::Light),
        "auxiliary" => Ok(Wanted::Auxiliary),
        "gyroscope" => Ok(Wanted::Gyroscope),
        _ => Err(Error::Input(format!(
            "wanted: expected nothing, samples, light, auxiliary or gyroscope, got {name:?}"
        ))),
    }
}

/// A class for one format, made by `$new` from the path, what is wanted, and the arguments of its
/// own. Decoding is in order: it runs on the caller's thread.
macro_rules! decoder_class {
    ($name:ident, $decoder:ty, $header:ident, $new:path $(, $own:ident: $type:ty)*) => {
        #[pyclass(frozen, module = "kinefuse._native")]
        struct $name(Mutex<$decoder>);

        #[pymethods]
        impl $name {
            #[new]
            fn new(py: Python<'_>, path: String, wanted: &str $(, $own: $type)*) -> PyResult<Self> {
                let made = self::wanted(wanted).and_then(|wanted| $new(path, wanted $(, $own)*));
                Ok($name(Mutex::new(made.map_err(|e| to_py(py, e))?)))
            }

            /// Pushes a piece of the file, or finishes; returns the rows that are filled.
            fn push(
                &self,
                py: Python<'_>,
                piece: Option<&[u8]>,
                mut data: PyReadwriteArray2<'_, f32>,
                mut time_s: PyReadwriteArray1<'_, f64>,
            ) -> PyResult<usize> {
                let mut rows = Rows::new(data.as_slice_mut()?, time_s.as_slice_mut()?);
                py.detach(|| match piece {
                    Some(bytes) => lock(&self.0).push(bytes, &mut rows),
                    None => lock(&self.0).finish(&mut rows),
                })
                .map_err(|e| to_py(py, e))?;
                Ok(rows.filled)
            }

            fn max_rows(&self, n_bytes: usize) -> usize {
                lock(&self.0).max_rows(n_bytes)
            }

            fn layout(&self) -> Option<(usize, f64)> {
                lock(&self.0).layout()
            }

            fn counts(&self) -> Vec<(&'static str, u64)> {
                lock(&self.0).counts().named().to_vec()
            }

            /// First block, how many, why.
            fn faults(&self) -> Vec<(u64, u64, &'static str)> {
                lock(&self.0)
                    .faults()
                    .iter()
                    .map(|fault| (fault.block, fault.blocks, fault.reason))
                    .collect()
            }

            fn header<'py>(&self, py: Python<'py>) -> Header<'py> {
                $header(py, &lock(&self.0))
            }
        }
    };
}
decoder_class!(CwaDecoder, cwa::Decoder, cwa_header, new_cwa);
decoder_class!(
    GeneactivDecoder,
    geneactiv::Decoder,
    geneactiv_header,
    new_geneactiv
);
decoder_class!(
    Gt3xDecoder,
    gt3x::Decoder,
    no_header,
    gt3x::Decoder::new,
    rate_hz: f64,
    per_g: Option<f64>
);

decoder_class!(ParmayDecoder, parmay::Decoder, parmay_header, new_parmay);

fn new_cwa(path: String, wanted: Wanted) -> Result<cwa::Decoder> {
    Ok(cwa::Decoder::new(path, wanted))
}

fn new_geneactiv(path: String, wanted: Wanted) -> Result<geneactiv::Decoder> {
    Ok(geneactiv::Decoder::new(path, wanted))
}

fn new_parmay(path: String, wanted: Wanted) -> Result<parmay::Decoder> {
    Ok(parmay::Decoder::new(path, wanted))
}

/// A header, once it was read.
type Header<'py> = PyResult<Option<Bound<'py, PyDict>>>;

fn cwa_header<'py>(py: Python<'py>, decoder: &cwa::Decoder) -> Header<'py> {
    let Some(header) = decoder.header() else {
        return Ok(None);
    };
    let dict = PyDict::new(py);
    dict.set_item("device", &header.device)?;
    dict.set_item("device_id", header.device_id)?;
    dict.set_item("session_id", header.session_id)?;
    dict.set_item("rate_hz", header.rate_hz)?;
    dict.set_item("range_g", header.range_g)?;
    dict.set_item("range_dps", header.range_dps)?;
    dict.set_item("firmware", header.firmware)?;
    dict.set_item("start_s", header.start_s)?;
    dict.set_item("stop_s", header.stop_s)?;
    dict.set_item("annotation", header.annotation.as_slice())?;
    Ok(Some(dict))
}

fn geneactiv_header<'py>(py: Python<'py>, decoder: &geneactiv::Decoder) -> Header<'py> {
    let Some(header) = decoder.header() else {
        return Ok(None);
    };
    let dict = PyDict::new(py);
    dict.set_item("fields", &header.fields)?;
    dict.set_item("rate_hz", header.rate_hz)?;
    dict.set_item("pages", header.pages)?;
    Ok(Some(dict))
}

fn parmay_header<'py>(py: Python<'py>, decoder: &parmay::Decoder) -> Header<'py> {
    let Some(header) = decoder.header() else {
        return Ok(None);
    };
    let dict = PyDict::new(py);
    dict.set_item("remarks", header.remarks.as_slice())?;
    dict.set_item("packets", header.packets)?;
    dict.set_item("range_g", header.range_g)?;
    dict.set_item("range_dps", header.range_dps)?;
    dict.set_item("has_gyroscope", decoder.has_gyroscope())?;
    Ok(Some(dict))
}

/// It stands beside the log.
fn no_header<'py>(_py: Python<'py>, _decoder: &gt3x::Decoder) -> Header<'py> {
    Ok(None)
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<CwaDecoder>()?;
    m.add_class::<GeneactivDecoder>()?;
    m.add_class::<Gt3xDecoder>()?;
    m.add_class::<ParmayDecoder>()
}
