/* Asks the server what the rule finds: a while after the last change, and only for the latest one. */
import { element } from "./elements";
import type { Config } from "./language";

interface Found {
  count: number;
  shown: string;
  sentence: string;
  asOf: string;
  rule: unknown;
  text: string;
  sample: { name: string; url: string; place: string; group: string; net: string }[];
}
export interface Problem {
  path: string;
  text: string;
}

const PATIENCE = 350;

export interface Preview {
  panel: HTMLElement;
  ask: (rule: string) => void;
  /** The rule that was asked about last and understood, as JSON values and as text; null before. */
  understood: () => { asked: string; rule: unknown; text: string } | null;
  end: () => void;
}

export function preview(config: Config, token: string, told: (problems: Problem[]) => void): Preview {
  const { texts } = config;
  const count = element("p", { class: "preview-count", "aria-live": "polite" });
  const sentence = element("p", { class: "preview-sentence" });
  const note = element("p", { class: "muted preview-note", role: "status" });
  const sample = element("ul", { class: "preview-sample" });
  const heading = element("h3", { class: "preview-heading", hidden: true }, texts.few ?? "");
  const panel = element("aside", { class: "card preview", "data-builder-preview": true }, element("div", { class: "card-body" }, count, sentence, note, heading, sample));
  let running = new AbortController();
  let timer = 0;
  let latest: { asked: string; rule: unknown; text: string } | null = null;

  function show(found: Found): void {
    const words = found.count === 1 ? texts.oneMember : texts.members;
    count.replaceChildren((words ?? "{count}").replace("{count}", found.shown));
    count.dataset.count = String(found.count);
    sentence.textContent = found.sentence;
    note.textContent = (texts.asOf ?? "{day}").replace("{day}", found.asOf);
    heading.hidden = !found.sample.length;
    sample.replaceChildren(
      ...found.sample.map((one) => {
        const name = one.url ? element("a", { href: one.url, target: "_blank", rel: "noopener" }, one.name) : element("span", {}, one.name);
        const facts = [one.place, one.group, one.net].filter(Boolean).join(" · ");
        return element("li", {}, name, element("span", { class: "muted" }, facts));
      }),
    );
    panel.classList.remove("is-old");
  }

  function refuse(text: string): void {
    panel.classList.add("is-old");
    note.textContent = text;
  }

  async function send(rule: string, signal: AbortSignal): Promise<void> {
    note.textContent = texts.counting ?? "";
    panel.classList.add("is-old");
    const body = new URLSearchParams({ rule, own: config.own, csrfmiddlewaretoken: token });
    const answer = await fetch(config.urls.preview, { method: "POST", body, signal, headers: { Accept: "application/json" } });
    const said = (await answer.json()) as Found & { problems?: Problem[]; reason?: string };
    told(said.problems ?? []);
    if (said.problems) refuse(texts.incomplete ?? "");
    else if (answer.ok && !said.reason) {
      latest = { asked: rule, rule: said.rule, text: said.text };
      show(said);
    }
    else refuse((texts.failed ?? "{reason}").replace("{reason}", said.reason ?? String(answer.status)));
  }

  function ask(rule: string): void {
    running.abort();
    running = new AbortController();
    const { signal } = running;
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      send(rule, signal).catch((reason: unknown) => {
        if (!signal.aborted) refuse((texts.failed ?? "{reason}").replace("{reason}", String(reason)));
      });
    }, PATIENCE);
  }

  return { panel, ask, understood: () => latest, end: () => { running.abort(); window.clearTimeout(timer); } };
}
