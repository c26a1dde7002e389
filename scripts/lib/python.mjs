// Python programs that tests need, each in a virtual environment of its own, made once per
// computer. A changed requirement gets a new environment, so versions must be pinned exactly.

import { createHash } from "node:crypto";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { alone } from "./lock.mjs";
import { Problem, step } from "./log.mjs";
import { CACHE, capture, mustRun } from "./run.mjs";

/**
 * The path of a Python that has these packages, such as `["fakellm==0.3.5"]`. Programs that the
 * packages install lie beside it.
 */
export async function pythonWith(requirements) {
  for (const requirement of requirements) {
    if (!/^[A-Za-z0-9._[\],-]+==[^=]+$/.test(requirement)) {
      throw new Problem(`${requirement} does not name an exact version.`, "write it as `name==1.2.3`.");
    }
  }
  const system = ["python3", "python"].find((name) => capture(name, ["-c", "import sys; sys.exit(sys.version_info < (3, 10))"]) !== null);
  if (!system) {
    throw new Problem("Python 3.10 or newer is missing; some tests need it.", "install it from https://www.python.org or with your package manager (`apt-get install python3 python3-venv`).");
  }
  const version = capture(system, ["-c", "import platform; print(platform.python_version())"]);
  const key = createHash("sha256").update([version, ...[...requirements].sort()].join("\n")).digest("hex").slice(0, 16);
  const folder = join(CACHE, `python-${key}`);
  const python = process.platform === "win32" ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");
  const complete = join(folder, ".complete");
  if (existsSync(complete) && existsSync(python)) return python;
  await alone(`python-${key}`, async () => {
    if (!existsSync(complete) || !existsSync(python)) await install(system, { folder, python, complete, requirements });
  });
  return python;
}

async function install(system, { folder, python, complete, requirements }) {
  const more = requirements.length > 3 ? ` and ${requirements.length - 3} more` : "";
  step(`Installing ${requirements.slice(0, 3).join(", ")}${more} for the tests (once per computer)`);
  rmSync(folder, { recursive: true, force: true });
  await mustRun(system, ["-m", "venv", folder], "install the venv module (`apt-get install python3-venv`) and run the command again.", { quiet: true });
  await mustRun(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", ...requirements], "check your internet connection and run the command again.", { quiet: true });
  writeFileSync(complete, `${requirements.join("\n")}\n`);
}
