//! Finds secret values in bytes that must not hold them, and takes them out.
//!
//! A service may echo a key in an error text, and a model may repeat what it was told. What comes
//! back through the door is scrubbed before anything else reads it, and so is every log line.

use super::{Vault, table};

/// What stands where a secret stood.
const MARK: &str = "[secret]";

/// Shorter values would hit ordinary words.
const SECRET_BYTES_MIN: usize = 8;

/// Knows the values of all secret bindings for the length of one exchange.
pub struct Redactor {
    secrets: Vec<String>,
}

impl Redactor {
    /// Reads every secret binding once.
    pub fn new(vault: &dyn Vault) -> Self {
        let mut secrets: Vec<String> = Vec::new();
        for binding in table::secret_bindings() {
            let Some(value) = vault.read(binding) else {
                continue;
            };
            // A part that is secret by itself, and the value as JSON writes it, count too.
            let part = value
                .strip_prefix("whsec_")
                .or_else(|| Some(value.split_once(':')?.1));
            let written = serde_json::Value::from(value.as_str()).to_string();
            let written = written.trim_matches('"').to_owned();
            let part = part.map(str::to_owned);
            for secret in [Some(value), part, Some(written)].into_iter().flatten() {
                if secret.len() >= SECRET_BYTES_MIN && !secrets.contains(&secret) {
                    secrets.push(secret);
                }
            }
        }
        // A secret that contains another must be taken out first.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self { secrets }
    }

    /// Knows these as well.
    pub fn and(mut self, secrets: Vec<String>) -> Self {
        let long = secrets
            .into_iter()
            .filter(|secret| secret.len() >= SECRET_BYTES_MIN);
        self.secrets.extend(long);
        self.secrets
            .sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        self
    }

    /// Whether any secret stands in these bytes.
    pub fn finds(&self, bytes: &[u8]) -> bool {
        self.secrets
            .iter()
            .any(|secret| contains(bytes, secret.as_bytes()))
    }

    /// The text without secrets.
    pub fn text(&self, text: String) -> String {
        if !self.finds(text.as_bytes()) {
            return text;
        }
        self.secrets
            .iter()
            .fold(text, |text, secret| text.replace(secret.as_str(), MARK))
    }

    /// The bytes without secrets. Bytes that are not UTF-8 and hold a secret are dropped whole.
    pub fn bytes(&self, bytes: Vec<u8>) -> Vec<u8> {
        if !self.finds(&bytes) {
            return bytes;
        }
        String::from_utf8(bytes).map_or_else(|_| Vec::new(), |text| self.text(text).into_bytes())
    }

    /// How many bytes of a growing text to hold back, so that a secret which is still arriving is
    /// never shown in part.
    pub fn held_back(&self) -> usize {
        self.secrets
            .first()
            .map_or(0, |longest| longest.len().saturating_sub(1))
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    let Some(first) = part.first() else {
        return false;
    };
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        let Some(tail) = rest.get(at..) else {
            return false;
        };
        if tail.starts_with(part) {
            return true;
        }
        rest = tail.get(1..).unwrap_or_default();
    }
    false
}
