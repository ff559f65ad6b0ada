/* Messages that wait for the visitor: fetched when the tracker starts, shown one at a time in a corner of the page. Whatever
   they say is set as text, never as HTML, inside a shadow root that the shop's styles do not reach. */

interface Waiting {
  key: string;
  title: string;
  body: string;
  url: string;
  image: string;
}

const STYLE = `
  :host { all: initial; position: fixed; z-index: 2147483000; inset: auto 16px 16px auto; max-width: min(340px, calc(100vw - 32px)); }
  article { font: 15px/1.5 system-ui, sans-serif; color: #222; background: #fff; border-radius: 12px; padding: 16px 40px 16px 16px;
    box-shadow: 0 8px 30px rgb(0 0 0 / 22%); overflow-wrap: anywhere; }
  strong { display: block; font-size: 16px; margin-bottom: 4px; }
  p { margin: 0; white-space: pre-line; }
  img { display: block; max-width: 100%; border-radius: 8px; margin-bottom: 8px; }
  a { color: inherit; text-decoration: none; display: block; }
  a strong { text-decoration: underline; text-underline-offset: 3px; }
  button { all: unset; position: absolute; top: 8px; right: 12px; cursor: pointer; font: 22px/1 system-ui; padding: 4px; }
  button:focus-visible, a:focus-visible { outline: 2px solid #2563eb; border-radius: 4px; }`;

export async function fetchMessages(host: string, writeKey: string, anonymousId: string): Promise<void> {
  const who = { writeKey, anonymousId };
  try {
    const answer = await fetch(`${host}/onsite/v1/messages?${new URLSearchParams(who)}`, { credentials: "omit" });
    const said = (await answer.json()) as { messages?: Waiting[] };
    const first = said.messages?.[0];
    if (first) show(first, (what) => void tell(host, { ...who, key: first.key, what }));
  } catch {
    /* The shop's page goes on without. */
  }
}

function tell(host: string, said: Record<string, string>): Promise<unknown> {
  return fetch(`${host}/onsite/v1/seen`, {
    method: "POST",
    credentials: "omit",
    keepalive: true,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(said),
  }).catch(() => undefined);
}

function show(message: Waiting, seen: (what: "opened" | "clicked" | "closed") => void): void {
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "closed" });
  const styles = new CSSStyleSheet();
  styles.replaceSync(STYLE);
  root.adoptedStyleSheets = [styles];
  const card = document.createElement("article");
  card.setAttribute("role", "status");
  /* The whole message leads where it leads. */
  const inner = document.createElement(isWeb(message.url) ? "a" : "div");
  if (inner instanceof HTMLAnchorElement) {
    inner.href = message.url;
    inner.addEventListener("click", () => seen("clicked"));
  }
  if (isWeb(message.image)) {
    const picture = document.createElement("img");
    picture.src = message.image;
    picture.alt = "";
    inner.append(picture);
  }
  if (message.title) inner.append(text("strong", message.title));
  if (message.body) inner.append(text("p", message.body));
  card.append(inner);
  const close = text("button", "×") as HTMLButtonElement;
  close.setAttribute("aria-label", "×");
  close.addEventListener("click", () => {
    seen("closed");
    host.remove();
  });
  card.append(close);
  root.append(card);
  document.body.append(host);
  seen("opened");
}

function text(name: string, said: string): HTMLElement {
  const made = document.createElement(name);
  made.textContent = said;
  return made;
}

function isWeb(address: string): boolean {
  return /^https?:\/\//i.test(address || "");
}
