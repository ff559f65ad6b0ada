/* Where a visitor is and where they came from. */

import { read, write } from "./memory";

const CLICK_IDS = ["gclid", "fbclid", "msclkid", "ttclid", "bd_vid", "qhclickid", "yclid"];
const REFERRAL_CODES = ["ref", "referral", "invite", "invite_code"];
const AFFILIATES = ["aff", "affiliate", "aff_id"];
const VISIT_MINUTES = 30;

export type Facts = Record<string, unknown>;

function query(): URLSearchParams {
  return new URLSearchParams(location.search);
}

function first(found: URLSearchParams, names: string[]): string {
  for (const name of names) {
    const value = found.get(name);
    if (value) return value.slice(0, 200);
  }
  return "";
}

/** Addresses may carry somebody's e-mail or a one-time token: only what says where they came from is kept. */
export function bare(url: string): string {
  return url.split(/[?#]/)[0]!.slice(0, 1000);
}

/** Campaign, click, affiliate and referral code of this address; nothing if it names none. */
export function campaign(): Facts | undefined {
  const found = query();
  const said: Facts = {};
  for (const name of ["source", "medium", "name", "term", "content", "id"]) {
    const value = found.get("utm_" + (name === "name" ? "campaign" : name));
    if (value) said[name] = value.slice(0, 200);
  }
  for (const id of CLICK_IDS) if (found.get(id)) said.click = id;
  const affiliate = first(found, AFFILIATES);
  const code = first(found, REFERRAL_CODES);
  if (affiliate) said.affiliate = affiliate;
  if (code) said.referral_code = code;
  return Object.keys(said).length ? said : undefined;
}

function isForeign(url: string): boolean {
  try {
    return !!url && new URL(url).host !== location.host;
  } catch {
    return false;
  }
}

/** What brought the visitor in, remembered for the length of a visit: thirty minutes without a page end it. */
export function visit(): Facts {
  let known: { id?: string; at?: number; campaign?: Facts; referrer?: string; landing?: string } = {};
  try {
    known = JSON.parse(read("visit") || "{}");
  } catch {
    /* A new visit begins. */
  }
  const now = Date.now();
  const arrives = campaign();
  const isOver = !known.id || now - (known.at || 0) > VISIT_MINUTES * 60_000;
  if (isOver || arrives) {
    known = {
      id: isOver ? String(now) : known.id!,
      campaign: arrives,
      referrer: isForeign(document.referrer) ? bare(document.referrer) : "",
      landing: bare(location.href),
    };
  }
  known.at = now;
  write("visit", JSON.stringify(known));
  return known;
}

/** The context of every message, in the words of Segment's specification. */
export function context(consent: Facts | undefined): Facts {
  const present = visit();
  const screen = window.screen;
  return {
    library: { name: "shuke.js", version: "1" },
    page: { path: location.pathname, url: bare(location.href), title: document.title, referrer: present.referrer },
    campaign: present.campaign,
    referrer: present.referrer ? { url: present.referrer } : undefined,
    sessionId: Number(present.id),
    landing: present.landing,
    locale: navigator.language,
    userAgent: navigator.userAgent,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    screen: { width: screen.width, height: screen.height, density: devicePixelRatio },
    consent,
  };
}
