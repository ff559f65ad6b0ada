/* One condition: what is asked, how it is compared, with what. Changing it changes the clause object itself. */
import { element, menu, select, sign } from "./elements";
import { type Clause, type Config, withoutValue } from "./language";
import { drawEvent, drawReach, drawSequence, drawSplit } from "./behaviour";
import { anniversary, chips, compared, numberInput, period, picked, searched } from "./values";

const money = new Set(["gross", "net", "average", "largest"]);

/** Draws a clause into `box`, and again whenever what it looks like changes. */
export function drawClause(box: HTMLElement, clause: Clause, config: Config, changed: () => void): void {
  const again = (): void => { drawClause(box, clause, config, changed); changed(); };
  const set = (key: string, value: unknown): void => {
    if (value === undefined) delete clause[key];
    else clause[key] = value;
    changed();
  };
  const line = element("div", { class: "clause-line" });
  box.replaceChildren(line);
  if ("field" in clause) drawField(line, clause, config, set, again);
  else if ("orders" in clause) drawOrders(box, line, clause, config, set, again);
  else if ("sequence" in clause) drawSequence(box, line, clause, config, set, again);
  else if ("split" in clause) drawSplit(line, clause, config, set);
  else if ("reach" in clause) drawReach(line, clause, config, set, again);
  else drawEvent(box, line, clause, config, set, again);
}

export type Set = (key: string, value: unknown) => void;

export function operator(clause: Clause, ops: [string, string][], config: Config, again: () => void, keeps: (op: string) => boolean): HTMLElement {
  return select(ops, String(clause.op), config.texts.op ?? "", (op) => {
    clause.op = op;
    if (withoutValue.has(op) || !keeps(op)) delete clause.value;
    again();
  });
}

const exact = new Set(["attribute.number", "amount", "share"]);
const isMoney = (shape: string, kind = ""): boolean => ["money", "attribute.money"].includes(shape) || kind === "money";
const listOps = new Set(["is", "is_not", "has_any", "has_all", "has_none", "in", "not_in"]);
const family = (op: string): string => (listOps.has(op) ? "list" : op === "between" ? "pair" : op);

function drawField(line: HTMLElement, clause: Clause, config: Config, set: Set, again: () => void): void {
  const field = config.fields.find((one) => one.name === clause.field);
  const shape = field?.shape ?? "";
  line.append(element("strong", { class: "clause-subject" }, field?.label ?? String(clause.field)));
  const ops = config.ops[shape] ?? [];
  const before = String(clause.op);
  const keeps = (op: string): boolean => family(op) === family(before) || (typeof clause.value === "number" && op !== "between" && !listOps.has(op));
  if (ops.length > 1) line.append(operator(clause, ops, config, again, keeps));
  if (withoutValue.has(before)) return;
  line.append(fieldValue(clause, shape, field, before, config, (value) => set("value", value)));
}

function fieldValue(
  clause: Clause, shape: string, field: { label: string; kind?: string } | undefined, op: string, config: Config, changed: (value: unknown) => void,
): HTMLElement {
  const { value } = clause;
  const label = field?.label ?? "";
  if (op === "anniversary") return anniversary(config, value as Record<string, unknown> | undefined, changed);
  if (shape === "date" || shape === "attribute.date") return period(config, (value as Record<string, unknown>) ?? undefined, false, changed);
  if (op === "contains") {
    const input = element("input", { class: "form-control form-control-sm", type: "text", "aria-label": label });
    input.value = typeof value === "string" ? value : "";
    input.addEventListener("input", () => changed(input.value.trim() ? input.value : undefined));
    return input;
  }
  if (!listOps.has(op)) {
    return compared(config, op, value, isMoney(shape, field?.kind), changed, exact.has(shape));
  }
  const own = config.choices[String(clause.field)];
  if (shape === "text" || (shape.startsWith("attribute.") && !own)) return searched(config, String(clause.field), label, value, changed);
  const choices = own ?? config.choices[shape] ?? [];
  return choices.length <= 12 && shape !== "tags" && shape !== "segments"
    ? chips(label, choices, value, changed)
    : picked(config, label, choices, value, changed);
}

function drawOrders(box: HTMLElement, line: HTMLElement, clause: Clause, config: Config, set: Set, again: () => void): void {
  const measure = config.measures.find((one) => one.code === clause.orders);
  const ops = measure?.ops ?? [];
  const before = String(clause.op);
  line.append(element("strong", { class: "clause-subject" }, measure?.label ?? String(clause.orders)));
  if (ops.length > 1) line.append(operator(clause, ops, config, again, (op) => family(op) === family(before) || ![op, before].includes("between")));
  line.append(
    before === "within"
      ? period(config, clause.value as Record<string, unknown> | undefined, false, (value) => set("value", value))
      : compared(config, before, clause.value, money.has(String(clause.orders)), (value) => set("value", value)),
  );
  if (clause.orders === "share") line.append(element("span", { class: "builder-unit" }, "%"));
  if (before !== "within") {
    line.append(period(config, clause.period as Record<string, unknown> | undefined, true, (value) => set("period", value), true));
  }
  drawWhere(box, clause, config, set, again);
}

/** What is asked of the orders that count, each filter with its own input. */
export function drawWhere(box: HTMLElement, clause: Clause, config: Config, set: Set, again: () => void): void {
  const where = (clause.where ?? {}) as Record<string, unknown>;
  const keep = (): void => set("where", Object.keys(where).length ? where : undefined);
  const filters = element("div", { class: "clause-filters" });
  for (const [code, label] of config.where) {
    if (!(code in where)) continue;
    const change = (value: unknown): void => { where[code] = value ?? emptyOf(code); keep(); };
    const drop = (): void => { delete where[code]; keep(); again(); };
    filters.append(
      element("div", { class: "clause-filter" }, element("span", { class: "clause-filter-name" }, label),
        filterValue(code, label, where[code], config, change), sign("×", config.texts.remove ?? "", drop)),
    );
  }
  const net = clause.orders === "net";
  const missing = config.where.filter(([code]) => !(code in where) && !(net && notOfRefunds.has(code)));
  if (missing.length) {
    const entries = missing.map(([code, label]): [string, () => void] => [
      label, () => { where[code] = emptyOf(code); clause.where = where; again(); },
    ]);
    filters.append(menu(config.texts.addFilter ?? "", [[config.texts.filters ?? "", entries]]));
  }
  box.append(filters);
}

const notOfRefunds = new Set(["refunded", "amount", "channel", "discounted", "price", "hours", "weekday"]);

function emptyOf(code: string): unknown {
  if (code === "refunded" || code === "discounted") return true;
  if (code === "hours") return [22, 5];
  return code === "amount" || code === "price" ? {} : [];
}

function filterValue(code: string, label: string, value: unknown, config: Config, changed: (value: unknown) => void): HTMLElement {
  const { texts } = config;
  if (code === "refunded" || code === "discounted") {
    const [yes, no] = code === "refunded" ? [texts.refunded, texts.notRefunded] : [texts.discounted, texts.notDiscounted];
    const options: [string, string][] = [["true", yes ?? ""], ["false", no ?? ""]];
    return select(options, String(value), label, (chosen) => changed(chosen === "true"));
  }
  if (code === "hours") {
    const hours = [...(value as number[])];
    const hour = (at: number, name: string): HTMLElement =>
      numberInput(config, name, hours[at], false, (read) => { hours[at] = read ?? 0; changed([...hours]); });
    return element("span", { class: "builder-pair" }, hour(0, texts.from ?? ""), element("span", {}, "–"), hour(1, texts.to ?? ""));
  }
  if (code === "weekday") return chips(label, config.choices["where.weekday"] ?? [], value, changed);
  if (code === "amount" || code === "price") {
    const limits = { ...(value as Record<string, number>) };
    const side = (key: string, name: string): HTMLElement =>
      element("label", { class: "builder-day" }, element("span", { class: "builder-unit" }, name),
        numberInput(config, name, limits[key], true, (read) => {
          if (read === undefined) delete limits[key];
          else limits[key] = read;
          changed({ ...limits });
        }));
    return element("span", { class: "builder-pair" }, side("at_least", texts.atLeast ?? ""), side("at_most", texts.atMost ?? ""));
  }
  const kind = `where.${code}`;
  const choices = config.choices[kind];
  return choices ? picked(config, label, choices, value, changed) : searched(config, kind, label, value, changed);
}
