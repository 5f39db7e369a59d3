//! Reading what was ingested: plain `.npy` shards, mapped into memory.

mod npy;
mod shard;

pub use npy::{Header, parse_header};
pub use shard::Shard;
