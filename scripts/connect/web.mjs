// Pages of the web: a host that the agent may read from, after one look.

import { Problem, note, step } from "../lib/log.mjs";
import { Place, request } from "./net.mjs";

/** Fetches the host's front page once; resolves with the place. */
export async function tryWeb(options) {
  const place = new Place(options);
  step(`Fetching ${place.base.href}`);
  const answer = await request(place.base);
  if (answer.status >= 500) throw new Problem(`${place.base.host} cannot answer now (${answer.status}).`, "try again later.");
  const target = answer.headers.get("location");
  if (answer.status >= 300 && answer.status < 400 && target && URL.canParse(target, answer.url)) {
    const { host, origin } = new URL(target, answer.url);
    if (origin !== place.base.origin) note(`It sends on to ${host}, which is another host: connect that one too if the agent should read it.`);
  } else if (answer.status >= 400) note(`Its front page answers ${answer.status}; other pages may do better.`);
  return { place };
}
