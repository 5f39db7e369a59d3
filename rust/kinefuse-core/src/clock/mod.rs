//! Clocks: repairs, gaps.
