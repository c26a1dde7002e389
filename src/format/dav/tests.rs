//! Answers as two services write them, what is refused, and where addresses lead.

use super::*;
use crate::time::Timestamp;
use proptest::prelude::*;

/// Default namespace, escaped text.
const ONE: &str = r#"<?xml version='1.0' encoding='utf-8'?>
<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/">
  <response><href>/alice/work/a%20b.ics</href><propstat><prop>
    <getetag>"1&amp;2"</getetag>
    <C:calendar-data>BEGIN:VCALENDAR
SUMMARY:a &lt; b&#13;
END:VCALENDAR</C:calendar-data>
  </prop><status>HTTP/1.1 200 OK</status></propstat>
  <propstat><prop><displayname>never</displayname></prop><status>HTTP/1.1 404 Not Found</status></propstat></response>
  <response><href>/gone.ics</href><status>HTTP/1.1 404 Not Found</status></response>
  <sync-token>http://example.com/sync/7</sync-token>
</multistatus>"#;

/// Prefixes, character data as it is.
const OTHER: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?><!-- x --><d:multistatus xmlns:d=\"DAV:\" xmlns:cal=\"urn:ietf:params:xml:ns:caldav\">\
<d:response><d:href>/dav/a.ics</d:href><d:propstat><d:status>HTTP/1.1 200 OK</d:status><d:prop><d:getetag>\"7\"</d:getetag>\
<cal:calendar-data><![CDATA[BEGIN:VCALENDAR\r\nSUMMARY:a < b\r\nEND:VCALENDAR\r\n]]></cal:calendar-data></d:prop></d:propstat></d:response></d:multistatus>";

#[test]
fn both_ways_to_write_an_answer_are_read_alike() {
    let one = read(ONE).unwrap();
    assert_eq!(one.sync_token.as_deref(), Some("http://example.com/sync/7"));
    let [event, gone] = &one.responses[..] else {
        panic!("{one:?}")
    };
    assert_eq!(event.href, "/alice/work/a%20b.ics");
    assert_eq!(event.props.etag.as_deref(), Some("\"1&2\""));
    assert_eq!(event.props.display_name, None);
    let data = event.props.calendar_data.as_deref().unwrap();
    assert!(data.contains("\nSUMMARY:a < b\r\nEND"), "{data:?}");
    assert_eq!((gone.href.as_str(), gone.status), ("/gone.ics", Some(404)));
    let other = read(OTHER).unwrap();
    let props = &other.responses[0].props;
    assert_eq!(props.etag.as_deref(), Some("\"7\""));
    assert!(
        props
            .calendar_data
            .as_deref()
            .unwrap()
            .contains("SUMMARY:a < b")
    );
}

#[test]
fn what_is_found_out_about_an_account_is_read() {
    let text = r#"<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:a="urn:ietf:params:xml:ns:carddav" xmlns:s="http://calendarserver.org/ns/" xmlns:x="x:">
<d:response><d:href>/cal/</d:href><d:propstat><d:prop>
<d:resourcetype><d:collection/><c:calendar/></d:resourcetype><d:displayname>Work &amp; home</d:displayname>
<d:current-user-principal><d:href>/me/</d:href></d:current-user-principal>
<c:calendar-home-set><d:href>/home/</d:href><d:href>/shared/</d:href></c:calendar-home-set>
<a:addressbook-home-set><d:href>/people/</d:href></a:addressbook-home-set>
<c:schedule-outbox-URL><d:href>/out/</d:href></c:schedule-outbox-URL>
<c:calendar-user-address-set><d:href>mailto:ann@example.com</d:href></c:calendar-user-address-set>
<c:supported-calendar-component-set><c:comp name="vevent"/><c:comp name="VJOURNAL"/></c:supported-calendar-component-set>
<d:current-user-privilege-set><d:privilege><d:read/></d:privilege><d:privilege><d:write-content/></d:privilege></d:current-user-privilege-set>
<d:owner><d:href> /me/ </d:href></d:owner>
<s:getctag>c1</s:getctag><d:sync-token>t1</d:sync-token><c:schedule-tag>"s"</c:schedule-tag><x:getetag>not this</x:getetag><d:getetag/>
</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>"#;
    let answer = read(text).unwrap();
    let props = &answer.responses[0].props;
    let words = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let expected = Props {
        etag: None,
        schedule_tag: Some("\"s\"".to_owned()),
        ctag: Some("c1".to_owned()),
        sync_token: Some("t1".to_owned()),
        display_name: Some("Work & home".to_owned()),
        calendar_data: None,
        address_data: None,
        is_collection: true,
        is_calendar: true,
        is_addressbook: false,
        current_user_principal: Some("/me/".to_owned()),
        owner: Some("/me/".to_owned()),
        calendar_homes: words(&["/home/", "/shared/"]),
        addressbook_homes: words(&["/people/"]),
        schedule_outbox: Some("/out/".to_owned()),
        addresses: words(&["mailto:ann@example.com"]),
        components: words(&["VEVENT", "VJOURNAL"]),
        privileges: words(&["read", "write-content"]),
    };
    assert_eq!(props, &expected);
    assert!(props.holds_events() && props.may_write() == Some(true));
    let only = |privileges, components| Props {
        privileges: words(privileges),
        components: words(components),
        is_calendar: true,
        ..Props::default()
    };
    assert_eq!(only(&["read"], &[]).may_write(), Some(false));
    assert_eq!(only(&[], &[]).may_write(), None);
    assert!(only(&[], &[]).holds_events() && !only(&[], &["VJOURNAL"]).holds_events());
}

#[test]
fn an_owner_is_asked_for_and_is_one_or_none() {
    assert!(propfind(&[Prop::Owner]).contains("<d:prop><d:owner/></d:prop>"));
    let owner = |inner: &str, status: &str| {
        let text = format!(
            "<multistatus xmlns=\"DAV:\"><response><href>/a/</href><propstat><prop><owner>{inner}</owner></prop><status>HTTP/1.1 {status}</status></propstat></response></multistatus>"
        );
        read(text).unwrap().responses[0].props.owner.clone()
    };
    let (ann, bob) = ("<href>/ann/</href>", "<href>/bob/</href>");
    assert_eq!(owner(ann, "200 OK").as_deref(), Some("/ann/"));
    assert_eq!(owner(ann, "404 Not Found"), None);
    assert_eq!(owner("", "200 OK"), None);
    assert_eq!(owner("/ann/", "200 OK"), None);
    assert_eq!(owner(&format!("{ann}{bob}"), "200 OK"), None);
}

#[test]
fn a_place_is_the_same_in_every_way_of_writing_it() {
    assert!(is_same("/ann@a/", "/ann%40a") && is_same("/a/b", "/a/b/"));
    assert!(!is_same("/ann/", "/anna/") && !is_same("/ann/b/", "/ann%2Fb/"));
    assert!(!is_same("/ann/", "/ann%2F") && !is_same("/ann/", "//ann/"));
    assert!(!is_same("/ann/", "/Ann/"));
}

#[test]
fn what_costs_too_much_or_reaches_out_is_refused() {
    let refused = |text: &str| read(text).unwrap_err();
    let xml = |error: XmlError| DavError::Xml(error);
    let doctype = "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><multistatus xmlns=\"DAV:\">&e;</multistatus>";
    assert_eq!(refused(doctype), xml(XmlError::Entities));
    let unused = "<!DOCTYPE multistatus><multistatus xmlns=\"DAV:\"/>";
    assert_eq!(refused(unused), xml(XmlError::Entities));
    assert_eq!(
        refused("<multistatus xmlns=\"DAV:\">&e;</multistatus>"),
        xml(XmlError::Entities)
    );
    assert_eq!(
        refused("<multistatus xmlns=\"DAV:\" a=\"&e;\"/>"),
        xml(XmlError::Entities)
    );
    assert_eq!(refused(&"<a>".repeat(33)), xml(XmlError::TooLarge));
    assert_eq!(
        refused(&format!("<a>{}", "<b/>".repeat(200_001))),
        xml(XmlError::TooLarge)
    );
    assert_eq!(
        refused(&format!("<a {}/>", "x".repeat(5_000))),
        xml(XmlError::TooLarge)
    );
    assert_eq!(refused(&" ".repeat(9 << 20)), xml(XmlError::TooLarge));
    for text in [
        "",
        "hello",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a:b/>",
        "<a>&#0;</a>",
        "<a",
    ] {
        assert_eq!(refused(text), xml(XmlError::Malformed), "{text}");
    }
    assert_eq!(refused("<multistatus/>"), DavError::Other);
    let nameless = "<multistatus xmlns=\"DAV:\"><response/></multistatus>";
    assert_eq!(refused(nameless), DavError::Other);
}

#[test]
fn an_error_names_its_conditions() {
    let text = "<d:error xmlns:d=\"DAV:\"><d:valid-sync-token/></d:error>";
    assert_eq!(conditions(text), ["valid-sync-token"]);
    assert!(conditions("<html/>").is_empty() && conditions("oh no").is_empty());
}

#[test]
fn requests_are_xml_that_says_what_was_asked() {
    let (from, to) = (
        Timestamp::from_millis(1_768_176_000_000),
        Timestamp::from_millis(1_768_262_400_000),
    );
    let evil = "]]></d:x>&\"'\u{0}\u{FFFF}";
    let bodies = [
        propfind(&[Prop::Etag, Prop::Ctag, Prop::AddressbookHomeSet]),
        calendar_query(from, to, true),
        calendar_query(from, to, false),
        events_of(evil),
        calendar_multiget(&["/a%20b.ics", evil], Some((from, to))),
        addressbook_query(Some(evil), 5),
        addressbook_query(None, 5),
        addressbook_multiget(&[evil]),
        sync_collection(evil),
        free_busy_query(from, to),
        make_calendar(evil),
    ];
    for body in &bodies {
        let read = super::xml::read(body.as_bytes());
        assert!(read.is_ok(), "{body}");
    }
    let root = super::xml::read(bodies[1].as_bytes()).unwrap();
    assert!(root.is(xml::CALDAV, "calendar-query"));
    assert!(bodies[1].contains("<c:expand start=\"20260112T000000Z\" end=\"20260113T000000Z\"/>"));
    assert!(!bodies[2].contains("expand"));
    let root = super::xml::read(bodies[8].as_bytes()).unwrap();
    let token = root.child(xml::DAV, "sync-token").unwrap();
    assert_eq!(token.text, "]]></d:x>&\"'");
    let root = super::xml::read(bodies[10].as_bytes()).unwrap();
    assert!(root.is(xml::DAV, "mkcol"));
}

#[test]
fn addresses_lead_where_a_client_would_go() {
    let base = "https://Example.com:443/dav/cal/?x";
    let go = |href: &str| resolve(base, href).map(|found| (found.url, found.same_origin));
    let own = |url: &str| Some((url.to_owned(), true));
    let other = |url: &str| Some((url.to_owned(), false));
    assert_eq!(
        go("/a%20b/%C3%A9.ics"),
        own("https://example.com/a%20b/%C3%A9.ics")
    );
    assert_eq!(go("c.ics"), own("https://example.com/dav/cal/c.ics"));
    assert_eq!(
        go("https://EXAMPLE.com/c.ics"),
        own("https://EXAMPLE.com/c.ics")
    );
    assert_eq!(go("/c.ics#top"), own("https://example.com/c.ics"));
    for foreign in [
        "http://example.com/",
        "https://example.com:8443/",
        "https://example.com.evil.net/",
        "https://evil.net/example.com",
    ] {
        assert_eq!(go(foreign), other(foreign));
    }
    assert_eq!(go("//evil.net/x"), other("https://evil.net/x"));
    for none in [
        "",
        "#x",
        "https://example.com@evil.net/",
        "/\\evil.net",
        "/a b",
        "/a\r\nHost: x",
        "/../x",
        "/%2e%2E/x",
        "a/./b",
        "javascript:alert(1)",
        "mailto:a@example.com",
        "ftp://example.com/",
        "https:///x",
        "https://",
    ] {
        assert_eq!(go(none), None, "{none}");
    }
    assert_eq!(resolve("/dav/", "/x"), None);
}

fn almost() -> impl Strategy<Value = String> {
    let pieces = [
        "<multistatus xmlns=\"DAV:\">",
        "</multistatus>",
        "<response>",
        "</response>",
        "<href>",
        "</href>",
        "<propstat>",
        "</propstat>",
        "<prop>",
        "</prop>",
        "<status>",
        "</status>",
        "HTTP/1.1 200 OK",
        "<getetag>",
        "</getetag>",
        "&amp;",
        "&#x41;",
        "&x;",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<a xmlns:b=\"c\">",
        "<b:d/>",
        "\"",
        "<",
        ">",
        "/",
    ];
    let piece = prop_oneof![
        8 => prop::sample::select(pieces.to_vec()).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn nothing_crashes_the_reader(text in almost(), bytes in any::<Vec<u8>>()) {
        let _ = (read(&text), read(&bytes), conditions(&bytes));
        let _ = (resolve("https://example.com/", &text), resolve(&text, "/x"));
    }

    #[test]
    fn an_address_of_the_same_service_begins_with_it(href in "[a-z/@:.\\\\?#%]{0,30}") {
        if let Some(found) = resolve("https://example.com/dav/", &href) {
            let own = found.url.to_lowercase();
            let begins = own == "https://example.com"
                || ["/", ":443", "?"].iter().any(|next| own.starts_with(&format!("https://example.com{next}")));
            prop_assert_eq!(found.same_origin, begins, "{}", own);
        }
    }

    #[test]
    fn every_text_arrives_as_it_is(text in "[ -~é\n<>&'\"]{0,60}") {
        let body = sync_collection(&text);
        let root = super::xml::read(body.as_bytes()).unwrap();
        prop_assert_eq!(&root.child(xml::DAV, "sync-token").unwrap().text, &text);
    }
}
