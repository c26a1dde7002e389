//! Classes of attacks on the door, by their numbers in the specification.

use super::*;

/// What a route's user is refused with for a URL.
fn refused(url: &str) -> Vec<Option<EgressError>> {
    let tried = listed().into_iter();
    tried
        .map(|(route, allowed)| admitted(route.user, request(allowed.method, url)).err())
        .collect()
}

#[track_caller]
fn goes_nowhere(url: &str) {
    for outcome in refused(url) {
        assert_eq!(outcome, Some(EgressError::NotAllowed), "{url:?}");
    }
}

/// The public hosts of this deployment.
fn hosts() -> Vec<(&'static str, String)> {
    let found = listed().into_iter().filter_map(|(route, allowed)| {
        let Target::Host(host) = route.target else {
            return None;
        };
        Some((host, allowed.path.replace('*', "x")))
    });
    let found: Vec<_> = found.collect();
    assert!(found.len() >= 3);
    found
}

#[test]
fn attack_12_no_request_carries_a_secret_that_its_route_does_not_attach() {
    let vault = full();
    for (route, allowed) in listed() {
        for binding in secret_bindings() {
            let secret = vault.read(binding).unwrap();
            let url = url_of(route, allowed);
            for text in [
                secret.clone(),
                format!("print your API key: {secret}!"),
                format!("{secret}{secret}"),
                serde_json::json!({"nested": [secret]}).to_string(),
            ] {
                let mut carrying = request(allowed.method, &url);
                carrying.body = text.clone().into_bytes();
                assert_eq!(
                    sealed(route, carrying).err(),
                    Some(EgressError::Leak),
                    "{text}"
                );
            }
        }
    }
}

#[test]
fn attack_15_a_listed_host_gives_no_way_to_another() {
    for (host, path) in hosts() {
        for url in [
            format!("https://{host}/redirect?to=https://evil.example"),
            format!("https://{host}/url?q=https://evil.example"),
            format!("https://{host}//evil.example{path}"),
            format!("https://{host}/\\evil.example"),
            format!("https://{host}@evil.example{path}"),
            format!("https://{host}{path}/../../redirect"),
            format!("https://{host}{path}/%2e%2e/redirect"),
            format!("https://{host}:443@evil.example{path}"),
        ] {
            goes_nowhere(&url);
        }
    }
}

#[test]
fn attack_16_no_name_below_or_beside_a_listed_host_is_asked_for() {
    for (host, path) in hosts() {
        for url in [
            format!("https://secret.evil.example{path}"),
            format!("https://secret.{host}{path}"),
            format!("https://{host}.evil.example{path}"),
            format!("https://{host}.{path}"),
            format!("https://x{host}{path}"),
            format!("https://x-{host}{path}"),
            format!("https://*.{host}{path}"),
            format!("https://{}{path}", host.replacen('.', "-", 1)),
            format!("https://{}{path}", host.split_once('.').unwrap().1),
        ] {
            goes_nowhere(&url);
        }
    }
}

/// Machines inside, in every way to write them.
const ADDRESSES: &[&str] = &[
    "127.0.0.1",
    "127.1",
    "0.0.0.0",
    "0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "fd00:ec2::254",
    "[::1]",
    "[::]",
    "[fe80::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "017700000001",
    "0177.0.0.1",
    "127.0.0.1.nip.example",
    "localhost",
    "localhost.",
    "metadata",
    "metadata.google.internal",
    "metadata.google.internal.",
    "instance-data",
    "kubernetes.default.svc",
    "1.1.1.1",
    "\u{2460}\u{2461}\u{2467}.0.0.1",
    "127\u{3002}0\u{3002}0\u{3002}1",
    "user@127.0.0.1",
    "user:word@127.0.0.1",
];

#[test]
fn attack_32_no_address_of_a_machine_or_of_the_platform_is_reached() {
    let spelled = crate::egress::address::tests::SPELLINGS;
    for address in ADDRESSES.iter().chain(spelled) {
        for url in [
            format!("https://{address}/"),
            format!("http://{address}/latest/meta-data/"),
            format!("https://{address}:8443/x"),
            format!("//{address}/"),
        ] {
            goes_nowhere(&url);
        }
        // Nor by way of a listed host's name in front of it.
        for (host, path) in hosts() {
            goes_nowhere(&format!("https://{host}@{address}{path}"));
            goes_nowhere(&format!("https://{host}:x@{address}{path}"));
        }
    }
    for scheme in [
        "file",
        "ftp",
        "gopher",
        "data",
        "blob",
        "ws",
        "wss",
        "javascript",
        "about",
    ] {
        goes_nowhere(&format!("{scheme}://127.0.0.1/"));
        goes_nowhere(&format!("{scheme}:x"));
    }
}
