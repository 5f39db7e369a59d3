//! Windows: which rows make a sample, which label it has, and the rows written out.
//!
//! A window lies inside one gap-free segment. An index names rows and copies nothing.
//!
//! - [`index`]: every so many rows.
//! - [`index_events`]: around moments.
//! - [`index_shared`]: of several modalities, on the time they share.
//! - [`windows_into`]: the rows themselves.

mod copy;
mod events;
mod index;
mod label;
mod shared;
mod timeline;

pub use copy::windows_into;
pub use events::{Around, Events, index_events};
pub use index::{Index, Report, Step, index};
pub use label::{LabelRule, Labels, UNLABELLED};
pub use shared::{Shared, SharedReport, SharedStep, index_shared};
pub use timeline::{Overlap, Timeline};
