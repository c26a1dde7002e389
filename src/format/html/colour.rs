//! Colours, read as far as it takes to see whether text can be told from what is behind it.
//!
//! The one thing to know: a colour that is not understood is `None`, and then what is inherited
//! counts, as if it were not written.

/// What is painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// Red, green and blue.
    Solid(u8, u8, u8),
    /// Nothing to see.
    Clear,
}

/// Text on white or black is told apart from about here, as the sum over the three channels.
const DIFFERENCE_MIN: u16 = 60;
/// Below this many thousandths, paint is as good as none.
const ALPHA_MIN: i64 = 120;

/// Names of colours that are near to white, near to black, or often used.
const NAMES: &[(&str, u32)] = &[
    ("aliceblue", 0xf0_f8ff),
    ("antiquewhite", 0xfa_ebd7),
    ("aqua", 0x00_ffff),
    ("azure", 0xf0_ffff),
    ("beige", 0xf5_f5dc),
    ("bisque", 0xff_e4c4),
    ("black", 0x00_0000),
    ("blanchedalmond", 0xff_ebcd),
    ("blue", 0x00_00ff),
    ("brown", 0xa5_2a2a),
    ("cornsilk", 0xff_f8dc),
    ("crimson", 0xdc_143c),
    ("cyan", 0x00_ffff),
    ("darkblue", 0x00_008b),
    ("darkgray", 0xa9_a9a9),
    ("darkgreen", 0x00_6400),
    ("darkgrey", 0xa9_a9a9),
    ("darkred", 0x8b_0000),
    ("darkslategray", 0x2f_4f4f),
    ("dimgray", 0x69_6969),
    ("dimgrey", 0x69_6969),
    ("floralwhite", 0xff_faf0),
    ("fuchsia", 0xff_00ff),
    ("gainsboro", 0xdc_dcdc),
    ("ghostwhite", 0xf8_f8ff),
    ("gold", 0xff_d700),
    ("gray", 0x80_8080),
    ("green", 0x00_8000),
    ("grey", 0x80_8080),
    ("honeydew", 0xf0_fff0),
    ("indigo", 0x4b_0082),
    ("ivory", 0xff_fff0),
    ("lavender", 0xe6_e6fa),
    ("lavenderblush", 0xff_f0f5),
    ("lemonchiffon", 0xff_facd),
    ("lightblue", 0xad_d8e6),
    ("lightcyan", 0xe0_ffff),
    ("lightgoldenrodyellow", 0xfa_fad2),
    ("lightgray", 0xd3_d3d3),
    ("lightgrey", 0xd3_d3d3),
    ("lightyellow", 0xff_ffe0),
    ("lime", 0x00_ff00),
    ("linen", 0xfa_f0e6),
    ("magenta", 0xff_00ff),
    ("maroon", 0x80_0000),
    ("midnightblue", 0x19_1970),
    ("mintcream", 0xf5_fffa),
    ("mistyrose", 0xff_e4e1),
    ("navy", 0x00_0080),
    ("oldlace", 0xfd_f5e6),
    ("olive", 0x80_8000),
    ("orange", 0xff_a500),
    ("papayawhip", 0xff_efd5),
    ("pink", 0xff_c0cb),
    ("purple", 0x80_0080),
    ("red", 0xff_0000),
    ("seashell", 0xff_f5ee),
    ("silver", 0xc0_c0c0),
    ("snow", 0xff_fafa),
    ("teal", 0x00_8080),
    ("white", 0xff_ffff),
    ("whitesmoke", 0xf5_f5f5),
    ("yellow", 0xff_ff00),
];

/// Whether text in one colour can hardly be told from another behind it.
pub fn is_lost(text: Paint, behind: (u8, u8, u8)) -> bool {
    let Paint::Solid(red, green, blue) = text else {
        return true;
    };
    let apart = |a: u8, b: u8| u16::from(a.abs_diff(b));
    let (behind_red, behind_green, behind_blue) = behind;
    let sum = apart(red, behind_red) + apart(green, behind_green) + apart(blue, behind_blue);
    sum <= DIFFERENCE_MIN
}

/// A colour as CSS writes it, in lower case.
pub fn colour(written: &str) -> Option<Paint> {
    let written = written.trim();
    if written == "transparent" {
        return Some(Paint::Clear);
    }
    if let Some(digits) = written.strip_prefix('#') {
        return hex(digits);
    }
    if let Some((function, rest)) = written.split_once('(') {
        let inside = rest.split(')').next().unwrap_or_default();
        return match function {
            "rgb" | "rgba" => rgb(inside),
            "hsl" | "hsla" => hsl(inside),
            _ => None,
        };
    }
    named(written)
}

/// A colour as old attributes write it: the `#` may be missing.
pub fn old_colour(written: &str) -> Option<Paint> {
    let lower = written.trim().to_ascii_lowercase();
    colour(&lower).or_else(|| hex(&lower))
}

/// The first colour in a value such as `#fff url(x) repeat` or `linear-gradient(#333, #555)`.
pub fn first_colour(value: &str) -> Option<Paint> {
    let mut from = value;
    loop {
        from = from.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')'));
        if from.is_empty() {
            return None;
        }
        let functional = ["rgb", "hsl"].iter().any(|name| from.starts_with(name));
        let stop = |c: char| {
            if functional {
                c == ')'
            } else {
                c.is_whitespace() || matches!(c, ',' | '(' | ')')
            }
        };
        let end = from.find(stop).unwrap_or(from.len());
        let (word, rest) = from.split_at_checked(end)?;
        if let Some(found) = colour(word) {
            return Some(found);
        }
        from = rest;
    }
}

fn named(name: &str) -> Option<Paint> {
    let at = NAMES
        .binary_search_by(|(known, _)| (*known).cmp(name))
        .ok()?;
    let (_, value) = NAMES.get(at)?;
    let [_, red, green, blue] = value.to_be_bytes();
    Some(Paint::Solid(red, green, blue))
}

fn hex(digits: &str) -> Option<Paint> {
    let values: Option<Vec<u8>> = digits
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let values = values?;
    // One digit for a channel stands for two of the same.
    let channels: Vec<u8> = match values.len() {
        3 | 4 => values.iter().map(|digit| digit.wrapping_mul(17)).collect(),
        6 | 8 => values.chunks(2).map(two_digits).collect(),
        _ => return None,
    };
    match channels.as_slice() {
        [red, green, blue] => Some(Paint::Solid(*red, *green, *blue)),
        [red, green, blue, alpha] => {
            let solid = Paint::Solid(*red, *green, *blue);
            Some(seen(solid, i64::from(*alpha) * 1000 / 255))
        }
        _ => None,
    }
}

fn two_digits(digits: &[u8]) -> u8 {
    digits.iter().fold(0, |value, digit| {
        value.wrapping_mul(16).wrapping_add(*digit)
    })
}

fn seen(solid: Paint, alpha: i64) -> Paint {
    if alpha < ALPHA_MIN {
        Paint::Clear
    } else {
        solid
    }
}

/// The numbers of a colour function in thousandths, and whether each is a percentage.
fn numbers(inside: &str) -> Vec<(i64, bool)> {
    inside
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '/'))
        .filter(|part| !part.is_empty())
        .filter_map(|part| super::css::number(part).map(|(n, unit)| (n, unit == "%")))
        .take(4)
        .collect()
}

fn alpha(given: Option<&(i64, bool)>) -> i64 {
    match given {
        None => 1000,
        Some((percent, true)) => percent / 100,
        Some((part, false)) => *part,
    }
}

fn channel(value: i64) -> u8 {
    u8::try_from(value.clamp(0, 255)).unwrap_or(u8::MAX)
}

fn rgb(inside: &str) -> Option<Paint> {
    let given = numbers(inside);
    let part = |(n, is_percent): (i64, bool)| {
        channel(if is_percent {
            n.saturating_mul(255) / 100_000
        } else {
            n / 1000
        })
    };
    let (r, g, b) = (given.first()?, given.get(1)?, given.get(2)?);
    let solid = Paint::Solid(part(*r), part(*g), part(*b));
    Some(seen(solid, alpha(given.get(3))))
}

fn hsl(inside: &str) -> Option<Paint> {
    let given = numbers(inside);
    let (hue, saturation, lightness) = (given.first()?.0, given.get(1)?.0, given.get(2)?.0);
    let saturation = (saturation / 100).clamp(0, 1000);
    let lightness = (lightness / 100).clamp(0, 1000);
    let reach = saturation * lightness.min(1000 - lightness) / 1000;
    // The formula of CSS Color 4, in thousandths.
    let part = |offset: i64| {
        let k = (offset * 1000 + hue / 30).rem_euclid(12_000);
        let slope = (k - 3000).min(9000 - k).clamp(-1000, 1000);
        channel((lightness - reach * slope / 1000) * 255 / 1000)
    };
    let solid = Paint::Solid(part(0), part(8), part(4));
    Some(seen(solid, alpha(given.get(3))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_in_every_common_notation() {
        let white = Some(Paint::Solid(255, 255, 255));
        let same = [
            "#fff",
            "#ffffff",
            "#ffff",
            "white",
            "rgb(255,255,255)",
            "rgb(100% 100% 100%)",
        ];
        for written in same
            .iter()
            .chain(&["hsl(0,0%,100%)", "rgba(255, 255, 255, 1)"])
        {
            assert_eq!(colour(written), white, "{written}");
        }
        assert_eq!(colour("hsl(120,100%,50%)"), Some(Paint::Solid(0, 255, 0)));
        assert_eq!(
            colour("hsl(240deg 100% 50%)"),
            Some(Paint::Solid(0, 0, 255))
        );
        assert_eq!(colour("rgba(0,0,0,0.02)"), Some(Paint::Clear));
        assert_eq!(colour("#00000005"), Some(Paint::Clear));
        assert_eq!(colour("oklch(1 0 0)"), None);
        assert_eq!(old_colour("FFFFFF"), white);
        assert_eq!(first_colour("url(x.png) no-repeat #fff"), white);
        assert_eq!(
            first_colour("linear-gradient(to right, rgb(1,2,3), #fff)"),
            Some(Paint::Solid(1, 2, 3))
        );
    }

    #[test]
    fn the_names_are_in_order() {
        assert!(NAMES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn nearly_the_same_is_lost_and_a_light_grey_is_not() {
        assert!(is_lost(Paint::Solid(250, 250, 250), (255, 255, 255)));
        assert!(is_lost(Paint::Clear, (255, 255, 255)));
        assert!(!is_lost(Paint::Solid(0xbb, 0xbb, 0xbb), (255, 255, 255)));
    }
}
