/*
 * Islands are the parts of a page that need a program of their own. An element asks for one by name:
 *
 *   <div data-island="chart">…</div>
 *
 * and the registry fetches its module when the element appears, also after an htmx swap. To add an island, write
 * `islands/<name>.ts` exporting `mount(element)` and add one line below.
 */

/** Starts an island inside `element`; may return a function that ends it when the element leaves the page. */
export type Mount = (element: HTMLElement) => void | (() => void);

const islands: Record<string, () => Promise<{ mount: Mount }>> = {
  chart: () => import("./chart"),
  "block-editor": () => import("./block-editor"),
  "segment-builder": () => import("./segment-builder"),
  "journey-canvas": () => import("./journey-canvas"),
};

const running = new WeakMap<Element, () => void>();
const started = new WeakSet<Element>();

async function start(element: HTMLElement): Promise<void> {
  const name = element.dataset.island ?? "";
  const load = islands[name];
  if (!load || started.has(element)) return;
  started.add(element);
  try {
    const { mount } = await load();
    if (!element.isConnected) return;
    const end = mount(element);
    if (end) running.set(element, end);
    element.dataset.islandReady = "";
  } catch (reason) {
    element.dataset.islandFailed = "";
    console.error(`island ${name} failed`, reason);
  }
}

function within(root: HTMLElement): HTMLElement[] {
  const found = [...root.querySelectorAll<HTMLElement>("[data-island]")];
  return root.matches("[data-island]") ? [root, ...found] : found;
}

/** Starts every island in `root` that is not running yet. */
export function mountIslands(root: HTMLElement): void {
  for (const element of within(root)) void start(element);
}

/** Ends the island of `element`, if it has one; called as htmx removes it. */
export function unmountIslands(element: HTMLElement): void {
  running.get(element)?.();
  running.delete(element);
}
