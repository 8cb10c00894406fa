//! Lists every file under `static/` so that the binary carries them, and rebuilds when a template changes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("../static").canonicalize()?;
    println!("cargo:rerun-if-changed=../static");
    println!("cargo:rerun-if-changed=../templates");
    println!("cargo:rerun-if-changed=build.rs");
    let mut files = Vec::new();
    walk(&root, &mut files)?;
    files.sort();
    let mut code = String::from("[\n");
    for file in files {
        let name = file.strip_prefix(&root)?.to_string_lossy().replace('\\', "/");
        writeln!(code, "    ({name:?}, include_bytes!({:?}) as &[u8]),", file.to_string_lossy())?;
    }
    code.push(']');
    let list = PathBuf::from(std::env::var("OUT_DIR")?).join("static_files.rs");
    // A new file rather than new content of the old one: copies of a target folder may share files by hard links.
    if list.exists() {
        std::fs::remove_file(&list)?;
    }
    std::fs::write(list, code)?;
    Ok(())
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, files)?;
        } else if !path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.')) {
            files.push(path);
        }
    }
    Ok(())
}
