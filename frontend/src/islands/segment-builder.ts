/*
 * The visual builder of segment rules. It edits the JSON that the form will send, in place: groups and conditions on
 * the left, what they find on the right, the JSON itself on a second tab. Words and choices all come with the page.
 */
import { drawClause } from "./segment-builder/clauses";
import { button, element, menu, select, sign } from "./segment-builder/elements";
import { type Clause, type Config, type Group, type Join, type Node, freshClause, isGroup, read, text } from "./segment-builder/language";
import { type Problem, preview } from "./segment-builder/preview";

export function mount(root: HTMLElement): () => void {
  const config = JSON.parse(root.querySelector("script")?.textContent ?? "{}") as Config;
  const source = root.querySelector<HTMLTextAreaElement>("textarea[name=rule]");
  const jsonPane = root.querySelector<HTMLElement>("[data-builder-json]");
  if (!source || !jsonPane) return () => undefined;
  const token = root.closest("form")?.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value ?? "";
  const area: HTMLTextAreaElement = source;
  const { texts } = config;
  const places = new Map<string, HTMLElement>();
  const tree = element("div", { class: "builder-tree" });
  const problemList = element("ul", { class: "builder-problems", role: "alert" });
  const found = preview(config, token, showProblems);
  let rule = readArea();

  function readArea(): Group {
    try {
      return read(JSON.parse(area.value));
    } catch {
      const latest = found.understood();
      return latest?.asked === area.value ? read(latest.rule) : { join: "all", nodes: [] };
    }
  }

  function changed(): void {
    area.value = text(rule);
    found.ask(area.value);
  }

  function redraw(): void {
    places.clear();
    tree.replaceChildren(drawGroup(rule, "", 1, null));
  }

  function restructure(focus?: Node): void {
    redraw();
    changed();
    if (focus) places.get(pathOf(focus))?.querySelector<HTMLElement>("select, input, button.chip")?.focus();
  }

  function pathOf(wanted: Node, group: Group = rule, path = ""): string {
    for (const [at, node] of group.nodes.entries()) {
      const here = `${path ? `${path}.` : ""}${group.join}[${at}]`;
      if (node === wanted) return here;
      const deeper = isGroup(node) ? pathOf(wanted, node, here) : "";
      if (deeper) return deeper;
    }
    return "";
  }

  function drawGroup(group: Group, path: string, depth: number, remove: (() => void) | null): HTMLElement {
    const joins: [string, string][] = (["all", "any", "none"] as const).map((join) => [join, texts[join] ?? join]);
    const head = element("div", { class: "group-head" });
    if (depth === 1) head.append(element("span", { class: "group-lead" }, texts.root ?? ""));
    head.append(select(joins, group.join, texts.group ?? "", (join) => { group.join = join as Join; restructure(); }));
    if (remove) head.append(sign("×", texts.removeGroup ?? "", remove));
    const list = element("div", { class: "group-nodes" });
    if (!group.nodes.length) list.append(element("p", { class: "muted" }, texts.everyone ?? ""));
    group.nodes.forEach((node, at) => {
      const here = `${path ? `${path}.` : ""}${group.join}[${at}]`;
      const drop = (): void => { group.nodes.splice(at, 1); restructure(); };
      list.append(isGroup(node) ? drawGroup(node, here, depth + 1, drop) : drawLeaf(node, here, drop));
    });
    const box = element("div", { class: `group is-${group.join}`, role: "group", "aria-label": texts[group.join] }, head, list, adders(group, depth));
    places.set(path, box);
    return box;
  }

  function drawLeaf(clause: Clause, path: string, remove: () => void): HTMLElement {
    const inner = element("div", { class: "clause-body" });
    drawClause(inner, clause, config, changed);
    const box = element("div", { class: "clause", "data-path": path }, inner, sign("×", texts.remove ?? "", remove));
    places.set(path, box);
    return box;
  }

  function adders(group: Group, depth: number): HTMLElement {
    const add = (node: Node): void => { group.nodes.push(node); restructure(node); };
    const fresh = (subject: string) => (): void => add(freshClause(subject, config));
    const fields = (subject: string): [string, () => void][] =>
      config.fields.filter((field) => field.subject === subject).map((field) => [field.label, fresh(`field:${field.name}`)]);
    const named = (subject: string): string => config.subjects[subject] ?? subject;
    const contributed = [...new Set(config.fields.map((field) => field.subject))].filter((subject) => !(subject in config.subjects));
    const box = element("div", { class: "group-add" });
    box.append(
      menu(texts.addClause ?? "", [
        [named("customer"), fields("customer")],
        [named("value"), fields("value")],
        [named("orders"), config.measures.map((measure) => [measure.label, fresh(`orders:${measure.code}`)])],
        [named("events"), [[texts.event ?? "", fresh("event:")], [named("sequence"), fresh("sequence:")]]],
        [named("reach"), [[named("reach"), fresh("reach:")], [named("split"), fresh("split:")]]],
        [named("segment"), fields("segment")],
        [named("attribute"), fields("attribute")],
        ...contributed.map((subject): [string, [string, () => void][]] => [subject, fields(subject)]),
      ]),
    );
    if (depth < config.limits.depth) {
      box.append(button(texts.addGroup ?? "", () => add({ join: "any", nodes: [] }), { class: "btn btn-quiet btn-sm" }));
    }
    return box;
  }

  function showProblems(problems: Problem[]): void {
    for (const old of tree.querySelectorAll(".clause-problem")) old.remove();
    problemList.replaceChildren(
      ...problems.map((problem) => element("li", {}, problem.path ? element("code", {}, problem.path) : "", ` ${problem.text}`)),
    );
    for (const problem of problems) {
      const path = [...places.keys()].filter((one) => one && problem.path.startsWith(one)).sort((one, two) => two.length - one.length)[0];
      if (path) places.get(path)?.append(element("p", { class: "clause-problem" }, problem.text));
    }
  }

  const visual = element("div", { class: "builder-pane", role: "tabpanel" }, tree);
  jsonPane.setAttribute("role", "tabpanel");
  const rewrite = (how: (latest: { rule: unknown; text: string }) => string): void => {
    const latest = found.understood();
    if (!latest) return;
    area.value = how(latest);
    found.ask(area.value);
  };
  jsonPane.append(
    problemList,
    element("div", { class: "builder-spellings" },
      button(texts.asText ?? "", () => rewrite((latest) => latest.text), { class: "btn btn-plain btn-sm" }),
      button(texts.asJson ?? "", () => rewrite((latest) => JSON.stringify(latest.rule, null, 2)), { class: "btn btn-plain btn-sm" })),
  );
  const tabs = element("div", { class: "tabs builder-tabs", role: "tablist" });
  const panes: [string, HTMLElement][] = [[texts.visual ?? "", visual], [texts.json ?? "", jsonPane]];
  function open(chosen: number): void {
    [...tabs.children].forEach((tab, at) => {
      tab.setAttribute("aria-selected", String(at === chosen));
      if (at === chosen) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    });
    panes.forEach(([, pane], at) => { pane.hidden = at !== chosen; });
    if (chosen === 0) { rule = readArea(); redraw(); changed(); }
  }
  panes.forEach(([label], at) => tabs.append(button(label, () => open(at), { class: "tab", role: "tab" })));
  area.addEventListener("input", () => found.ask(area.value));
  const work = element("div", { class: "builder-work card" }, element("div", { class: "card-body" }, tabs, visual, jsonPane));
  root.append(work, found.panel);
  open(root.querySelector(".invalid-feedback, .is-invalid, .field-error") ? 1 : 0);
  return found.end;
}
