//! What the macros write.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Result};

use crate::describe::description;
use crate::fields::{BoxField, Kind, boxes_of};

/// How a component's `main` runs.
#[derive(Clone, Copy)]
pub(crate) enum Life {
    Polled,
    Blocking,
}

pub(crate) fn component(input: &DeriveInput, life: Life) -> Result<TokenStream> {
    let boxes = boxes_of(input)?;
    let visits = boxes.iter().map(visit);
    let start = start(life);
    let description = description(input, &boxes, life);
    let usual = boxes.iter().filter_map(|field| usual_box(input, field));
    let name = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        // Whoever adds what is no component is not helped by a list of those there are.
        #[diagnostic::do_not_recommend]
        impl #generics ::axon_core::Component for #name #arguments #bounds {
            fn boxes(&mut self, visitor: &mut dyn ::axon_core::Visitor) {
                let _ = &visitor;
                #(#visits)*
            }

            #start
        }

        #[diagnostic::do_not_recommend]
        impl #generics ::axon_core::catalogue::Described for #name #arguments #bounds {
            const DESCRIPTION: ::axon_core::catalogue::Description = #description;
        }

        #(#usual)*
    })
}

fn visit(field: &BoxField<'_>) -> TokenStream {
    let BoxField { name, kind, description, optional, .. } = field;
    if *kind == Kind::Control {
        return quote! { visitor.control(&mut self.#name); };
    }
    let text = name.to_string();
    let text = text.trim_start_matches("r#");
    let optional = optional.then(|| quote! { .optional() });
    let about = quote! { ::axon_core::About::new(#text, #description) #optional };
    match kind {
        Kind::Inbox | Kind::Latest => quote! { visitor.inbox(#about, &mut self.#name); },
        Kind::Outbox => quote! { visitor.outbox(#about, &mut self.#name); },
        _ => quote! { ::axon_core::visit_family(visitor, &#about, &mut self.#name); },
    }
}

fn start(life: Life) -> TokenStream {
    match life {
        Life::Polled => quote! {
            fn start(self: ::std::boxed::Box<Self>) -> ::axon_core::Start {
                // Called before it is awaited, or the life would keep the empty box too.
                let main = ::axon_core::AsyncMain::life(Self::main(*self));
                ::axon_core::Start::Polled(::std::boxed::Box::pin(async move {
                    ::axon_core::MainResult::into_result(main.await)
                }))
            }
        },
        Life::Blocking => quote! {
            fn start(self: ::std::boxed::Box<Self>) -> ::axon_core::Start {
                ::axon_core::Start::Blocking(::std::boxed::Box::new(move || {
                    ::axon_core::MainResult::into_result(Self::main(*self))
                }))
            }

            fn place(&self) -> ::axon_core::Place {
                ::axon_core::Place::OwnThread
            }
        },
    }
}

/// The traits by which a pipeline finds `inbox` and `outbox`.
fn usual_box(input: &DeriveInput, field: &BoxField<'_>) -> Option<TokenStream> {
    let name = &input.ident;
    let (generics, arguments, bounds) = input.generics.split_for_impl();
    let message = field.message?;
    match (field.kind, field.name.to_string().as_str()) {
        (Kind::Latest, "inbox") => Some(quote! {
            #[diagnostic::do_not_recommend]
            impl #generics ::axon_core::Takes for #name #arguments #bounds {
                type Message = #message;

                fn inbox(&self) -> &::axon_core::Inbox<#message> {
                    self.inbox.as_inbox()
                }
            }
        }),
        // Where something lacks the box, a list of all that have it is no help.
        (Kind::Inbox, "inbox") => Some(quote! {
            #[diagnostic::do_not_recommend]
            impl #generics ::axon_core::Takes for #name #arguments #bounds {
                type Message = #message;

                fn inbox(&self) -> &::axon_core::Inbox<#message> {
                    &self.inbox
                }
            }
        }),
        (Kind::Outbox, "outbox") => Some(quote! {
            #[diagnostic::do_not_recommend]
            impl #generics ::axon_core::Gives for #name #arguments #bounds {
                type Message = #message;

                fn outbox(&self) -> &::axon_core::Outbox<#message> {
                    &self.outbox
                }
            }
        }),
        _ => None,
    }
}
