//! When to ask a model's server again, and how long to wait before.
//!
//! Asking again is safe since a model call changes nothing, but each attempt is paid for: so there
//! are few, and none where the same request would fail the same way. Nothing here waits; the turn
//! sets a timer.

use super::ModelError;
use crate::time::Timestamp;

/// The most attempts for one reply, the first included.
pub const ATTEMPTS_MAX: u32 = 4;

/// The longest wait that a server can ask for, in milliseconds. Beyond it the call fails at once,
/// so that the owner hears of it instead of waiting.
pub const WAIT_MS_MAX: u64 = 60_000;

/// The upper end of the first wait, in milliseconds; it doubles with each attempt.
const FIRST_WAIT_MS: u64 = 500;

/// How long to wait before the next attempt, in milliseconds, or `None` to give up.
///
/// `attempt` counts the attempts made so far, 1 after the first. `jitter` is a random number that
/// spreads the wait evenly from zero to its upper end, so that many agents that failed together do
/// not come back together.
pub fn delay_ms(attempt: u32, failure: &ModelError, jitter: u16) -> Option<u64> {
    if attempt >= ATTEMPTS_MAX {
        return None;
    }
    let asked_ms = match failure {
        ModelError::Status {
            status: 408 | 409 | 429 | 500..=599,
            retry_after_ms,
        } => retry_after_ms.unwrap_or(0),
        ModelError::Offline => 0,
        ModelError::Status { .. }
        | ModelError::Malformed
        | ModelError::TooLarge
        | ModelError::Unconfigured => return None,
    };
    if asked_ms > WAIT_MS_MAX {
        return None;
    }
    let doublings = attempt.saturating_sub(1);
    let ceiling_ms = FIRST_WAIT_MS.saturating_mul(2u64.saturating_pow(doublings));
    let backoff_ms = ceiling_ms.saturating_mul(u64::from(jitter)) / u64::from(u16::MAX);
    Some(backoff_ms.max(asked_ms))
}

/// How long a response asks to wait, in milliseconds from `now`.
///
/// Reads `retry-after-ms`, and `retry-after` as seconds or as a date
/// ([RFC 9110 section 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)); a date in
/// the past is 0. `None` if neither header is there and readable.
pub fn retry_after_ms(headers: &[(String, String)], now: Timestamp) -> Option<u64> {
    let header = |name: &str| {
        let found = headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    };
    if let Some(millis) = header("retry-after-ms").and_then(decimal_in_thousandths) {
        return Some(millis / 1000);
    }
    let value = header("retry-after")?;
    if let Some(millis) = decimal_in_thousandths(value) {
        return Some(millis);
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(value)
        .ok()?;
    let wait = date.as_millisecond().saturating_sub(now.millis());
    Some(u64::try_from(wait).unwrap_or(0))
}

/// A decimal number such as `2` or `1.5`, times 1000 and rounded down.
fn decimal_in_thousandths(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let thousandths: String = fraction.chars().chain("000".chars()).take(3).collect();
    // More digits than fit is a wait that nobody sits through.
    let whole = whole.parse::<u64>().unwrap_or(u64::MAX);
    Some(
        whole
            .saturating_mul(1000)
            .saturating_add(thousandths.parse().ok()?),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16, retry_after_ms: Option<u64>) -> ModelError {
        ModelError::Status {
            status,
            retry_after_ms,
        }
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for code in [408, 409, 429, 500, 502, 503, 504, 529, 599] {
            assert_eq!(
                delay_ms(1, &status(code, None), u16::MAX),
                Some(500),
                "{code}"
            );
        }
        for code in [200, 301, 400, 401, 402, 403, 404, 413, 422, 499, 600] {
            assert_eq!(
                delay_ms(1, &status(code, Some(1)), u16::MAX),
                None,
                "{code}"
            );
        }
        assert_eq!(delay_ms(1, &ModelError::Offline, u16::MAX), Some(500));
        for failure in [
            ModelError::Malformed,
            ModelError::TooLarge,
            ModelError::Unconfigured,
        ] {
            assert_eq!(delay_ms(1, &failure, 0), None);
        }
    }

    #[test]
    fn waits_double_are_spread_and_end() {
        let wait = |attempt, jitter| delay_ms(attempt, &ModelError::Offline, jitter);
        assert_eq!(
            [wait(0, u16::MAX), wait(1, u16::MAX)],
            [Some(500), Some(500)]
        );
        assert_eq!(
            [wait(2, u16::MAX), wait(3, u16::MAX)],
            [Some(1000), Some(2000)]
        );
        assert_eq!([wait(4, u16::MAX), wait(u32::MAX, 9)], [None, None]);
        assert_eq!([wait(1, 0), wait(3, 0x8000)], [Some(0), Some(1000)]);
    }

    #[test]
    fn the_server_may_ask_for_a_minute_and_no_more() {
        assert_eq!(
            delay_ms(1, &status(429, Some(7_000)), u16::MAX),
            Some(7_000)
        );
        assert_eq!(delay_ms(1, &status(429, Some(60_000)), 0), Some(60_000));
        assert_eq!(delay_ms(1, &status(429, Some(60_001)), 0), None);
        // Its wish is the least wait, not the most.
        assert_eq!(delay_ms(3, &status(503, Some(1)), u16::MAX), Some(2000));
    }

    #[test]
    fn both_headers_are_read_in_each_form() {
        let now = Timestamp::from_millis(784_111_777_000);
        let read = |pairs: &[(&str, &str)]| {
            let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
            retry_after_ms(&pairs.iter().map(own).collect::<Vec<_>>(), now)
        };
        assert_eq!(read(&[("retry-after", "3")]), Some(3_000));
        assert_eq!(read(&[("Retry-After", " 1.5 ")]), Some(1_500));
        assert_eq!(
            read(&[("retry-after", "9"), ("retry-after-ms", "250.75")]),
            Some(250)
        );
        assert_eq!(
            read(&[("retry-after", "9"), ("retry-after-ms", "soon")]),
            Some(9_000)
        );
        assert_eq!(
            read(&[("retry-after", "Sun, 06 Nov 1994 08:49:39 GMT")]),
            Some(2_000)
        );
        assert_eq!(
            read(&[("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT")]),
            Some(0)
        );
        assert_eq!(
            read(&[("retry-after", "99999999999999999999999")]),
            Some(u64::MAX)
        );
        for bad in ["", "-1", "1e3", "soon", ".5", "1.5.5"] {
            assert_eq!(read(&[("retry-after", bad)]), None, "{bad}");
        }
        assert_eq!(read(&[]), None);
    }
}
