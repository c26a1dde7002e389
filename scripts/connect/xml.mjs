// Reads the XML that DAV servers answer with: elements with their namespaces, attributes and text.
// No document type and no entity of one's own is taken, so a document cannot grow by being read.

const ENTITIES = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
const DEPTH_MAX = 64;
const TOKEN = /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<(\/?)([^\s<>/=!?"']+)((?:\s+[^\s<>/=]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/gy;

const decoded = (text) => text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, (whole, hex, decimal, name) => {
  const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
  if (name) return ENTITIES[name] ?? whole;
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "\ufffd";
});

function attributesIn(text) {
  const found = {};
  for (const [, name, double, single] of text.matchAll(/([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) found[name] = decoded(double ?? single);
  return found;
}

function named(qualified, spaces) {
  const colon = qualified.indexOf(":");
  const prefix = colon < 0 ? "" : qualified.slice(0, colon);
  return `{${spaces[prefix] ?? ""}}${qualified.slice(colon + 1)}`;
}

/** The root element as `{ name: "{namespace}local", attributes, children, text }`, or `null` if it is no XML. */
export function parseXml(document) {
  const root = { name: "", children: [], text: "", spaces: { xml: "http://www.w3.org/XML/1998/namespace" } };
  const open = [root];
  TOKEN.lastIndex = document.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (TOKEN.lastIndex < document.length) {
    const token = TOKEN.exec(document);
    if (!token) return null;
    const [, cdata, closing, qualified, attributeText, empty, text] = token;
    const top = open.at(-1);
    if (cdata !== undefined) top.text += cdata;
    else if (text !== undefined) top.text += decoded(text);
    else if (qualified === undefined) continue;
    else if (closing) {
      if (open.length === 1 || top.qualified !== qualified) return null;
      open.pop();
    } else {
      if (open.length > DEPTH_MAX) return null;
      const attributes = attributesIn(attributeText);
      const spaces = { ...top.spaces };
      for (const [name, value] of Object.entries(attributes)) {
        if (name === "xmlns") spaces[""] = value;
        else if (name.startsWith("xmlns:")) spaces[name.slice(6)] = value;
      }
      const element = { name: named(qualified, spaces), qualified, attributes, spaces, children: [], text: "" };
      top.children.push(element);
      if (!empty) open.push(element);
    }
  }
  return open.length === 1 && root.children.length === 1 ? root.children[0] : null;
}

/** The children of an element that have this name. */
export const childrenOf = (element, name) => element?.children.filter((child) => child.name === name) ?? [];

/** The first descendant along a path of names, or nothing. */
export const at = (element, ...names) => names.reduce((found, name) => childrenOf(found, name)[0], element);
