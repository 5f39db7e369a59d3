//! The kernels of kinefuse: everything that touches samples.
//!
//! Follow the road: [`device`] decodes what wearables wrote, [`text`] what tables hold, [`clock`] repairs stamps, [`resample`]
//! brings streams to a uniform rate, [`filter`] smooths, [`calibrate`] puts sensors right,
//! [`store`] reads what was written, [`window`] says which rows make a sample ([`stream`] while they
//! still come), [`skeleton`] normalises, [`augment`] varies, [`batch`] does it all for a batch of
//! views.
//!
//! Arrays are row-major slices with their dimensions beside them; `T` is time, `C` channels,
//! `J` joints, `D` coordinates. Nothing here knows of Python.

pub mod augment;
pub mod batch;
pub mod calibrate;
pub mod clock;
pub mod cpu;
pub mod device;
pub mod error;
pub mod filter;
pub mod pool;
pub mod resample;
pub mod rng;
pub mod skeleton;
pub mod store;
pub mod stream;
pub mod text;
pub mod window;

pub use error::{Error, Result};
