// Cyrus IMAP: mail by JMAP, IMAP and LMTP, calendars by CalDAV, contacts by CardDAV. It is a real
// server that is not ours; each start is a server of its own, with nobody's mail in it.
//
//   const cyrus = await startCyrus({ smtpPort: sink.port });
//   await cyrus.deliver("carol@example.org", "alice@test", "From: …\r\n\r\n…");
//   await fetch(cyrus.jmapUrl, { headers: { authorization: cyrus.basic("alice") } });
//   await cyrus.stop();
//
// Cyrus writes its log to syslog and nowhere else: to see it, listen at /dev/log while a test runs.

import { execFile } from "node:child_process";
import { createHmac, randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { CYRUS_BIN, ensureCyrus } from "../../../scripts/lib/cyrus.mjs";
import { freePorts, launch, lineClient } from "./process.mjs";

/** The domain of the users' addresses: user `alice` has the address `alice@test`. */
export const DOMAIN = "test";
/** The realm of the passwords, and what the server calls itself. */
const SERVER = "mail.test";

const run = promisify(execFile);

const imapdConf = ({ folder, user, smtpPort }) => `
configdirectory: ${folder}/conf
proc_path: ${folder}/run/proc
mboxname_lockpath: ${folder}/run/lock
defaultpartition: default
partition-default: ${folder}/spool
sievedir: ${folder}/sieve
lmtpsocket: ${folder}/run/socket/lmtp
idlesocket: ${folder}/run/socket/idle
notifysocket: ${folder}/run/socket/notify
cyrus_user: ${user}
servername: ${SERVER}
defaultdomain: ${DOMAIN}
virtdomains: userid
unixhierarchysep: yes
altnamespace: yes
admins: admin
postmaster: postmaster@${DOMAIN}
syslog_prefix: cyrus-e2e

allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: ${folder}/sasldb2
sasl_mech_list: PLAIN
http_jwt_key_dir: ${folder}/jwt
tls_server_cert: disabled

httpmodules: caldav carddav jmap
caldav_realm: ${DOMAIN}
conversations: yes
conversations_db: twoskip
jmap_nonstandard_extensions: no
jmap_pushpoll: 5s
event_notification: no
search_engine: xapian
defaultsearchtier: t1
t1searchpartition-default: ${folder}/search
sync_log: yes
sync_log_channels: squatter

autocreate_users: anyone
autocreate_post: no
autocreate_quota: 0
autocreate_inbox_folders: Drafts | Sent | Trash | Archive | Junk
xlist-drafts: Drafts
xlist-sent: Sent
xlist-trash: Trash
xlist-archive: Archive
xlist-junk: Junk

smtp_backend: host
smtp_host: 127.0.0.1:${smtpPort}/noauth
`;

const cyrusConf = ({ folder, http, lmtp, imap }) => `
START {
  recover cmd="ctl_cyrusdb -C ${folder}/imapd.conf -r"
}
SERVICES {
  http cmd="httpd -C ${folder}/imapd.conf" listen="127.0.0.1:${http}" prefork=1
  lmtp cmd="lmtpd -a -C ${folder}/imapd.conf" listen="127.0.0.1:${lmtp}" prefork=1
  imap cmd="imapd -C ${folder}/imapd.conf" listen="127.0.0.1:${imap}" prefork=1
}
DAEMON {
  squatter cmd="squatter -C ${folder}/imapd.conf -R"
  calalarmd cmd="calalarmd -C ${folder}/imapd.conf"
}
EVENTS {
  checkpoint cmd="ctl_cyrusdb -C ${folder}/imapd.conf -c" period=30
}
`;

/** Cyrus refuses to run as root and becomes this user; started by anyone else it stays who it is. */
const serverUser = () => (process.getuid() === 0 ? "cyrus" : userInfo().username);

/** Makes the folder of one server, with its configuration, passwords and key. */
async function prepare(folder, { smtpPort, ports, users, key }) {
  const user = serverUser();
  // httpd answers 500 to everything, and says nothing, when one of these is missing.
  for (const name of ["conf/db", "conf/socket", "conf/proc", "conf/log", "conf/lock", "spool", "search", "run/socket", "run/proc", "run/lock", "sieve", "jwt"]) mkdirSync(join(folder, name), { recursive: true });
  const [http, lmtp, imap] = ports;
  writeFileSync(join(folder, "imapd.conf"), imapdConf({ folder, user, smtpPort }));
  writeFileSync(join(folder, "cyrus.conf"), cyrusConf({ folder, http, lmtp, imap }));
  writeFileSync(join(folder, "jwt", "key.pem"), `-----BEGIN HMAC KEY-----\n${key.toString("base64")}\n-----END HMAC KEY-----\n`);
  // One after the other: they write the same file.
  for (const [name, password] of Object.entries(users)) {
    const setting = run("/usr/sbin/saslpasswd2", ["-p", "-c", "-f", join(folder, "sasldb2"), "-u", SERVER, name]);
    setting.child.stdin.end(password);
    await setting;
  }
  chmodSync(folder, 0o755);
  if (process.getuid() === 0) await run("chown", ["-R", `${user}:mail`, folder]);
}

/** Logs in once by IMAP. Before its first login a user has no mailbox, and JMAP answers 500. */
async function provision(port, name, password) {
  const imap = lineClient(port, /^(\* OK|\* BYE|a )/);
  try {
    const greeting = await imap.answer();
    if (!greeting.startsWith("* OK")) throw new Error(`Cyrus greeted with: ${greeting}`);
    const answer = await imap.ask(`a LOGIN ${name} ${password}`);
    if (!answer.startsWith("a OK")) throw new Error(`Cyrus did not let ${name} in: ${answer}`);
  } finally {
    imap.close();
  }
}

/** Hands a mail to the server as another mail server would; a refusal is thrown. */
async function deliver(port, from, to, message) {
  const lmtp = lineClient(port, /^\d{3} /);
  const ask = async (text, wanted) => {
    const answer = await (text === null ? lmtp.answer() : lmtp.ask(text));
    if (!answer.startsWith(wanted)) throw new Error(`LMTP said ${answer} to ${text?.slice(0, 80)}`);
  };
  try {
    await ask(null, "220");
    await ask("LHLO test.example", "250");
    await ask(`MAIL FROM:<${from}> BODY=8BITMIME`, "250");
    await ask(`RCPT TO:<${to}>`, "250");
    await ask("DATA", "354");
    const text = Buffer.from(message).toString("latin1").replace(/\r?\n/g, "\r\n").replace(/^\./gm, "..");
    await ask(Buffer.from(`${text}${text.endsWith("\r\n") ? "" : "\r\n"}.`, "latin1"), "250");
  } finally {
    lmtp.close();
  }
}

/** A token as Cyrus takes it by `Authorization: Bearer`. */
function jwt(key, claims) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
}

/**
 * Starts a server.
 *
 * - `smtpPort`: where mail goes that its users send. Without it, sending fails.
 * - `users`: names and passwords.
 */
export async function startCyrus({ smtpPort, users = { alice: "pw-alice", bob: "pw-bob" } } = {}) {
  await ensureCyrus();
  const folder = mkdtempSync(join(tmpdir(), "sclerite-cyrus-"));
  const key = randomBytes(32);
  let server = null;
  const stop = async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const ports = await freePorts(4);
    const [http, lmtp, imap, nobody] = ports;
    await prepare(folder, { smtpPort: smtpPort ?? nobody, ports, users, key });
    const url = `http://127.0.0.1:${http}`;
    server = launch(join(CYRUS_BIN, "master"), ["-C", join(folder, "imapd.conf"), "-M", join(folder, "cyrus.conf"), "-p", join(folder, "run", "master.pid")], { cwd: folder });
    const listens = (port, ends) => {
      const client = lineClient(port, ends);
      return client.answer().then(() => true, () => false).finally(client.close);
    };
    await server.ready(async () => (await fetch(url, { redirect: "manual" }).then(() => true, () => false)) && (await listens(lmtp, /^220 /)) && listens(imap, /^\* OK/));
    await Promise.all(Object.entries(users).map(([name, password]) => provision(imap, name, password)));
    return {
      /** Scheme, host and port; every protocol of HTTP is here. */
      url,
      jmapUrl: `${url}/jmap/`,
      davUrl: `${url}/dav/`,
      calendarHome: (name) => `${url}/dav/calendars/user/${name}/`,
      contactsHome: (name) => `${url}/dav/addressbooks/user/${name}/`,
      lmtpPort: lmtp,
      imapPort: imap,
      users,
      folder,
      address: (name) => `${name}@${DOMAIN}`,
      basic: (name) => `Basic ${Buffer.from(`${name}:${users[name]}`).toString("base64")}`,
      /** A bearer token of a user; `claims` such as `exp` bend it. */
      token: (name, claims = {}) => jwt(key, { sub: name, ...claims }),
      bearer: (name, claims = {}) => `Bearer ${jwt(key, { sub: name, ...claims })}`,
      deliver: (from, to, message) => deliver(lmtp, from, to, message),
      pid: server.pid,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
