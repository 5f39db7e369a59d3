//! Windows: which rows, which label.
