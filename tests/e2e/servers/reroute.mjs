// Sends what the Worker asks of real hosts to servers on this computer, and breaks it on request.
//
//   const road = reroute({ "dav.example": cyrus.url, ...google.hosts }, { otherwise: model.outbound });
//   const agent = await startAgent({ outbound: road.outbound });
//   road.fault({ host: "dav.example", method: "PUT" }, { drop: "after" });
//   road.requests   // every request: { host, method, path, headers, body, bytes, delivered, status }
//
// Method, path with query, headers and body reach the server byte for byte; `Host` too is what the
// Worker meant. On the way back a compressed answer is unpacked, because miniflare packs again what
// says that it is packed; and a `Location` is put on https again, as a proxy that ends TLS would, since
// the server only knows that it was asked by http.

import { request as send } from "node:http";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";

const UNPACK = { gzip: gunzipSync, "x-gzip": gunzipSync, deflate: inflateSync, br: brotliDecompressSync };
/** Of one connection, not of the answer. */
const HOP = ["connection", "keep-alive", "upgrade", "alt-svc", "transfer-encoding", "content-length", "content-encoding"];
const BODILESS = [204, 205, 304];

/** A header as the Worker must see it, who asked by https what the server was asked by http. */
const outside = (url, name, value) => [name, name.toLowerCase() === "location" && url.startsWith("https:") && value.startsWith(`http://${new URL(url).host}/`) ? value.replace("http:", "https:") : value];

/** Asks a server and reads its whole answer: `{ status, headers, bytes }`. */
function ask(origin, { url, method, path, headers, bytes }) {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const request = send({ hostname, port, method, path, headers, setHost: false, agent: false }, async (response) => {
      const chunks = [];
      try {
        for await (const chunk of response) chunks.push(chunk);
      } catch (error) {
        return reject(error);
      }
      const packed = Buffer.concat(chunks);
      const unpack = UNPACK[response.headers["content-encoding"]] ?? ((whole) => whole);
      const pairs = [];
      for (let at = 0; at < response.rawHeaders.length; at += 2) {
        if (!HOP.includes(response.rawHeaders[at].toLowerCase())) pairs.push(outside(url, response.rawHeaders[at], response.rawHeaders[at + 1]));
      }
      return resolve({ status: response.statusCode, headers: pairs, bytes: packed.length > 0 ? unpack(packed) : packed });
    });
    request.on("error", reject);
    request.end(bytes.length > 0 ? bytes : undefined);
  });
}

const answer = ({ status, headers, bytes }) => new Response(BODILESS.includes(status) ? null : bytes, { status, headers });

/** A body that comes in part, after which the connection is gone. */
function torn(bytes) {
  let sent = false;
  return new ReadableStream({
    async pull(controller) {
      if (!sent) {
        sent = true;
        return controller.enqueue(bytes);
      }
      // So that the head and the part arrive before the end does.
      await new Promise((resolve) => setTimeout(resolve, 50));
      return controller.error(new Error("the connection is gone"));
    },
  });
}

const HTML = "<!DOCTYPE html><html><head><title>503 Service Unavailable</title></head><body><h1>Sorry</h1><p>Try again &amp; again.</p></body></html>";

/** Another value for one header. */
const withHeader = (headers, name, value) => [...headers.filter(([one]) => one.toLowerCase() !== name), ...(value === null ? [] : [[name, value]])];

/** Whether a matcher is met: `{ host, method, path, body }`, each a text or a pattern, or a function. */
function meets(matcher, record) {
  if (typeof matcher === "function") return matcher(record);
  return Object.entries(matcher).every(([name, wanted]) => {
    if (!["host", "method", "path", "body"].includes(name)) throw new Error(`a request has no ${name}.`);
    if (wanted instanceof RegExp) return wanted.test(record[name]);
    return name === "path" || name === "body" ? record[name].includes(wanted) : record[name] === wanted;
  });
}

/** What a fault may say. */
const FAULTS = ["status", "headers", "body", "retryAfter", "html", "redirect", "contentType", "truncate", "tear", "size", "hang", "drop", "deliver"];

/** The answer that stands in for the server's. */
function instead(fault) {
  if (fault.redirect) return { status: fault.status ?? 302, headers: [["location", fault.redirect]], bytes: Buffer.alloc(0) };
  if (fault.html) return { status: fault.status ?? 503, headers: [["content-type", "text/html; charset=utf-8"]], bytes: Buffer.from(HTML) };
  const headers = Object.entries(fault.headers ?? {});
  if (fault.retryAfter !== undefined) headers.push(["retry-after", String(fault.retryAfter)]);
  return { status: fault.status ?? 429, headers, bytes: Buffer.from(fault.body ?? "") };
}

/** Whether a fault answers in place of the server, which then sees nothing of the request. */
const replaces = (fault) => ["status", "headers", "body", "retryAfter", "html", "redirect"].some((name) => fault[name] !== undefined);

/** Bends what the server has answered. */
function bent(found, fault) {
  let { headers, bytes } = found;
  if (fault.contentType !== undefined) headers = withHeader(headers, "content-type", fault.contentType);
  // Spaces before the end keep XML, JSON and iCalendar as they were: only the size is wrong.
  if (fault.size !== undefined) bytes = Buffer.concat([bytes, Buffer.alloc(Math.max(0, fault.size - bytes.length), 0x20)]);
  if (fault.truncate !== undefined) bytes = bytes.subarray(0, fault.truncate);
  if (fault.tear !== undefined) return new Response(torn(bytes.subarray(0, fault.tear)), { status: found.status, headers });
  return answer({ ...found, headers, bytes });
}

/**
 * Makes an `outbound` of the harness.
 *
 * - `origins`: from each host that the Worker may mean to the origin of the server that plays it.
 * - `otherwise(request, record)`: answers for every other host; without it they get a 502.
 *
 * `fault(matcher, what, { times = 1 })` breaks the next requests that the matcher meets:
 *
 * - in place of the server: `status` with `headers`, `body` and `retryAfter` (seconds or a date),
 *   `html` (an error page), `redirect` (an address). `deliver: true` asks the server all the same,
 *   and throws its answer away;
 * - of the server's own answer: `contentType`, `truncate` (so many bytes, ended well), `tear` (so
 *   many bytes, then a lost connection), `size` (filled up with spaces);
 * - `hang`: no answer for so many milliseconds, then a lost connection;
 * - `drop`: a connection lost "before" the server got the request, or "after" it has acted on it.
 */
export function reroute(origins, { otherwise } = {}) {
  const requests = [];
  const faults = [];
  const stray = async (record) => new Response(`no server plays ${record.host}`, { status: 502 });

  const answerOf = async (record, original, request) => {
    const origin = origins[record.host];
    if (origin === undefined) return otherwise ? otherwise(request, original) : stray(record);
    const place = faults.findIndex((one) => one.times > 0 && meets(one.matcher, record));
    const fault = place < 0 ? null : faults[place].what;
    if (fault) faults[place].times -= 1;
    record.fault = fault;
    const reach = async () => {
      record.delivered = true;
      return ask(origin, record);
    };
    if (!fault) return answer(await reach());
    if (fault.drop === "before") throw new Error("the connection is lost before the request");
    if (fault.hang !== undefined) {
      if (fault.deliver) await reach();
      await new Promise((resolve) => setTimeout(resolve, fault.hang).unref());
      throw new Error("the connection is lost after a long silence");
    }
    if (replaces(fault)) {
      if (fault.deliver) await reach();
      return answer(instead(fault));
    }
    const found = await reach();
    if (fault.drop === "after") throw new Error("the connection is lost before the answer");
    return bent(found, fault);
  };

  return {
    requests,
    /** The requests to a host, or those that a matcher meets. */
    to: (matcher) => requests.filter((record) => meets(typeof matcher === "string" ? { host: matcher } : matcher, record)),
    fault(matcher, what, { times = 1 } = {}) {
      for (const name of Object.keys(what)) if (!FAULTS.includes(name)) throw new Error(`there is no fault ${name}.`);
      if (what.drop !== undefined && !["before", "after"].includes(what.drop)) throw new Error("a connection drops before or after.");
      const one = { matcher, what, times };
      faults.push(one);
      return { pending: () => one.times, lift: () => { one.times = 0; } };
    },
    /** Forgets every fault that has not happened. */
    calm: () => faults.splice(0),
    async outbound(request, original) {
      const { url, method, headers, body, bytes } = original;
      const { host } = new URL(url);
      const path = url.slice(url.indexOf(host) + host.length) || "/";
      const record = { host, method, path, url, headers: { ...headers, host }, body, bytes, at: performance.now(), delivered: false, status: null, fault: null };
      requests.push(record);
      const response = await answerOf(record, original, request);
      record.status = response.status;
      return response;
    },
  };
}
