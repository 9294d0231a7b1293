// What the pages use of Apache ECharts. How echarts.min.js is made of it: README.md.
import { init, use } from "echarts/core";
import { BarChart, LineChart, SankeyChart } from "echarts/charts";
import { AriaComponent, GridSimpleComponent, LegendPlainComponent, TooltipComponent } from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, LineChart, SankeyChart, AriaComponent, GridSimpleComponent, LegendPlainComponent, TooltipComponent, SVGRenderer]);
export { init };
