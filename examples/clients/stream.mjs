// Streams to an engine over WebSocket and shows what it answers, as it comes. Runs in Node 22 or newer (from 20.10 on
// with --experimental-websocket), and in browsers as a module (browser.html).
//
//     node stream.mjs http://localhost:1888/v1/private/echo_py one two three
//     node stream.mjs http://localhost:1888/v1/private/listen @speech.wav
//
// Every word is a piece of text; of a WAV file a piece goes out every 100 ms, as a microphone gives it. README.md tells
// how a stream goes. Exit code 0, or 1 with the error on stderr.

const KINDS = ["text", "audio", "image", "video", "other"]; // a block has its data under one of these names

/**
 * Sends pieces, and calls `onAnswer` with the messages that answer them, as they come. A piece is [a block without its
 * status, whether it is the last]. Resolves at the end; rejects with an Error that says what is wrong.
 */
export function stream(url, pieces, onAnswer, { key = "data", params = {} } = {}) {
  const socket = new WebSocket(url.replace(/^http/, "ws"));

  async function send() {
    let status = 0; // of the first piece; those that follow have 1, and the last 2
    for await (const [block, last] of pieces) {
      if (socket.readyState !== WebSocket.OPEN) return; // the engine is done, or has failed, before the input is over
      const message = { payload: { [key]: { ...block, status: last ? 2 : status } } };
      if (status === 0) message.parameter = { [url.split("/").at(-1)]: params };
      socket.send(JSON.stringify(message));
      status = 1;
    }
  }

  return new Promise((resolve, reject) => {
    let failure = "";
    let reached = false;
    socket.onopen = () => {
      reached = true;
      send().catch((error) => { socket.close(); reject(error); });
    };
    socket.onmessage = ({ data }) => {
      const answer = JSON.parse(data);
      const { code, message, sid } = answer.header;
      if (code === 0) onAnswer(answer);
      else failure = `error ${code}: ${message} (sid ${sid}), `; // the last message
    };
    socket.onclose = ({ code, reason }) => {
      const how = code === 1006 ? "the connection is lost" : `closed with ${code} ${reason}`;
      if (code === 1000 && !failure) resolve();
      else reject(new Error(failure + how));
    };
    socket.onerror = () => reached || reject(new Error(`no service at ${url}, or no engine at this path`));
  });
}

/** Texts as pieces; sound.mjs makes pieces of sound. */
export function textPieces(texts) {
  return texts.map((text, index) => {
    const bytes = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte));
    return [{ encoding: "utf8", text: btoa(bytes.join("")) }, index === texts.length - 1];
  });
}

/** What a block has, for a reader. In streams text is Base64 too, unless it is JSON and says so. */
export function content(block) {
  const kind = KINDS.find((name) => name in block);
  if (kind === "text" && block.format === "json") return JSON.stringify(block.text);
  const bytes = Uint8Array.from(atob(block[kind]), (character) => character.charCodeAt(0));
  return kind === "text" ? new TextDecoder().decode(bytes) : `${kind}, ${bytes.length} bytes`;
}

async function main(words) {
  const { parseArgs } = await import("node:util");
  const { readFile } = await import("node:fs/promises");
  const { inRealTime, wav } = await import("./sound.mjs");
  const options = { key: { type: "string" }, param: { type: "string", multiple: true, default: [] } };
  const { values, positionals } = parseArgs({ args: words, options, allowPositionals: true });
  const [url, ...input] = positionals;
  if (!input.length) throw new Error("usage: node stream.mjs URL TEXT...|@FILE [--key KEY] [--param NAME=VALUE]...");
  if (!globalThis.WebSocket) throw new Error("this Node has no WebSocket: take Node 22, or --experimental-websocket");
  const params = Object.fromEntries(values.param.map((param) => param.split(/=(.*)/s)));
  const isFile = input[0].startsWith("@");
  const pieces = isFile ? inRealTime(wav(await readFile(input[0].slice(1)))) : textPieces(input);
  await stream(url, pieces, ({ header, payload }) => {
    if (!payload) console.error(`stream ${header.sid} has begun`); // the acknowledgement
    for (const [name, block] of Object.entries(payload ?? {})) {
      console.log(`${name} (${block.status}): ${content(block)}`);
    }
  }, { key: values.key ?? (isFile ? "audio" : "data"), params });
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
