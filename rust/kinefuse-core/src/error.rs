//! One error type for the whole core.
//!
//! Each variant has a Python class of the same name in `kinefuse.errors`.

/// What can go wrong in the core. Messages name the argument, what was found and what was expected.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A wrong value from the caller.
    #[error("{0}")]
    Input(String),
    /// An array of the wrong shape.
    #[error("{0}")]
    Shape(String),
    /// An unknown or malformed setting.
    #[error("{0}")]
    Config(String),
    /// A clock that cannot be used.
    #[error("{message} (row {row}, time {time_s} s)")]
    Time {
        /// What is wrong and what to do.
        message: String,
        /// Row of the first offending stamp, from 0.
        row: usize,
        /// That stamp, in seconds.
        time_s: f64,
    },
    /// A file that does not hold what it should.
    #[error("{path}: {message}")]
    Format {
        /// The file.
        path: String,
        /// Where in it, what was found, what was expected.
        message: String,
    },
    /// A store that is not whole, of another version, or changed under us.
    #[error("{path}: {message}")]
    Store {
        /// The store's folder or the file in it.
        path: String,
        /// What is wrong and what to do.
        message: String,
    },
}

/// The core's result.
pub type Result<T> = std::result::Result<T, Error>;

/// `Err(Error::Input(format!(...)))`, the most common failure.
macro_rules! bail_input {
    ($($arg:tt)*) => { return Err($crate::error::Error::Input(format!($($arg)*))) };
}
/// `Err(Error::Shape(format!(...)))`.
macro_rules! bail_shape {
    ($($arg:tt)*) => { return Err($crate::error::Error::Shape(format!($($arg)*))) };
}
#[allow(unused_imports)]
pub(crate) use {bail_input, bail_shape};
