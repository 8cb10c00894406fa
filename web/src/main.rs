//! The `folkmoot` program.

fn main() -> std::process::ExitCode {
    folkmoot::cli::main()
}
