// Draws what the figures of a page carry as data, in the colours of the theme. The same numbers stand in a table of the page.
(() => {
  const root = document.documentElement;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const contrast = matchMedia("(prefers-contrast: more)");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const token = (name) => getComputedStyle(root).getPropertyValue("--" + name).trim();
  const colours = () => [1, 2, 3, 4, 5, 6, 7, 8].map((place) => token("series-" + place));

  // How the reader writes a value; `short` on an axis.
  const writer = ({ exponent = 0, currency, percent }, short) => {
    const digits = currency && !short ? exponent : 0;
    const more = short ? { notation: "compact", maximumFractionDigits: 1 } : { minimumFractionDigits: digits, maximumFractionDigits: Math.max(digits, 2) };
    const format = new Intl.NumberFormat(root.lang, more);
    const after = currency && !short ? "\u00a0" + currency : percent ? "\u00a0%" : "";
    return (value) => (value == null ? "–" : format.format(value / 10 ** exponent) + after);
  };

  const around = (spec) => ({
    animation: !still.matches,
    animationDuration: 300,
    aria: { enabled: contrast.matches, label: { enabled: false }, decal: { show: contrast.matches } },
    color: colours(),
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: token("text") },
    tooltip: {
      renderMode: "richText", confine: true, backgroundColor: token("card"), borderColor: token("line"), padding: 8,
      textStyle: { color: token("text"), fontSize: 13 },
    },
    legend: {
      show: (spec.series || []).length > 1, top: 0, left: 0, icon: "roundRect", itemWidth: 14, itemHeight: 4,
      textStyle: { color: token("muted"), fontSize: 13 }, inactiveColor: token("line"),
    },
  });

  const category = (spec, lying, width) => ({
    type: "category", data: spec.labels, inverse: lying, boundaryGap: spec.kind !== "lines",
    axisLine: { lineStyle: { color: token("line") } }, axisTick: { show: false },
    axisLabel: { color: token("muted"), fontSize: 12, hideOverlap: !lying, width: lying ? Math.min(180, width * 0.35) : undefined, overflow: "truncate", interval: lying ? 0 : "auto" },
  });
  const measure = (spec) => ({
    type: "value", minInterval: spec.unit.whole ? 1 : undefined, splitNumber: 3,
    splitLine: { lineStyle: { color: token("line") } }, axisLabel: { color: token("muted"), fontSize: 12, formatter: writer(spec.unit, true) },
  });

  const cartesian = (spec, width) => {
    const write = writer(spec.unit);
    const lying = spec.kind === "rows";
    const tell = (all) => all[0].name + all.map((one) => "\n" + one.seriesName + "  " + write(one.value)).join("");
    const option = around(spec);
    option.tooltip.trigger = "axis";
    option.tooltip.formatter = tell;
    option.tooltip.axisPointer = { type: spec.kind === "lines" ? "line" : "shadow", lineStyle: { color: token("muted") }, shadowStyle: { color: token("hover"), opacity: 0.6 } };
    option.grid = { left: 4, right: 16, top: option.legend.show ? 34 : 12, bottom: 4 };
    option[lying ? "yAxis" : "xAxis"] = category(spec, lying, width);
    option[lying ? "xAxis" : "yAxis"] = measure(spec);
    option.series = spec.series.map(({ name, values, dashed }, place) => {
      if (spec.kind !== "lines") return { type: "bar", name, data: values, barMaxWidth: 32, itemStyle: { borderRadius: lying ? [0, 3, 3, 0] : [3, 3, 0, 0] } };
      const colour = dashed ? token("muted") : undefined;
      return {
        type: "line", name, data: values, symbol: values.length > 1 ? "none" : "circle", color: colour,
        lineStyle: { width: dashed ? 1.5 : 2, type: dashed ? "dashed" : "solid" }, areaStyle: place || dashed ? undefined : { opacity: 0.1 },
      };
    });
    return option;
  };

  const sankey = (spec, width) => {
    const write = writer(spec.unit);
    const option = around(spec);
    const name = (place) => spec.nodes[place];
    option.tooltip.formatter = ({ dataType, data, value }) =>
      (dataType === "edge" ? name(data.source) + " → " + name(data.target) : name(data.name)) + "\n" + write(dataType === "edge" ? data.value : value);
    option.series = [{
      type: "sankey", animation: false, left: 0, right: Math.min(140, width * 0.28), top: 8, bottom: 8, nodeWidth: 12, nodeGap: 10, draggable: false,
      emphasis: { focus: "adjacency" }, lineStyle: { color: "source", opacity: 0.28 },
      data: spec.nodes.map((label, place) => ({ name: String(place), itemStyle: { color: colours()[spec.tints[place] % 8] } })),
      links: spec.flows.map(([source, target, value]) => ({ source: String(source), target: String(target), value })),
      label: { color: token("text"), fontSize: 12, width: Math.min(130, width * 0.26), overflow: "truncate", formatter: (one) => name(one.name) },
      labelLayout: { hideOverlap: true },
    }];
    return option;
  };

  const draw = (element) => {
    const spec = JSON.parse(element.dataset.chart);
    const bars = spec.series && spec.series.length * spec.labels.length;
    if (spec.kind === "rows") element.style.height = 70 + Math.max(bars * 14, spec.labels.length * 30) + "px";
    const chart = echarts.init(element, null, { renderer: "svg" });
    const set = () => chart.setOption((spec.kind === "sankey" ? sankey : cartesian)(spec, element.clientWidth), true);
    set();
    dark.addEventListener("change", set);
    let width = element.clientWidth;
    new ResizeObserver(() => {
      if (element.clientWidth === width || !element.clientWidth) return;
      width = element.clientWidth;
      chart.resize();
      set();
    }).observe(element);
  };

  const ready = () => {
    for (const element of document.querySelectorAll("[data-chart]:not([data-drawn])")) {
      element.dataset.drawn = "";
      try {
        draw(element);
      } catch (why) {
        console.warn("a chart cannot be drawn", why);
        element.closest("figure").hidden = true;
      }
    }
  };
  ready();
  document.addEventListener("htmx:after:swap", ready);
})();
