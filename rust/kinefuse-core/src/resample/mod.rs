//! Uniform streams from uniform or irregular ones.
