/* The browser tracker: `shuke("command", …)`. The snippet in the page makes a function that only queues its calls; this
   file, loaded beside everything else, takes them over. */

import { context, type Facts } from "./circumstances";
import { allow, erase, read, useCookieDomain, uuid, write } from "./memory";
import { fetchMessages } from "./messages";
import { productOfPage } from "./products";
import * as queue from "./queue";

interface Options {
  /** Where the collector is; by default where this file came from. */
  host?: string;
  /** "required": nothing is kept or sent before `shuke("consent", true)`. */
  consent?: "required" | "not_asked";
  /** Such as ".shop.example", to know a visitor on all sub-domains. */
  cookieDomain?: string;
  /** Page views by themselves, also where pages change without loading. */
  pages?: boolean;
  /** Products of pages described for search engines, by themselves. */
  products?: boolean;
  /** Show messages that wait for the visitor in a corner of the page. */
  messages?: boolean;
  /** Names of query parameters that hold what was searched for. */
  search?: string[];
}

type Command = [name: string, ...said: unknown[]];
type Snippet = ((...command: Command) => void) & { q?: ArrayLike<unknown>[] };

const loadedFrom = (document.currentScript as HTMLScriptElement | null)?.src || "";
const EVENTS: Record<string, string> = {
  product: "Product Viewed",
  click: "Product Clicked",
  add: "Product Added",
  remove: "Product Removed",
  cart: "Cart Viewed",
  list: "Product List Viewed",
  checkout: "Checkout Started",
  order: "Order Completed",
  search: "Products Searched",
  wish: "Product Added to Wishlist",
};

let options: Options = {};
let isStarted = false;
let consent: boolean | undefined;
/* Said before the visitor decided: kept in this page only, and gone if they decline. */
let undecided: (() => void)[] = [];
let lastPage = "";

function mayRecord(): boolean {
  return options.consent !== "required" || consent === true;
}

function message(type: string, said: Facts): void {
  const made = (): void => {
    let id = read("id");
    if (!id) write("id", (id = uuid()));
    queue.push({
      type,
      messageId: "shuke-" + uuid(),
      anonymousId: id,
      userId: read("user") || undefined,
      timestamp: at,
      context: context(consent === undefined ? undefined : { categoryPreferences: { analytics: consent } }),
      ...said,
    });
  };
  const at = new Date().toISOString();
  if (mayRecord()) made();
  else if (consent === undefined && undecided.length < 50) undecided.push(made);
}

function track(event: string, properties: Facts = {}): void {
  message("track", { event, properties });
}

function page(properties: Facts = {}): void {
  lastPage = location.pathname + location.search;
  message("page", {
    name: (properties.name as string) || undefined,
    properties: { path: location.pathname, url: location.href.split(/[?#]/)[0], title: document.title, ...properties },
  });
  seeSearch();
  if (options.products !== false) {
    const product = productOfPage();
    if (product?.product_id) track(EVENTS.product!, product);
  }
}

/** What was searched for, if the address of a results page says it. */
function seeSearch(): void {
  const found = new URLSearchParams(location.search);
  const name = (options.search || ["q", "search", "keyword", "keywords", "kw", "wd"]).find((one) => found.get(one));
  if (name) track(EVENTS.search!, { query: found.get(name)!.slice(0, 200) });
}

function identify(userId: unknown, traits: Facts = {}): void {
  if (userId && typeof userId === "object") [userId, traits] = ["", userId as Facts];
  const known = String(userId || "");
  if (known && mayRecord()) {
    /* Another person signs in on this device: they begin with an id of their own. */
    if (read("user") && read("user") !== known) erase("id");
    write("user", known);
  }
  message("identify", { userId: known || undefined, traits });
}

function decide(yes: unknown): void {
  const before = consent;
  consent = yes === true;
  allow(consent || options.consent !== "required");
  if (consent) {
    undecided.splice(0).forEach((made) => made());
    if (before !== true) track("Consent Given", {});
  } else {
    undecided = [];
    queue.clear();
  }
  if (allowedToRemember()) write("touch", consent ? "1" : "0");
}

function allowedToRemember(): boolean {
  return consent === true || options.consent !== "required";
}

function start(writeKey: string, given: Options = {}): void {
  if (isStarted) return;
  isStarted = true;
  options = given;
  useCookieDomain(given.cookieDomain || "");
  /* A browser that asks not to be followed is believed. */
  const isDeclined = (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true;
  if (isDeclined) options.consent = "required";
  allow(options.consent !== "required" || hasAgreedBefore());
  if (hasAgreedBefore()) consent = true;
  const host = given.host ?? (loadedFrom ? new URL(loadedFrom).origin : "");
  queue.open(host, writeKey);
  if (given.pages !== false) {
    page();
    followAddress();
  }
  document.addEventListener("click", clicked);
  const browser = read("id");
  if (given.messages === true && browser && allowedToRemember()) void fetchMessages(host, writeKey, browser);
}

function hasAgreedBefore(): boolean {
  try {
    return localStorage.getItem("shuke_touch") === "1";
  } catch {
    return false;
  }
}

/** Shops that change pages without loading them. */
function followAddress(): void {
  const look = (): void => {
    if (location.pathname + location.search !== lastPage) setTimeout(page, 50);
  };
  for (const name of ["pushState", "replaceState"] as const) {
    const original = history[name];
    history[name] = function (...said: Parameters<typeof original>): void {
      original.apply(this, said);
      look();
    };
  }
  addEventListener("popstate", look);
}

/** `<button data-shuke="Coupon Opened" data-shuke-code="X">`: events without a line of script. */
function clicked(event: Event): void {
  const element = (event.target as Element | null)?.closest?.("[data-shuke]") as HTMLElement | null;
  if (!element) return;
  const properties: Facts = {};
  for (const name in element.dataset) {
    if (name !== "shuke" && name.startsWith("shuke")) {
      properties[name.slice(5).replace(/[A-Z]/g, (letter, at: number) => (at ? "_" : "") + letter.toLowerCase())] =
        element.dataset[name];
    }
  }
  track(element.dataset.shuke!, properties);
}

function reset(): void {
  for (const name of ["id", "user", "visit"]) erase(name);
}

function run(command: ArrayLike<unknown>): void {
  const [name, first, second] = Array.from(command) as [string, unknown, unknown];
  if (name === "start") start(first as string, second as Options);
  else if (name === "page") page(first as Facts);
  else if (name === "track") track(first as string, second as Facts);
  else if (name === "identify") identify(first, second as Facts);
  else if (name === "consent") decide(first);
  else if (name === "reset") reset();
  else if (EVENTS[name]) track(EVENTS[name]!, name === "search" && typeof first === "string" ? { query: first } : (first as Facts));
}

const snippet = (window as { shuke?: Snippet }).shuke;
const waiting = snippet?.q || [];
(window as { shuke?: Snippet }).shuke = function () {
  // eslint-disable-next-line prefer-rest-params
  run(arguments);
};
/* "start" first: commands before it would not know whether they may be recorded. */
const isStart = (command: ArrayLike<unknown>): boolean => command[0] === "start";
[...waiting.filter(isStart), ...waiting.filter((command) => !isStart(command))].forEach(run);
