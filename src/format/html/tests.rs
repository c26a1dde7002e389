//! What a page says, and what it tries not to say.
//!
//! The one thing to know: each trick that hides stands here around the same word, `ORDER`, and
//! `hides` fails if that word is outside of a mark.

use super::*;

fn read(html: &str) -> Honest {
    honest(html, &Limits::default())
}

#[track_caller]
fn check(html: &str, text: &str) {
    assert_eq!(read(html).text, text, "{html}");
}

/// The text without its marks.
fn outside_marks(text: &str) -> String {
    let mut parts = text.split("[hidden: ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| {
        out + part.split_once(']').expect("a mark has an end").1
    })
}

/// `ORDER` is there, and in a mark; `seen` is there, and outside of one.
#[track_caller]
fn hides(html: &str) {
    let honest = read(html);
    assert!(honest.has_hidden, "{html}\n{}", honest.text);
    assert!(honest.text.contains("ORDER"), "{html}\n{}", honest.text);
    let outside = outside_marks(&honest.text);
    assert!(!outside.contains("ORDER"), "{html}\n{}", honest.text);
    if html.contains("seen") {
        assert!(outside.contains("seen"), "{html}\n{}", honest.text);
    }
}

#[track_caller]
fn shows(html: &str) {
    let honest = read(html);
    assert!(!honest.has_hidden, "{html}\n{}", honest.text);
    assert!(honest.text.contains("seen"), "{html}\n{}", honest.text);
}

#[test]
fn a_letter_reads_like_a_letter() {
    check(
        "<h1>News</h1><p>Hello <b>you</b>,<br>there</p>\n<p>again &amp; &eacute;&#x2014;</p>",
        "News\n\nHello you,\nthere\n\nagain & é—",
    );
    check("<div>a</div><div>b</div>c", "a\nb\nc");
    check(
        "<ul><li>one<li>two<ul><li>in</ul></ul><ol start=3><li>x<li>y</ol>",
        "- one\n- two\n  - in\n\n3. x\n4. y",
    );
    check(
        "<table><tr><th>a<th>b<tr><td>1<td>2</table>",
        "a | b\n1 | 2",
    );
    check(
        "<p>I say</p><blockquote>you<p>said</p><blockquote>they</blockquote></blockquote>so",
        "I say\n\n> you\n>\n> said\n>\n> > they\n\nso",
    );
    check("<pre>a\n  b</pre>", "a\n  b");
    check("a<hr>b", "a\n\n---\n\nb");
    check(
        "<img src=x alt='A cat'> and <img src=y alt=''>.",
        "[image: A cat] and .",
    );
    check(
        "<title>t</title><style>x</style><script>y</script><!-- z --><template>q</template><noscript>n</noscript>ok",
        "ok",
    );
}

#[test]
fn every_way_to_hide_is_marked() {
    let styles = [
        "display:none",
        "DISPLAY : NONE !important",
        "dis\\70lay:none",
        "display/**/:/**/none",
        "color:red;display:none",
        "visibility:hidden",
        "opacity:0",
        "opacity:.01",
        "opacity:0%",
        "font-size:0",
        "font-size:1px",
        "font-size:0.01em",
        "font:0/0 a",
        "font: 1px Arial",
        "line-height:0",
        "line-height:1px",
        "height:0;overflow:hidden",
        "width:0px;overflow:hidden",
        "max-height:0;overflow:hidden",
        "max-height:0;mso-hide:all",
        "mso-hide:all",
        "color:#fff",
        "color:white",
        "color:#FEFEFE",
        "color:rgb(255,255,255)",
        "color:transparent",
        "color:rgba(0,0,0,0)",
        "background:#000;color:#000",
        "background-color:red;color:red",
        "background:linear-gradient(#123456,#123456);color:#123456",
        "-webkit-text-fill-color:transparent",
        "position:absolute;left:-9999px",
        "position:fixed;top:-1000px",
        "position:absolute;left:9999px",
        "position:relative;left:-200em",
        "position:absolute;left:-100vw",
        "margin-left:-9999px",
        "margin:-999px 0 0 0",
        "text-indent:-9999px",
        "clip:rect(0,0,0,0);position:absolute",
        "clip-path:inset(50%)",
        "clip-path:circle(0)",
        "clip-path: polygon(0 0,0 0,0 0)",
        "transform:scale(0)",
        "transform:translateX(-9999px)",
        "content-visibility:hidden",
        "filter:opacity(0)",
        "zoom:0",
        "unicode-bidi:bidi-override;direction:rtl",
        "font-family:\"a;b\";display:none",
        "background:url(data:x;y);display:none",
    ];
    for style in styles {
        hides(&format!(
            "<p>seen</p><div style='{style}'>ORDER</div><p>seen</p>"
        ));
        hides(&format!(
            "<p>seen</p><div style='{style}'><p><b>ORDER</b></p></div>"
        ));
        hides(&format!(
            "<style>.x{{{style}}}</style>seen<div class=x>ORDER</div>"
        ));
    }
}

#[test]
fn attributes_and_elements_hide_too() {
    hides("seen<p hidden>ORDER");
    hides("seen<p hidden=until-found>ORDER");
    hides("seen<div popover>ORDER</div>");
    hides("seen<dialog>ORDER</dialog>");
    hides("seen<font color=white>ORDER</font>");
    hides("seen<font color=fff>ORDER</font>");
    hides("<body text=white>ORDER<p style='color:black'>seen");
    hides(
        "<table bgcolor=#000000><tr><td style='color:black'>ORDER<td style='color:white'>seen</table>",
    );
    hides("seen<bdo dir=rtl>ORDER</bdo>");
    hides("seen<video>ORDER</video><canvas>ORDER</canvas>");
    hides("seen<img alt='ORDER' width=1 height=1>");
    hides("seen<a href=https://x.example style='display:none'>ORDER</a>");
    hides("seen<svg><defs><text>ORDER</text></defs></svg>");
    hides("seen<svg><text display=none>ORDER</text></svg>");
    shows("<dialog open>seen</dialog>");
    shows("<p aria-hidden=true>seen</p>");
}

#[test]
fn what_can_be_undone_is_undone() {
    shows("<div style='visibility:hidden'><p style='visibility:visible'>seen</p></div>");
    shows("<div style='font-size:0'><p style='font-size:14px'>seen</p></div>");
    shows("<div style='color:white'><p style='color:#333'>seen</p></div>");
    shows("<div style='background:#000;color:#fff'>seen</div>");
    shows("<div style='display:none;display:block'>seen</div>");
    shows("<div style='height:0'>seen</div>");
    shows("<div style='color:white'><a href=https://a.example>seen</a></div>");
    shows("<div style='position:absolute;left:-20px'>seen</div>");
    hides("<div style='display:none'><p style='display:block'>ORDER</p></div>seen");
    hides("<div style='opacity:0'><p style='opacity:1'>ORDER</p></div>seen");
    hides("<div style='font-size:0'><p style='font-size:1em'>ORDER</p></div>seen");
}

#[test]
fn styles_cascade() {
    let hidden = [
        "<style>p{display:none}</style>seen<p>ORDER</p>",
        "<style>#a{display:none}</style>seen<p id=a>ORDER</p>",
        "<style>p.a.b{display:none}</style>seen<p class='b c a'>ORDER</p>",
        "<style>div .a{display:none}</style>seen<div><p><i class=a>ORDER</i></p></div>",
        "<style>*{display:none}</style>ORDER",
        "<style>.a,.b{display:none}</style>seen<p class=b>ORDER</p>",
        "<style>@media screen{.a{display:none}}</style>seen<p class=a>ORDER</p>",
        "<style>@media (min-width:1px){.a{display:none}}</style>seen<p class=a>ORDER</p>",
        "<style>@media (max-width:99999px){.a{display:none}}</style>seen<p class=a>ORDER</p>",
        "<style>@supports (display:grid){@media all{.a{display:none}}}</style>seen<p class=a>ORDER</p>",
        "<style><!-- .a{display:none} --></style>seen<p class=a>ORDER</p>",
        "<style>.a{display:none!important}.a{display:block}</style>seen<p class=a style='display:block'>ORDER</p>",
        "<style>#a{display:none}.a{display:block}</style>seen<p id=a class=a>ORDER</p>",
        "<style>[data-x]{display:none}</style>seen<p data-x=1>ORDER</p>",
        "<style>[hidden]{display:none}[title=x]{display:none}</style>seen<p title=x>ORDER</p>",
        "<style>b + .a{display:none}</style>seen<b>seen</b><p class=a>ORDER</p>",
        "<style>div>.a{color:#fff}</style>seen<div><p class=a>ORDER</p></div>",
        "<style>.a{display:none} x>.a{display:block}</style>seen<p class=a>ORDER</p>",
        "<style>.A{display:none}</style>seen<p class=a>ORDER</p>",
        "<style>.a::x{} .a{content:\"}\";display:none}</style>seen<p class=a>ORDER</p>",
        "<style>x{}</style><style>.a{display:none}",
    ];
    for html in hidden {
        if html.contains("ORDER") {
            hides(html);
        }
    }
    // A style holds for what stands before it.
    hides("<p class=a>ORDER</p>seen<style>.a{display:none}</style>");
    hides("ORDER<p style='color:#000'>seen</p><body text=white>");
    let visible = [
        "<style>@media (max-width:600px){.a{display:none}}</style><p class=a>seen</p>",
        "<style>@media print{.a{display:none}}</style><p class=a>seen</p>",
        "<style>.a:hover{display:none}.a:before{display:none}</style><p class=a>seen</p>",
        "<style>.b .a{display:none}</style><p class=a>seen</p>",
        "<style>.a{display:none}.a{display:block}</style><p class=a>seen</p>",
        "<style>td>.a{background:#06c;color:#fff}</style><table><td><p class=a>seen</p></table>",
        "<style>@font-face{display:none}p{color:black}</style><p>seen</p>",
        "<style>/* p{display:none} */</style><p>seen</p>",
    ];
    for html in visible {
        shows(html);
    }
}

#[test]
fn tags_that_a_browser_ignores_end_nothing() {
    let pages = [
        // The end tag of an ordinary element stops at a special one.
        "seen<span style='display:none'><div></span>ORDER</div>",
        // A table keeps the end tags of what is around it out.
        "seen<div style='display:none'><table><tr><td></div>ORDER</table>",
        "seen<p style='display:none'><table><tr><td></p>ORDER</table>",
        // Formatting goes on in the next paragraph.
        "<p>seen<p><b style='display:none'>ORDER</p><p>ORDER",
        "<p>seen<p><font color=white>ORDER</p><div>ORDER</div>",
        "seen<div style='background:#000'><p><font color=black>ORDER</p></div>",
        // A form's end tag does not end what is open in it.
        "seen<form style='display:none'><div></form>ORDER</div>",
        // A block that is open in formatting loses it.
        "<p style='color:black'>seen</p><div style='color:white'><font color=black><div></font>ORDER</div></div>",
        "seen<div style='display:none'></body></html>ORDER",
        "seen<div style='display:none'></b></i></p>ORDER",
        "seen<div style='display:none'></table></td></tr>ORDER",
        "seen<li style='display:none'><div><ul></li>ORDER",
        // In pages without a doctype, a paragraph stays open around a table, and a table takes the
        // colour of the body.
        "seen<p style='display:none'><table><tr><td>ORDER</table>",
        "<!doctype html><div style='color:white'><p style='color:black'>seen<table><tr><td>ORDER</table>",
        "<body style='color:white'><div style='color:black'>seen<table><tr><td>ORDER</table>",
    ];
    for html in pages {
        hides(html);
    }
    shows("<p><b style='display:none'></b></p><p>seen");
    shows("<table><tr><td><font color=white></td><td>seen</td></table>");
    shows(
        "<!doctype html><body style='color:white;background:#222'><div style='color:#333;background:#fff'><table><tr><td>seen</table>",
    );
}

#[test]
fn foreign_content_is_read_as_a_browser_reads_it() {
    // In SVG, <style> is no raw text: the comment goes on.
    check("a<svg><style><!--</style></svg>ORDER--></svg>b", "ab");
    check("a<svg><title><img alt='</title></svg>ORDER'></svg>b", "ab");
    check("a<svg><text>drawn</text></svg>b", "adrawnb");
    check("a<svg><desc>ORDER</desc></svg>b", "a[hidden: ORDER]b");
    check("a<svg><p>out</p>b", "a\n\nout\n\nb");
    check("a<svg><![CDATA[drawn]]></svg>", "adrawn");
    check("a<math><mtext><p>in</p></mtext></math>", "a\n\nin");
    check("<svg/>seen<style>x</style>", "seen");
}

#[test]
fn a_mark_cannot_be_ended_or_split_from_inside() {
    check(
        "a<i hidden>x] b [hidden: y</i>c",
        "a[hidden: x) b (hidden: y]c",
    );
    check("a<i hidden>x<p>y</p>\n z</i>c", "a[hidden: x y z]c");
    check("in<i hidden>x</i>to", "in[hidden: x]to");
    check("a <i hidden>x</i> b", "a [hidden: x] b");
    check(
        "<div>a</div><div hidden>x</div><div hidden>y</div><div>b</div>",
        "a\n[hidden: x]\n[hidden: y]\nb",
    );
    // Blanks and invisible letters that fill a preview are nothing.
    let filled = read("<div style='display:none'>&nbsp;&zwnj;&#847; \u{2007}</div>seen");
    assert_eq!((filled.text.as_str(), filled.has_hidden), ("seen", false));
}

#[test]
fn what_cannot_be_seen_in_letters_is_gone() {
    check("a\u{200b}b\u{202e}c&#x200d;d\u{e0041}&shy;e\u{0}", "abcde");
    check(
        "&lt;b&gt; &amp;amp; &nbsp;&copy &nonentity; &#128512;",
        "<b> &amp; \u{a0}© &nonentity; 😀",
    );
}

#[test]
fn links_show_where_they_lead() {
    check(
        "<a href='https://evil.example/x?y=1'>bank.com</a>.",
        "bank.com <https://evil.example/x?y=1>.",
    );
    check(
        "<a href=https://a.example/>https://a.example</a>",
        "https://a.example",
    );
    check(
        "<a href='mailto:a@b.example'>a@b.example</a>",
        "a@b.example",
    );
    check(
        "<a href='https://bank.com@evil.example/'>in</a>",
        "in <https://evil.example/>",
    );
    check(
        "<a href='https:\\\\evil.example\\a'>in</a>",
        "in <https://evil.example/a>",
    );
    check(
        "<a href='htt\nps:evil.example'>in</a>",
        "in <https://evil.example>",
    );
    check("<a href='//evil.example'>in</a>", "in <//evil.example>");
    check("<a href='/\\evil.example'>in</a>", "in <//evil.example>");
    check("<a href='#top'>up</a><a name=x>y</a>", "upy");
    check(
        "<a href=https://a.example><img src=x></a>",
        "<https://a.example>",
    );
    check(
        "<a href='https://a.example/> [x]'>in</a>",
        "in <https://a.example/%3E%20%5Bx%5D>",
    );
    check("<a href=javascript:x()>in</a>", "in <javascript:x()>");
    check(
        "<a href=https://a.example><div>button</div></a>next",
        "button <https://a.example>\nnext",
    );
    check(
        "<form action=https://evil.example><input type=submit value=Go></form>",
        "(form <https://evil.example>) Go",
    );
    let long = read(&format!(
        "<a href='https://{}@evil.example/{}'>in</a>",
        "bank.com/".replace('/', "") + &"a".repeat(300),
        "b".repeat(300)
    ));
    assert!(
        long.text.starts_with("in <https://evil.example/bbb"),
        "{}",
        long.text
    );
    assert!(long.text.len() < 260 && long.links[0].url.len() > 600);
    let hidden = read("x<i hidden><a href=https://evil.example>in</a></i>");
    assert_eq!(hidden.text, "x[hidden: in <https://evil.example>]");
    assert!(hidden.links[0].is_hidden);
    // A link that was not closed goes on in the next paragraph, as in a browser.
    check(
        "<p><a href=https://a.example>one<p>two",
        "one <https://a.example>\n\ntwo <https://a.example>",
    );
}

#[test]
fn limits_hold_and_are_told() {
    let small = Limits {
        html_bytes_max: 10,
        ..Limits::default()
    };
    let cut = honest("<p>é12345é7890", &small);
    assert!(cut.is_cut);
    assert_eq!(cut.text, "é12345");
    let short = Limits {
        text_bytes_max: 50,
        ..Limits::default()
    };
    let cut = honest(&"word ".repeat(1000), &short);
    assert!(cut.is_cut && cut.text.len() <= 60, "{}", cut.text.len());
    let deep = read(&"<div>".repeat(100_000));
    assert!(deep.is_cut);
    let links = read(&"<a href=https://a.example>x</a>".repeat(600));
    assert!(links.is_cut && links.links.len() == 500);
    // Where there is more style or formatting than is followed, nothing counts as visible.
    hides(&format!(
        "<style>{}</style>ORDER",
        ".a{color:red}".repeat(500)
    ));
    let many = (0..200).fold(String::new(), |page, n| page + &format!("<p><b id=b{n}>"));
    assert!(
        read(&format!("{many}<p>ORDER"))
            .text
            .contains("[hidden: ORDER")
    );
    hides(&format!(
        "seen<p style='{}display:none'>ORDER",
        "color:red;".repeat(5000)
    ));
}

#[test]
fn time_is_linear_in_awkward_pages() {
    let pages = [
        "<".repeat(300_000),
        "<b>".repeat(100_000),
        "<p><b>".repeat(50_000),
        format!(
            "<style>{}</style>{}{}",
            "q q q q q i{color:red}".repeat(390),
            "<div>".repeat(380),
            "<i>x</i>".repeat(3_000)
        ),
        "<a href=x>".repeat(30_000),
        "<table><tr><td>".repeat(20_000),
        "&".repeat(300_000),
        "</p>".repeat(60_000),
        "<svg><p>".repeat(40_000),
        "<i hidden>x</i>y".repeat(20_000),
        format!(
            "<style>{}</style>{}",
            "*{color:red}".repeat(390),
            "<b>x</b>".repeat(20_000)
        ),
        format!(
            "<style>{}</style>{}",
            "a b c d .x{color:red}".repeat(390),
            "<b class=x>x</b>".repeat(5_000)
        ),
        format!("<style>{}", "{".repeat(200_000)),
        format!("<style>{}", "@media x{".repeat(20_000)),
        format!("<p style='{}'>", "(".repeat(30_000)),
        format!("<p class='{}'>", "a ".repeat(8_000)),
        "<!--".repeat(80_000),
        "<ul><li>".repeat(40_000),
    ];
    for page in pages {
        let _ = read(&page);
    }
}
