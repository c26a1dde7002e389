//! Bindings as a vault: the only place where the Worker's environment is read.
//!
//! A value is read anew for every event, so a rotated secret counts at once.

use crate::channels::Secrets;
use crate::egress::Vault;
use crate::signature;
use worker::Env;
use worker::wasm_bindgen::JsValue;

/// The Worker's bindings.
pub struct Bindings<'a>(pub &'a Env);

impl Vault for Bindings<'_> {
    fn read(&self, binding: &str) -> Option<String> {
        let value = js_sys::Reflect::get(self.0.as_ref(), &JsValue::from_str(binding)).ok()?;
        value
            .as_string()
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    }
}

impl Secrets for Bindings<'_> {
    fn is_set(&self, binding: &str) -> bool {
        self.read(binding).is_some()
    }

    fn matches(&self, binding: &str, presented: &str) -> bool {
        self.read(binding)
            .is_some_and(|secret| signature::equal(&secret, presented))
    }

    fn signed(&self, binding: &str, message: &[u8], mac: &str) -> bool {
        self.read(binding)
            .is_some_and(|secret| signature::verify(&secret, message, mac))
    }
}
