/* The fields of each kind of block. */
import { element, select, sign } from "../segment-builder/elements";

export type Block = { kind: string } & Record<string, unknown>;
export type Letter = { subject: string; preheader: string; blocks: Block[] };
export type Config = {
  blocks: Record<string, string>;
  texts: Record<string, string>;
  variables: [string, string][];
  snippets: [string, string][];
  pictures: [string, string, string][];
  lists: [string, string][];
  products: string;
  may_advertise: boolean;
};

const FRESH: Record<string, Record<string, unknown>> = {
  heading: { text: "", level: 1, align: "left" }, text: { text: "", align: "left" }, image: { src: "", alt: "", href: "", width: 600 },
  button: { text: "", href: "https://", align: "center" }, products: { source: "chosen", products: [], with_price: true },
  recommendations: { list: "discovery", heading: "", count: 3, with_price: true }, coupon: { text: "" }, divider: {},
  spacer: { height: 20 }, html: { html: "" }, snippet: { code: "" }, footer: { text: "" }, columns: {},
};

export function fresh(kind: string): Block {
  const made: Block = { kind, ...structuredClone(FRESH[kind] ?? {}) };
  if (kind === "columns") made.columns = [[fresh("text")], [fresh("text")]];
  return made;
}

/** Draws the fields of a block; `changed` after every change, `again` when other fields have to be shown. */
export function fieldsOf(block: Block, config: Config, changed: () => void, again: () => void): HTMLElement[] {
  const { texts } = config;
  const set = (name: string, value: unknown): void => { block[name] = value; changed(); };
  const words = (name: string, long = false): HTMLElement => text(block, name, config, set, long);
  const number = (name: string, least: number, most: number): HTMLElement => {
    const input = element("input", { class: "form-control", type: "number", min: String(least), max: String(most), value: String(block[name] ?? least) });
    input.addEventListener("change", () => set(name, Math.min(most, Math.max(least, Math.round(Number(input.value)) || least))));
    return field(texts[name] ?? name, input);
  };
  const choice = (name: string, options: [string, string][], redraw = false): HTMLElement =>
    field(texts[name] ?? name, select(options, String(block[name] ?? options[0]?.[0] ?? ""), texts[name] ?? name, (value) => {
      set(name, name === "level" ? Number(value) : value);
      if (redraw) again();
    }));
  const align = (): HTMLElement => choice("align", [["left", texts.left ?? ""], ["center", texts.center ?? ""], ["right", texts.right ?? ""]]);
  const price = (): HTMLElement => {
    const box = element("input", { type: "checkbox", class: "form-check-input", checked: block.with_price !== false });
    box.addEventListener("change", () => set("with_price", box.checked));
    return element("label", { class: "block-check" }, box, ` ${texts.with_price ?? ""}`);
  };
  switch (block.kind) {
    case "heading": return [words("text"), row(choice("level", [["1", "1"], ["2", "2"], ["3", "3"]]), align())];
    case "text": return [words("text", true), element("p", { class: "field-help" }, texts.textHelp ?? ""), row(align())];
    case "image": return [picture(block, config, set, again), words("alt"), row(words("href"), number("width", 20, 600))];
    case "button": return [words("text"), row(words("href"), align())];
    case "products": return [
      row(choice("source", [["chosen", texts.chosen ?? ""], ["event", texts.event ?? ""]], true), price()),
      ...(block.source === "event" ? [] : [products(block, config, set)]),
    ];
    case "recommendations": return [words("heading"), row(choice("list", config.lists), number("count", 1, 6), price())];
    case "coupon": return [words("text")];
    case "spacer": return [number("height", 4, 100)];
    case "html": return [words("html", true)];
    case "snippet": return [choice("code", [["", "–"], ...config.snippets])];
    case "footer": return [words("text", true)];
    default: return [];
  }
}

function field(label: string, ...inside: HTMLElement[]): HTMLElement {
  return element("label", { class: "block-field" }, element("span", { class: "field-label" }, label), ...inside);
}

function row(...inside: HTMLElement[]): HTMLElement {
  return element("div", { class: "block-row" }, ...inside);
}

function text(block: Block, name: string, config: Config, set: (name: string, value: unknown) => void, long: boolean): HTMLElement {
  const label = config.texts[name] ?? name;
  const input = long ? element("textarea", { class: "form-control", rows: "4", "aria-label": label }) : element("input", { class: "form-control", "aria-label": label });
  input.value = String(block[name] ?? "");
  input.addEventListener("input", () => set(name, input.value));
  const values = select([["", config.texts.insert ?? ""], ...config.variables], "", config.texts.insert ?? "", (variable) => {
    if (!variable) return;
    const at = input.selectionStart ?? input.value.length;
    const known = variable.endsWith("_url") || variable.startsWith("company.") || variable.startsWith("order.") || variable.startsWith("coupon.");
    input.setRangeText(known ? `{{ ${variable} }}` : `{{ ${variable} | default: "" }}`, at, input.selectionEnd ?? at, "end");
    set(name, input.value);
    values.value = "";
    input.focus();
  });
  values.classList.add("block-insert");
  return element("div", { class: "block-field" }, element("span", { class: "field-label" }, label, values), input);
}

function picture(block: Block, config: Config, set: (name: string, value: unknown) => void, again: () => void): HTMLElement {
  const source = String(block.src ?? "");
  const isOurs = config.pictures.some(([reference]) => reference === source);
  const options: [string, string][] = [["", "–"], ...config.pictures.map(([reference, name]): [string, string] => [reference, name]), ["other", config.texts.other ?? ""]];
  const chosen = select(options, isOurs || !source ? source : "other", config.texts.src ?? "", (value) => { set("src", value === "other" ? "https://" : value); again(); });
  const parts: HTMLElement[] = [chosen];
  if (source && !isOurs) {
    const address = element("input", { class: "form-control", type: "text", value: source, "aria-label": config.texts.href ?? "" });
    address.addEventListener("input", () => set("src", address.value.trim()));
    parts.push(address);
  }
  return element("div", { class: "block-field" }, element("span", { class: "field-label" }, config.texts.src ?? ""), ...parts);
}

/** Chosen products as a list, and a search to add to it. */
function products(block: Block, config: Config, set: (name: string, value: unknown) => void): HTMLElement {
  const chosen = (block.products ?? []) as number[];
  const names = new Map<number, string>();
  const list = element("ul", { class: "plain-list block-products" });
  const hits = element("div", { class: "block-hits" });
  const input = element("input", { class: "form-control", type: "search", placeholder: config.texts.search ?? "", "aria-label": config.texts.search ?? "" });

  function draw(): void {
    list.replaceChildren(...chosen.map((number, at) => element("li", {}, names.get(number) ?? `#${number}`,
      sign("×", config.texts.remove ?? "", () => { chosen.splice(at, 1); set("products", chosen); draw(); }))));
  }

  async function ask(query: string): Promise<[number, string][]> {
    const answer = await fetch(`${config.products}?${query}`, { headers: { Accept: "application/json" } });
    return answer.ok ? ((await answer.json()) as { products: [number, string][] }).products : [];
  }

  let timer = 0;
  input.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(async () => {
      const found = input.value.trim() ? await ask(`q=${encodeURIComponent(input.value.trim())}`) : [];
      hits.replaceChildren(...found.slice(0, 8).map(([number, name]) => {
        const add = element("button", { type: "button", class: "builder-menu-entry" }, name);
        add.addEventListener("click", () => {
          names.set(number, name);
          if (!chosen.includes(number) && chosen.length < 12) chosen.push(number);
          set("products", chosen);
          hits.replaceChildren();
          input.value = "";
          draw();
          input.focus();
        });
        return add;
      }));
    }, 250);
  });
  draw();
  if (chosen.length) void ask(`ids=${chosen.join(",")}`).then((found) => { for (const [number, name] of found) names.set(number, name); draw(); });
  return element("div", { class: "block-field" }, element("span", { class: "field-label" }, config.texts.products ?? ""), list, input, hits);
}
