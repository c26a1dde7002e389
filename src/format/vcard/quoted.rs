//! Quoted-printable, as cards of version 2.1 have it.
//!
//! The one thing to know: what is no valid escape stays as it is.

/// The text of a value in a charset: UTF-8, or Latin-1 where that is named.
pub(super) fn decode(value: &str, charset: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        let ahead = rest.clone();
        let mut digits = ahead.take(2).map(|digit| char::from(digit).to_digit(16));
        match (byte, digits.next().flatten(), digits.next().flatten()) {
            (b'=', Some(high), Some(low)) => {
                bytes.extend(u8::try_from(high * 16 + low));
                rest.nth(1);
            }
            _ => bytes.push(byte),
        }
    }
    let latin = ["iso-8859-1", "latin1", "windows-1252"];
    if latin.iter().any(|one| one.eq_ignore_ascii_case(charset)) {
        return bytes.into_iter().map(char::from).collect();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
