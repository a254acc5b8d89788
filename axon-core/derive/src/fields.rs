//! Which fields of a struct are boxes.

use syn::{Attribute, PathArguments, Result, Type, Visibility};
use syn::{Data, DeriveInput, Error, Expr, Field, Fields, GenericArgument, Ident, Lit, Meta};

/// A field that a graph sees.
pub(crate) struct BoxField<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) kind: Kind,
    /// What the box carries; none for `Control`.
    pub(crate) message: Option<&'a Type>,
    pub(crate) description: String,
    pub(crate) optional: bool,
    pub(crate) public: bool,
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
        description: lines_of(&field.attrs).join(" ").trim().to_owned(),
        optional: field.attrs.iter().any(|attribute| attribute.path().is_ident("optional")),
        public: matches!(field.vis, Visibility::Public(_)),
    })
}

fn type_of(argument: &GenericArgument) -> Option<&Type> {
    match argument {
        GenericArgument::Type(message) => Some(message),
        _ => None,
    }
}

/// The first paragraph of a doc comment in one line.
pub(crate) fn first_paragraph(attributes: &[Attribute]) -> String {
    let lines = lines_of(attributes);
    let lines = lines.split(String::is_empty).find(|paragraph| !paragraph.is_empty());
    lines.unwrap_or_default().join(" ")
}

/// A doc comment, line by line.
fn lines_of(attributes: &[Attribute]) -> Vec<String> {
    let lines = attributes.iter().filter_map(|attribute| {
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
    lines.collect()
}
