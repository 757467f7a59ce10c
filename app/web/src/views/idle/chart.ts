/** The modules of ECharts that the page uses, and no others; drawn on canvas, its tips too, as the policy allows no inline styles. */

import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from 'echarts/components';
import { init, use, type ComposeOption, type EChartsType } from 'echarts/core';
import type { LineSeriesOption } from 'echarts/charts';
import type { GridComponentOption, LegendComponentOption, TooltipComponentOption } from 'echarts/components';
import { CanvasRenderer } from 'echarts/renderers';
import type { Observation } from './answers.ts';

use([LineChart, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, CanvasRenderer]);

export type ChartOption = ComposeOption<
  LineSeriesOption | GridComponentOption | LegendComponentOption | TooltipComponentOption
>;

export interface Colours {
  ink: string;
  soft: string;
  line: string;
}

export function startChart(element: HTMLElement): EChartsType {
  return init(element, null, { renderer: 'canvas' });
}

/** A day without a value is a gap, not a zero. */
export function chartOption(
  observations: readonly Observation[],
  step: string | null,
  names: { mean: string; vegetated: string; hidden: string },
  colours: Colours,
): ChartOption {
  const axis = { axisLabel: { color: colours.soft, fontSize: 11 }, splitLine: { lineStyle: { color: colours.line } } };
  const series = (name: string, value: (seen: Observation) => number | null, colour: string): LineSeriesOption => ({
    name,
    type: 'line',
    data: observations.map((seen) => [seen.taken_on, value(seen)]),
    connectNulls: false,
    symbolSize: 7,
    itemStyle: { color: colour },
    lineStyle: { color: colour, width: 2 },
  });
  const mean = series(names.mean, (seen) => seen.mean, '#3a8f4d');
  if (step) {
    mean.markLine = {
      symbol: 'none',
      label: { show: true, formatter: step, color: colours.soft, fontSize: 11 },
      lineStyle: { color: '#c02a1d', type: 'dashed' },
      data: [{ xAxis: step }],
    };
  }
  return {
    animation: false,
    textStyle: { color: colours.ink },
    grid: { left: 36, right: 16, top: 30, bottom: 26 },
    legend: { top: 0, textStyle: { color: colours.ink, fontSize: 11 } },
    tooltip: {
      trigger: 'axis',
      renderMode: 'richText',
      valueFormatter: (value) => (typeof value === 'number' ? value.toFixed(3) : names.hidden),
    },
    xAxis: { type: 'time', ...axis, splitLine: { show: false } },
    yAxis: { type: 'value', min: (range) => Math.min(0, Math.floor(range.min * 10) / 10), max: 1, ...axis },
    series: [mean, series(names.vegetated, (seen) => seen.vegetated_share, '#b07a1e')],
  };
}
