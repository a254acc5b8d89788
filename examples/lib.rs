//! Nothing but the code in the documents, compiled.
