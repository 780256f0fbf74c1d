//! The appliance. What it becomes is said by its process number and its first argument.

use std::process::ExitCode;

use vitrine_appliance::{camera, first, start, stopped, wallet};

fn main() -> ExitCode {
    if std::process::id() == 1 {
        first::main();
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["interface"] => start::interface(),
        ["camera", id] => camera::main(id),
        ["wallet", id] => wallet::main(id),
        ["stopped"] => stopped::main(),
        _ => {
            eprintln!("vitrine-appliance is started by the kernel as its first process, and starts the others itself");
            ExitCode::from(2)
        }
    }
}
