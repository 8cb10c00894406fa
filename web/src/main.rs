//! The folkmoot binary.
fn main() {}
