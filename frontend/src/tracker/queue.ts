/* Messages on their way to the collector: kept on the device until it has confirmed them, sent in small batches, and
   handed to the browser when the page goes away. The collector drops a message that arrives twice. */

import { read, write } from "./memory";

export type Message = Record<string, unknown>;

const MOST_KEPT = 200;
const MOST_AT_ONCE = 20;
/* Browsers refuse larger bodies for requests that outlive the page. */
const MOST_BYTES = 60_000;
const WAIT = 800;
const LONGEST_PAUSE = 300_000;

let kept: Message[] = [];
let address = "";
let key = "";
let timer = 0;
let failures = 0;
let isSending = false;

/** Begin to send, with what earlier pages could not get out. */
export function open(host: string, writeKey: string): void {
  address = host;
  key = writeKey;
  try {
    kept = (JSON.parse(read("queue") || "[]") as Message[]).concat(kept);
  } catch {
    /* A damaged queue is no reason to lose this page's messages. */
  }
  addEventListener("online", () => later(0));
  /* "hidden" is the last event a phone reliably gives. */
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") leave();
  });
  addEventListener("pagehide", leave);
  if (kept.length) later(WAIT);
}

export function push(message: Message): void {
  kept.push(message);
  if (kept.length > MOST_KEPT) kept.shift();
  keep();
  if (address) later(WAIT);
}

export function clear(): void {
  kept = [];
  keep();
}

function keep(): void {
  write("queue", JSON.stringify(kept));
}

function later(milliseconds: number): void {
  if (timer) return;
  timer = window.setTimeout(() => {
    timer = 0;
    void send();
  }, milliseconds);
}

/** The longest beginning of the queue that one request may carry, as a body. */
function parcel(): [Message[], string] {
  let batch = kept.slice(0, MOST_AT_ONCE);
  let body = wrap(batch);
  while (body.length > MOST_BYTES && batch.length > 1) {
    batch = batch.slice(0, Math.ceil(batch.length / 2));
    body = wrap(batch);
  }
  return [batch, body];
}

function wrap(batch: Message[]): string {
  return JSON.stringify({ batch, sentAt: new Date().toISOString(), writeKey: key });
}

async function send(): Promise<void> {
  if (isSending || !kept.length || navigator.onLine === false) return;
  isSending = true;
  const [batch, body] = parcel();
  let pause = 0;
  try {
    /* Plain text needs no preflight request. */
    const answer = await fetch(address + "/v1/batch", {
      method: "POST",
      body,
      keepalive: body.length < MOST_BYTES,
      credentials: "omit",
      headers: { "Content-Type": "text/plain" },
    });
    const isWorthRetrying = answer.status === 429 || answer.status === 408 || answer.status >= 500;
    if (isWorthRetrying) pause = Number(answer.headers.get("Retry-After")) * 1000 || backoff();
    else forget(batch);
  } catch {
    pause = backoff();
  }
  isSending = false;
  if (pause) later(Math.min(pause, LONGEST_PAUSE));
  else {
    failures = 0;
    if (kept.length) later(0);
  }
}

function backoff(): number {
  return 1000 * 2 ** Math.min(failures++, 8) * (0.5 + Math.random());
}

function forget(batch: Message[]): void {
  kept = kept.filter((message) => !batch.includes(message));
  keep();
}

/** The page goes away: the browser carries on with what it accepts, the rest waits on the device for the next page. */
function leave(): void {
  while (kept.length && navigator.onLine !== false) {
    const [batch, body] = parcel();
    const isTaken = navigator.sendBeacon?.(`${address}/beacon/v1/batch?writeKey=${encodeURIComponent(key)}`, body);
    if (!isTaken) return;
    forget(batch);
  }
}
