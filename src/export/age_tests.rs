//! The writer against the format's own words, with fixed randomness. That other programs read its
//! files is shown by `tests/e2e/export.test.mjs`.

use super::*;

/// The recipient of the identity whose secret half is 32 times 7, as another program writes it.
pub(in crate::export) const RECIPIENT: &str =
    "age1zwlyl6h27gzv0lfntr7fcqrjrzqazap8sy5zylkxwneh7llf0dksu37mwt";

pub(in crate::export) fn random() -> Random {
    Random {
        file_key: [1; 16],
        ephemeral: [2; 32],
        nonce: [3; 16],
    }
}

fn written(text: &[u8], piece: usize) -> Vec<u8> {
    let recipient = Recipient(x25519([7; 32], X25519_BASEPOINT_BYTES));
    let mut out = Vec::new();
    let mut writer = Writer::begin(&recipient, &random(), &mut out).unwrap();
    for part in text.chunks(piece.max(1)) {
        writer.push(part, &mut out).unwrap();
    }
    writer.finish(&mut out).unwrap();
    out
}

/// Opens a file with the other half of the keys, written down as the format says it.
pub(in crate::export) fn opened(file: &[u8]) -> Vec<u8> {
    let end = file.windows(5).position(|part| part == b"\n--- ").unwrap();
    let header = std::str::from_utf8(&file[..end]).unwrap();
    let lines: Vec<&str> = header.lines().collect();
    assert_eq!(lines[0], "age-encryption.org/v1");
    let share: [u8; 32] = STANDARD_NO_PAD
        .decode(lines[1].strip_prefix("-> X25519 ").unwrap())
        .unwrap()
        .try_into()
        .unwrap();
    let own = x25519([7; 32], X25519_BASEPOINT_BYTES);
    let wrap = hkdf(&[share, own].concat(), &x25519([7; 32], share), STANZA_INFO).unwrap();
    let mut file_key = STANDARD_NO_PAD.decode(lines[2]).unwrap();
    let open = |key: &[u8; 32], nonce: [u8; 12], text: &mut Vec<u8>| {
        let nonce = Nonce::<ChaCha20Poly1305>::from(nonce);
        cipher(key)
            .unwrap()
            .decrypt_in_place(&nonce, &[], text)
            .unwrap();
    };
    open(&wrap, [0; 12], &mut file_key);
    let rest = &file[end + 5..];
    let mac = hmac(&hkdf(&[], &file_key, b"header").unwrap(), &file[..end + 4]).unwrap();
    assert_eq!(rest[..43], *STANDARD_NO_PAD.encode(mac).as_bytes());
    assert_eq!(rest[43], b'\n');
    let (nonce, payload) = rest[44..].split_at(16);
    let key = hkdf(nonce, &file_key, b"payload").unwrap();
    let chunks: Vec<&[u8]> = payload.chunks(CHUNK_BYTES + 16).collect();
    let mut text = Vec::new();
    for (n, chunk) in chunks.iter().enumerate() {
        let mut nonce = [0; 12];
        nonce[10] = u8::try_from(n).unwrap();
        nonce[11] = u8::from(n + 1 == chunks.len());
        let mut chunk = chunk.to_vec();
        open(&key, nonce, &mut chunk);
        text.extend(chunk);
    }
    text
}

#[test]
fn texts_of_every_length_around_a_chunk_come_out_again() {
    for length in [
        0,
        1,
        100,
        CHUNK_BYTES - 1,
        CHUNK_BYTES,
        CHUNK_BYTES + 1,
        3 * CHUNK_BYTES,
        200_000,
    ] {
        let text: Vec<u8> = (0..length)
            .map(|n| u8::try_from(n % 251).unwrap())
            .collect();
        let file = written(&text, 70_000);
        assert_eq!(opened(&file), text, "{length}");
        // How the text comes in makes no difference.
        assert_eq!(file, written(&text, 999), "{length}");
        // Each chunk costs a tag; there is none that is empty behind a full one.
        let chunks = length.div_ceil(CHUNK_BYTES).max(1);
        let empty = written(b"", 1).len() - 16;
        assert_eq!(file.len(), empty + length + 16 * chunks, "{length}");
    }
}

#[test]
fn nothing_of_a_file_repeats_in_another() {
    let recipient = Recipient(x25519([7; 32], X25519_BASEPOINT_BYTES));
    let mut other = random();
    other.file_key = [9; 16];
    let mut out = Vec::new();
    Writer::begin(&recipient, &other, &mut out)
        .unwrap()
        .finish(&mut out)
        .unwrap();
    assert_ne!(out, written(b"", 1));
}

#[test]
fn what_is_no_recipient_is_refused() {
    let key = Recipient(x25519([7; 32], X25519_BASEPOINT_BYTES));
    assert_eq!(Recipient::read(RECIPIENT), Ok(key.clone()));
    assert_eq!(Recipient::read(&format!(" {RECIPIENT}\n")), Ok(key));
    let mistyped = RECIPIENT.replace("37mwt", "37mwq");
    let identity = "AGE-SECRET-KEY-1QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSWPC8QURSKMP32K";
    let small_order =
        bech32::encode::<Bech32>(bech32::Hrp::parse("age").unwrap(), &[0; 32]).unwrap();
    let foreign = bech32::encode::<Bech32>(bech32::Hrp::parse("bc").unwrap(), &[9; 32]).unwrap();
    let short = bech32::encode::<Bech32>(bech32::Hrp::parse("age").unwrap(), &[9; 31]).unwrap();
    for bad in [
        "",
        "age1",
        mistyped.as_str(),
        identity,
        &small_order,
        &foreign,
        &short,
        "ssh-ed25519 AAAA",
    ] {
        assert_eq!(Recipient::read(bad), Err(AgeError::NoRecipient), "{bad}");
    }
}
