//! Every other way to write a host, and that none of them is read as one.

use super::*;

/// Hosts inside, hosts of the platform and look-alikes, in every spelling that some reader folds.
/// `tests/attacks.rs` tries them at the door, also as the target of a redirect.
pub(in crate::egress) const SPELLINGS: &[&str] = &[
    // Addresses: decimal, octal, hexadecimal, short, padded, too large.
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.000.000.001",
    "0",
    "0.0.0.0",
    "2130706433",
    "0x7f000001",
    "0x7F000001",
    "0x7f.1",
    "0x7f.0x0.0x0.0x1",
    "017700000001",
    "0177.0.0.1",
    "0177.0x0.1",
    "00000177.1",
    "127.0.0.1.",
    "4294967297",
    "127.0.0.257",
    "10.0.0.1",
    "192.168.1.1",
    "172.16.0.1",
    "100.64.0.1",
    "1.1.1.1",
    "3232235777",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "a.b.0x7f",
    "a.b.1",
    // The same as IPv6, mapped, with zones.
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[fe80::1%eth0]",
    "[fd00:ec2::254]",
    "[2002:7f00:1::]",
    "::1",
    "fd00:ec2::254",
    "[v1.x]",
    "[::1",
    "::1]",
    // Names of machines inside, and of services that tell keys.
    "localhost",
    "LOCALHOST",
    "localhost.",
    "localhost6",
    "broadcasthost",
    "metadata",
    "instance-data",
    "router",
    "intranet",
    // Dots and digits that are folded, and letters that look alike.
    "127\u{3002}0\u{3002}0\u{3002}1",
    "127\u{ff0e}0\u{ff0e}0\u{ff0e}1",
    "127\u{ff61}1",
    "\u{2460}\u{2461}\u{2467}.0.0.1",
    "\u{ff11}27.0.0.1",
    "\u{661}27.0.0.1",
    "\u{1d7cf}27.0.0.1",
    "l\u{2092}calhost",
    "\u{24db}ocalhost",
    "api.ex\u{430}mple.net",
    "api.exampl\u{435}.net",
    "api.example.net\u{200b}",
    "api\u{ad}.example.net",
    "\u{ff41}pi.example.net",
    "xn--pi-7ia.example.net",
    "api.xn--xample-9uf.net",
    "api.example.xn--net-7ia",
    "\u{202e}ten.elpmaxe.ipa",
    // Users, ports, other separators.
    "user@api.example.net",
    "user:word@api.example.net",
    "@api.example.net",
    "api.example.net@127.0.0.1",
    "api.example.net:443",
    "api.example.net:80",
    "api.example.net:",
    "api.example.net:0",
    "api.example.net:x@127.0.0.1",
    "api.example.net\\@127.0.0.1",
    "api.example.net\\.evil.example",
    "api.example.net%2f@127.0.0.1",
    "api.example.net%2f",
    "api.example.net%00",
    "%61pi.example.net",
    "api.example.net%2eevil.example",
    "api.example.net#@127.0.0.1",
    "api.example.net;.evil.example",
    "api.example.net,evil.example",
    "api.example.net&evil.example",
    "api.example.net|x",
    "api.example.net\t",
    "api.example.net\n",
    "\tapi.example.net",
    "api.\rexample.net",
    "api .example.net",
    "api.example.net ",
    " api.example.net",
    "api.example.net\0",
    // What is nearly a plain name.
    "",
    ".",
    "..",
    "api.example.net.",
    ".api.example.net",
    "api..example.net",
    "API.example.net",
    "api.Example.net",
    "-api.example.net",
    "api-.example.net",
    "api_x.example.net",
    "*.example.net",
    "api.example.net-",
    "api.example.-net",
    "net",
    "api.example.net/..",
    "[api.example.net]",
];

#[test]
fn only_the_plainest_spelling_is_a_host() {
    assert!(SPELLINGS.len() >= 120, "{}", SPELLINGS.len());
    for name in SPELLINGS {
        for url in [
            format!("https://{name}/"),
            format!("https://{name}"),
            format!("https://{name}/jmap/api?x=1"),
        ] {
            // What is a path to us is one to everybody.
            let plain = name.split_once('/').map(|(host, _)| host);
            let read = host_of(&url);
            assert_eq!(read.as_ref().map(Host::as_str), plain, "{url:?}");
        }
        assert_eq!(Host::read(name), None, "{name:?}");
    }
    for name in [
        "api.example.net",
        "a.b",
        "a-b.c-9.example",
        "0x7f.1.example",
        "1.2.3.example",
    ] {
        for rest in ["", "/", "/a/b?c=d@e:f", "?x"] {
            let url = format!("https://{name}{rest}");
            assert_eq!(host_of(&url).unwrap().as_str(), name, "{url}");
        }
    }
    let long = format!("{}.example", "a".repeat(64));
    assert_eq!(Host::read(&long), None);
    assert!(Host::read(long.get(1..).unwrap()).is_some());
    assert_eq!(Host::read(&format!("{}example", "a.".repeat(124))), None);
}

#[test]
fn nothing_but_https_and_a_plain_path_is_an_address() {
    for url in [
        "",
        "api.example.net",
        "//api.example.net/",
        "/api.example.net/",
        "https:api.example.net",
        "https:/api.example.net/",
        "https:///api.example.net/",
        "https:\\\\api.example.net/",
        "https:/\\api.example.net/",
        "HTTPS://api.example.net/",
        "Https://api.example.net/",
        " https://api.example.net/",
        "\thttps://api.example.net/",
        "ht\ntps://api.example.net/",
        "http://api.example.net/",
        "ftp://api.example.net/",
        "wss://api.example.net/",
        "file://api.example.net/",
        "blob:https://api.example.net/",
        "view-source:https://api.example.net/",
        "javascript://api.example.net/",
        "https://api.example.net/#x",
        "https://api.example.net#/",
        "https://api.example.net/\\x",
        "https://api.example.net/a b",
        "https://api.example.net/\n",
        "https://api.example.net/\u{e9}",
        "https://api.example.net/?\u{0}",
        "https://api.example.net/<x>",
    ] {
        assert_eq!(host_of(url), None, "{url:?}");
    }
}

#[test]
fn a_suffix_ends_at_a_label_and_has_two() {
    let fits = |name: &str, suffix: &str| fits_suffix(&Host::read(name).unwrap(), suffix);
    for (name, suffix, fit) in [
        ("api.example.net", ".example.net", true),
        ("a.b.example.net", ".example.net", true),
        ("a.b.example.net", ".b.example.net", true),
        ("example.net", ".example.net", false),
        ("evilexample.net", ".example.net", false),
        ("evil-example.net", ".example.net", false),
        ("api.example.net.evil.example", ".example.net", false),
        ("api.example.org", ".example.net", false),
        ("127.0.0.1.nip.io", ".example.net", false),
        ("api-example-net.nip.io", ".example.net", false),
        ("metadata.google.internal", ".example.net", false),
        ("api.example.net", "example.net", false),
        ("api.example.net", "..example.net", false),
        ("api.example.net", ".net", false),
        ("api.example.net", ".", false),
        ("api.example.net", "", false),
        ("api.example.net", ".example.net.", false),
        ("api.example.net", ".Example.net", false),
        ("api.example.net", ".*.net", false),
        ("api.example.net", "*.example.net", false),
        ("api.example.net", ".ample.net", false),
        ("api.example.net", ".xn--a.net", false),
        ("a.0.0.1.example", ".0.0.1", false),
    ] {
        assert_eq!(fits(name, suffix), fit, "{name} {suffix}");
    }
}

#[test]
fn an_address_of_the_deployer_counts_with_its_scheme_and_port() {
    for (url, base, rest) in [
        (
            "http://127.0.0.1:8080/dav/x?y",
            "http://127.0.0.1:8080/dav",
            Some("/dav/x?y"),
        ),
        ("http://localhost/other", "http://localhost", Some("/other")),
        ("https://own.example", "https://own.example/", Some("")),
        ("https://own.example?x", "https://own.example", Some("?x")),
        ("http://[::1]:9/x", "http://[::1]:9/", Some("/x")),
        ("http://127.0.0.1:80801/", "http://127.0.0.1:8080/", None),
        ("http://127.0.0.1:8081/", "http://127.0.0.1:8080/", None),
        ("http://127.0.0.1/", "http://127.0.0.1:8080/", None),
        ("http://127.0.0.1:8080/", "http://127.0.0.1", None),
        ("https://127.0.0.1:8080/", "http://127.0.0.1:8080/", None),
        ("http://own.example/", "https://own.example/", None),
        (
            "https://own.example.evil.example/",
            "https://own.example",
            None,
        ),
        (
            "https://own.example@evil.example/",
            "https://own.example",
            None,
        ),
        (
            "https://own.example\\@evil.example/",
            "https://own.example",
            None,
        ),
        ("https://own.example/\\x", "https://own.example", None),
        ("https://own.example/#x", "https://own.example", None),
        ("https://OWN.example/", "https://own.example", None),
        (
            "https://user@own.example/",
            "https://user@own.example/",
            None,
        ),
        ("https:///x", "https:///", None),
        ("ftp://own.example/x", "ftp://own.example", None),
    ] {
        assert_eq!(below_origin(url, base), rest, "{url} at {base}");
    }
}
