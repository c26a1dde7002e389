//! Compiles the `[budget]` table: what may be spent.

use super::amount::{KEYS, LARGEST, UNLIMITED, read};
use super::{Mistake, Spanned};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What may stand behind a name of the table.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Given {
    Whole(i64),
    Decimal(f64),
    Each(BTreeMap<String, i64>),
}

/// The table, by names that are still to be checked.
pub(crate) type Table = BTreeMap<String, Spanned<Given>>;

/// The limits in the order of their names, and those that connectors have of their own.
pub(crate) fn compile(table: &Table) -> Result<String, Mistake> {
    let mut most = KEYS.map(|(_, usual)| usual);
    let mut own = String::new();
    for (key, given) in table {
        let mistake = |text: String| Mistake {
            at: Some(given.span().start),
            text,
        };
        let text = match given.get_ref() {
            Given::Each(connectors) if key == "requests" => {
                for (name, requests) in connectors {
                    let requests =
                        read("requests_day", &requests.to_string()).ok_or_else(|| {
                            mistake(format!("`{name}` is a count from 0 to {LARGEST}"))
                        })?;
                    let _ = write!(own, "({name:?}, {requests}),");
                }
                continue;
            }
            Given::Whole(number) => number.to_string(),
            Given::Decimal(number) => number.to_string(),
            Given::Each(_) => String::new(),
        };
        let mut known = KEYS.iter().zip(&mut most);
        let Some((_, place)) = known.find(|((name, _), _)| name == key) else {
            let names = KEYS.map(|(name, _)| name).join(", ");
            return Err(mistake(format!(
                "`{key}` is no limit; there are {names}, and `requests` by connector"
            )));
        };
        *place = read(key, &text).ok_or_else(|| {
            mistake(format!(
                "`{key}` is a whole number, or dollars with at most six decimals, from 0 to {LARGEST}"
            ))
        })?;
    }
    let mut code = String::from("#[allow(clippy::unreadable_literal)]\nconst TABLE: [u64; 10] = [");
    for most in most {
        if most == UNLIMITED {
            code.push_str("UNLIMITED,");
        } else {
            let _ = write!(code, "{most},");
        }
    }
    let _ = writeln!(
        code,
        "];\n#[allow(clippy::unreadable_literal)]\nstatic REQUESTS: &[(&str, u64)] = &[{own}];"
    );
    Ok(code)
}
