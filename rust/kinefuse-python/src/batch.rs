//! Batches of views.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kinefuse_core::augment::Plan;
use kinefuse_core::batch::{self, Buffer, Modality, Next, Order, Prepare, Rows, Source, Stream};
use kinefuse_core::store::Shard;
use kinefuse_core::{Error, Result};
use numpy::ndarray::{ArrayView, IxDyn};
use numpy::{PyArray1, PyArrayDyn, PyReadonlyArray1, PyReadonlyArrayDyn};
use pyo3::prelude::*;

use crate::error::{enter, to_py};

/// How long a wait for a batch lasts before Ctrl-C is looked for.
const WAIT: Duration = Duration::from_millis(100);

/// A shard: the path of a `.npy` file to map, or rows to copy.
#[derive(FromPyObject)]
enum ShardLike<'py> {
    Rows(PyReadonlyArrayDyn<'py, f32>),
    File(PathBuf),
}

/// One modality's part of the arguments.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct ModalityLike<'py> {
    name: String,
    kind: String,
    shards: Vec<ShardLike<'py>>,
    shard: PyReadonlyArray1<'py, i64>,
    start: PyReadonlyArray1<'py, i64>,
    rows: PyReadonlyArray1<'py, i64>,
    prepare: String,
    plan: String,
}

impl ShardLike<'_> {
    fn open(&self) -> Result<Shard> {
        match self {
            ShardLike::File(path) => Shard::open(path),
            ShardLike::Rows(rows) => {
                let rows = rows.as_array();
                Shard::from_values(rows.iter().copied().collect(), rows.shape().to_vec())
            }
        }
    }
}

impl ModalityLike<'_> {
    fn build(&self) -> Result<Modality> {
        let columns = [&self.shard, &self.start, &self.rows].map(|column| column.as_array());
        let windows = (0..columns[0].len())
            .map(|i| {
                let [shard, start, rows] =
                    columns.map(|c| c.get(i).and_then(|&v| usize::try_from(v).ok()));
                Some(Rows {
                    shard: shard?,
                    start: start?,
                    rows: rows?,
                })
            })
            .collect::<Option<_>>()
            .ok_or_else(|| {
                let name = &self.name;
                Error::Input(format!("index: {name}: a negative or missing row number"))
            })?;
        Modality::new(
            &self.name,
            self.shards
                .iter()
                .map(ShardLike::open)
                .collect::<Result<_>>()?,
            windows,
            Prepare::parse(&self.prepare)?,
            Plan::parse(&self.kind, &self.plan)?,
        )
    }
}

/// Windows of recordings and what is to be done with them.
#[pyclass(frozen, module = "kinefuse._native")]
struct BatchSource(Arc<Source>);

#[pymethods]
impl BatchSource {
    #[new]
    #[pyo3(signature = (modalities, window, label, *, seed, n_views, cache_bytes))]
    fn new(
        py: Python<'_>,
        modalities: Vec<ModalityLike<'_>>,
        window: PyReadonlyArray1<'_, u64>,
        label: PyReadonlyArray1<'_, i64>,
        seed: u64,
        n_views: usize,
        cache_bytes: usize,
    ) -> PyResult<Self> {
        let build = || {
            Source::new(
                modalities
                    .iter()
                    .map(ModalityLike::build)
                    .collect::<Result<_>>()?,
                window.as_array().to_vec(),
                label.as_array().to_vec(),
                seed,
                n_views,
                cache_bytes,
            )
        };
        build()
            .map(|source| BatchSource(Arc::new(source)))
            .map_err(|e| to_py(py, e))
    }

    /// Count, mean and sum of squares of each column of modality number `m`.
    fn statistics(&self, py: Python<'_>, m: usize) -> PyResult<(Vec<u64>, Vec<f64>, Vec<f64>)> {
        let columns = enter(py, || batch::statistics(&self.0, m))?;
        Ok((
            columns.iter().map(|c| c.count).collect(),
            columns.iter().map(|c| c.mean).collect(),
            columns.iter().map(|c| c.squares).collect(),
        ))
    }

    /// Starts an epoch, over `rows` if given.
    #[pyo3(signature = (*, batch_size, shuffle, drop_last, rank, world_size, rows, epoch, prefetch))]
    fn stream(
        &self,
        py: Python<'_>,
        batch_size: usize,
        shuffle: bool,
        drop_last: bool,
        rank: usize,
        world_size: usize,
        rows: Option<PyReadonlyArray1<'_, u32>>,
        epoch: u64,
        prefetch: usize,
    ) -> PyResult<BatchStream> {
        let order = Order {
            batch_size,
            shuffle,
            drop_last,
            rank,
            world_size,
        };
        let rows = rows.map(|rows| rows.as_array().to_vec());
        Stream::start(Arc::clone(&self.0), order, rows.as_deref(), epoch, prefetch)
            .map(|stream| BatchStream {
                stream: Mutex::new(stream),
                source: Arc::clone(&self.0),
            })
            .map_err(|e| to_py(py, e))
    }
}

/// Number of batches on each rank, and of windows.
#[pyfunction]
#[pyo3(signature = (n, *, batch_size, shuffle, drop_last, rank, world_size))]
fn batch_counts(
    py: Python<'_>,
    n: usize,
    batch_size: usize,
    shuffle: bool,
    drop_last: bool,
    rank: usize,
    world_size: usize,
) -> PyResult<(usize, usize)> {
    let order = Order {
        batch_size,
        shuffle,
        drop_last,
        rank,
        world_size,
    };
    order.check().map_err(|e| to_py(py, e))?;
    Ok((order.batches(n), order.share(n)))
}

type BatchParts<'py> = (
    Vec<Bound<'py, PyArrayDyn<f32>>>,
    Bound<'py, PyArray1<i64>>,
    Bound<'py, PyArray1<i64>>,
    Vec<Bound<'py, PyArray1<bool>>>,
);

/// The batches of one epoch. Python threads that share it take turns.
#[pyclass(frozen, module = "kinefuse._native")]
struct BatchStream {
    stream: Mutex<Stream>,
    source: Arc<Source>,
}

#[pymethods]
impl BatchStream {
    /// The next batch's arrays, window ids, labels and masks; None at the end.
    fn next<'py>(&self, py: Python<'py>) -> PyResult<Option<BatchParts<'py>>> {
        let batch = loop {
            let next = py
                .detach(|| {
                    let stream = self.stream.lock();
                    stream.unwrap_or_else(PoisonError::into_inner).next(WAIT)
                })
                .map_err(|e| to_py(py, e))?;
            match next {
                Next::Batch(batch) => break batch,
                Next::End => return Ok(None),
                Next::Waiting => py.check_signals()?,
            }
        };
        let n = batch.ids.len();
        let modalities = self.source.modalities();
        let values = batch
            .values
            .into_iter()
            .zip(modalities)
            .map(|(buffer, modality)| {
                let shape = modality.shape();
                let mut dimensions = vec![self.source.n_views(), n, shape.channels, shape.time];
                if modality.is_skeleton() {
                    dimensions.push(shape.points);
                }
                into_array(py, buffer, dimensions)
            })
            .collect::<PyResult<_>>()?;
        let masks = batch.present.into_iter().map(|p| PyArray1::from_vec(py, p));
        Ok(Some((
            values,
            PyArray1::from_vec(py, batch.ids),
            PyArray1::from_vec(py, batch.labels),
            masks.collect(),
        )))
    }
}

/// Keeps a buffer alive as long as an array shows it.
#[pyclass(frozen)]
struct BufferOwner(Buffer);

/// The buffer as an array, without a copy.
fn into_array(
    py: Python<'_>,
    buffer: Buffer,
    dimensions: Vec<usize>,
) -> PyResult<Bound<'_, PyArrayDyn<f32>>> {
    let owner = Bound::new(py, BufferOwner(buffer))?;
    let values = owner.get().0.values();
    let view = ArrayView::from_shape(IxDyn(&dimensions), values).expect("a buffer of that size");
    // SAFETY: the owner holds the values, which never move, and the array holds the owner. Nobody
    // else reads or writes them until the owner is dropped.
    #[allow(unsafe_code)]
    let array = unsafe { PyArrayDyn::borrow_from_array(&view, owner.clone().into_any()) };
    Ok(array)
}

pub(crate) fn register(m: &Bound<'_, PyModule>) -> PyResult<()> {
    m.add_class::<BatchSource>()?;
    m.add_class::<BatchStream>()?;
    m.add_function(wrap_pyfunction!(batch_counts, m)?)
}
