//! Whether the request is for the ceremony's network, as far as it says anything about that.

use bitcoin::bip32::{ChildNumber, DerivationPath};
use bitcoin::{NetworkKind, Psbt};

use super::Surroundings;
use crate::Network;
use crate::findings::{Notes, Says};
use crate::keyvalue::MapKind;

/// Purposes whose second step is a coin type: BIP-44, 48, 49, 84, 86, 87.
const PURPOSES: [u32; 6] = [44, 48, 49, 84, 86, 87];

/// Compares coin types of key origins and versions of extended keys with the network. One finding is enough.
pub(crate) fn check_network(psbt: &Psbt, surroundings: &Surroundings, notes: &mut Notes) {
    let network = surroundings.network;
    if let Some((map, path)) = origins(psbt).find(|(_, path)| is_of_other_network(path, network)) {
        let field = Some(match map {
            MapKind::Global => "btc.network".to_owned(),
            MapKind::Input(_) | MapKind::Output(_) => format!("{}.owner", map.code()),
        });
        let truth = format!("A key origin of {map} is m/{path}, which is not for {network}.");
        add(field, truth, network, notes);
    }
    let kind = NetworkKind::from(network.to_bitcoin());
    if psbt.xpub.keys().any(|xpub| xpub.network != kind) {
        let truth = format!("The request names an extended key of another network than {network}.");
        add(Some("btc.network".to_owned()), truth, network, notes);
    }
}

fn add(field: Option<String>, truth: String, network: Network, notes: &mut Notes) {
    let consequence = format!("Its coins may not be coins of {network}.");
    let action = "Do not sign. Open the ceremony of that network, or ask for the request again.";
    notes.add("btc.other-network", field, Says(truth, &consequence, action));
}

/// All derivation paths that the request names, with the map they are in.
fn origins(psbt: &Psbt) -> impl Iterator<Item = (MapKind, &DerivationPath)> {
    let global = psbt.xpub.values().map(|(_, path)| (MapKind::Global, path));
    let inputs = psbt.inputs.iter().enumerate().flat_map(|(n, input)| {
        let taproot = input.tap_key_origins.values().map(|(_, source)| source);
        input.bip32_derivation.values().chain(taproot).map(move |(_, path)| (MapKind::Input(n), path))
    });
    let outputs = psbt.outputs.iter().enumerate().flat_map(|(n, output)| {
        let taproot = output.tap_key_origins.values().map(|(_, source)| source);
        output.bip32_derivation.values().chain(taproot).map(move |(_, path)| (MapKind::Output(n), path))
    });
    global.chain(inputs).chain(outputs)
}

fn is_of_other_network(path: &DerivationPath, network: Network) -> bool {
    let steps: &[ChildNumber] = path.as_ref();
    match steps {
        [ChildNumber::Hardened { index: purpose }, ChildNumber::Hardened { index: coin_type }, ..] => {
            PURPOSES.contains(purpose) && *coin_type != network.coin_type()
        }
        _ => false,
    }
}
