/* Turns a chart description into ECharts options. Pure, except for reading colours from the style sheet. */
import { type Format, type NumberWriter, numberWriter } from "../formats";

export interface Series {
  name: string;
  values: (number | null)[];
  format?: Format;
  /** Draw this series as another kind than the chart: a line over bars. */
  kind?: "bar" | "line";
  axis?: "left" | "right";
  /** The same figures for an earlier period: drawn pale. */
  compare?: boolean;
  /** An interval round the values: drawn as a band behind the line. */
  low?: (number | null)[];
  high?: (number | null)[];
  links?: (string | null)[];
}

export interface ChartSpec {
  kind: "bar" | "line" | "area" | "pie" | "heatmap" | "sankey";
  categories: string[];
  /** In a heat map one series is one row; in a sankey it is where a flow comes from, a category where it goes. */
  series: Series[];
  format?: Format;
  currency?: string;
  minor_units?: number;
  links?: (string | null)[];
  stacked?: boolean;
  horizontal?: boolean;
  zoom?: boolean;
  x_name?: string;
  y_name?: string;
}

export interface Palette {
  series: string[];
  ink: string;
  muted: string;
  line: string;
  surface: string;
  heat: string[];
}

type Options = Record<string, unknown>;

const NARROW_PX = 520;

/** The page's colours, read each time because the theme may change. */
export function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(`--shuke-${name}`).trim();
  return {
    series: [1, 2, 3, 4, 5, 6, 7, 8].map((number) => colour(`chart-${number}`)),
    ink: colour("ink"),
    muted: colour("muted"),
    line: colour("line"),
    surface: colour("surface"),
    heat: [0, 3, 6, 9].map((step) => colour(`heat-${step}`)),
  };
}

/** A comparison series takes the colour of the series it is compared with. */
export function seriesColour(spec: ChartSpec, index: number, colours: Palette): string {
  const ordinary = spec.series.filter((series) => !series.compare);
  const series = spec.series[index];
  const place = series?.compare
    ? spec.series.slice(0, index).filter((other) => other.compare).length
    : ordinary.indexOf(series as Series);
  return colours.series[Math.max(place, 0) % colours.series.length] ?? "";
}

export function linkAt(spec: ChartSpec, seriesIndex: number, dataIndex: number): string | null {
  return spec.series[seriesIndex]?.links?.[dataIndex] ?? spec.links?.[dataIndex] ?? null;
}

function formatOf(spec: ChartSpec, series?: Series): Format {
  return series?.format ?? spec.format ?? "number";
}

interface Row {
  label: string;
  value: string;
  colour?: string;
}

/** The tooltip as elements: title, then one line per series. */
function tooltipCard(title: string, rows: Row[]): HTMLElement {
  const card = document.createElement("div");
  card.className = "chart-tip";
  const head = document.createElement("div");
  head.className = "chart-tip-title";
  head.textContent = title;
  card.append(head);
  for (const row of rows) {
    const line = document.createElement("div");
    line.className = "chart-tip-row";
    const mark = document.createElement("span");
    mark.className = "chart-key-mark";
    mark.style.backgroundColor = row.colour ?? "transparent";
    const label = document.createElement("span");
    label.textContent = row.label;
    const value = document.createElement("strong");
    value.textContent = row.value;
    line.append(mark, label, value);
    card.append(line);
  }
  return card;
}

function tooltipFrame(colours: Palette): Options {
  return {
    confine: true,
    backgroundColor: colours.surface,
    borderColor: colours.line,
    padding: 0,
    extraCssText: "",
    textStyle: { color: colours.ink, fontSize: 12 },
  };
}

function baseOptions(colours: Palette): Options {
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  return {
    animation: !still,
    animationDuration: 300,
    color: colours.series,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colours.ink },
    legend: { show: false },
  };
}

function pieOptions(spec: ChartSpec, narrow: boolean, colours: Palette, write: NumberWriter): Options {
  const series = spec.series[0] as Series;
  const total = series.values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  const share = (value: number): string => write.full(total ? value / total : 0, "percent");
  return {
    ...baseOptions(colours),
    tooltip: {
      ...tooltipFrame(colours),
      trigger: "item",
      formatter: (hit: { name: string; value: number; color: string }) =>
        tooltipCard(hit.name, [
          { label: series.name, value: write.full(hit.value, formatOf(spec, series)), colour: hit.color },
          { label: "", value: share(hit.value) },
        ]),
    },
    series: [
      {
        type: "pie",
        name: series.name,
        radius: ["48%", "78%"],
        itemStyle: { borderColor: colours.surface, borderWidth: 2 },
        label: {
          show: !narrow,
          color: colours.ink,
          formatter: (hit: { name: string; value: number }) => `${hit.name}  ${share(hit.value)}`,
        },
        labelLine: { show: !narrow, lineStyle: { color: colours.line } },
        data: spec.categories.map((name, index) => ({ name, value: series.values[index] ?? 0 })),
      },
    ],
  };
}

function heatmapOptions(spec: ChartSpec, narrow: boolean, colours: Palette, write: NumberWriter): Options {
  const cells = spec.series.flatMap((row, y) => row.values.map((value, x) => [x, y, value]));
  const figures = cells.map((cell) => cell[2]).filter((value): value is number => typeof value === "number");
  const format = formatOf(spec, spec.series[0]);
  const axis = { type: "category", axisTick: { show: false }, axisLine: { show: false }, splitArea: { show: false } };
  const label = { color: colours.muted, fontSize: narrow ? 10 : 12, hideOverlap: true };
  return {
    ...baseOptions(colours),
    grid: { left: 4, right: 8, top: 8, bottom: 44, containLabel: true },
    tooltip: {
      ...tooltipFrame(colours),
      trigger: "item",
      formatter: (hit: { value: [number, number, number | null]; color: string }) => {
        const [x, y, value] = hit.value;
        return tooltipCard(`${spec.series[y]?.name ?? ""} · ${spec.categories[x] ?? ""}`, [
          { label: "", value: value === null ? "–" : write.full(value, format), colour: hit.color },
        ]);
      },
    },
    xAxis: { ...axis, data: spec.categories, axisLabel: { ...label, interval: "auto" } },
    yAxis: { ...axis, data: spec.series.map((row) => row.name), inverse: true, axisLabel: label },
    visualMap: {
      type: "continuous",
      min: Math.min(0, ...figures),
      max: Math.max(1, ...figures),
      inRange: { color: colours.heat },
      orient: "horizontal",
      left: "center",
      bottom: 0,
      itemWidth: 10,
      itemHeight: narrow ? 90 : 140,
      textStyle: { color: colours.muted, fontSize: 11 },
      text: [write.short(Math.max(1, ...figures), format), write.short(Math.min(0, ...figures), format)],
    },
    series: [
      {
        type: "heatmap",
        data: cells.map(([x, y, value]) => ({ value: [x, y, value ?? "-"], cursor: "pointer" })),
        itemStyle: { borderColor: colours.surface, borderWidth: narrow ? 1 : 2, borderRadius: 3 },
        emphasis: { itemStyle: { borderColor: colours.ink } },
      },
    ],
  };
}

/** Flows from every series on the left to every category on the right, in the order in which they are given. */
function sankeyOptions(spec: ChartSpec, narrow: boolean, colours: Palette, write: NumberWriter): Options {
  const format = formatOf(spec, spec.series[0]);
  const colourOf = (name: string): string => {
    const place = spec.categories.indexOf(name);
    return place < 0 ? colours.muted : (colours.series[place % colours.series.length] ?? "");
  };
  const flows = spec.series.flatMap((row, from) =>
    row.values.flatMap((value, to) => (value ? [{ source: `0 ${row.name}`, target: `1 ${spec.categories[to]}`, value, from, to }] : [])),
  );
  const ends = [...spec.series.map((row) => `0 ${row.name}`), ...spec.categories.map((name) => `1 ${name}`)];
  const used = new Set(flows.flatMap((flow) => [flow.source, flow.target]));
  return {
    ...baseOptions(colours),
    tooltip: {
      ...tooltipFrame(colours),
      trigger: "item",
      formatter: (hit: { dataType: string; name: string; value: number; color: string; data: { from: number; to: number } }) =>
        tooltipCard(
          hit.dataType === "edge" ? `${spec.series[hit.data.from]?.name} → ${spec.categories[hit.data.to]}` : hit.name.slice(2),
          [{ label: "", value: write.full(hit.value, format), colour: hit.color }],
        ),
    },
    series: [
      {
        type: "sankey",
        left: 4,
        right: narrow ? 84 : 130,
        top: 8,
        bottom: 8,
        nodeGap: narrow ? 8 : 14,
        nodeWidth: 12,
        draggable: false,
        layoutIterations: 0,
        label: { color: colours.ink, fontSize: 12, formatter: (node: { name: string }) => node.name.slice(2) },
        lineStyle: { color: "source", opacity: 0.28 },
        data: ends.filter((name) => used.has(name)).map((name) => ({ name, itemStyle: { color: colourOf(name.slice(2)) } })),
        links: flows,
      },
    ],
  };
}

function plotSeries(spec: ChartSpec, series: Series, index: number, colours: Palette): Options {
  const colour = seriesColour(spec, index, colours);
  const kind = series.kind ?? (spec.kind === "bar" ? "bar" : "line");
  const secondAxis = series.axis === "right" ? 1 : 0;
  const shared: Options = {
    name: series.name,
    type: kind,
    data: series.values,
    ...(spec.horizontal ? { xAxisIndex: secondAxis } : { yAxisIndex: secondAxis }),
    stack: spec.stacked && !series.compare && secondAxis === 0 ? "all" : undefined,
    color: colour,
  };
  if (kind === "bar") {
    return {
      ...shared,
      barMaxWidth: 34,
      itemStyle: { color: colour, opacity: series.compare ? 0.35 : 1, borderRadius: spec.stacked ? 0 : [2, 2, 0, 0] },
    };
  }
  const isArea = spec.kind === "area" && !series.compare;
  return {
    ...shared,
    showSymbol: series.values.length <= 31,
    symbolSize: 6,
    connectNulls: false,
    lineStyle: { width: series.compare ? 1.5 : 2.25, type: series.compare ? [4, 4] : "solid", opacity: series.compare ? 0.55 : 1 },
    itemStyle: { color: colour, opacity: series.compare ? 0.55 : 1 },
    areaStyle: isArea ? { color: colour, opacity: 0.14 } : undefined,
  };
}

/** The interval of a series: an unseen line at its low end, and the height above it filled. Named alike, they hide together. */
function bandSeries(spec: ChartSpec, series: Series, index: number, colours: Palette): Options[] {
  const { low, high } = series;
  if (!low || !high) return [];
  const shared: Options = {
    name: series.name,
    type: "line",
    stack: `band-${index}`,
    stackStrategy: "all",
    silent: true,
    symbol: "none",
    lineStyle: { opacity: 0 },
    z: 1,
  };
  const height = high.map((value, place) => (value === null || low[place] === null ? null : value - (low[place] as number)));
  const colour = seriesColour(spec, index, colours);
  return [
    { ...shared, data: low },
    { ...shared, data: height, areaStyle: { color: colour, opacity: 0.16 } },
  ];
}

function valueText(series: Series, place: number, write: (value: number) => string): string {
  const at = (values?: (number | null)[]): number | null => values?.[place] ?? null;
  const [value, low, high] = [at(series.values), at(series.low), at(series.high)];
  if (value === null) return "–";
  return low === null || high === null ? write(value) : `${write(value)} (${write(low)} – ${write(high)})`;
}

/** Counts have no half steps on their axis; measures such as an error have. */
function isWhole(spec: ChartSpec): boolean {
  return spec.series.every((series) => series.values.every((value) => value === null || Number.isInteger(value)));
}

function valueAxes(spec: ChartSpec, narrow: boolean, colours: Palette, write: NumberWriter): Options[] {
  const left = spec.series.find((series) => series.axis !== "right");
  const right = spec.series.find((series) => series.axis === "right");
  const axis = (series: Series | undefined, lines: boolean): Options => ({
    type: "value",
    name: lines && !narrow ? spec.y_name : undefined,
    nameTextStyle: { color: colours.muted, align: "left" },
    splitNumber: narrow ? 3 : 4,
    minInterval: formatOf(spec, series) === "number" && isWhole(spec) ? 1 : undefined,
    axisLabel: { color: colours.muted, fontSize: 11, formatter: (value: number) => write.short(value, formatOf(spec, series)) },
    splitLine: { show: lines, lineStyle: { color: colours.line } },
  });
  return right ? [axis(left, true), axis(right, false)] : [axis(left, true)];
}

function plotOptions(spec: ChartSpec, width: number, colours: Palette, write: NumberWriter): Options {
  const narrow = width < NARROW_PX;
  const longest = Math.max(0, ...spec.categories.map((name) => name.length));
  const crowded = narrow && spec.categories.length > 6 && longest > 5;
  const categoryAxis: Options = {
    type: "category",
    data: spec.categories,
    inverse: Boolean(spec.horizontal),
    axisTick: { show: false },
    axisLine: { lineStyle: { color: colours.line } },
    axisLabel: {
      color: colours.muted,
      fontSize: 11,
      hideOverlap: true,
      interval: spec.horizontal ? 0 : "auto",
      rotate: crowded && !spec.horizontal ? 40 : 0,
      width: spec.horizontal ? Math.min(220, Math.round(width * 0.38)) : undefined,
      overflow: "truncate",
    },
  };
  const values = valueAxes(spec, narrow, colours, write);
  return {
    ...baseOptions(colours),
    grid: { left: 4, right: 12, top: spec.y_name && !narrow ? 32 : 14, bottom: spec.zoom ? 46 : 4, containLabel: true },
    tooltip: {
      ...tooltipFrame(colours),
      trigger: "axis",
      axisPointer: { type: spec.kind === "bar" ? "shadow" : "line", shadowStyle: { opacity: 0.12 }, lineStyle: { color: colours.muted } },
      formatter: (hits: { dataIndex: number; seriesIndex: number; value: number | null }[]) =>
        tooltipCard(
          spec.categories[hits[0]?.dataIndex ?? 0] ?? "",
          hits
            .filter((hit) => hit.seriesIndex < spec.series.length)
            .map((hit) => {
              const series = spec.series[hit.seriesIndex] as Series;
              return {
                label: series.name,
                value: valueText(series, hit.dataIndex, (value) => write.full(value, formatOf(spec, series))),
                colour: seriesColour(spec, hit.seriesIndex, colours),
              };
            }),
        ),
    },
    ...(spec.horizontal ? { xAxis: values, yAxis: categoryAxis } : { xAxis: categoryAxis, yAxis: values }),
    dataZoom: spec.zoom
      ? [{ type: "slider", height: 20, bottom: 8, borderColor: colours.line, labelFormatter: (place: number) => spec.categories[place] ?? "" }]
      : [],
    series: [
      ...spec.series.map((series, index) => plotSeries(spec, series, index, colours)),
      ...spec.series.flatMap((series, index) => bandSeries(spec, series, index, colours)),
    ],
  };
}

export function optionsFor(spec: ChartSpec, width: number): Options {
  const narrow = width < NARROW_PX;
  const colours = palette();
  const write = numberWriter({ code: spec.currency ?? "", digits: spec.minor_units ?? 2 });
  if (spec.kind === "pie") return pieOptions(spec, narrow, colours, write);
  if (spec.kind === "heatmap") return heatmapOptions(spec, narrow, colours, write);
  if (spec.kind === "sankey") return sankeyOptions(spec, narrow, colours, write);
  return plotOptions(spec, width, colours, write);
}
