/*
 * A journey as a picture. What can be done here can be done in the list beside it too: choosing a step follows the link
 * of that step in the list, and moving steps is for the eye only. Words come with the page.
 */
import type { Core, ElementDefinition, StylesheetJson } from "cytoscape";

interface Step {
  id: string;
  title: string;
  line: string;
  x: number;
  y: number;
  group: "trigger" | "wait" | "branch" | "action" | "end";
  problem: boolean;
  note: string;
}

interface Arrow {
  from: string;
  to: string;
  label: string;
}

interface Drawing {
  nodes: Step[];
  edges: Arrow[];
}

const SAVE_AFTER_MS = 600;

export async function draw(root: HTMLElement): Promise<Core | undefined> {
  const area = root.querySelector<HTMLElement>("[data-canvas-area]");
  const said = root.querySelector("script")?.textContent;
  if (!area || !said) return undefined;
  keepOutStyleElement();
  const { default: cytoscape } = await import("cytoscape");
  const drawing = JSON.parse(said) as Drawing;
  const graph = cytoscape({
    container: area,
    elements: elements(drawing),
    style: looks(),
    layout: { name: "preset" },
    minZoom: 0.2,
    maxZoom: 2,
    userZoomingEnabled: false,
    autoungrabify: !root.dataset.placeUrl,
    boxSelectionEnabled: false,
  });
  fit(graph);
  return graph;
}

export function mount(root: HTMLElement): () => void {
  let graph: Core | undefined;
  let timer = 0;
  const moved = new Map<string, [number, number]>();
  const restyle = new MutationObserver(() => graph?.style(looks()));
  restyle.observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
  const resized = new ResizeObserver(() => {
    graph?.resize();
    if (graph) fit(graph);
  });
  const fitButton = root.querySelector<HTMLButtonElement>("[data-canvas-fit]");

  void draw(root).then((made) => {
    graph = made;
    if (!made) return;
    if (!root.isConnected) {
      made.destroy();
      return;
    }
    resized.observe(root);
    fitButton?.addEventListener("click", () => fit(made));
    made.on("tap", "node", (event) => open(root, event.target.id() as string));
    made.on("dragfree", "node", (event) => {
      const place = event.target.position() as { x: number; y: number };
      moved.set(event.target.id() as string, [Math.round(place.x), Math.round(place.y)]);
      window.clearTimeout(timer);
      timer = window.setTimeout(() => void keep(root, moved), SAVE_AFTER_MS);
    });
  });

  return () => {
    window.clearTimeout(timer);
    restyle.disconnect();
    resized.disconnect();
    graph?.destroy();
  };
}

/** The library would add a style element, which the content security policy forbids; it looks whether one is there. */
function keepOutStyleElement(): void {
  const id = "__________cytoscape_stylesheet";
  if (document.getElementById(id)) return;
  const mark = document.createElement("meta");
  mark.id = id;
  document.head.append(mark);
}

function elements(drawing: Drawing): ElementDefinition[] {
  const nodes = drawing.nodes.map((one) => ({
    data: { id: one.id, label: label(one) },
    position: { x: one.x, y: one.y },
    classes: [one.group, one.problem ? "problem" : ""].join(" "),
  }));
  const edges = drawing.edges.map((one, place) => ({
    data: { id: `arrow-${place}`, source: one.from, target: one.to, label: one.label },
  }));
  return [...nodes, ...edges];
}

function label(one: Step): string {
  return [one.title, shortened(one.line), one.note].filter(Boolean).join("\n");
}

function shortened(text: string): string {
  return text.length > 44 ? `${text.slice(0, 43)}…` : text;
}

function fit(graph: Core): void {
  graph.fit(undefined, 24);
  if (graph.zoom() > 1) {
    graph.zoom(1);
    graph.center();
  }
}

function open(root: HTMLElement, id: string): void {
  if (root.dataset.stepUrl) document.getElementById(`step-${id}`)?.click();
}

async function keep(root: HTMLElement, moved: Map<string, [number, number]>): Promise<void> {
  const token = document.querySelector<HTMLInputElement>("#place-form [name=csrfmiddlewaretoken]")?.value ?? "";
  const body = new URLSearchParams({ places: JSON.stringify(Object.fromEntries(moved)) });
  moved.clear();
  await fetch(root.dataset.placeUrl ?? "", { method: "POST", headers: { "X-CSRFToken": token }, body });
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--shuke-${name}`).trim();
}

function looks(): StylesheetJson {
  const edge = { trigger: "accent", wait: "warn", branch: "info", action: "good", end: "line-strong" };
  return [
    {
      selector: "node",
      style: {
        shape: "round-rectangle",
        width: 190,
        height: 62,
        "background-color": colour("surface"),
        "border-width": 1.5,
        "border-color": colour("line-strong"),
        label: "data(label)",
        color: colour("ink"),
        "font-family": getComputedStyle(document.body).fontFamily,
        "font-size": 12,
        "text-wrap": "wrap",
        "text-max-width": "176px",
        "text-valign": "center",
        "text-halign": "center",
      },
    },
    ...Object.entries(edge).map(([group, name]) => ({
      selector: `node.${group}`,
      style: { "border-color": colour(name) },
    })),
    { selector: "node.end", style: { width: 90, height: 36 } },
    {
      selector: "node.problem",
      style: { "border-color": colour("bad"), "border-style": "dashed", "background-color": colour("bad-soft") },
    },
    {
      selector: "node:selected",
      style: { "border-width": 3, "background-color": colour("accent-soft") },
    },
    {
      selector: "edge",
      style: {
        width: 1.5,
        "line-color": colour("line-strong"),
        "target-arrow-color": colour("line-strong"),
        "target-arrow-shape": "triangle",
        "curve-style": "taxi",
        "taxi-direction": "downward",
        label: "data(label)",
        "font-size": 11,
        color: colour("muted"),
        "text-background-color": colour("surface"),
        "text-background-opacity": 1,
        "text-background-padding": "2px",
      },
    },
  ] as StylesheetJson;
}
