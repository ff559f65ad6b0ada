/*
 * The visual editor of letters: blocks below each other, each with its fields. It edits the JSON that the form will
 * send, in place, and asks for the preview by sending the same form into the frame beside it. Words and choices all
 * come with the page.
 */
import { fieldsOf, fresh, type Block, type Config, type Letter } from "./block-editor/blocks";
import { button, element, menu, sign } from "./segment-builder/elements";

const PREVIEW_AFTER_MS = 600;

export function mount(root: HTMLElement): () => void {
  const config = JSON.parse(root.querySelector("script")?.textContent ?? "{}") as Config;
  const area = root.querySelector<HTMLTextAreaElement>("textarea[name=document]");
  const place = root.querySelector<HTMLElement>("[data-editor-blocks]");
  const form = root.closest("form");
  if (!area || !place || !form) return () => undefined;
  const source = area;
  const { texts } = config;
  const said = element("p", { class: "visually-hidden", "aria-live": "polite" });
  let letter = readArea();
  let timer = 0;

  function readArea(): Letter {
    try {
      const read = JSON.parse(source.value) as Partial<Letter>;
      return { subject: read.subject ?? "", preheader: read.preheader ?? "", blocks: read.blocks ?? [] };
    } catch {
      return letter ?? { subject: "", preheader: "", blocks: [] };
    }
  }

  function changed(): void {
    source.value = JSON.stringify(letter, null, 1);
    askForPreview();
  }

  function askForPreview(): void {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => form?.querySelector<HTMLButtonElement>("[data-preview-now]")?.click(), PREVIEW_AFTER_MS);
  }

  function redraw(focus?: Block): void {
    const cards = new Map<Block, HTMLElement>();
    const head = element("div", { class: "block-card is-head" }, line("subject"), line("preheader"));
    place?.replaceChildren(head, drawList(letter.blocks, cards, false), said);
    if (focus) cards.get(focus)?.querySelector<HTMLElement>("input, textarea, select, button")?.focus();
  }

  function line(name: "subject" | "preheader"): HTMLElement {
    const input = element("input", { class: "form-control", value: letter[name], maxlength: "200" });
    input.addEventListener("input", () => { letter[name] = input.value; changed(); });
    return element("label", { class: "block-field" }, element("span", { class: "field-label" }, texts[name] ?? name), input);
  }

  function drawList(blocks: Block[], cards: Map<Block, HTMLElement>, isInner: boolean): HTMLElement {
    const list = element("div", { class: "block-list" });
    if (!blocks.length) list.append(element("p", { class: "muted" }, texts.empty ?? ""));
    blocks.forEach((block, at) => {
      const card = drawBlock(block, blocks, at, cards, isInner);
      cards.set(block, card);
      list.append(card);
    });
    list.append(adder(blocks, isInner));
    return list;
  }

  function drawBlock(block: Block, among: Block[], at: number, cards: Map<Block, HTMLElement>, isInner: boolean): HTMLElement {
    const move = (to: number): void => {
      if (to < 0 || to >= among.length) return;
      among.splice(to, 0, ...among.splice(at, 1));
      changed();
      redraw(block);
      said.textContent = (texts.moved ?? "%s").replace("%s", String(to + 1));
    };
    const head = element("div", { class: "block-head" }, element("strong", {}, config.blocks[block.kind] ?? block.kind),
      element("span", { class: "block-tools" },
        sign("↑", texts.up ?? "", () => move(at - 1)), sign("↓", texts.down ?? "", () => move(at + 1)),
        sign("⊕", texts.copy ?? "", () => { const twin = structuredClone(block); among.splice(at + 1, 0, twin); changed(); redraw(twin); }),
        sign("×", texts.remove ?? "", () => { among.splice(at, 1); changed(); redraw(among[Math.min(at, among.length - 1)]); })));
    const card = element("section", { class: "block-card", "aria-label": config.blocks[block.kind] ?? block.kind }, head,
      ...fieldsOf(block, config, changed, () => redraw(block)));
    if (block.kind === "columns") {
      const columns = (block.columns ?? []) as Block[][];
      columns.forEach((column, number) => {
        card.append(element("div", { class: "block-column", role: "group", "aria-label": `${texts.column ?? ""} ${number + 1}` }, drawList(column, cards, true)));
      });
      if (columns.length < 3) card.append(button(texts.addColumn ?? "", () => { columns.push([]); changed(); redraw(block); }, { class: "btn btn-quiet btn-sm" }));
    }
    card.addEventListener("keydown", (event) => {
      if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
      event.preventDefault();
      event.stopPropagation();
      move(event.key === "ArrowUp" ? at - 1 : at + 1);
    });
    card.dataset.inner = isInner ? "1" : "";
    return card;
  }

  function adder(blocks: Block[], isInner: boolean): HTMLElement {
    const kinds = Object.entries(config.blocks).filter(([kind]) =>
      !(isInner && (kind === "columns" || kind === "footer")) && (config.may_advertise || (kind !== "coupon" && kind !== "recommendations")));
    return menu(texts.add ?? "", [["", kinds.map(([kind, label]): [string, () => void] => [label, () => {
      const made = fresh(kind);
      const last = blocks.at(-1);
      blocks.splice(last?.kind === "footer" ? blocks.length - 1 : blocks.length, 0, made);
      changed();
      redraw(made);
    }])]]);
  }

  const reread = (): void => { letter = readArea(); redraw(); askForPreview(); };
  const controls = [...form.querySelectorAll<HTMLElement>("[data-preview-control]")];
  source.addEventListener("change", reread);
  for (const one of controls) one.addEventListener("change", askForPreview);
  redraw();
  return () => {
    window.clearTimeout(timer);
    source.removeEventListener("change", reread);
    for (const one of controls) one.removeEventListener("change", askForPreview);
  };
}
