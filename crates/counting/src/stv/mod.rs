//! The single transferable vote, in three exact forms.

pub(crate) mod belenios;
pub(crate) mod meek;
pub(crate) mod scotland;
