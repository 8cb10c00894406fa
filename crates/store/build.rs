//! Rebuilds the crate when a migration is added or changed; the embedding macro alone would not notice a new folder.
fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
