//! Which bytes of which functions are calls again, and in whose name they run.

use alloy_primitives::{Address, U256};
use vitrine_review::Span;

use super::{Broken, Explained, Known, Operation, Part, Root, Standard, Via, multi_send};
use crate::Located;
use crate::abi::Node;

/// What a function makes others do.
#[derive(Debug, Default)]
pub(super) struct Within {
    pub(super) calls: Vec<Root>,
    pub(super) called: Vec<Span>,
    pub(super) broken: Option<Broken>,
}

impl Within {
    fn add(&mut self, call: Root) {
        if !call.data.is_empty() {
            self.called.push(call.data.span());
        }
        self.calls.push(call);
    }

    fn broken(offset: usize, problem: &'static str) -> Self {
        Self { broken: Some(Broken { offset, problem }), ..Self::default() }
    }
}

/// The calls within a function of a bound interface, in the order in which they run.
pub(super) fn within(root: &Root, explained: &Explained, target: Option<&Known>) -> Within {
    let zero_is_self = target.is_some_and(|known| known.zero_target_is_self);
    let arguments = Arguments { zero_is_self, root, nodes: &explained.decoded.values, at: explained.selector.start };
    let name = explained.function.name.as_str();
    let found = match explained.standard {
        Some(Standard::Safe) => arguments.safe(name),
        Some(Standard::MultiSend) if name == "multiSend" => arguments.multi_send(),
        Some(Standard::CreateCall) => arguments.create_call(name),
        Some(Standard::SafeProxyFactory) => arguments.proxy_factory(name),
        Some(Standard::TimelockController) => arguments.timelock(name),
        Some(Standard::Governor) => arguments.governor(name),
        Some(Standard::AccessManager) => arguments.access_manager(name),
        Some(Standard::ProxyAdmin) if name == "upgradeAndCall" => arguments.upgrade(0, 1, 2),
        Some(Standard::Proxy) if name == "upgradeToAndCall" => arguments.own_upgrade(),
        Some(Standard::EntryPoint) => arguments.entry_point(name),
        Some(Standard::Account) => arguments.account(name),
        Some(Standard::Multicall) if name == "multicall" => arguments.multicall(),
        Some(Standard::Multicall3) => arguments.multicall3(name),
        _ => Some(Within::default()),
    };
    found.unwrap_or_else(|| Within::broken(arguments.at, "the parameters are not those of the standard"))
}

struct Arguments<'a> {
    zero_is_self: bool,
    root: &'a Root,
    nodes: &'a [Node],
    at: usize,
}

impl Arguments<'_> {
    fn node(&self, i: usize) -> Option<&Node> {
        self.nodes.get(i)
    }

    fn address(&self, i: usize) -> Option<Address> {
        self.node(i)?.address()
    }

    fn uint(&self, i: usize) -> Option<U256> {
        self.node(i)?.uint()
    }

    fn bytes(&self, i: usize) -> Option<Located> {
        self.node(i)?.bytes().cloned()
    }

    fn list(&self, i: usize) -> Option<&[Node]> {
        self.node(i)?.list()
    }

    /// The account whose code this function is.
    fn this(&self) -> Option<Address> {
        self.root.to
    }

    /// The account that acts: the contract itself, or whoever runs its code as his own.
    fn actor(&self) -> Option<Address> {
        match self.root.operation {
            Operation::DelegateCall => Some(self.root.executor),
            Operation::Call | Operation::Create => self.this(),
        }
    }

    fn call(&self, via: Via, executor: Address, to: Address, value_wei: U256, data: Located) -> Root {
        Root { via, executor, operation: Operation::Call, to: Some(to), value_wei, data, parts: Vec::new() }
    }

    fn one(&self, call: Root) -> Within {
        let mut within = Within::default();
        within.add(call);
        within
    }

    fn safe(&self, name: &str) -> Option<Within> {
        match name {
            "execTransaction" => self.with_operation(Via::Safe),
            "execTransactionFromModule" | "execTransactionFromModuleReturnData" => self.with_operation(Via::SafeModule),
            "setup" => self.setup(),
            _ => Some(Within::default()),
        }
    }

    /// `(address to, uint256 value, bytes data, uint8 operation, …)`.
    fn with_operation(&self, via: Via) -> Option<Within> {
        let operation = match self.uint(3)? {
            op if op.is_zero() => Operation::Call,
            op if op == U256::from(1) => Operation::DelegateCall,
            _ => {
                return Some(Within::broken(
                    self.node(3)?.span.start,
                    "the operation is neither call (0) nor delegatecall (1)",
                ));
            }
        };
        let call = self.call(via, self.actor()?, self.address(0)?, self.uint(1)?, self.bytes(2)?);
        Some(self.one(Root { operation, ..call }))
    }

    /// `setup(address[] owners, uint256 threshold, address to, bytes data, …)`: `to` runs as the new Safe.
    fn setup(&self) -> Option<Within> {
        let (to, data) = (self.address(2)?, self.bytes(3)?);
        if to.is_zero() {
            return Some(Within::default());
        }
        let call = self.call(Via::Setup, self.actor()?, to, U256::ZERO, data);
        Some(self.one(Root { operation: Operation::DelegateCall, ..call }))
    }

    fn multi_send(&self) -> Option<Within> {
        let packed = self.bytes(0)?;
        let entries = match multi_send::entries(&packed) {
            Ok(entries) => entries,
            Err(broken) => return Some(Within { broken: Some(broken), ..Within::default() }),
        };
        let (executor, of) = (self.actor()?, entries.len());
        let call = |(i, entry): (usize, multi_send::Entry)| Root {
            via: Via::MultiSend { n: i.saturating_add(1), of },
            executor,
            operation: entry.operation,
            to: Some(if self.zero_is_self && entry.to.is_zero() { executor } else { entry.to }),
            value_wei: entry.value_wei,
            parts: entry_parts(&entry.head),
            data: entry.data,
        };
        let calls = entries.into_iter().enumerate().map(call).collect();
        Some(Within { calls, called: vec![packed.span()], broken: None })
    }

    fn create_call(&self, name: &str) -> Option<Within> {
        if !matches!(name, "performCreate" | "performCreate2") {
            return Some(Within::default());
        }
        let (value_wei, data) = (self.uint(0)?, self.bytes(1)?);
        let call = self.call(self.root.via.clone(), self.actor()?, Address::ZERO, value_wei, data);
        Some(self.one(Root { operation: Operation::Create, to: None, ..call }))
    }

    /// `createProxyWithNonce(address singleton, bytes initializer, uint256 saltNonce)` and its kin: the initializer
    /// is a call of the new proxy, which runs the singleton's code.
    fn proxy_factory(&self, name: &str) -> Option<Within> {
        if !name.starts_with("create") {
            return Some(Within::default());
        }
        let (singleton, initializer) = (self.address(0)?, self.bytes(1)?);
        if initializer.is_empty() {
            return Some(Within::default());
        }
        let call = self.call(Via::Initializer, self.this()?, singleton, U256::ZERO, initializer);
        Some(self.one(Root { operation: Operation::DelegateCall, ..call }))
    }

    fn timelock(&self, name: &str) -> Option<Within> {
        match name {
            "schedule" => self.single(Via::Scheduled { delay_seconds: self.uint(5)? }),
            "scheduleBatch" => self.batch(&Via::Scheduled { delay_seconds: self.uint(5)? }),
            "execute" => self.single(Via::Executed),
            "executeBatch" => self.batch(&Via::Executed),
            _ => Some(Within::default()),
        }
    }

    fn governor(&self, name: &str) -> Option<Within> {
        match name {
            "propose" => self.batch(&Via::Proposed),
            "queue" => self.batch(&Via::Queued),
            "execute" => self.batch(&Via::Executed),
            "relay" => self.single(Via::Executed),
            _ => Some(Within::default()),
        }
    }

    fn access_manager(&self, name: &str) -> Option<Within> {
        let via = match name {
            "execute" => Via::Executed,
            "schedule" => Via::ScheduledAt { not_before: self.uint(2)? },
            _ => return Some(Within::default()),
        };
        Some(self.one(self.call(via, self.this()?, self.address(0)?, U256::ZERO, self.bytes(1)?)))
    }

    /// `(address target, uint256 value, bytes data, …)`.
    fn single(&self, via: Via) -> Option<Within> {
        Some(self.one(self.call(via, self.this()?, self.address(0)?, self.uint(1)?, self.bytes(2)?)))
    }

    /// `(address[] targets, uint256[] values, bytes[] data, …)`.
    fn batch(&self, via: &Via) -> Option<Within> {
        let (targets, values, data) = (self.list(0)?, self.list(1)?, self.list(2)?);
        if targets.len() != values.len() || targets.len() != data.len() {
            return Some(Within::broken(self.at, "the lists of targets, values and data differ in length"));
        }
        let mut within = Within::default();
        for ((to, value), data) in targets.iter().zip(values).zip(data) {
            let (to, value, data) = (to.address()?, value.uint()?, data.bytes()?.clone());
            within.add(self.call(via.clone(), self.this()?, to, value, data));
        }
        Some(within)
    }

    /// The new implementation's code, run once as the proxy.
    fn upgrade(&self, proxy: usize, implementation: usize, data: usize) -> Option<Within> {
        self.upgrade_of(self.address(proxy)?, self.address(implementation)?, self.bytes(data)?)
    }

    fn own_upgrade(&self) -> Option<Within> {
        self.upgrade_of(self.this()?, self.address(0)?, self.bytes(1)?)
    }

    fn upgrade_of(&self, proxy: Address, implementation: Address, data: Located) -> Option<Within> {
        if data.is_empty() {
            return Some(Within::default());
        }
        let call = self.call(Via::Upgrade, proxy, implementation, U256::ZERO, data);
        Some(self.one(Root { operation: Operation::DelegateCall, ..call }))
    }

    fn entry_point(&self, name: &str) -> Option<Within> {
        let mut within = Within::default();
        match name {
            "handleOps" => self.user_operations(self.list(0)?, &mut within)?,
            "handleAggregatedOps" => {
                for group in self.list(0)? {
                    self.user_operations(group.list()?.first()?.list()?, &mut within)?;
                }
            }
            _ => {}
        }
        Some(within)
    }

    /// Of each operation: what its factory is told (`initCode`), then what its account does (`callData`).
    fn user_operations(&self, operations: &[Node], within: &mut Within) -> Option<()> {
        for operation in operations {
            let field = |i: usize| operation.list()?.get(i);
            let (sender, init_code, call_data) = (field(0)?.address()?, field(2)?.bytes()?, field(3)?.bytes()?);
            if let (Some(factory), Some(data)) = (init_code.slice(0..20), init_code.from(20)) {
                let to = Address::from_slice(factory.bytes());
                let parts = vec![Part { name: "factory", span: factory.span(), is_structure: false }];
                let call = self.call(Via::UserOperation, self.this()?, to, U256::ZERO, data);
                within.called.push(init_code.span());
                within.calls.push(Root { parts, ..call });
            }
            within.add(self.call(Via::UserOperation, self.this()?, sender, U256::ZERO, call_data.clone()));
        }
        Some(())
    }

    fn account(&self, name: &str) -> Option<Within> {
        match (name, self.nodes.len()) {
            ("execute", 3) => self.single(Via::UserOperation),
            ("executeBatch", 3) => self.batch(&Via::UserOperation),
            ("executeBatch", 2) => {
                let (targets, data) = (self.list(0)?, self.list(1)?);
                if targets.len() != data.len() {
                    return Some(Within::broken(self.at, "the lists of targets and data differ in length"));
                }
                let mut within = Within::default();
                for (to, data) in targets.iter().zip(data) {
                    let (to, data) = (to.address()?, data.bytes()?.clone());
                    within.add(self.call(Via::UserOperation, self.this()?, to, U256::ZERO, data));
                }
                Some(within)
            }
            ("executeBatch", 1) => self.tuples(&Via::UserOperation, self.list(0)?, Some(1), 2),
            _ => Some(Within::default()),
        }
    }

    /// The contract's own functions, run in the name of the same caller.
    fn multicall(&self) -> Option<Within> {
        let mut within = Within::default();
        let list = self.nodes.iter().rev().find_map(Node::list)?;
        for data in list {
            let data = data.bytes()?.clone();
            let call = self.call(Via::Multicall, self.root.executor, self.this()?, U256::ZERO, data);
            within.add(call);
        }
        Some(within)
    }

    fn multicall3(&self, name: &str) -> Option<Within> {
        match name {
            "aggregate" | "blockAndAggregate" => self.tuples(&Via::Multicall, self.list(0)?, None, 1),
            "tryAggregate" | "tryBlockAndAggregate" => self.tuples(&Via::Multicall, self.list(1)?, None, 1),
            "aggregate3" => self.tuples(&Via::Multicall, self.list(0)?, None, 2),
            "aggregate3Value" => self.tuples(&Via::Multicall, self.list(0)?, Some(2), 3),
            _ => Some(Within::default()),
        }
    }

    /// Tuples that begin with the target and hold value and data at these places.
    fn tuples(&self, via: &Via, tuples: &[Node], value: Option<usize>, data: usize) -> Option<Within> {
        let mut within = Within::default();
        for tuple in tuples {
            let fields = tuple.list()?;
            let value = match value {
                Some(i) => fields.get(i)?.uint()?,
                None => U256::ZERO,
            };
            let (to, data) = (fields.first()?.address()?, fields.get(data)?.bytes()?.clone());
            within.add(self.call(via.clone(), self.this()?, to, value, data));
        }
        Some(within)
    }
}

fn entry_parts(head: &Located) -> Vec<Part> {
    let part = |name, range, is_structure| Some(Part { name, span: head.slice(range)?.span(), is_structure });
    [
        part("operation", 0..1, false),
        part("to", 1..21, false),
        part("value", 21..53, false),
        part("dataLength", 53..85, true),
    ]
    .into_iter()
    .flatten()
    .collect()
}
