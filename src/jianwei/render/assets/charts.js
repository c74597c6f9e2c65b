/* Charts of Jianwei: turns an option as Python writes it into one that ECharts draws.
 *
 * The same file runs in the page, where it defines <jw-chart>, and in the embedded engine that draws PNG files. An option is plain JSON
 * with three kinds of marks, which no text from data can imitate because they are objects:
 *   {"$t": "charts.volume.axis", ...}   words of the reader's language (other members fill the placeholders)
 *   {"$c": "negative"}                  a colour of the palette, by role
 *   {"$f": "percent"}                   one of the functions below (other members are its settings)
 * A context is {language, words, palette, font}.
 */
"use strict";

globalThis.JianweiCharts = (() => {
  const text = (context, key, values = {}) => {
    const template = context.words[key];
    if (template === undefined) throw new Error(`no words for ${key}`);
    return template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
  };

  const trim = (number, digits) => number.toFixed(digits).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
  const group = (number) => {
    const [whole, rest] = String(number).split(".");
    return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest ? "." + rest : "");
  };
  const missing = (value) => value === null || value === undefined || value === "-" || Number.isNaN(value);

  const compact = (context) => (value) => {
    const steps = context.language === "en" ? [[1e9, "B"], [1e6, "M"], [1e3, "k"]] : [[1e8, "亿"], [1e4, "万"]];
    const step = steps.find(([size]) => Math.abs(value) >= size);
    return step ? trim(value / step[0], 1) + step[1] : group(trim(Number(value), 2));
  };
  const full = () => (value) => (missing(value) ? "–" : group(trim(Number(value), 2)));
  const percent = () => (value) => {
    if (missing(value)) return "–";
    const share = Math.abs(value) * 100;
    return trim(share, share >= 10 || share === 0 ? 0 : 1) + "%";
  };
  const size = () => (value) => (missing(value) ? "–" : group(trim(Math.abs(value), 2)));
  const duration = (context) => (value) => {
    if (missing(value)) return "–";
    const [size, unit] = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]].find(([s]) => value >= s) || [1, "second"];
    return text(context, `charts.unit.${unit}`, { n: trim(value / size, value / size >= 10 ? 0 : 1) });
  };
  const times = () => (value) => (missing(value) ? "–" : "×" + trim(Number(value), 1));

  // One word of a cloud: Python laid the words out on a canvas of width × height, here it is scaled to the room there is.
  const word = (context, { names, width, height }) => (params, api) => {
    const scale = Math.min(api.getWidth() / width, api.getHeight() / height);
    return {
      type: "text",
      x: api.getWidth() / 2 + (api.value(0) - width / 2) * scale,
      y: api.getHeight() / 2 + (api.value(1) - height / 2) * scale,
      style: {
        text: names[params.dataIndex], fontSize: api.value(2) * scale, fontFamily: context.font, fill: api.visual("color"),
        opacity: api.value(3), align: "center", verticalAlign: "middle",
      },
    };
  };

  // A thin line from one value to another on a horizontal axis: [row, from, to].
  const span = () => (params, api) => {
    const [from, to] = [api.coord([api.value(1), api.value(0)]), api.coord([api.value(2), api.value(0)])];
    return {
      type: "line", shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] },
      style: { stroke: api.visual("color"), lineWidth: 2 },
    };
  };

  const label = (context, { format, dimension }) => {
    const write = FUNCTIONS[format](context);
    return ({ value }) => write(dimension === undefined ? value : value[dimension]);
  };

  const FUNCTIONS = { compact, full, percent, size, duration, times, label, span, word };

  const resolve = (node, context) => {
    if (Array.isArray(node)) return node.map((item) => resolve(item, context));
    if (node === null || typeof node !== "object") return node;
    if ("$c" in node) return context.palette[node.$c];
    if ("$f" in node) return FUNCTIONS[node.$f](context, node);
    const values = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, resolve(value, context)]));
    return "$t" in node ? text(context, node.$t, values) : values;
  };

  const theme = ({ palette: p, font }) => {
    const axis = {
      axisLine: { lineStyle: { color: p.axis } },
      axisTick: { show: false },
      axisLabel: { color: p.muted, fontFamily: font, fontSize: 12 },
      nameTextStyle: { color: p.faint, fontFamily: font, fontSize: 12 },
      splitLine: { lineStyle: { color: p.line } },
    };
    return {
      color: [p.series1, p.series2, p.series3, p.series4, p.series5, p.series6],
      textStyle: { fontFamily: font, color: p.ink },
      categoryAxis: { ...axis, splitLine: { ...axis.splitLine, show: false } },
      timeAxis: { ...axis, splitLine: { ...axis.splitLine, show: false } },
      valueAxis: { ...axis, axisLine: { show: false } },
      logAxis: { ...axis, axisLine: { show: false } },
      legend: {
        textStyle: { color: p.muted, fontFamily: font }, inactiveColor: p.axis, itemWidth: 12, itemHeight: 12, icon: "roundRect", itemGap: 18,
        pageIconColor: p.muted, pageIconInactiveColor: p.axis, pageTextStyle: { color: p.muted },
      },
      tooltip: {
        backgroundColor: p.panel, borderColor: p.line, borderWidth: 1, confine: true, textStyle: { color: p.ink, fontFamily: font, fontSize: 13 },
        axisPointer: { lineStyle: { color: p.axis }, shadowStyle: { color: p.muted, opacity: 0.08 }, crossStyle: { color: p.axis } },
      },
      dataZoom: {
        borderColor: p.line, fillerColor: p.accent + "1f", backgroundColor: "transparent", handleStyle: { color: p.panel, borderColor: p.faint },
        moveHandleStyle: { color: p.axis }, dataBackground: { lineStyle: { color: p.axis }, areaStyle: { color: p.line } },
        selectedDataBackground: { lineStyle: { color: p.faint }, areaStyle: { color: p.axis } }, textStyle: { color: p.muted },
      },
      visualMap: { textStyle: { color: p.muted } },
    };
  };

  // An image has no slider, nothing moves and nothing pops up.
  const still = (option) => ({ ...option, animation: false, tooltip: { show: false }, dataZoom: [] });

  const svg = (option, context, width, height) => {
    const chart = echarts.init(null, theme(context), { renderer: "svg", ssr: true, width, height });
    chart.setOption(still(resolve(option, context)));
    const image = chart.renderToSVGString();
    chart.dispose();
    return image;
  };

  return { resolve, svg, text, theme };
})();
