// A mail server at which all mail of a test ends, by `aiosmtpd`, which is not ours.
//
//   const sink = await startSmtpSink();
//   const cyrus = await startCyrus({ smtpPort: sink.port });
//   const mail = await sink.next((one) => one.to.includes("carol@example.org"));
//   mail.raw       // the bytes as they came; `text` is the same as text

import { pythonWith } from "../../../scripts/lib/python.mjs";
import { until } from "../harness.mjs";
import { PYTHON, launch } from "./process.mjs";

/** Takes every mail, and prints each as one line of JSON. It chooses its port itself. */
const PROGRAM = `
import asyncio, base64, json
from aiosmtpd.smtp import SMTP

class Sink:
    async def handle_DATA(self, server, session, envelope):
        raw = base64.b64encode(envelope.original_content).decode()
        print(json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos, "raw": raw}), flush=True)
        return "250 OK"

async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Sink(), hostname="sink.test"), "127.0.0.1", 0)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await server.serve_forever()

asyncio.run(main())
`;

/** Starts a sink. `mails` holds what came, oldest first: `{ from, to, raw, text }`. */
export async function startSmtpSink() {
  const python = await pythonWith(PYTHON);
  const mails = [];
  let port = null;
  const line = (text) => {
    const said = JSON.parse(text);
    if (said.port) {
      port = said.port;
      return;
    }
    const raw = Buffer.from(said.raw, "base64");
    mails.push({ from: said.from, to: said.to, raw, text: raw.toString("utf8") });
  };
  const server = launch(python, ["-c", PROGRAM], { line });
  await server.ready(() => port !== null);
  const taken = new Set();
  return {
    port,
    mails,
    /** The oldest mail for which `wanted` holds and that `next` has not returned yet; waits for one. */
    async next(wanted = () => true, timeout_ms = 10_000) {
      const mail = await until(() => mails.find((one) => !taken.has(one) && wanted(one)), "the mail arrives", timeout_ms);
      taken.add(mail);
      return mail;
    },
    stop: server.stop,
  };
}
