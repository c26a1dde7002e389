//! Which elements behave alike.
//!
//! The one thing to know: the lists are those of the HTML standard, where it has them.

/// Elements that end a search for what an end tag closes.
pub const SPECIAL: &[&str] = &[
    "address",
    "applet",
    "area",
    "article",
    "aside",
    "base",
    "basefont",
    "bgsound",
    "blockquote",
    "body",
    "br",
    "button",
    "caption",
    "center",
    "col",
    "colgroup",
    "dd",
    "details",
    "dir",
    "div",
    "dl",
    "dt",
    "embed",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "frame",
    "frameset",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "hr",
    "html",
    "iframe",
    "img",
    "input",
    "keygen",
    "li",
    "link",
    "listing",
    "main",
    "marquee",
    "menu",
    "meta",
    "nav",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "ol",
    "p",
    "param",
    "plaintext",
    "pre",
    "script",
    "search",
    "section",
    "select",
    "source",
    "style",
    "summary",
    "table",
    "tbody",
    "td",
    "template",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "title",
    "tr",
    "track",
    "ul",
    "wbr",
    "xmp",
];
/// Elements that are opened anew after their parent was closed before them.
pub const FORMATTING: &[&str] = &[
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];
/// Elements that nothing inside of them closes.
pub const SCOPES: &[&str] = &[
    "applet", "caption", "html", "table", "td", "th", "marquee", "object", "select", "template",
];
/// Elements in which formatting from outside is not opened anew.
pub const MARKERS: &[&str] = &[
    "applet", "caption", "marquee", "object", "td", "template", "th",
];
/// Elements of SVG and MathML that hold HTML.
pub const INTEGRATION: &[&str] = &[
    "foreignobject",
    "desc",
    "title",
    "mi",
    "mo",
    "mn",
    "ms",
    "mtext",
    "annotation-xml",
];
/// Elements whose text is none of the page.
pub const DROPPED: &[&str] = &[
    "iframe", "noembed", "noframes", "noscript", "script", "style", "template", "title",
];
/// Elements that show nothing of their own text.
pub const GONE: &[&str] = &["audio", "canvas", "datalist", "rp", "video"];
/// Elements with nothing in them.
pub const VOID: &[&str] = &[
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input",
    "keygen", "link", "meta", "param", "source", "track", "wbr",
];
/// Elements around which a line is left empty.
pub const PARAGRAPHS: &[&str] = &[
    "blockquote",
    "dl",
    "fieldset",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "listing",
    "menu",
    "ol",
    "p",
    "pre",
    "ul",
    "xmp",
];
/// Elements that stand on lines of their own.
pub const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "caption",
    "center",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dt",
    "figcaption",
    "footer",
    "form",
    "header",
    "hgroup",
    "li",
    "main",
    "nav",
    "option",
    "search",
    "section",
    "summary",
    "table",
    "tbody",
    "textarea",
    "tfoot",
    "thead",
    "tr",
];
/// Parts of a table, which mean nothing outside of one.
pub const TABLE_PARTS: &[&str] = &[
    "caption", "col", "colgroup", "tbody", "td", "tfoot", "th", "thead", "tr",
];
/// Tags that end SVG and MathML.
pub const BREAKS_OUT: &[&str] = &[
    "b",
    "big",
    "blockquote",
    "body",
    "br",
    "center",
    "code",
    "dd",
    "div",
    "dl",
    "dt",
    "em",
    "embed",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "hr",
    "i",
    "img",
    "li",
    "listing",
    "menu",
    "meta",
    "nobr",
    "ol",
    "p",
    "pre",
    "ruby",
    "s",
    "small",
    "span",
    "strong",
    "strike",
    "sub",
    "sup",
    "table",
    "tt",
    "u",
    "ul",
    "var",
];
/// Elements of SVG and MathML that are not drawn, or only used elsewhere.
pub const UNDRAWN: &[&str] = &[
    "annotation",
    "annotation-xml",
    "clippath",
    "defs",
    "desc",
    "filter",
    "mask",
    "metadata",
    "pattern",
    "symbol",
];

/// Whether a start tag ends the paragraph before it.
pub fn closes_paragraph(name: &str) -> bool {
    const BLOCKS: &[&str] = &[
        "address",
        "article",
        "aside",
        "blockquote",
        "center",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "li",
        "dd",
        "dt",
        "listing",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "plaintext",
        "pre",
        "search",
        "section",
        "summary",
        "ul",
        "xmp",
    ];
    BLOCKS.contains(&name)
}

/// Whether formatting is opened anew before this element.
pub fn opens_formatting(name: &str) -> bool {
    let inline = [
        "br", "button", "embed", "img", "input", "keygen", "marquee", "object", "select", "wbr",
        "xmp",
    ];
    let is_plain = !PARAGRAPHS.contains(&name) && !BLOCKS.contains(&name);
    inline.contains(&name)
        || (is_plain
            && !VOID.contains(&name)
            && !DROPPED.contains(&name)
            && !TABLE_PARTS.contains(&name))
}
