//! Skeletons: layouts and normalisation.
