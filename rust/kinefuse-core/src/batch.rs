//! Batches of views.
