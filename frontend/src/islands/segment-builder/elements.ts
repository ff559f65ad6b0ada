/* Small makers of elements; texts go in as text, never as markup. */

type Attributes = Record<string, string | boolean | undefined>;

export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: (globalThis.Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

export function button(label: string, act: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const made = element("button", { type: "button", ...attributes }, label);
  made.addEventListener("click", act);
  return made;
}

/** A button that shows only a sign; its label is for those who do not see it. */
export function sign(mark: string, label: string, act: () => void): HTMLButtonElement {
  return button(mark, act, { class: "btn btn-quiet btn-sm builder-sign", "aria-label": label, title: label });
}

export function select(
  options: [string, string][],
  chosen: string,
  label: string,
  changed: (value: string) => void,
): HTMLSelectElement {
  const made = element("select", { class: "form-select form-select-sm", "aria-label": label });
  for (const [value, shown] of options) made.append(new Option(shown, value, false, value === chosen));
  made.addEventListener("change", () => changed(made.value));
  return made;
}

/** A button that opens a menu of buttons, in named groups. Closes on Escape and when the focus leaves. */
export function menu(label: string, groups: [string, [string, () => void][]][]): HTMLDetailsElement {
  const summary = element("summary", { class: "btn btn-plain btn-sm" }, label);
  const made = element("details", { class: "builder-menu" }, summary);
  const list = element("div", { class: "builder-menu-list" });
  for (const [heading, entries] of groups) {
    if (!entries.length) continue;
    const group = element("div", { class: "builder-menu-group", role: "group", "aria-label": heading });
    if (heading) group.append(element("div", { class: "builder-menu-heading" }, heading));
    for (const [name, act] of entries) {
      group.append(button(name, () => { made.open = false; act(); }, { class: "builder-menu-entry" }));
    }
    list.append(group);
  }
  made.append(list);
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !made.open) return;
    made.open = false;
    summary.focus();
  });
  made.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !made.contains(event.relatedTarget as globalThis.Node)) made.open = false;
  });
  return made;
}
