//! Writes [age](https://age-encryption.org/v1) files for one X25519 recipient, chunk by chunk.
//!
//! Only the writing half is here: what opens a file is the owner's own program, on their own
//! computer. No more than one chunk is in memory. Randomness is an argument.

use crate::signature::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bech32::Bech32;
use bech32::primitives::decode::CheckedHrpstring;
use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{AeadInOut, KeyInit, Nonce};
use x25519_dalek::{X25519_BASEPOINT_BYTES, x25519};

/// How many bytes of text a chunk holds; only the last may hold fewer.
pub const CHUNK_BYTES: usize = 64 * 1024;

const VERSION: &str = "age-encryption.org/v1";
const STANZA_INFO: &[u8] = b"age-encryption.org/v1/X25519";

/// Why nothing can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AgeError {
    /// The text is no recipient.
    #[error("it is no age recipient: those begin with `age1` and have 62 characters")]
    NoRecipient,
    /// The cipher refused, which it does not for texts of these lengths.
    #[error("the cipher refused")]
    Cipher,
}

/// Whom a file is for: the public half of an X25519 identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient([u8; 32]);

impl Recipient {
    /// Reads `age1…`.
    pub fn read(text: &str) -> Result<Self, AgeError> {
        let checked =
            CheckedHrpstring::new::<Bech32>(text.trim()).map_err(|_| AgeError::NoRecipient)?;
        // Identities are written in capitals, recipients are not.
        if checked.hrp().as_str() != "age" {
            return Err(AgeError::NoRecipient);
        }
        let bytes: Vec<u8> = checked.byte_iter().collect();
        let key = bytes.try_into().map_err(|_| AgeError::NoRecipient)?;
        // A point of small order would share a secret that everybody knows.
        if x25519([1; 32], key) == [0; 32] {
            return Err(AgeError::NoRecipient);
        }
        Ok(Self(key))
    }
}

/// What has to be drawn for each file anew: no two files may share any of it.
pub struct Random {
    /// The key of the file.
    pub file_key: [u8; 16],
    /// The secret half of the key that is used once.
    pub ephemeral: [u8; 32],
    /// What makes the payload's key of the file's.
    pub nonce: [u8; 16],
}

/// An age file on its way out.
pub struct Writer {
    cipher: ChaCha20Poly1305,
    chunks: u64,
    /// What is not sealed yet, at most a chunk.
    held: Vec<u8>,
}

impl Writer {
    /// Begins a file: its header goes to `out`.
    pub fn begin(
        recipient: &Recipient,
        random: &Random,
        out: &mut Vec<u8>,
    ) -> Result<Self, AgeError> {
        let share = x25519(random.ephemeral, X25519_BASEPOINT_BYTES);
        let shared = x25519(random.ephemeral, recipient.0);
        let salt = [share, recipient.0].concat();
        let mut wrapped = random.file_key.to_vec();
        let wrap = cipher(&hkdf(&salt, &shared, STANZA_INFO)?)?;
        seal(&wrap, &[0; 12], &mut wrapped)?;
        let header = format!(
            "{VERSION}\n-> X25519 {}\n{}\n---",
            STANDARD_NO_PAD.encode(share),
            STANDARD_NO_PAD.encode(wrapped)
        );
        let key = hkdf(&[], &random.file_key, b"header")?;
        let mac = hmac(&key, header.as_bytes()).ok_or(AgeError::Cipher)?;
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(format!(" {}\n", STANDARD_NO_PAD.encode(mac)).as_bytes());
        out.extend_from_slice(&random.nonce);
        let payload = cipher(&hkdf(&random.nonce, &random.file_key, b"payload")?)?;
        Ok(Self {
            cipher: payload,
            chunks: 0,
            held: Vec::with_capacity(CHUNK_BYTES + 16),
        })
    }

    /// Adds text; whole chunks of it go to `out`.
    pub fn push(&mut self, mut text: &[u8], out: &mut Vec<u8>) -> Result<(), AgeError> {
        while !text.is_empty() {
            // Whether a full chunk is the last is known only when more comes.
            if self.held.len() == CHUNK_BYTES {
                self.seal_chunk(false, out)?;
            }
            let room = CHUNK_BYTES.saturating_sub(self.held.len());
            let (fits, rest) = text.split_at(room.min(text.len()));
            self.held.extend_from_slice(fits);
            text = rest;
        }
        Ok(())
    }

    /// Ends the file: a reader finds out if anything after this is missing or changed.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<(), AgeError> {
        self.seal_chunk(true, out)
    }

    fn seal_chunk(&mut self, last: bool, out: &mut Vec<u8>) -> Result<(), AgeError> {
        let mut nonce = [0; 12];
        for (place, byte) in nonce.iter_mut().skip(3).zip(self.chunks.to_be_bytes()) {
            *place = byte;
        }
        if let Some(flag) = nonce.last_mut() {
            *flag = u8::from(last);
        }
        self.chunks = self.chunks.saturating_add(1);
        seal(&self.cipher, &nonce, &mut self.held)?;
        out.extend_from_slice(&self.held);
        self.held.clear();
        Ok(())
    }
}

fn cipher(key: &[u8; 32]) -> Result<ChaCha20Poly1305, AgeError> {
    ChaCha20Poly1305::new_from_slice(key).map_err(|_| AgeError::Cipher)
}

fn seal(cipher: &ChaCha20Poly1305, nonce: &[u8; 12], text: &mut Vec<u8>) -> Result<(), AgeError> {
    let nonce = Nonce::<ChaCha20Poly1305>::from(*nonce);
    cipher
        .encrypt_in_place(&nonce, &[], text)
        .map_err(|_| AgeError::Cipher)
}

/// HKDF-SHA256 ([RFC 5869](https://www.rfc-editor.org/rfc/rfc5869)) of one block.
fn hkdf(salt: &[u8], secret: &[u8], info: &[u8]) -> Result<[u8; 32], AgeError> {
    let key = hmac(salt, secret).ok_or(AgeError::Cipher)?;
    hmac(&key, &[info, &[1]].concat()).ok_or(AgeError::Cipher)
}

#[cfg(test)]
#[path = "age_tests.rs"]
pub(super) mod tests;
