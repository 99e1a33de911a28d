// Asks an engine once over HTTP. Runs in Node 18 or newer, and in browsers as a module (browser.html).
//
//     node once.mjs http://localhost:1888/v1/private/echo_py hello --param echo.upper=1
//     node once.mjs http://localhost:1888/v1/private/ocr @picture.png
//
// A text is sent as JSON; a file goes as it is, with the parameters in the query. Exit code 0, or 1 with the error on
// stderr.

const KINDS = ["text", "audio", "image", "video", "other"]; // a block has its data under one of these names
const MEDIA = { jpg: "image/jpeg", jpeg: "image/jpeg", png: "image/png", mp3: "audio/mpeg", wav: "audio/wav" };
const SECONDS = 60;

/** The blocks of the answer by their keys, asked for with one text. Rejects with an Error that says what is wrong. */
export function askText(url, text, { key = "data", params = {} } = {}) {
  const bytes = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte));
  const block = { encoding: "utf8", status: 3, text: btoa(bytes.join("")) }; // 3: this is all of it
  const request = { parameter: { [url.split("/").at(-1)]: params }, payload: { [key]: block } };
  return post(url, JSON.stringify(request), "application/json");
}

/** The same with a File, Blob or Uint8Array, for an engine with one input. `type`: its media type, if that is known. */
export function askFile(url, data, type, { params = {} } = {}) {
  const query = new URLSearchParams(Object.entries(params).map(([name, value]) => [`p.${name}`, value]));
  return post(`${url}?${query}`, data, /^(audio|image|video)\//.test(type) ? type : "application/octet-stream");
}

async function post(url, body, type) {
  // The service answers in time whatever the engine does: with code 10102 when that took too long.
  const headers = { "Content-Type": type, "Aiges-Timeout-Ms": `${SECONDS * 1000}` };
  const reply = await fetch(url, { method: "POST", headers, body }).catch((error) => {
    throw new Error(`cannot reach ${url}: ${error.cause?.code ?? error.message}`);
  });
  const { header, payload } = await reply.json().catch(() => ({}));
  if (!header) throw new Error(`HTTP ${reply.status}, and no answer of an AI service`);
  if (header.code === 0) return payload;
  const where = header.path ? ` at ${header.path}` : ""; // in the request, as a JSON pointer
  throw new Error(`error ${header.code}: ${header.message}${where} (HTTP ${reply.status}, sid ${header.sid})`);
}

/** What kind of data a block has, and the data: a string or a Uint8Array. Text is plain unless it is no UTF-8. */
export function content(block) {
  const kind = KINDS.find((name) => name in block);
  if (kind === "text" && block.transfer !== "base64") return [kind, block.text];
  return [kind, Uint8Array.from(atob(block[kind]), (character) => character.charCodeAt(0))];
}

async function main(words) {
  const { parseArgs } = await import("node:util");
  const { readFile } = await import("node:fs/promises");
  const options = { key: { type: "string" }, param: { type: "string", multiple: true, default: [] } };
  const { values, positionals } = parseArgs({ args: words, options, allowPositionals: true });
  const [url, input] = positionals;
  if (!input) throw new Error("usage: node once.mjs URL TEXT|@FILE [--key KEY] [--param NAME=VALUE]...");
  const params = Object.fromEntries(values.param.map((param) => param.split(/=(.*)/s)));
  const blocks = input.startsWith("@")
    ? await askFile(url, await readFile(input.slice(1)), MEDIA[input.split(".").at(-1)], { params })
    : await askText(url, input, { key: values.key, params });
  for (const [key, block] of Object.entries(blocks)) {
    const [kind, data] = content(block);
    console.log(`${key}: ${typeof data === "string" ? data : `${kind}, ${data.length} bytes`}`);
  }
}

if (globalThis.process?.argv[1]) { // Node, which starts with this file or with one that imports it
  const { realpathSync } = await import("node:fs");
  const { pathToFileURL } = await import("node:url");
  if (import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) {
    await main(process.argv.slice(2)).catch((error) => {
      console.error(error.message);
      process.exitCode = 1;
    });
  }
}
