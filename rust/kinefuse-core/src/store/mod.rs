//! Memory-mapped reading of a store.
