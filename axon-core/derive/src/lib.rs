//! The derive macros of axon-core.
