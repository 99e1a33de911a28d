// Sound in pieces of 100 ms, as stream() takes them: of a WAV file, and in browsers of the microphone.

/** A piece: a block without its status, and whether it is the last; `looks` describes the samples to the engine. */
function piece(bytes, looks, last) {
  const data = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return [{ encoding: "raw", ...looks, audio: data }, last];
}

/** The samples of a WAV file (a Uint8Array): { bytes, looks }. */
export function wav(file) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const name = (at) => (at + 8 <= file.length ? String.fromCharCode(...file.subarray(at, at + 4)) : "");
  if (name(0) !== "RIFF" || name(8) !== "WAVE") throw new Error("this is no WAV file");
  let looks;
  for (let at = 12; name(at); ) {
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    if (name(at) === "fmt ") {
      const [channels, sample_rate] = [view.getUint16(start + 2, true), view.getUint32(start + 4, true)];
      looks = { sample_rate, channels, bit_depth: view.getUint16(start + 14, true) };
    }
    if (name(at) === "data" && looks && size) return { bytes: file.subarray(start, start + size), looks };
    at = start + size + (size % 2);
  }
  throw new Error("this WAV file has no sound");
}

/** Its pieces, each when a microphone would have it. */
export async function* inRealTime({ bytes, looks }) {
  const step = Math.floor(looks.sample_rate / 10) * looks.channels * (looks.bit_depth / 8);
  const began = performance.now();
  for (let at = 0, number = 1; at < bytes.length; at += step, number += 1) {
    await new Promise((resolve) => setTimeout(resolve, began + 100 * number - performance.now()));
    yield piece(bytes.subarray(at, at + step), looks, at + step >= bytes.length);
  }
}

const RECORDER = `registerProcessor("recorder", class extends AudioWorkletProcessor {
  process([[samples]]) { if (samples) this.port.postMessage(samples.slice()); return true; }
})`;

/** The microphone, 16 bits and one channel: { pieces, stop() }. For pages from https:// or localhost. */
export async function microphone() {
  const media = await navigator.mediaDevices.getUserMedia({ audio: true });
  const context = new AudioContext();
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([RECORDER], { type: "text/javascript" })));
  const recorder = new AudioWorkletNode(context, "recorder", { channelCount: 1, channelCountMode: "explicit" });
  context.createMediaStreamSource(media).connect(recorder).connect(context.destination); // which hears silence

  const samples = [];
  let running = true;
  let wake = () => {};
  recorder.port.onmessage = ({ data }) => {
    for (const value of data) samples.push(Math.round(Math.max(-1, Math.min(1, value)) * 32767));
    wake();
  };
  async function* pieces() {
    const looks = { sample_rate: context.sampleRate, channels: 1, bit_depth: 16 };
    const step = Math.floor(context.sampleRate / 10);
    for (let last = false; !last; ) {
      while (running && samples.length < step) await new Promise((resolve) => { wake = resolve; });
      last = !running;
      const some = Int16Array.from(samples.splice(0, last ? samples.length : step));
      yield piece(new Uint8Array(some.buffer), looks, last);
    }
  }
  function stop() {
    running = false;
    for (const track of media.getTracks()) track.stop();
    if (context.state !== "closed") context.close();
    wake();
  }
  return { pieces: pieces(), stop };
}
