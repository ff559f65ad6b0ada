/*
 * A field that takes one or several values, found by typing. Choices come from a list or from the server; the keys are
 * those of any combobox: arrows move, Enter takes, Escape closes, Backspace in an empty field takes the last one away.
 */
import { button, element } from "./elements";
import type { Option } from "./language";

export interface TokenOptions {
  label: string;
  values: (string | number)[];
  single?: boolean;
  /** Whether what was typed may be taken as it stands. */
  free?: boolean;
  texts: Record<string, string>;
  nameOf: (value: string | number) => string;
  find: (text: string, signal: AbortSignal) => Promise<Option[]>;
  changed: (values: (string | number)[]) => void;
}

let counter = 0;

export function tokens(options: TokenOptions): HTMLElement {
  const values = [...options.values];
  const id = `builder-options-${++counter}`;
  const box = element("div", { class: "tokens" });
  const input = element("input", {
    class: "tokens-input", type: "text", role: "combobox", autocomplete: "off", "aria-expanded": "false",
    "aria-controls": id, "aria-autocomplete": "list", "aria-label": options.label,
    placeholder: values.length ? "" : options.texts.search,
  });
  const list = element("div", { class: "tokens-options", role: "listbox", id, hidden: true });
  let shown: Option[] = [];
  let active = -1;
  let asked = new AbortController();
  let timer = 0;

  function draw(): void {
    for (const old of box.querySelectorAll(".token")) old.remove();
    for (const value of values) {
      const name = options.nameOf(value);
      const label = (options.texts.selected ?? "{label}").replace("{label}", name);
      box.insertBefore(button(`${name} ×`, () => take(value, false), { class: "token", "aria-label": label }), input);
    }
    input.placeholder = values.length ? "" : (options.texts.search ?? "");
    input.classList.toggle("is-hidden", Boolean(options.single) && values.length > 0);
  }

  function take(value: string | number, wanted: boolean): void {
    const at = values.indexOf(value);
    if (wanted && at < 0) {
      if (options.single) values.length = 0;
      values.push(value);
    }
    if (!wanted && at >= 0) values.splice(at, 1);
    draw();
    close();
    input.value = "";
    options.changed([...values]);
    if (!options.single || !wanted) input.focus();
  }

  function close(): void {
    asked.abort();
    window.clearTimeout(timer);
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function offer(found: Option[]): void {
    const typed = input.value.trim();
    shown = found.filter((option) => !values.includes(option.value));
    if (options.free && typed && !found.some((option) => option.value === typed)) {
      shown.push({ value: typed, label: (options.texts.useTyped ?? "{text}").replace("{text}", typed) });
    }
    list.replaceChildren(
      ...shown.map((option, at) => {
        const row = element("div", { class: "tokens-option", role: "option", id: `${id}-${at}` }, option.label);
        row.addEventListener("mousedown", (event) => { event.preventDefault(); take(option.value, true); });
        return row;
      }),
    );
    if (!shown.length) list.append(element("div", { class: "tokens-nothing" }, options.texts.nothing ?? ""));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    move(shown.length && typed ? 0 : -1);
  }

  function move(to: number): void {
    active = to;
    [...list.children].forEach((row, at) => {
      row.classList.toggle("is-active", at === active);
      row.setAttribute("aria-selected", String(at === active));
      if (at === active) row.scrollIntoView({ block: "nearest" });
    });
    if (active >= 0) input.setAttribute("aria-activedescendant", `${id}-${active}`);
    else input.removeAttribute("aria-activedescendant");
  }

  function search(): void {
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      options.find(input.value.trim(), signal).then(offer).catch((reason: unknown) => {
        if (!signal.aborted) console.error(reason);
      });
    }, 150);
  }

  input.addEventListener("input", search);
  input.addEventListener("focus", search);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) search();
      else if (shown.length) move((active + (event.key === "ArrowDown" ? 1 : shown.length - (active < 0 ? 0 : 1))) % shown.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const option = shown[active];
      if (!list.hidden && option) take(option.value, true);
      else if (options.free && input.value.trim()) take(input.value.trim(), true);
    } else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      close();
    } else if (event.key === "Backspace" && !input.value && values.length) {
      take(values[values.length - 1] as string | number, false);
    }
  });
  box.addEventListener("click", (event) => { if (event.target === box) input.focus(); });
  box.append(input, list);
  draw();
  return box;
}
