// What the scripts say, and how they give up.
// Every step says what it does in one line; every failure says what to do next.

const colour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code, text) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);

export const bold = (text) => paint(1, text);
export const dim = (text) => paint(2, text);
export const red = (text) => paint(31, text);
export const green = (text) => paint(32, text);

/** Announces a step that takes a while. */
export function step(text) {
  console.log(`${bold("•")} ${text}`);
}

/** Says that a step was already done. */
export function skipped(text) {
  console.log(dim(`✓ ${text}`));
}

/** Says something the owner may want to know but need not act on. */
export function note(text) {
  console.log(dim(`  ${text}`));
}

/** A failure that the reader can repair: what happened, and what to do. */
export class Problem extends Error {
  constructor(what, remedy) {
    super(what);
    this.remedy = remedy;
  }
}

/** Runs a script's main function; a `Problem` is printed as two lines, anything else with its stack. */
export async function main(run) {
  try {
    await run();
  } catch (error) {
    if (error instanceof Problem) {
      console.error(`${red("✗")} ${error.message}`);
      if (error.remedy) console.error(`  What to do: ${error.remedy}`);
    } else {
      console.error(error);
    }
    process.exit(1);
  }
}

/** Milliseconds as a short text, such as `2.1 s`. */
export function seconds(duration_ms) {
  return `${(duration_ms / 1000).toFixed(1)} s`;
}
