//! COSE keys.
