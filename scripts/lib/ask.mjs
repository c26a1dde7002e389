// What the scripts ask the owner. On a terminal a secret is typed unseen; without a terminal
// secrets are lines of the input, and everything else must be said by flags.

import { createInterface } from "node:readline";
import { Problem } from "./log.mjs";

const givenUp = () => new Problem("Given up; nothing was changed.", "run the command again.");

/** Whether somebody sits there who can be asked. */
export const interactive = () => Boolean(process.stdin.isTTY && process.stderr.isTTY);

let piped;

/** The next line of an input that is no terminal. */
async function pipedLine(input, what) {
  if (piped?.input !== input) piped = { input, lines: createInterface({ input })[Symbol.asyncIterator]() };
  const { value, done } = await piped.lines.next();
  if (done) throw new Problem(`No ${what} was given.`, `run the command in a terminal, or send the ${what} as a line of its input.`);
  return value;
}

/** Asks for a secret: on a terminal without showing it, otherwise as the next line of the input. */
export async function askSecret(question, what, { input = process.stdin, output = process.stderr } = {}) {
  if (!input.isTTY) return pipedLine(input, what);
  // First, so that nothing that is typed early is shown.
  input.setRawMode(true);
  output.write(`${question}: `);
  input.resume();
  try {
    return await new Promise((resolve, reject) => {
      let typed = "";
      const heard = (bytes) => {
        for (const key of bytes.toString("utf8")) {
          if (key === "\r" || key === "\n") {
            input.off("data", heard);
            resolve(typed);
            return;
          }
          if (key === "\u0003" || key === "\u0004") {
            input.off("data", heard);
            reject(givenUp());
            return;
          }
          typed = key === "\u007f" || key === "\b" ? [...typed].slice(0, -1).join("") : typed + key;
        }
      };
      input.on("data", heard);
    });
  } finally {
    input.setRawMode(false);
    input.pause();
    output.write("\n");
  }
}

/** Asks a question on the terminal; an empty answer is `otherwise`. `remedy` is for when there is none. */
export function ask(question, { otherwise, remedy }) {
  if (!interactive()) {
    if (otherwise !== undefined) return Promise.resolve(otherwise);
    throw new Problem(`Not given: ${question}.`, remedy);
  }
  const line = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve, reject) => {
    line.once("SIGINT", () => line.close());
    line.once("close", () => reject(givenUp()));
    line.question(`${question}${otherwise ? ` [${otherwise}]` : ""}: `, (answer) => {
      resolve(answer.trim() || (otherwise ?? ""));
      line.close();
    });
  });
}

/** Asks yes or no. Without a terminal nobody agrees to anything: that is a problem with this remedy. */
export async function agree(question, remedy) {
  const answer = await ask(`${question} (yes/no)`, { remedy });
  return /^(y|yes|o|oui)$/i.test(answer);
}
