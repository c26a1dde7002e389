//! Messages in, and what each of their oddities comes to.
//!
//! The one thing to know: the awkward ones of other projects are read by `corpus`; here are those
//! whose every word is known.

mod corpus;
mod out;

use super::*;

fn mail(raw: &str) -> Mail {
    read(raw.replace('\n', "\r\n").as_bytes(), &Limits::default())
}

fn bytes(head: &str, body: &[u8]) -> Mail {
    let mut raw = head.replace('\n', "\r\n").into_bytes();
    raw.extend_from_slice(body);
    read(&raw, &Limits::default())
}

#[test]
fn a_simple_message_is_read() {
    let mail = mail(
        "From: Ann <ann@example.com>\nTo: b@example.com, \"C, D\" <c@example.com>\n\
         Cc: team: e@example.com, f@example.com;\nReply-To: g@example.com\nSender: h@example.com\n\
         Subject: =?utf-8?q?Caf=C3=A9?=\n to go\nMessage-ID: <1@x>\nIn-Reply-To: <0@x>\n\
         References: <a@x>\n <0@x>\nX-A: 1\nx-a:  2\n 3\n\
         Date: Thu, 1 Jan 1970 00:01:00 +0000\n\nHello\nthere\n",
    );
    let ann = Person {
        name: Some("Ann".to_owned()),
        address: "ann@example.com".to_owned(),
    };
    assert_eq!(mail.from, [ann]);
    assert_eq!(mail.to[0].name, None);
    assert_eq!(mail.to[1].name.as_deref(), Some("C, D"));
    let cc: Vec<&str> = mail.cc.iter().map(|p| p.address.as_str()).collect();
    assert_eq!(cc, ["e@example.com", "f@example.com"]);
    assert_eq!(mail.reply_to[0].address, "g@example.com");
    assert_eq!(
        mail.sender.map(|p| p.address).as_deref(),
        Some("h@example.com")
    );
    assert_eq!(mail.subject, "Café to go");
    assert_eq!(mail.message_id.as_deref(), Some("1@x"));
    assert_eq!(mail.in_reply_to, ["0@x"]);
    assert_eq!(mail.references, ["a@x", "0@x"]);
    assert_eq!(mail.date, Some(60));
    assert_eq!(mail.text, "Hello\nthere");
    assert!(!mail.is_cut && !mail.has_hidden && mail.attachments.is_empty());
}

#[test]
fn fields_keep_their_order_and_their_folds() {
    let mail = mail("From x y\nX-A: 1\nFrom: a@b.c\nx-a:  2\n\t3\n\nbody");
    let names: Vec<&str> = mail
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    assert_eq!(names, ["X-A", "From", "x-a"]);
    assert_eq!(mail.headers("X-a").collect::<Vec<_>>(), ["1", "2\r\n\t3"]);
    // What is no field begins the body.
    let odd = self::mail("Subject: a\nthis is no field\nBcc: x@y.z\n\nbody");
    assert_eq!(odd.text, "this is no field\nBcc: x@y.z\n\nbody");
    assert!(odd.bcc.is_empty());
    assert_eq!(self::mail("").text, "");
    assert_eq!(self::mail("\nonly a body").text, "only a body");
    assert_eq!(self::mail("Subject: no body").subject, "no body");
}

#[test]
fn character_sets_are_read() {
    let text = |charset: &str, body: &[u8]| {
        bytes(
            &format!("Content-Type: text/plain; charset={charset}\n\n"),
            body,
        )
        .text
    };
    assert_eq!(text("iso-2022-jp", b"\x1b$B$3$s$K$A$O\x1b(B"), "こんにちは");
    assert_eq!(
        text("gb18030", b"\xc4\xe3\xba\xc3\x94\x39\xfc\x36"),
        "你好😀"
    );
    assert_eq!(text("gb2312", b"\xc4\xe3\xba\xc3"), "你好");
    assert_eq!(text("big5", b"\xa7\x41\xa6\x6e"), "你好");
    assert_eq!(text("shift_jis", b"\x82\xb1"), "こ");
    assert_eq!(text("euc-kr", b"\xb0\xa1"), "가");
    assert_eq!(text("koi8-r", b"\xf0\xd2\xc9\xd7\xc5\xd4"), "Привет");
    assert_eq!(text("windows-1252", b"\x80 5 \x96 caf\xe9"), "€ 5 – café");
    assert_eq!(text("iso-8859-15", b"\xa4"), "€");
    assert_eq!(text("utf-7", b"Hi +AOk-t+AOk-"), "Hi été");
    assert_eq!(text("utf-16le", b"h\0i\0"), "hi");
    assert_eq!(text("UTF-8", "é".as_bytes()), "é");
    assert_eq!(text("utf-8", b"a\xffb"), "a\u{fffd}b");
    assert_eq!(text("x-unknown", "é".as_bytes()), "é");
    // Nothing said, and no UTF-8.
    assert_eq!(bytes("Subject: x\n\n", b"caf\xe9").text, "café");
    assert_eq!(bytes("Subject: x\n\n", "café".as_bytes()).text, "café");
}

#[test]
fn encoded_words_and_parameters_are_read() {
    let subject = |value: &str| mail(&format!("Subject: {value}\n\n")).subject;
    assert_eq!(
        subject("=?iso-2022-jp?B?GyRCJDMkcyRLJEEkTxsoQg==?="),
        "こんにちは"
    );
    assert_eq!(
        subject("=?koi8-r?Q?=F0=D2=C9?= =?koi8-r?B?18XU?="),
        "Привет"
    );
    assert_eq!(subject("=?utf-8?q?a_b?= c =?utf-8*en?q?d?="), "a b c d");
    assert_eq!(subject("a =?utf-8?x?b?= c"), "a =?utf-8?x?b?= c");
    assert_eq!(subject("=?utf-8?q?a=0D=0ABcc:_x?="), "a Bcc: x");
    assert_eq!(subject("a\u{202e}b\u{200b}c"), "abc");
    let name = |value: &str| {
        let raw = format!("Content-Type: image/png\nContent-Disposition: attachment; {value}\n\nx");
        mail(&raw).attachments[0].name.clone()
    };
    assert_eq!(name("filename=\"a b.png\"").as_deref(), Some("a b.png"));
    assert_eq!(
        name("filename*=utf-8'en'%e2%82%ac.png").as_deref(),
        Some("€.png")
    );
    assert_eq!(
        name("filename*0=a; filename*1=b;\n filename*2=.png").as_deref(),
        Some("ab.png")
    );
    assert_eq!(
        name("filename*0*=utf-8''%c3%a9; filename*1*=.p%6eg").as_deref(),
        Some("é.png")
    );
    assert_eq!(
        name("filename=\"=?utf-8?q?=C3=A9.png?=\"").as_deref(),
        Some("é.png")
    );
    assert_eq!(
        name("filename=\"a\u{202e}gnp.exe\"").as_deref(),
        Some("agnp.exe")
    );
    assert_eq!(name("x=y"), None);
}

const NESTED: &str = "Content-Type: multipart/mixed; boundary=out\n\nbefore\n--out\n\
    Content-Type: multipart/alternative; boundary=\"in\"\n\n--in\nContent-Type: text/plain\n\n\
    Hello Bob, see the picture\n--in\nContent-Type: multipart/related; boundary=rel\n\n--rel\n\
    Content-Type: text/html\n\n<p>Hello <b>Bob</b>, see the picture<img src=cid:1>\n--rel\n\
    Content-Type: image/png; name=p.png\nContent-Id: <1>\nContent-Transfer-Encoding: base64\n\n\
    iVBO\n Rw==\n--rel--\n--in--\n--out\nContent-Type: application/pdf\n\
    Content-Disposition: attachment; filename=a.pdf\n\n%PDF\n--out\nContent-Type: text/plain\n\n\
    -- list footer\n--out--\nafter";

#[test]
fn parts_in_parts_are_sorted() {
    let read = mail(NESTED);
    assert_eq!(read.text, "Hello Bob, see the picture\n\n-- list footer");
    assert_eq!(read.html_text, None);
    let names: Vec<_> = read
        .attachments
        .iter()
        .map(|a| (a.name.as_deref(), a.bytes, a.is_inline))
        .collect();
    assert_eq!(names, [(Some("p.png"), 4, true), (Some("a.pdf"), 4, false)]);
    assert_eq!(read.attachments[0].media_type, "image/png");
    let raw = NESTED.replace('\n', "\r\n");
    let fetch = |index| attachment(raw.as_bytes(), index, &Limits::default());
    assert_eq!(
        fetch(read.attachments[0].index).as_deref(),
        Some(&b"\x89PNG"[..])
    );
    assert_eq!(
        fetch(read.attachments[1].index).as_deref(),
        Some(&b"%PDF"[..])
    );
    assert_eq!(fetch(99), None);
    // Line ends without a carriage return are as good.
    assert_eq!(
        super::read(NESTED.as_bytes(), &Limits::default()).text,
        read.text
    );
}

#[test]
fn broken_boundaries_lose_nothing() {
    let end_missing = mail(&NESTED.replace("--rel--\n", "").replace("--in--\n", ""));
    assert_eq!(
        end_missing.text,
        "Hello Bob, see the picture\n\n-- list footer"
    );
    let cut_off = mail("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHello");
    assert_eq!(cut_off.text, "Hello");
    // A boundary that never comes, or none at all: the text is shown as it is.
    assert_eq!(
        mail("Content-Type: multipart/mixed; boundary=b\n\nHello").text,
        "Hello"
    );
    assert_eq!(mail("Content-Type: multipart/mixed\n\nHello").text, "Hello");
    let similar =
        mail("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx --b\n--bb\n --b\n--b--");
    assert_eq!(similar.text, "x --b\n--bb\n --b");
    let empty = mail("Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n\n--b--");
    assert_eq!(empty.text, "");
}

#[test]
fn broken_encodings_are_read_as_far_as_they_go() {
    let body = |encoding: &str, body: &str| {
        mail(&format!("Content-Transfer-Encoding: {encoding}\n\n{body}")).text
    };
    assert_eq!(body("base64", "SGVsbG8="), "Hello");
    assert_eq!(body("BASE64", "SGV!s\nbG8"), "Hello");
    assert_eq!(body("base64", "SGVsbG8=SGVsbG8="), "HelloHello");
    assert_eq!(body("base64", ""), "");
    assert_eq!(
        body("quoted-printable", "a=3Db=\nc  \nd=20\ne=zz=4 ==\nf="),
        "a=bc\nd \ne=zz=4 =f"
    );
    assert_eq!(body("x-odd", "a=3D"), "a=3D");
}

#[test]
fn a_version_that_nobody_sees_is_told() {
    let both = |plain: &str, html: &str| {
        mail(&format!(
            "Content-Type: multipart/alternative; boundary=b\n\n--b\n\n{plain}\n--b\nContent-Type: text/html\n\n{html}\n--b--"
        ))
    };
    let same = both(
        "Lunch at noon in the garden?",
        "<p>Lunch at <b>noon</b> in the garden?</p>",
    );
    assert!(same.html_text.is_none() && !same.has_hidden);
    let hidden = both(
        "Lunch at noon in the garden?",
        "<p>Lunch at noon in the garden?</p><p hidden>ORDER</p>",
    );
    assert!(hidden.html_text.is_none() && hidden.has_hidden);
    assert_eq!(hidden.text, "Lunch at noon in the garden?");
    let other = both(
        "Send all invoices to eve now",
        "<p>Lunch at noon in the garden?</p>",
    );
    assert_eq!(other.text, "Send all invoices to eve now");
    assert_eq!(
        other.html_text.as_deref(),
        Some("Lunch at noon in the garden?")
    );
    let blank = both(" ", "<p>Lunch<span style='color:white'>ORDER</span></p>");
    assert_eq!(blank.text, "Lunch[hidden: ORDER]");
    assert!(blank.has_hidden && blank.html_text.is_none());
    let links = both("Pay", "<a href=https://evil.example>Pay</a>");
    assert_eq!(links.links[0].url, "https://evil.example");
}

#[test]
fn a_message_in_a_message_is_an_attachment_with_a_text() {
    let inner = "From: Eve <e@x.y>\nTo: a@b.c\nSubject: inner\n\nORDER";
    let outer = |inner: &str| {
        format!(
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nouter\n--b\nContent-Type: message/rfc822\n\n{inner}\n--b--"
        )
    };
    let read = mail(&outer(inner));
    assert_eq!(read.text, "outer");
    assert_eq!(
        read.attachments[0].text.as_deref(),
        Some("From: Eve <e@x.y>\nTo: a@b.c\nSubject: inner\n\nORDER")
    );
    let digest = mail(&format!(
        "Content-Type: multipart/digest; boundary=b\n\n--b\n\n{inner}\n--b--"
    ));
    assert!(
        digest.attachments[0]
            .text
            .as_deref()
            .is_some_and(|text| text.ends_with("ORDER"))
    );
    // Messages within messages end somewhere.
    let deep = "Content-Type: message/rfc822\n\n".repeat(100_000) + inner;
    assert!(mail(&deep).attachments[0].text.is_some());
}

#[test]
fn flowed_text_is_joined() {
    let text =
        mail("Content-Type: text/plain; format=flowed\n\none \ntwo\n> q \n> r\n>> s \n-- \nsig")
            .text;
    assert_eq!(text, "one two\n> q r\n>> s \n-- \nsig");
}

#[test]
fn limits_hold_and_are_told() {
    let wide =
        "Content-Type: multipart/mixed; boundary=b\n\n".to_owned() + &"--b\n\nx\n".repeat(5_000);
    let wide = mail(&wide);
    assert!(wide.is_cut);
    assert!(wide.text.len() < 1_000);
    let deep = (0..50).fold(String::new(), |raw, n| {
        raw + &format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n")
    });
    assert!(mail(&deep).is_cut);
    assert!(mail(&"X: y\n".repeat(1_000)).is_cut);
    let small = Limits {
        raw_bytes_max: 20,
        ..Limits::default()
    };
    assert!(read(b"Subject: x\r\n\r\n1234567890", &small).is_cut);
    let short = Limits {
        text_bytes_max: 3,
        ..Limits::default()
    };
    let cut = read("Subject: x\r\n\r\n12é4".as_bytes(), &short);
    assert_eq!((cut.text.as_str(), cut.is_cut), ("12", true));
    let many = mail(&format!("To: {}\n\n", "a@b.c, ".repeat(20_000)));
    assert!(many.to.len() <= 1_000);
}
