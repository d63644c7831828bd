//! Sealed tokens: what travels through a browser and comes back.
