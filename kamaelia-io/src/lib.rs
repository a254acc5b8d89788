//! kamaelia-io
