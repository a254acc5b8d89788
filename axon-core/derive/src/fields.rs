//! Which fields of a struct are boxes.

use syn::{Data, DeriveInput, Error, Expr, Field, Fields, GenericArgument, Ident, Lit, Meta};
use syn::{PathArguments, Result, Type};

/// A field that a graph sees.
pub(crate) struct BoxField<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) kind: Kind,
    /// What the box carries; none for `Control`.
    pub(crate) message: Option<&'a Type>,
    pub(crate) description: String,
    pub(crate) optional: bool,
}

#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Kind {
    Inbox,
    Latest,
    Outbox,
    Outboxes,
    Control,
}

/// The boxes of a struct, in the order they are declared.
pub(crate) fn boxes_of(input: &DeriveInput) -> Result<Vec<BoxField<'_>>> {
    let Data::Struct(data) = &input.data else {
        return Err(Error::new_spanned(input, "a component is a struct with named fields"));
    };
    match &data.fields {
        Fields::Named(fields) => Ok(fields.named.iter().filter_map(box_of).collect()),
        Fields::Unit => Ok(Vec::new()),
        Fields::Unnamed(fields) => {
            Err(Error::new_spanned(fields, "boxes need names: use a struct with named fields"))
        }
    }
}

fn box_of(field: &Field) -> Option<BoxField<'_>> {
    let Type::Path(path) = &field.ty else {
        return None;
    };
    let last = path.path.segments.last()?;
    let kind = match last.ident.to_string().as_str() {
        "Inbox" => Kind::Inbox,
        "Latest" => Kind::Latest,
        "Outbox" => Kind::Outbox,
        "Outboxes" => Kind::Outboxes,
        "Control" => Kind::Control,
        _ => return None,
    };
    let message = match &last.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().find_map(type_of),
        _ => None,
    };
    Some(BoxField {
        name: field.ident.as_ref()?,
        kind,
        message,
        description: description_of(field),
        optional: field.attrs.iter().any(|attribute| attribute.path().is_ident("optional")),
    })
}

fn type_of(argument: &GenericArgument) -> Option<&Type> {
    match argument {
        GenericArgument::Type(message) => Some(message),
        _ => None,
    }
}

/// The doc comment in one line.
fn description_of(field: &Field) -> String {
    let lines = field.attrs.iter().filter_map(|attribute| {
        let Meta::NameValue(pair) = &attribute.meta else {
            return None;
        };
        let Expr::Lit(literal) = &pair.value else {
            return None;
        };
        match &literal.lit {
            Lit::Str(text) if pair.path.is_ident("doc") => Some(text.value().trim().to_owned()),
            _ => None,
        }
    });
    lines.collect::<Vec<_>>().join(" ").trim().to_owned()
}
