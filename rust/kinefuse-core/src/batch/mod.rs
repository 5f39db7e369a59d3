//! Batches of views: gather, normalise, resize, standardise, augment, write.
//!
//! A [`Source`] holds the windows of some recordings and what is to be done with them. A
//! [`Stream`] walks over it in the order of an [`Order`] and prepares batches ahead on a thread of
//! its own. A view depends on the seed, the epoch, the window's id, the view's number and the
//! modality's name, and on nothing else.

mod buffer;
mod cache;
mod kernel;
mod order;
mod prepare;
mod source;
mod statistics;
mod stream;

pub use buffer::Buffer;
pub use order::Order;
pub use prepare::{Prepare, Resize};
pub use source::{Modality, Rows, Source};
pub use statistics::{ColumnStatistics, statistics};
pub use stream::{Batch, Next, Stream};
