/* Conditions on what happened: events with their properties, sequences of steps; and on consent and random shares. */
import { type Set, drawWhere, operator } from "./clauses";
import { element, menu, select, sign } from "./elements";
import { type Clause, type Config, withoutValue } from "./language";
import { chips, compared, numberInput, period, searched } from "./values";

type Said = Record<string, unknown>;

export function drawEvent(box: HTMLElement, line: HTMLElement, clause: Clause, config: Config, set: Set, again: () => void): void {
  const { texts } = config;
  const op = String(clause.op);
  const code = String(clause.measure ?? "count");
  const measure = config.eventMeasures.find((one) => one.code === code);
  line.append(searched(config, "event", texts.event ?? "", clause.event, (value) => set("event", value?.[0] ?? ""), true));
  line.append(select(config.eventMeasures.map((one) => [one.code, one.label]), code, texts.measure ?? "", (chosen) => {
    const next = config.eventMeasures.find((one) => one.code === chosen);
    if (chosen === "count") delete clause.measure;
    else clause.measure = chosen;
    delete clause.of;
    delete clause.value;
    clause.op = next?.ops[0]?.[0] ?? "at_least";
    again();
  }));
  if (["sum", "average", "distinct"].includes(code)) line.append(textInput(texts.property ?? "", clause.of, (value) => set("of", value)));
  if ((measure?.ops.length ?? 0) > 1) line.append(operator(clause, measure?.ops ?? [], config, again, (next) => ![next, op].includes("between")));
  if (op === "within") line.append(period(config, clause.value as Said | undefined, false, (value) => set("value", value)));
  else if (!withoutValue.has(op)) {
    line.append(compared(config, op, clause.value, false, (value) => set("value", value), ["sum", "average"].includes(code)));
    if (code === "count") line.append(element("span", { class: "builder-unit" }, texts.times ?? ""));
  }
  line.append(period(config, clause.period as Said | undefined, true, (value) => set("period", value), true));
  drawEventWhere(box, clause, config, set, again);
}

/** Which events count: of some products, with some properties. */
function drawEventWhere(box: HTMLElement, holder: Said, config: Config, set: Set, again: () => void): void {
  const { texts } = config;
  const where = (holder.where ?? {}) as Said;
  const asked = (where.properties ?? []) as Said[];
  const keep = (): void => {
    if (!asked.length) delete where.properties;
    set("where", Object.keys(where).length ? where : undefined);
  };
  const filters = element("div", { class: "clause-filters" });
  if ("product" in where) {
    filters.append(element("div", { class: "clause-filter" }, element("span", { class: "clause-filter-name" }, texts.product ?? ""),
      searched(config, "event.product", texts.product ?? "", where.product, (value) => { where.product = value ?? []; keep(); }),
      sign("×", texts.remove ?? "", () => { delete where.product; keep(); again(); })));
  }
  asked.forEach((one, at) => {
    const drop = (): void => { asked.splice(at, 1); keep(); again(); };
    filters.append(element("div", { class: "clause-filter" }, ...property(one, config, keep, again), sign("×", texts.remove ?? "", drop)));
  });
  filters.append(menu(texts.addFilter ?? "", [[texts.eventFilters ?? "", [
    [texts.product ?? "", () => { where.product = []; holder.where = where; again(); }],
    [texts.property ?? "", () => { where.properties = [...asked, { name: "", op: "is" }]; holder.where = where; again(); }],
  ]]]));
  box.append(filters);
}

function property(one: Said, config: Config, keep: () => void, again: () => void): HTMLElement[] {
  const { texts } = config;
  const op = String(one.op);
  const parts: HTMLElement[] = [
    textInput(texts.property ?? "", one.name, (value) => { one.name = value ?? ""; keep(); }),
    select(config.propertyOps, op, texts.op ?? "", (next) => { one.op = next; delete one.value; keep(); again(); }),
  ];
  const change = (value: unknown): void => { one.value = value; keep(); };
  if (withoutValue.has(op)) return parts;
  if (op === "contains") parts.push(textInput(texts.value ?? "", one.value, change));
  else if (op === "is" || op === "is_not") parts.push(textInput(texts.value ?? "", (one.value as string[] | undefined)?.[0], (value) => change(value ? [value] : undefined)));
  else parts.push(compared(config, op, one.value, false, change, true));
  return parts;
}

function textInput(label: string, value: unknown, changed: (value: string | undefined) => void): HTMLInputElement {
  const input = element("input", { class: "form-control form-control-sm", type: "text", "aria-label": label, placeholder: label });
  input.value = typeof value === "string" ? value : "";
  input.addEventListener("input", () => changed(input.value.trim() || undefined));
  return input;
}

export function drawSequence(box: HTMLElement, line: HTMLElement, clause: Clause, config: Config, set: Set, again: () => void): void {
  const { texts } = config;
  const steps = clause.sequence as Said[];
  line.append(
    element("strong", { class: "clause-subject" }, config.subjects.sequence ?? ""),
    select(config.sequenceOps, String(clause.op), texts.op ?? "", (op) => set("op", op)),
    period(config, clause.period as Said | undefined, true, (value) => set("period", value)),
  );
  const changed = (): void => set("sequence", steps);
  const list = element("ol", { class: "builder-steps" });
  steps.forEach((step, at) => {
    const drop = steps.length > 1 ? (): void => { steps.splice(at, 1); if (steps[0]) delete steps[0].within; again(); } : null;
    list.append(drawStep(step, at === 0 ? "" : (texts.then ?? ""), config, changed, again, drop));
  });
  const without = clause.without as Said | undefined;
  if (without) list.append(drawStep(without, texts.without ?? "", config, () => set("without", without), again, () => { delete clause.without; again(); }));
  const entries: [string, () => void][] = [[texts.addStep ?? "", () => { steps.push({ event: "", within: { days: 7 } }); again(); }]];
  if (!without) entries.push([texts.without ?? "", () => { clause.without = { order: "placed", within: { days: 7 } }; again(); }]);
  box.append(list, menu(texts.addStep ?? "", [["", entries]]));
}

function drawStep(step: Said, lead: string, config: Config, changed: () => void, again: () => void, drop: (() => void) | null): HTMLElement {
  const { texts } = config;
  const row = element("div", { class: "clause-line" });
  if (lead) row.append(element("span", { class: "builder-unit" }, lead));
  const kinds: [string, string][] = [["event", texts.event ?? ""], ["order", texts.anOrder ?? ""]];
  row.append(select(kinds, "order" in step ? "order" : "event", texts.field ?? "", (kind) => {
    delete step.event; delete step.order; delete step.where;
    if (kind === "order") step.order = "placed";
    else step.event = "";
    again();
  }));
  if ("event" in step) row.append(searched(config, "event", texts.event ?? "", step.event, (value) => { step.event = value?.[0] ?? ""; changed(); }, true));
  if (lead) row.append(...time(step, config, changed, again));
  if (drop) row.append(sign("×", texts.remove ?? "", drop));
  const item = element("li", {}, row);
  const setWhere = (_key: string, value: unknown): void => { if (value === undefined) delete step.where; else step.where = value; changed(); };
  if ("order" in step) drawWhere(item, step, config, setWhere, again);
  else drawEventWhere(item, step, config, setWhere, again);
  return item;
}

/** How soon a step has to follow: days, hours, or at any time. */
function time(step: Said, config: Config, changed: () => void, again: () => void): HTMLElement[] {
  const { texts } = config;
  const within = step.within as Record<string, number> | undefined;
  const kind = within ? ("hours" in within ? "hours" : "days") : "ever";
  const kinds: [string, string][] = [["ever", texts.anyTime ?? ""], ["days", texts.withinDays ?? ""], ["hours", texts.withinHours ?? ""]];
  const parts: HTMLElement[] = [select(kinds, kind, texts.period ?? "", (chosen) => {
    if (chosen === "ever") delete step.within;
    else step.within = { [chosen]: 1 };
    again();
  })];
  if (within) parts.push(numberInput(config, texts.withinDays ?? "", within[kind], false, (read) => { step.within = { [kind]: read ?? 0 }; changed(); }));
  return parts;
}

export function drawSplit(line: HTMLElement, clause: Clause, config: Config, set: Set): void {
  const { texts } = config;
  line.append(element("strong", { class: "clause-subject" }, config.subjects.split ?? ""), textInput(texts.splitName ?? "", clause.split, (value) => set("split", value ?? "")));
  line.append(compared(config, "between", clause.value, false, (value) => set("value", value)), element("span", { class: "builder-unit" }, texts.ofHundred ?? ""));
}

export function drawReach(line: HTMLElement, clause: Clause, config: Config, set: Set, again: () => void): void {
  const { texts } = config;
  line.append(
    select(config.channels, String(clause.reach), texts.channel ?? "", (value) => set("reach", value)),
    select(config.purposes, String(clause.purpose ?? "marketing"), texts.purpose ?? "", (value) => set("purpose", value === "marketing" ? undefined : value)),
    operator(clause, config.reachOps, config, again, () => false),
  );
  if (!withoutValue.has(String(clause.op))) line.append(chips(texts.value ?? "", config.choices["reach.state"] ?? [], clause.value, (value) => set("value", value)));
}
