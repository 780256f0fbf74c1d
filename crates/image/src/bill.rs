//! What is inside of an image: a bill of materials (CycloneDX 1.5) and the texts of the licences.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Where a component comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Rust's package registry.
    Crate,
    /// npm's package registry: typefaces, and what is known of contracts.
    Npm,
    /// This project.
    Project,
    /// Debian.
    Debian,
    /// Rust's own libraries.
    Rust,
}

/// One thing that is linked into the program, or lies beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Where it comes from.
    pub origin: Origin,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// An SPDX expression; none where its licence is said by its texts alone.
    pub licence: Option<String>,
    /// SHA-256 of what was downloaded, in hex.
    pub sha256: Option<String>,
    /// Its licence files.
    pub texts: Vec<String>,
}

impl Component {
    /// How it is called everywhere (package URL).
    pub fn purl(&self) -> String {
        let escaped = |text: &str| text.replace('+', "%2B").replace(' ', "%20");
        let (name, version) = (escaped(&self.name), escaped(&self.version));
        match self.origin {
            Origin::Crate => format!("pkg:cargo/{name}@{version}"),
            Origin::Npm => format!("pkg:npm/{}@{version}", name.replace('@', "%40")),
            Origin::Debian => format!("pkg:deb/debian/{name}@{version}?arch=amd64"),
            Origin::Project | Origin::Rust => format!("pkg:generic/{name}@{version}"),
        }
    }

    fn json(&self) -> Value {
        let licence = match &self.licence {
            Some(expression) => json!([{ "expression": expression }]),
            None => json!([{ "license": { "name": format!("as licences.txt says of {}", self.name) } }]),
        };
        let mut json = json!({
            "type": match self.origin {
                Origin::Project => "application",
                Origin::Npm => "data",
                Origin::Crate | Origin::Debian | Origin::Rust => "library",
            },
            "bom-ref": self.purl(),
            "name": self.name,
            "version": self.version,
            "purl": self.purl(),
            "licenses": licence,
        });
        if let (Some(sha256), Some(fields)) = (&self.sha256, json.as_object_mut()) {
            fields.insert("hashes".to_owned(), json!([{ "alg": "SHA-256", "content": sha256 }]));
        }
        json
    }
}

/// The bill of materials, sorted, without a time.
pub fn sbom(components: &[Component], version: &str) -> String {
    let sorted: Vec<Value> = sorted(components).into_iter().map(Component::json).collect();
    let bill = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": { "type": "operating-system", "bom-ref": "vitrine", "name": "vitrine", "version": version },
        },
        "components": sorted,
    });
    format!("{bill:#}\n")
}

/// Every licence text once, under the names of what it is for; what brought none is named with its expression.
pub fn licences(components: &[Component]) -> String {
    let mut texts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut without = String::new();
    for component in sorted(components) {
        let title = format!("{} {}", component.name, component.version);
        if component.texts.is_empty() {
            let licence = component.licence.as_deref().unwrap_or("unknown");
            without.push_str(&format!("{title}: {licence}\n"));
        }
        for text in &component.texts {
            texts.entry(text.trim()).or_default().push(title.clone());
        }
    }
    let mut by_names: Vec<(Vec<String>, &str)> = texts.into_iter().map(|(text, names)| (names, text)).collect();
    by_names.sort();
    let rule = "=".repeat(80);
    let mut all = format!("Without a text of their own:\n\n{without}");
    for (names, text) in by_names {
        all.push_str(&format!("\n{rule}\n{}\n{rule}\n\n{text}\n", names.join(", ")));
    }
    all
}

fn sorted(components: &[Component]) -> Vec<&Component> {
    let mut sorted: Vec<&Component> = components.iter().collect();
    sorted.sort_by(|a, b| (a.origin, &a.name, &a.version).cmp(&(b.origin, &b.name, &b.version)));
    sorted
}
