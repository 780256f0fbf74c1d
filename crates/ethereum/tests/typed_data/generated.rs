//! Typed data of random types and values: what is honest must not be refused, and alloy must find our hash.

use crate::decode;

/// A generator that is the same on every machine (Lehmer, 2^31 − 1).
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0 * 48_271 % 0x7fff_ffff;
        self.0 % n
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len() as u64) as usize]
    }

    fn hex(&mut self, bytes: u64) -> String {
        (0..bytes).map(|_| format!("{:02x}", self.below(256))).collect()
    }

    /// A type: elementary or a struct of a higher number, perhaps an array.
    fn kind(&mut self, own: u64, structs: u64) -> String {
        let stem = match self.below(10) {
            0..4 if own + 1 < structs => format!("S{}", own + 1 + self.below(structs - own - 1)),
            4 => format!("uint{}", 8 * (1 + self.below(32))),
            5 => format!("int{}", 8 * (1 + self.below(32))),
            6 => format!("bytes{}", 1 + self.below(32)),
            _ => self.pick(&["address", "bool", "bytes", "string"]).to_owned(),
        };
        stem + ["", "", "", "[]", "[2]", "[][1]"][self.below(6) as usize]
    }

    fn value(&mut self, kind: &str, types: &[Vec<(String, String)>]) -> String {
        if let Some((item, count)) = kind.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) {
            let count = count.parse().unwrap_or_else(|_| self.below(3));
            let items: Vec<_> = (0..count).map(|_| self.value(item, types)).collect();
            return format!("[{}]", items.join(","));
        }
        if let Some(number) = kind.strip_prefix('S') {
            let members = &types[number.parse::<usize>().unwrap()];
            let members: Vec<_> =
                members.iter().map(|(name, kind)| format!("\"{name}\":{}", self.value(kind, types))).collect();
            return format!("{{{}}}", members.join(","));
        }
        self.elementary(kind)
    }

    fn elementary(&mut self, kind: &str) -> String {
        match kind {
            "address" => format!("\"0x{}\"", self.hex(20)),
            "bool" => self.pick(&["true", "false"]).to_owned(),
            "bytes" => {
                let length = self.below(70);
                format!("\"0x{}\"", self.hex(length))
            }
            "string" => {
                self.pick(&["\"\"", "\"plain\"", "\"\\u00e9\\n\"", "\"☕ \\ud83d\\ude01\"", "\"0x01\""]).to_owned()
            }
            _ if kind.starts_with("bytes") => {
                let length = kind[5..].parse().unwrap();
                format!("\"0x{}\"", self.hex(length))
            }
            _ if kind.starts_with("uint") => {
                let bytes = kind[4..].parse::<u64>().unwrap() / 8;
                match self.below(3) {
                    0 => self.below(256).to_string(),
                    1 => format!("\"{}\"", self.below(256)),
                    _ => format!("\"0x{}\"", self.hex(bytes)),
                }
            }
            _ => ["0", "-128", "\"-1\"", "\"127\"", "\"0x7f\""][self.below(5) as usize].to_owned(),
        }
    }
}

fn request(seed: u64) -> String {
    let mut dice = Dice(seed);
    let structs = 1 + dice.below(5);
    let types: Vec<Vec<_>> = (0..structs)
        .map(|own| (0..dice.below(6)).map(|i| (format!("m{i}"), dice.kind(own, structs))).collect())
        .collect();
    let declared: String = types
        .iter()
        .enumerate()
        .map(|(i, members)| {
            let members: Vec<_> =
                members.iter().map(|(name, kind)| format!(r#"{{"name":"{name}","type":"{kind}"}}"#)).collect();
            format!(r#","S{i}":[{}]"#, members.join(","))
        })
        .collect();
    let domain = dice.pick(&["{}", r#"{"chainId":1}"#, r#"{"chainId":"0x89"}"#]);
    let domain_type = if domain == "{}" { "[]" } else { r#"[{"name":"chainId","type":"uint256"}]"# };
    let message = dice.value("S0", &types);
    format!(
        r#"{{"types":{{"EIP712Domain":{domain_type}{declared}}},"primaryType":"S0","domain":{domain},"message":{message}}}"#
    )
}

#[test]
fn honest_requests_are_read_and_hashed_alike() {
    let mut leaves = 0;
    for seed in 1..=2_000 {
        let json = request(seed * 7_919);
        let data = decode(json.as_bytes()).unwrap_or_else(|e| panic!("{e}: {json}"));
        leaves += data.message().leaves("message").len();
    }
    println!("2000 random requests with {leaves} values: alloy finds our hash of each");
    assert!(leaves > 10_000, "{leaves}");
}
