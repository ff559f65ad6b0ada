/* What the tracker remembers on the visitor's device. Nothing is written before `allow(true)`: until then, and after a
   withdrawal, everything lives in this page only. */

const PREFIX = "shuke_";
const YEARS_2 = 63072000;

let allowed = false;
let cookieDomain = "";
let here: Record<string, string> = {};

export function useCookieDomain(domain: string): void {
  cookieDomain = domain;
}

/** Let the device remember, or make it forget everything that was kept. */
export function allow(yes: boolean): void {
  allowed = yes;
  if (yes) {
    for (const name in here) write(name, here[name]!);
  } else {
    for (const name of ["id", "user", "touch", "queue", "visit"]) erase(name);
  }
}

export function read(name: string): string {
  if (!allowed) return here[name] || "";
  try {
    return localStorage.getItem(PREFIX + name) || cookie(name) || here[name] || "";
  } catch {
    return cookie(name) || here[name] || "";
  }
}

export function write(name: string, value: string): void {
  here[name] = value;
  if (!allowed) return;
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    /* Full or forbidden: the cookie and this page still know. */
  }
  /* The id is also a cookie, so that sub-domains and the shop's server know the same visitor. */
  if (name === "id") setCookie(name, value, YEARS_2);
}

export function erase(name: string): void {
  delete here[name];
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    /* Nothing was kept there. */
  }
  setCookie(name, "", 0);
}

function cookie(name: string): string {
  const found = document.cookie.match("(?:^|; )" + PREFIX + name + "=([^;]*)");
  return found ? decodeURIComponent(found[1]!) : "";
}

function setCookie(name: string, value: string, seconds: number): void {
  document.cookie =
    `${PREFIX}${name}=${encodeURIComponent(value)};path=/;max-age=${seconds};samesite=lax` +
    (cookieDomain ? ";domain=" + cookieDomain : "") +
    (location.protocol === "https:" ? ";secure" : "");
}

export function uuid(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join("");
}
