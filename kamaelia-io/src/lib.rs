//! kamaelia-io

pub mod http;
