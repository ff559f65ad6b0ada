/* The inputs for the values of a clause: numbers, money, days, periods, choices. */
import { button, element, select } from "./elements";
import type { Config, Option, Pair } from "./language";
import { tokens } from "./tokens";

type Changed<T> = (value: T | undefined) => void;

/** A number, or an amount of money written in major and kept in minor units. */
export function numberInput(
  config: Config, label: string, value: unknown, money: boolean, changed: Changed<number>, exact = false,
): HTMLElement {
  const scale = money ? 10 ** config.currency.digits : 1;
  const input = element("input", {
    class: "form-control form-control-sm builder-number", type: "number", step: exact ? "any" : money ? String(1 / scale) : "1",
    inputmode: money || exact ? "decimal" : "numeric", "aria-label": label,
  });
  if (typeof value === "number") input.value = String(value / scale);
  input.addEventListener("input", () => {
    const read = input.valueAsNumber;
    changed(Number.isNaN(read) ? undefined : exact ? read : Math.round(read * scale));
  });
  if (!money || !config.currency.code) return input;
  return element("span", { class: "builder-money" }, element("span", { class: "builder-unit" }, config.currency.code), input);
}

/** One number, or two for "between". */
export function compared(config: Config, op: string, value: unknown, money: boolean, changed: Changed<unknown>, exact = false): HTMLElement {
  const { texts } = config;
  if (op !== "between") {
    return numberInput(config, texts.value ?? "", Array.isArray(value) ? value[0] : value, money, changed, exact);
  }
  const pair: (number | undefined)[] = Array.isArray(value) ? [...(value as number[])] : [value as number | undefined, undefined];
  const tell = (): void => changed(pair[0] === undefined || pair[1] === undefined ? undefined : [...pair]);
  const side = (at: number, label: string): HTMLElement =>
    numberInput(config, label, pair[at], money, (read) => { pair[at] = read; tell(); }, exact);
  return element(
    "span", { class: "builder-pair" },
    side(0, texts.from ?? ""), element("span", {}, texts.and ?? ""), side(1, texts.to ?? ""),
  );
}

type Period = Record<string, unknown> | undefined;

/** A period; without one it is "ever", where that may be. Where it may, it begins with another event of the customer. */
export function period(
  config: Config, value: Period, mayBeEver: boolean, changed: Changed<Record<string, unknown>>, mayBeSince = false,
): HTMLElement {
  const { texts } = config;
  const kinds: [string, string][] = [
    ...(mayBeEver ? [["ever", texts.ever ?? ""] as [string, string]] : []),
    ["last_days", texts.lastDays ?? ""], ["before_days", texts.beforeDays ?? ""], ["between", texts.between ?? ""],
    ...config.units, ...(mayBeSince ? [["since", texts.since ?? ""] as [string, string]] : []),
  ];
  let kind = kindOf(value) ?? (mayBeEver ? "ever" : "last_days");
  const box = element("span", { class: "builder-period" });
  const inputs = element("span", { class: "builder-period-inputs" });
  const draw = (): void => {
    inputs.replaceChildren();
    if (kind === "last_days" || kind === "before_days") {
      inputs.append(
        numberInput(config, texts.days ?? "", value?.[kind], false, (days) => changed(days === undefined ? {} : { [kind]: days })),
        element("span", { class: "builder-unit" }, texts.days ?? ""),
      );
    } else if (kind === "between") {
      inputs.append(...twoDays(config, value, changed));
    } else if (kind === "since") {
      inputs.append(...sinceWhat(config, value ?? {}, changed, draw));
    }
  };
  box.append(
    select(kinds, kind, texts.period ?? "", (chosen) => {
      kind = chosen;
      value = freshPeriod(chosen);
      changed(value);
      draw();
    }),
    inputs,
  );
  draw();
  return box;
}

function freshPeriod(kind: string): Period {
  if (kind === "ever") return undefined;
  if (kind === "between") return {};
  if (kind === "since") return { since: { order: "last" } };
  const [which, unit] = kind.split(":");
  return unit ? { [which ?? "this"]: unit } : { [kind]: 30 };
}

function twoDays(config: Config, value: Period, changed: Changed<Record<string, unknown>>): HTMLElement[] {
  const { texts } = config;
  const days: Record<string, string> = {};
  for (const key of ["from", "to"]) if (typeof value?.[key] === "string") days[key] = value[key] as string;
  return ["from", "to"].map((key) => {
    const input = element("input", { class: "form-control form-control-sm", type: "date", "aria-label": texts[key] });
    input.value = days[key] ?? "";
    input.addEventListener("change", () => {
      if (input.value) days[key] = input.value;
      else delete days[key];
      changed({ ...days });
    });
    return element("label", { class: "builder-day" }, element("span", { class: "builder-unit" }, texts[key] ?? ""), input);
  });
}

/** After which fact of the customer it begins, and how many days it lasts at most. */
function sinceWhat(config: Config, value: Record<string, unknown>, changed: Changed<Record<string, unknown>>, draw: () => void): HTMLElement[] {
  const { texts } = config;
  const anchor = value.since as Record<string, string>;
  const kind = "event" in anchor ? "event" : String(anchor.order);
  const kinds: [string, string][] = [["last", texts.lastOrder ?? ""], ["first", texts.firstOrder ?? ""], ["event", texts.lastEvent ?? ""]];
  const parts: HTMLElement[] = [select(kinds, kind, texts.since ?? "", (chosen) => {
    value.since = chosen === "event" ? { event: "" } : { order: chosen };
    changed(value);
    draw();
  })];
  if (kind === "event") parts.push(searched(config, "event", texts.event ?? "", anchor.event, (found) => { value.since = { event: String(found?.[0] ?? "") }; changed(value); }, true));
  parts.push(
    element("span", { class: "builder-unit" }, texts.atMostDays ?? ""),
    numberInput(config, texts.atMostDays ?? "", value.days, false, (days) => { if (days === undefined) delete value.days; else value.days = days; changed(value); }),
  );
  return parts;
}

function kindOf(value: Period): string | undefined {
  if (!value) return undefined;
  for (const kind of ["last_days", "before_days", "since"]) if (kind in value) return kind;
  for (const which of ["this", "previous"]) if (which in value) return `${which}:${String(value[which])}`;
  return "between";
}

/** When a day comes round: in the days ahead or behind, or in a stretch of the calendar. */
export function anniversary(config: Config, value: Period, changed: Changed<Record<string, unknown>>): HTMLElement {
  const { texts } = config;
  const kinds: [string, string][] = [["next_days", texts.nextDays ?? ""], ["last_days", texts.lastDays ?? ""], ...config.units];
  let kind = value && "next_days" in value ? "next_days" : (kindOf(value) ?? "next_days");
  const box = element("span", { class: "builder-period" });
  const inputs = element("span", { class: "builder-period-inputs" });
  const draw = (): void => {
    if (kind.includes(":")) inputs.replaceChildren();
    else inputs.replaceChildren(numberInput(config, texts.days ?? "", value?.[kind], false, (days) => changed(days === undefined ? undefined : { [kind]: days })), element("span", { class: "builder-unit" }, texts.days ?? ""));
  };
  box.append(select(kinds, kind, texts.period ?? "", (chosen) => {
    kind = chosen;
    value = chosen.includes(":") ? freshPeriod(chosen) : { [chosen]: 7 };
    changed(value);
    draw();
  }), inputs);
  draw();
  return box;
}

/** Few values: one button each, pressed or not. */
export function chips(label: string, choices: Pair[], value: unknown, changed: Changed<(string | number)[]>): HTMLElement {
  const chosen = new Set(Array.isArray(value) ? (value as (string | number)[]) : []);
  const box = element("span", { class: "builder-chips", role: "group", "aria-label": label });
  for (const [code, name] of choices) {
    const chip = button(name, () => {
      if (!chosen.delete(code)) chosen.add(code);
      chip.setAttribute("aria-pressed", String(chosen.has(code)));
      const kept = choices.map((pair) => pair[0]).filter((one) => chosen.has(one));
      changed(kept.length ? kept : undefined);
    }, { class: "chip", "aria-pressed": String(chosen.has(code)) });
    box.append(chip);
  }
  return box;
}

/** Many values, listed by the page: found by typing. */
export function picked(config: Config, label: string, choices: Pair[], value: unknown, changed: Changed<(string | number)[]>): HTMLElement {
  const names = new Map(choices);
  const find = async (text: string): Promise<Option[]> =>
    choices
      .filter(([, name]) => name.toLowerCase().includes(text.toLowerCase()))
      .slice(0, 50)
      .map(([code, name]) => ({ value: code, label: name }));
  return tokens({
    label, texts: config.texts, find, values: list(value), nameOf: (code) => names.get(code) ?? String(code),
    changed: (values) => changed(values.length ? values : undefined),
  });
}

/** Values that occur in the data: asked of the server while typing. */
export function searched(
  config: Config, kind: string, label: string, value: unknown, changed: Changed<(string | number)[]>, single = false,
): HTMLElement {
  const names = (config.names[kind] ??= {});
  const find = async (text: string, signal: AbortSignal): Promise<Option[]> => {
    const query = new URLSearchParams({ kind, q: text });
    const answer = await fetch(`${config.urls.suggest}?${query}`, { signal, headers: { Accept: "application/json" } });
    const { options } = (await answer.json()) as { options: Option[] };
    for (const option of options) names[String(option.value)] = option.label;
    return options;
  };
  return tokens({
    label, single, free: kind !== "where.product", texts: config.texts, find, values: list(value),
    nameOf: (code) => names[String(code)] ?? String(code), changed: (values) => changed(values.length ? values : undefined),
  });
}

function list(value: unknown): (string | number)[] {
  if (Array.isArray(value)) return value as (string | number)[];
  return value === undefined || value === "" ? [] : [value as string | number];
}
