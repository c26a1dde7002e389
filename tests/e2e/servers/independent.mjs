// Clients that are not ours, to see what came of a test: `tsdav` for calendars and contacts, Python's
// `imaplib` for mail. A connector that is wrong in the same way as its test is found by them.
//
//   const dav = await davClient(cyrus, "alice", "caldav");
//   const events = await dav.objects();        // [{ url, etag, data }]
//   const mails = await mailsOf(cyrus, "alice", "Sent");   // [{ flags, text }]

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { DAVClient } from "tsdav";

const run = promisify(execFile);

/**
 * A client of a server's calendars (`caldav`) or contacts (`carddav`), found from the server's
 * address alone, as its RFCs say.
 */
export async function davClient(server, name, kind) {
  const client = new DAVClient({ serverUrl: server.davUrl, credentials: { username: name, password: server.users[name] }, authMethod: "Basic", defaultAccountType: kind });
  await client.login();
  const collections = () => (kind === "caldav" ? client.fetchCalendars() : client.fetchAddressBooks());
  const inside = (collection) => (kind === "caldav" ? client.fetchCalendarObjects({ calendar: collection, useMultiGet: false }) : client.fetchVCards({ addressBook: collection, useMultiGet: false }));
  return {
    client,
    /** The calendars or address books. */
    collections,
    /** Every event or contact of one collection (part of its address), or of all. */
    async objects(part = "/") {
      const found = [];
      for (const collection of await collections()) if (collection.url.includes(part)) found.push(...(await inside(collection)));
      return found.map(({ url, etag, data }) => ({ url, etag, data: String(data) }));
    },
    /** Writes a new event or contact; resolves with the server's answer. */
    async create(part, filename, data) {
      const collection = (await collections()).find(({ url }) => url.includes(part));
      if (!collection) throw new Error(`there is no ${kind} collection ${part}.`);
      if (kind === "caldav") return client.createCalendarObject({ calendar: collection, filename, iCalString: data });
      return client.createVCard({ addressBook: collection, filename, vCardString: data });
    },
  };
}

const IMAP = `
import base64, imaplib, json, sys
port, name, password, folder = sys.argv[1:]
imap = imaplib.IMAP4("127.0.0.1", int(port))
imap.login(name, password)
mails = []
if imap.select('"' + folder + '"', readonly=True)[0] != "OK":
    sys.exit("there is no folder " + folder)
for number in imap.search(None, "ALL")[1][0].split():
    parts = imap.fetch(number, "(FLAGS BODY.PEEK[])")[1]
    raw = next(part for part in parts if isinstance(part, tuple))
    said = raw[0] + b" ".join(part for part in parts if isinstance(part, bytes))
    flags = [flag.decode() for flag in imaplib.ParseFlags(said)]
    mails.append({"flags": flags, "raw": base64.b64encode(raw[1]).decode()})
imap.logout()
print(json.dumps(mails))
`;

/** What is in a user's folder, by IMAP, oldest first: `{ flags, raw, text }`. */
export async function mailsOf(cyrus, name, folder = "INBOX") {
  const { stdout } = await run("python3", ["-c", IMAP, String(cyrus.imapPort), name, cyrus.users[name], folder], { maxBuffer: 64 << 20 });
  return JSON.parse(stdout).map(({ flags, raw }) => {
    const bytes = Buffer.from(raw, "base64");
    return { flags, raw: bytes, text: bytes.toString("utf8") };
  });
}
