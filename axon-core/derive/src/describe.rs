//! What a component says of itself, read off its source.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{DeriveInput, GenericParam};

use crate::expand::Life;
use crate::fields::{BoxField, Kind, first_paragraph};

/// A value for the catalogue.
pub(crate) fn description(input: &DeriveInput, boxes: &[BoxField<'_>], life: Life) -> TokenStream {
    let name = input.ident.to_string();
    let (parameters, about) = (parameters(input), first_paragraph(&input.attrs));
    let place = match life {
        Life::Polled => quote! { ::axon_core::Place::Worker },
        Life::Blocking => quote! { ::axon_core::Place::OwnThread },
    };
    let boxes = boxes.iter().filter_map(box_description);
    quote! {
        ::axon_core::catalogue::Description::new(#name, #parameters, #about)
            .place(#place)
            .file(::core::file!())
            .boxes(&[#(#boxes),*])
    }
}

fn box_description(field: &BoxField<'_>) -> Option<TokenStream> {
    let kind = match field.kind {
        Kind::Inbox => quote! { Incoming },
        Kind::Latest => quote! { IncomingLatest },
        Kind::Outbox => quote! { Outgoing },
        Kind::Outboxes => quote! { OutgoingFamily },
        Kind::Control => return None,
    };
    let name = field.name.to_string();
    let name = name.trim_start_matches("r#");
    let message = field.message.map(as_written).unwrap_or_default();
    let BoxField { description, optional, public, .. } = field;
    Some(quote! {
        ::axon_core::catalogue::BoxDescription::new(
            ::axon_core::catalogue::BoxKind::#kind,
            #name,
            #message,
            #description,
        )
        .optional(#optional)
        .public(#public)
    })
}

/// The parameters of the type without their bounds.
fn parameters(input: &DeriveInput) -> String {
    let names: Vec<String> = input
        .generics
        .params
        .iter()
        .map(|parameter| match parameter {
            GenericParam::Lifetime(lifetime) => lifetime.lifetime.to_string(),
            GenericParam::Type(one) => one.ident.to_string(),
            GenericParam::Const(constant) => constant.ident.to_string(),
        })
        .collect();
    if names.is_empty() { String::new() } else { format!("<{}>", names.join(", ")) }
}

/// A type as people write it: tokens are put apart by spaces, and most of these go.
fn as_written(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (apart, written) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" < ", "<"),
        (" >", ">"),
        (" ,", ","),
        ("& ", "&"),
        ("( ", "("),
        (" )", ")"),
        ("[ ", "["),
        (" ]", "]"),
        (" ;", ";"),
    ] {
        text = text.replace(apart, written);
    }
    text
}
