#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod describe;
mod expand;
mod fields;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct with boxes and an `async fn main(self)` a component.
///
/// Fields of the types `Inbox`, `Latest`, `Outbox`, `Outboxes` and `Control` are what a graph sees;
/// their names are the names of the boxes, and their doc comments describe them. `#[optional]` on a
/// box lets a graph leave it loose. Bounds on type parameters must stand on the struct.
#[proc_macro_derive(Component, attributes(optional))]
pub fn derive_component(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::component(&input, expand::Life::Polled)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Makes a struct with boxes and a plain `fn main(self)` a component with a thread of its own.
///
/// Otherwise like `Component`.
#[proc_macro_derive(ThreadedComponent, attributes(optional))]
pub fn derive_threaded_component(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand::component(&input, expand::Life::Blocking)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
