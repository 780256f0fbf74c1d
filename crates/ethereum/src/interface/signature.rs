//! Function signatures with the names of their parameters.

use crate::abi::{AbiType, Function, Param};

/// Writes `transfer(address to,uint256 amount)`: what [`Function::parse`] reads.
pub fn signature_text(function: &Function) -> String {
    let mut text = function.name.clone();
    write_params(&mut text, &function.inputs);
    text
}

fn write_params(text: &mut String, params: &[Param]) {
    text.push('(');
    for (n, param) in params.iter().enumerate() {
        if n > 0 {
            text.push(',');
        }
        write_kind(text, &param.kind);
        if !param.name.is_empty() {
            text.push(' ');
            text.push_str(&param.name);
        }
    }
    text.push(')');
}

fn write_kind(text: &mut String, kind: &AbiType) {
    match kind {
        AbiType::Tuple(params) => write_params(text, params),
        AbiType::Array(item) => {
            write_kind(text, item);
            text.push_str("[]");
        }
        AbiType::FixedArray(item, n) => {
            write_kind(text, item);
            text.push_str(&format!("[{n}]"));
        }
        _ => text.push_str(&kind.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for text in ["f()", "f(address to,uint256)", "f((bytes4 a,(int24 b)[3] c)[][2] d,string e)"] {
            assert_eq!(signature_text(&Function::parse(text).unwrap()), text);
        }
    }
}
