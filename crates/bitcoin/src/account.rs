//! The byte account of a PSBT: each byte has one owner, down to the parts of each transaction.

use vitrine_review::{ByteAccount, ByteOwner, Context, Ownership, Span};

use crate::CheckedPsbt;
use crate::bytes::Reader;
use crate::codes::Counter;
use crate::decode::keys::{KeyType, ValueForm, key_type};
use crate::decode::transaction::{OutputSpans, TxForm, TxSpans, output, read_transaction};
use crate::findings::{Notes, Says};
use crate::keyvalue::{KeyValue, MAGIC, Map, MapKind};
use crate::review::{Standing, has_own_field};

/// The account; should a byte have no owner, all are unknown and signing is refused.
pub(crate) fn account(checked: &CheckedPsbt, context: &Context, notes: &mut Notes) -> ByteAccount {
    let bytes = checked.bytes();
    let mut owners = Owners { checked, context, list: Vec::with_capacity(bytes.len() / 64) };
    owners.structure(Span::new(0, MAGIC.len()), "PSBT magic".to_owned());
    for map in checked.request.maps.iter() {
        owners.map(map);
    }
    ByteAccount::new(bytes.len(), owners.list).unwrap_or_else(|error| {
        let truth = format!("The account of the request's bytes is not complete: {error}.");
        let says = Says(truth, "Something in it is not shown.", "Do not sign. Report this request.");
        notes.add("btc.account-incomplete", None, says);
        nothing_known(bytes.len())
    })
}

/// An account in which every byte is unknown.
fn nothing_known(total: usize) -> ByteAccount {
    let span = Span::new(0, total);
    let owner = ByteOwner { span, label: "request".to_owned(), field: None, ownership: Ownership::Unknown };
    ByteAccount::new(total, vec![owner]).expect("one owner of all bytes leaves no gap and no overlap")
}

struct Owners<'a> {
    checked: &'a CheckedPsbt,
    context: &'a Context,
    list: Vec<ByteOwner>,
}

impl Owners<'_> {
    fn structure(&mut self, span: Span, label: String) {
        self.list.push(ByteOwner { span, label, field: None, ownership: Ownership::Structure });
    }

    fn meaning(&mut self, span: Span, label: String, field: String) {
        self.list.push(ByteOwner { span, label, field: Some(field), ownership: Ownership::Meaning });
    }

    fn map(&mut self, map: &Map) {
        let mut codes = Counter::default();
        for kv in &map.pairs {
            let known = key_type(map.kind, kv.key_type);
            let code = codes.code(map.kind, known);
            self.pair(map.kind, kv, known, code);
        }
        self.structure(map.end, format!("{}, end of map", map.kind));
    }

    fn pair(&mut self, map: MapKind, kv: &KeyValue, known: &KeyType, code: String) {
        let head = Span::new(kv.key_length.start, kv.type_bytes.end);
        self.structure(head, format!("{map}, {}, key length and type", known.name));
        self.structure(kv.value_length, format!("{map}, {}, value length", known.name));
        if let Some(field) = known.transaction_field() {
            return self.transaction_part(map, kv.value, known, field);
        }
        match known.value {
            ValueForm::UnsignedTransaction => self.unsigned_transaction(),
            ValueForm::PreviousTransaction => self.previous_transaction(map, kv.value),
            ValueForm::Output => self.witness_utxo(map, kv.value),
            ValueForm::SighashType => {
                self.meaning(kv.value, format!("{map} sighash type"), format!("{}.sighash", map.code()));
            }
            ValueForm::DnssecProof => self.dnssec_proof(map, kv, code),
            _ => {
                debug_assert!(has_own_field(known));
                self.shown_pair(map, kv, known, code);
            }
        }
    }

    /// A part of the transaction that version 2 keeps in a map (BIP-370).
    fn transaction_part(&mut self, map: MapKind, value: Span, known: &KeyType, field: &str) {
        let section = if map == MapKind::Global { "btc.transaction".to_owned() } else { map.code() };
        self.meaning(value, format!("{map} {}", known.label.to_lowercase()), format!("{section}.{field}"));
    }

    /// A pair that one field of the document shows whole.
    fn shown_pair(&mut self, map: MapKind, kv: &KeyValue, known: &KeyType, code: String) {
        let ownership = if known.value == ValueForm::Opaque { Ownership::Unknown } else { Ownership::Meaning };
        for (span, part) in [(kv.key_data, "key"), (kv.value, "value")] {
            let label = format!("{map} {}, {part}", known.label.to_lowercase());
            self.list.push(ByteOwner { span, label, field: Some(code.clone()), ownership });
        }
    }

    /// A proof of a payment name means something only where it proves one.
    fn dnssec_proof(&mut self, map: MapKind, kv: &KeyValue, code: String) {
        let MapKind::Output(n) = map else { return };
        let output = self.checked.outputs().get(n);
        let standing = output.and_then(|output| Standing::of(output, self.context));
        let ownership = if standing.is_some_and(Standing::explains) { Ownership::Meaning } else { Ownership::Unknown };
        let label = format!("{map} payment name and its DNSSEC proof");
        self.list.push(ByteOwner { span: kv.value, label, field: Some(code), ownership });
    }

    fn unsigned_transaction(&mut self) {
        let checked = self.checked;
        let Some(spans) = checked.request.spans() else { return };
        self.meaning(spans.version, "transaction version".to_owned(), "btc.transaction.version".to_owned());
        self.meaning(spans.input_count, "input count".to_owned(), "btc.transaction.input-count".to_owned());
        for (n, input) in spans.inputs.iter().enumerate() {
            let code = MapKind::Input(n).code();
            self.meaning(input.txid, format!("input {n} outpoint, transaction id"), format!("{code}.outpoint-txid"));
            self.meaning(input.vout, format!("input {n} outpoint, output number"), format!("{code}.outpoint-vout"));
            self.structure(input.script_length, format!("input {n} script length, zero"));
            self.meaning(input.sequence, format!("input {n} sequence"), format!("{code}.sequence"));
        }
        self.meaning(spans.output_count, "output count".to_owned(), "btc.transaction.output-count".to_owned());
        for (n, output) in spans.outputs.iter().enumerate() {
            self.output(output, &format!("output {n}"), &MapKind::Output(n).code());
        }
        self.meaning(spans.lock_time, "lock time".to_owned(), "btc.locktime".to_owned());
    }

    /// Amount and script of an output; `code` is that of the section which shows both.
    fn output(&mut self, output: &OutputSpans, name: &str, code: &str) {
        self.meaning(output.amount, format!("{name} amount"), format!("{code}.amount"));
        self.structure(output.script_length, format!("{name} script length"));
        self.meaning(output.script, format!("{name} locking script"), format!("{code}.script"));
    }

    fn witness_utxo(&mut self, map: MapKind, value: Span) {
        if let Ok(spans) = output(&mut Reader::new(self.checked.bytes(), value)) {
            self.output(&spans, &format!("{map} witness UTXO"), &map.code());
        }
    }

    fn previous_transaction(&mut self, map: MapKind, value: Span) {
        let MapKind::Input(n) = map else { return };
        let code = map.code();
        let input = self.checked.inputs().get(n);
        let genuine = input.is_some_and(|input| input.previous_transaction().is_some());
        // A forged previous transaction has no field; its bytes stand beside the id that they fail to hash to.
        let Ok(spans) = read_transaction(self.checked.bytes(), value, TxForm::Network) else { return };
        let name = format!("{map} previous transaction");
        if genuine {
            let vout = input.and_then(|input| usize::try_from(input.outpoint().vout).ok());
            self.unbound(spans.marker, format!("{name}, marker and flag"), format!("{code}.previous-witness"));
            self.previous_parts(&spans, &name, &code, vout);
            self.unbound(spans.witness, format!("{name}, witnesses"), format!("{code}.previous-witness"));
        } else {
            self.unbound(value, format!("{name}, with another id"), format!("{code}.outpoint-txid"));
        }
    }

    /// A known part that no hash and no signature commits to.
    fn unbound(&mut self, span: Span, label: String, field: String) {
        self.list.push(ByteOwner { span, label, field: Some(field), ownership: Ownership::Unbound });
    }

    /// The parts that the transaction id commits to.
    fn previous_parts(&mut self, spans: &TxSpans, name: &str, code: &str, vout: Option<usize>) {
        let field = &format!("{code}.previous-transaction");
        self.meaning(spans.version, format!("{name}, version"), field.to_owned());
        self.meaning(spans.input_count, format!("{name}, input count"), field.to_owned());
        for (k, input) in spans.inputs.iter().enumerate() {
            let span = Span::new(input.txid.start, input.sequence.end);
            self.meaning(span, format!("{name}, input {k}"), field.to_owned());
        }
        self.meaning(spans.output_count, format!("{name}, output count"), field.to_owned());
        for (k, output) in spans.outputs.iter().enumerate() {
            if vout == Some(k) {
                self.output(output, &format!("{name}, spent output {k},"), code);
            } else {
                let span = Span::new(output.amount.start, output.script.end);
                self.meaning(span, format!("{name}, output {k}"), field.to_owned());
            }
        }
        self.meaning(spans.lock_time, format!("{name}, lock time"), field.to_owned());
    }
}
