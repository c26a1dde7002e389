// npm run export:key: makes the key that exports are encrypted for, on this computer.
// `-- --out FILE` names its file; `-- --no-passphrase` leaves it unprotected.
// The file is one of age's own: `age -d -i FILE backup.age` takes it.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Encrypter, armor, generateX25519Identity, identityToRecipient } from "age-encryption";
import { askPassphrase } from "./lib/backup.mjs";
import { Problem, bold, main, note } from "./lib/log.mjs";

const LENGTH_MIN = 12;

await main(async () => {
  const { values } = parseArgs({ options: { out: { type: "string" }, "no-passphrase": { type: "boolean" } } });
  const plain = values["no-passphrase"];
  const file = values.out ?? (plain ? "sclerite-identity.txt" : "sclerite-identity.age");
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  let content = `# created: ${new Date().toISOString()}\n# public key: ${recipient}\n${identity}\n`;
  if (!plain) {
    const passphrase = await askPassphrase(`A passphrase for ${file} (at least ${LENGTH_MIN} characters)`);
    if ([...passphrase].length < LENGTH_MIN) throw new Problem(`The passphrase is shorter than ${LENGTH_MIN} characters.`, "take a few words that nobody else would put together.");
    if ((await askPassphrase("The same again")) !== passphrase) throw new Problem("The two are not the same.", "run the command again.");
    const lock = new Encrypter();
    lock.setPassphrase(passphrase);
    content = `${armor.encode(await lock.encrypt(content)).trimEnd()}\n`;
  }
  try {
    // A file that is there may be the only key to somebody's exports.
    writeFileSync(file, content, { flag: "wx", mode: 0o600 });
  } catch (error) {
    throw new Problem(`${file} cannot be written (${error.code}).`, "name another file with `npm run export:key -- --out FILE`.");
  }
  console.log(`The key is in ${file}. Keep it and its passphrase where a fire or a thief does not take both:`);
  console.log("without them nobody can read the exports, we neither.\n");
  console.log(`${bold("The recipient")}, which is no secret:\n`);
  console.log(`EXPORT_RECIPIENT=${recipient}\n`);
  note("On this computer: put that line into .dev.vars and start the agent again.");
  note(`Deployed: put EXPORT_RECIPIENT = "${recipient}" under [vars] in wrangler.toml and run \`npm run deploy\`.`);
});
