/* The rule as the builder holds it: the JSON form itself, in which some values may still be missing. */

export type Join = "all" | "any" | "none";
export type Clause = Record<string, unknown>;
export interface Group {
  join: Join;
  nodes: Node[];
}
export type Node = Group | Clause;

export type Pair = [string | number, string];
export interface Option {
  value: string | number;
  label: string;
}

export interface Config {
  urls: { preview: string; suggest: string };
  own: string;
  currency: { code: string; digits: number };
  limits: { depth: number; clauses: number };
  fields: { name: string; label: string; shape: string; subject: string; kind?: string }[];
  ops: Record<string, [string, string][]>;
  eventMeasures: { code: string; label: string; ops: [string, string][] }[];
  propertyOps: [string, string][];
  sequenceOps: [string, string][];
  reachOps: [string, string][];
  channels: [string, string][];
  purposes: [string, string][];
  units: [string, string][];
  measures: { code: string; label: string; ops: [string, string][] }[];
  where: [string, string][];
  subjects: Record<string, string>;
  choices: Record<string, Pair[]>;
  names: Record<string, Record<string, string>>;
  texts: Record<string, string>;
}

const joins: Join[] = ["all", "any", "none"];
export const withoutValue = new Set(["is_known", "is_unknown", "is_yes", "is_no", "did", "did_not", "may", "may_not"]);

export function isGroup(node: Node): node is Group {
  return "join" in node && "nodes" in node;
}

/** Reads the JSON form; what is no group at all becomes "everyone". */
export function read(said: unknown): Group {
  return (readNode(said) as Group | null) ?? { join: "all", nodes: [] };
}

function readNode(said: unknown): Node | null {
  if (typeof said !== "object" || said === null) return null;
  const object = said as Record<string, unknown>;
  const join = joins.find((name) => Array.isArray(object[name]));
  if (!join) return { ...object };
  const nodes = (object[join] as unknown[]).map(readNode).filter((node): node is Node => node !== null);
  return { join, nodes };
}

export function write(node: Node): unknown {
  return isGroup(node) ? { [node.join]: node.nodes.map(write) } : node;
}

export function text(rule: Group): string {
  return JSON.stringify(write(rule), null, 2);
}

/** A fresh clause of a subject, with the first comparison and no value yet. */
export function freshClause(subject: string, config: Config): Clause {
  const [kind, name] = subject.split(":") as [string, string];
  if (kind === "orders") {
    const first = config.measures.find((measure) => measure.code === name)?.ops[0]?.[0] ?? "at_least";
    return { orders: name, op: first, ...(name === "count" ? { value: 1 } : {}) };
  }
  if (kind === "event") return { event: "", op: "did" };
  if (kind === "sequence") return { sequence: [{ event: "" }, { order: "placed", within: { days: 7 } }], op: "did" };
  if (kind === "split") return { split: "", op: "between", value: [1, 50] };
  if (kind === "reach") return { reach: config.channels[0]?.[0] ?? "email", op: "may" };
  const shape = config.fields.find((field) => field.name === name)?.shape ?? "";
  return { field: name, op: config.ops[shape]?.[0]?.[0] ?? "is" };
}
