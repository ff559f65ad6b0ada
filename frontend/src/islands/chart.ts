/*
 * Draws one chart from the plain description the server put beside it.
 *
 * The description says what the figures mean (kind, categories, series, format, links); how they look is decided
 * here and in `chart-options.ts`, so that every chart of the product looks and behaves alike. Tooltips and the legend are
 * ordinary elements: the content security policy forbids the style attributes ECharts would write into markup.
 */
import { BarChart, HeatmapChart, LineChart, PieChart, SankeyChart } from "echarts/charts";
import {
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  TooltipComponent,
  VisualMapContinuousComponent,
} from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

import { type ChartSpec, linkAt, optionsFor, palette, seriesColour } from "./chart-options";

echarts.use([
  BarChart,
  LineChart,
  PieChart,
  HeatmapChart,
  SankeyChart,
  GridComponent,
  TooltipComponent,
  LegendComponent,
  VisualMapContinuousComponent,
  DataZoomComponent,
  CanvasRenderer,
]);

function readSpec(element: HTMLElement): ChartSpec {
  const script = element.querySelector('script[type="application/json"]');
  return JSON.parse(script?.textContent ?? "{}") as ChartSpec;
}

function isEmpty(spec: ChartSpec): boolean {
  return !spec.series.some((series) => series.values.some((value) => value !== null && value !== undefined));
}

/** Buttons under the chart that switch a series off and on; they wrap on a phone. */
function buildLegend(chart: echarts.ECharts, spec: ChartSpec, target: HTMLElement): void {
  target.replaceChildren();
  const names = spec.kind === "pie" ? spec.categories : spec.series.map((series) => series.name);
  if (spec.kind === "heatmap" || spec.kind === "sankey" || names.length < 2) return;
  const colours = palette();
  names.forEach((name, index) => {
    const button = document.createElement("button");
    const mark = document.createElement("span");
    button.type = "button";
    button.className = "chart-key";
    button.setAttribute("aria-pressed", "true");
    mark.className = "chart-key-mark";
    mark.style.backgroundColor =
      spec.kind === "pie" ? (colours.series[index % colours.series.length] ?? "") : seriesColour(spec, index, colours);
    if (spec.series[index]?.compare && spec.kind !== "pie") mark.classList.add("is-compare");
    button.append(mark, name);
    button.addEventListener("click", () => {
      const shown = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(shown));
      chart.dispatchAction({ type: shown ? "legendSelect" : "legendUnSelect", name });
    });
    target.append(button);
  });
}

function open(link: string | null): void {
  if (link) window.location.assign(link);
}

/** A click on a mark opens its link; elsewhere in a column it opens the link of that category. */
function followLinks(chart: echarts.ECharts, spec: ChartSpec): void {
  chart.on("click", (hit) => {
    const cell = hit.value as number[];
    if (spec.kind === "heatmap") open(linkAt(spec, cell[1] ?? 0, cell[0] ?? 0));
    else if (spec.kind === "sankey") {
      const flow = hit.data as { from?: number; to?: number };
      if (flow.from !== undefined && flow.to !== undefined) open(linkAt(spec, flow.from, flow.to));
    } else open(linkAt(spec, hit.seriesIndex ?? 0, hit.dataIndex));
  });
  if (spec.kind === "pie" || spec.kind === "heatmap" || spec.kind === "sankey") return;
  const surface = chart.getZr();
  const columnLink = (x: number, y: number): string | null => {
    const spot = [x, y];
    if (!chart.containPixel("grid", spot)) return null;
    const [across, down] = chart.convertFromPixel("grid", spot) as [number, number];
    return linkAt(spec, 0, Math.round(spec.horizontal ? down : across));
  };
  surface.on("click", (event) => {
    if (!event.target) open(columnLink(event.offsetX, event.offsetY));
  });
  surface.on("mousemove", (event) => {
    if (!event.target) surface.setCursorStyle(columnLink(event.offsetX, event.offsetY) ? "pointer" : "default");
  });
}

export function mount(element: HTMLElement): () => void {
  const spec = readSpec(element);
  const canvas = element.querySelector<HTMLElement>("[data-chart-canvas]") ?? element;
  const legend = element.querySelector<HTMLElement>("[data-chart-legend]");
  if (isEmpty(spec)) {
    element.classList.add("is-empty");
    return () => undefined;
  }
  const chart = echarts.init(canvas, undefined, { renderer: "canvas" });
  const draw = (): void => chart.setOption(optionsFor(spec, canvas.clientWidth), { notMerge: true });
  draw();
  if (legend) buildLegend(chart, spec, legend);
  followLinks(chart, spec);

  let width = canvas.clientWidth;
  const onSize = new ResizeObserver(() => {
    if (canvas.clientWidth === 0) return;
    chart.resize();
    if (canvas.clientWidth < 520 !== width < 520) draw();
    width = canvas.clientWidth;
  });
  onSize.observe(canvas);
  const onTheme = new MutationObserver(() => {
    draw();
    if (legend) buildLegend(chart, spec, legend);
  });
  onTheme.observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  return () => {
    onSize.disconnect();
    onTheme.disconnect();
    chart.dispose();
  };
}
