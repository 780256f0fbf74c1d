//! The files of `assets/ethereum`, parsed. Forms: `assets/ethereum/SOURCE.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use alloy_primitives::{Address, B256};

use super::contract::ContractKind;
use super::filters::FilterTable;
use super::functions::Functions;
use super::token::TokenTable;
use crate::abi::{Function, Selector};

const FUNCTIONS: &str = include_str!("../../../../assets/ethereum/functions.txt");
const KNOWN_FUNCTIONS: &str = include_str!("../../../../assets/ethereum/known_functions.txt");
const DEPLOYMENTS: &str = include_str!("../../../../assets/ethereum/safe_deployments.txt");
const KNOWN_CONTRACTS: &str = include_str!("../../../../assets/ethereum/known_contracts.txt");
#[cfg(feature = "tokens")]
const TOKENS: &[u8] = include_bytes!("../../../../assets/ethereum/tokens.bin");
const TYPED_FILTERS: &str = include_str!("../../../../assets/ethereum/typed_filters.txt");
#[cfg(feature = "tokens")]
const SIGNATURES: &[u8] = include_bytes!("../../../../assets/ethereum/token_signatures.bin");

/// Where an asset is not as it has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetError {
    /// The file.
    pub file: &'static str,
    /// Line from 1, or number of the record from 0.
    pub place: usize,
    /// What is wrong there.
    pub problem: &'static str,
}

impl fmt::Display for AssetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line or record {}: {}", self.file, self.place, self.problem)
    }
}

impl std::error::Error for AssetError {}

/// An interface by name.
#[derive(Clone, Debug)]
pub(super) struct InterfaceRow {
    pub(super) name: &'static str,
    pub(super) source: &'static str,
    pub(super) functions: Functions,
}

/// A pinned contract.
#[derive(Clone, Debug)]
pub(super) struct ContractRow {
    pub(super) name: &'static str,
    pub(super) version: Option<&'static str>,
    pub(super) kind: ContractKind,
    pub(super) interface: Option<usize>,
    pub(super) code_hash: Option<B256>,
    pub(super) source: String,
}

/// Everything built in. Empty if an asset were damaged: then nothing is known, and nothing is explained or pinned.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    pub(super) interfaces: Vec<InterfaceRow>,
    pub(super) by_name: BTreeMap<&'static str, usize>,
    pub(super) by_selector: BTreeMap<Selector, Vec<(usize, usize)>>,
    pub(super) contracts: Vec<ContractRow>,
    pub(super) by_address: BTreeMap<(u64, Address), usize>,
    pub(super) tokens: TokenTable,
    pub(super) typed_filters: FilterTable,
    /// Chains that count addresses as Ethereum does: Safe's factory lies at its canonical address.
    pub(super) canonical_chains: BTreeSet<u64>,
}

impl Tables {
    /// Everything that is compiled in.
    pub(super) fn parse() -> Result<Self, AssetError> {
        #[cfg(feature = "tokens")]
        return Self::with_tokens(TOKENS, SIGNATURES);
        #[cfg(not(feature = "tokens"))]
        Self::with(TokenTable::default())
    }

    /// With `tokens.bin` and `token_signatures.bin`.
    pub(super) fn with_tokens(tokens: &'static [u8], signatures: &'static [u8]) -> Result<Self, AssetError> {
        let wrong = |place| AssetError { file: "tokens.bin", place, problem: "not a table in order, or cut short" };
        Self::with(TokenTable::parse(tokens, signatures).map_err(wrong)?)
    }

    fn with(tokens: TokenTable) -> Result<Self, AssetError> {
        let mut tables = Self { tokens, ..Self::default() };
        tables.read_functions("known_functions.txt", KNOWN_FUNCTIONS)?;
        tables.read_functions("functions.txt", FUNCTIONS)?;
        tables.index_selectors();
        tables.read_deployments(DEPLOYMENTS)?;
        tables.read_known_contracts(KNOWN_CONTRACTS)?;
        let wrong = |(place, problem)| AssetError { file: "typed_filters.txt", place, problem };
        tables.typed_filters = FilterTable::parse(lines(TYPED_FILTERS)).map_err(wrong)?;
        Ok(tables)
    }

    /// `[name] source`, then one signature a line.
    fn read_functions(&mut self, file: &'static str, text: &'static str) -> Result<(), AssetError> {
        for (place, line) in lines(text) {
            let error = |problem| AssetError { file, place, problem };
            if let Some(rest) = line.strip_prefix('[') {
                let (name, source) = rest.split_once("] ").ok_or_else(|| error("no source"))?;
                if self.by_name.insert(name, self.interfaces.len()).is_some() {
                    return Err(error("an interface given twice"));
                }
                self.interfaces.push(InterfaceRow { name, source, functions: Functions::default() });
            } else {
                let function = Function::parse(line).map_err(|_| error("no signature"))?;
                let row = self.interfaces.last_mut().ok_or_else(|| error("a function without interface"))?;
                if !row.functions.push(function) {
                    return Err(error("a selector given twice"));
                }
            }
        }
        Ok(())
    }

    /// Each canonical signature once, in the smallest interface that has it: `transfer` is of `erc20`.
    fn index_selectors(&mut self) {
        let mut order: Vec<_> = self.interfaces.iter().enumerate().collect();
        order.sort_by_key(|(_, row)| (row.functions.list().len(), row.name));
        let mut seen = BTreeSet::new();
        for (i, interface) in order {
            for (selector, f) in interface.functions.selectors() {
                if interface.functions.list().get(f).is_some_and(|function| seen.insert(function.to_string())) {
                    self.by_selector.entry(selector).or_default().push((i, f));
                }
            }
        }
    }

    /// `source …`, `chains NUMBER id …`, `contract KIND INTERFACE DEPLOYMENT ADDRESS CODE_HASH NUMBER`.
    fn read_deployments(&mut self, text: &'static str) -> Result<(), AssetError> {
        let (mut source, mut chain_lists) = ("", BTreeMap::new());
        for (place, line) in lines(text) {
            let error = |problem| AssetError { file: "safe_deployments.txt", place, problem };
            let (word, rest) = line.split_once(' ').ok_or_else(|| error("one word alone"))?;
            match word {
                "source" => source = rest,
                "chains" => {
                    let (number, ids) = rest.split_once(' ').ok_or_else(|| error("no chains"))?;
                    chain_lists.insert(number, chains(ids).ok_or_else(|| error("no chain ids in order"))?);
                }
                "contract" => {
                    let (list, row, address) = self.deployment(rest, source).map_err(error)?;
                    let ids = chain_lists.get(list).ok_or_else(|| error("an unknown list of chains"))?;
                    if row.kind == ContractKind::SafeProxyFactory && rest.contains(" canonical ") {
                        self.canonical_chains.extend(ids);
                    }
                    self.insert(row, address, ids).map_err(error)?;
                }
                _ => return Err(error("an unknown word")),
            }
        }
        Ok(())
    }

    fn deployment(
        &self,
        line: &'static str,
        source: &str,
    ) -> Result<(&'static str, ContractRow, Address), &'static str> {
        let fields: Vec<_> = line.split(' ').collect();
        let [kind, path, deployment, address, code_hash, list] = *fields else { return Err("not six fields") };
        let (front, name) = path.rsplit_once('/').ok_or("no interface")?;
        let (_, version) = front.rsplit_once('/').ok_or("no version")?;
        let code_hash = match code_hash {
            "-" => None,
            hash => Some(hash.parse().map_err(|_| "no code hash")?),
        };
        let row = ContractRow {
            name,
            version: Some(version),
            kind: kind.parse().map_err(|()| "an unknown kind")?,
            interface: Some(*self.by_name.get(path).ok_or("an unknown interface")?),
            code_hash,
            source: format!("{source}: {name} {version}, {deployment} deployment"),
        };
        Ok((list, row, checksummed(address)?))
    }

    /// `NAME | KIND | VERSION | INTERFACE | CHAINS | ADDRESS | SOURCE`; `-` for none, `canonical` for all chains that
    /// count addresses as Ethereum does.
    fn read_known_contracts(&mut self, text: &'static str) -> Result<(), AssetError> {
        for (place, line) in lines(text) {
            let error = |problem| AssetError { file: "known_contracts.txt", place, problem };
            let fields: Vec<_> = line.split(" | ").collect();
            let [name, kind, version, interface, ids, address, source] = *fields else {
                return Err(error("not seven fields"));
            };
            let interface = match interface {
                "-" => None,
                path => Some(*self.by_name.get(path).ok_or_else(|| error("an unknown interface"))?),
            };
            let ids = match ids {
                "canonical" => self.canonical_chains.iter().copied().collect(),
                ids => chains(ids).ok_or_else(|| error("no chain ids in order"))?,
            };
            let row = ContractRow {
                name,
                version: (version != "-").then_some(version),
                kind: kind.parse().map_err(|()| error("an unknown kind"))?,
                interface,
                code_hash: None,
                source: source.to_owned(),
            };
            let address = checksummed(address).map_err(error)?;
            self.insert(row, address, &ids).map_err(error)?;
        }
        Ok(())
    }

    fn insert(&mut self, row: ContractRow, address: Address, chains: &[u64]) -> Result<(), &'static str> {
        for chain in chains {
            if self.by_address.insert((*chain, address), self.contracts.len()).is_some() {
                return Err("two contracts at one address");
            }
        }
        self.contracts.push(row);
        Ok(())
    }
}

/// Lines with their numbers, without comments and empty ones.
fn lines(text: &'static str) -> impl Iterator<Item = (usize, &'static str)> {
    let numbered = text.lines().enumerate().map(|(n, line)| (n.saturating_add(1), line));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

fn chains(ids: &str) -> Option<Vec<u64>> {
    let ids: Vec<u64> = ids.split(' ').map(|id| id.parse().ok()).collect::<Option<_>>()?;
    ids.is_sorted_by(|a, b| a < b).then_some(ids)
}

/// An address with a right EIP-55 checksum: one typed wrong is found.
fn checksummed(text: &str) -> Result<Address, &'static str> {
    Address::parse_checksummed(text, None).map_err(|_| "no address with its checksum")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ERC20: &str = "[erc20] somebody\ntransfer(address to,uint256 value)\n";
    const SAFE: &str = "[safe/1.4.1/MultiSend] somebody\nmultiSend(bytes transactions)\n";

    fn place(result: Result<(), AssetError>) -> (usize, &'static str) {
        let error = result.unwrap_err();
        (error.place, error.problem)
    }

    #[test]
    fn a_damaged_list_of_functions_is_an_error_with_its_line() {
        let read = |text| Tables::default().read_functions("f", text);
        assert_eq!(read(ERC20), Ok(()));
        assert_eq!(place(read("f()\n")), (1, "a function without interface"));
        assert_eq!(place(read("[a]\n")), (1, "no source"));
        assert_eq!(place(read("[a] b\nf(uint)\n")), (2, "no signature"));
        assert_eq!(place(read("[a] b\nf(bytes x)\nf(bytes y)\n")), (3, "a selector given twice"));
        assert_eq!(place(read("[a] b\n[a] b\n")), (2, "an interface given twice"));
    }

    #[test]
    fn a_damaged_list_of_deployments_is_an_error_with_its_line() {
        let read = |lines: &'static str| {
            let mut tables = Tables::default();
            tables.read_functions("f", SAFE)?;
            tables.read_deployments(lines)
        };
        let typed_wrong = "chains 0 1\ncontract multi_send safe/1.4.1/MultiSend canonical \
                           0x38869bf66a61cF6bDB996A6aE40D5853Fd43B527 - 0\n";
        assert_eq!(place(read(typed_wrong)), (2, "no address with its checksum"));
        let no_chains = "contract multi_send safe/1.4.1/MultiSend canonical \
                         0x38869bf66a61cF6bDB996A6aE40D5853Fd43B526 - 0\n";
        assert_eq!(place(read(no_chains)), (1, "an unknown list of chains"));
        assert_eq!(place(read("chains 0 10 1\n")), (1, "no chain ids in order"));
        assert_eq!(place(read("contract multi_send a b c - 0\n")), (1, "no interface"));
        let twice = "chains 0 1\n\
            contract multi_send safe/1.4.1/MultiSend a 0x38869bf66a61cF6bDB996A6aE40D5853Fd43B526 - 0\n\
            contract multi_send safe/1.4.1/MultiSend b 0x38869bf66a61cF6bDB996A6aE40D5853Fd43B526 - 0\n";
        assert_eq!(place(read(twice)), (3, "two contracts at one address"));
    }
}
