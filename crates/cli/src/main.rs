//! The command `seamount`. All of it is in the library beside.

fn main() -> std::process::ExitCode {
    seamount_cli::main()
}
