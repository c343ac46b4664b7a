/**
 * A chart as SVG. It has colours for light and dark and a background of its own. Each line has a mark, so that colours are
 * not needed to tell lines apart, and its name beside the plot.
 */
import { figure } from './table.ts'
import type { Axis, Chart, Line } from './chart.ts'

const WIDTH = 960
const PLOT = { left: 84, top: 48, width: 520, height: 300 }
const BELOW = 58
const LEGEND_LINE = 22

/** Distinguishable without colour vision (Okabe and Ito), on light and on dark. */
const COLOURS: readonly (readonly [light: string, dark: string])[] = [
  ['#0072b2', '#56b4e9'],
  ['#d55e00', '#ff8c42'],
  ['#007a5a', '#2fd6a5'],
  ['#a3457c', '#e79bc6'],
  ['#6b5b00', '#f0e442'],
  ['#444444', '#bbbbbb'],
]
const MARKS = ['circle', 'square', 'diamond', 'triangle'] as const

/** Maps values of an axis to 0 … 1. */
interface Scale {
  readonly ticks: readonly { readonly at: number; readonly label: string }[]
  place(value: number): number
}

export function asSvg(chart: Chart): string {
  const { title, x, y } = chart
  const lines = chart.lines.map(({ name, points }) => ({
    name,
    points: points.filter(([across, up]) => isOn(x, across) && isOn(y, up)),
  }))
  const across = scaleOf(x, valuesOf(lines, 0))
  const up = scaleOf(y, valuesOf(lines, 1))
  const height = Math.max(PLOT.top + PLOT.height + BELOW, PLOT.top + lines.length * LEGEND_LINE + 10)
  const toX = (value: number): number => PLOT.left + across.place(value) * PLOT.width
  const toY = (value: number): number => PLOT.top + (1 - up.place(value)) * PLOT.height
  const inner = [
    `<title>${escaped(title)}</title>`,
    style(lines.length),
    `<rect class="ground" width="${WIDTH}" height="${height}" rx="8"/>`,
    text(PLOT.left, 28, title, 'title'),
    ...up.ticks.flatMap(({ at, label }) => [
      `<path class="grid" d="M${PLOT.left} ${round(toY(at))}h${PLOT.width}"/>`,
      text(PLOT.left - 8, toY(at) + 4, label, 'end'),
    ]),
    ...across.ticks.flatMap(({ at, label }) => [
      `<path class="grid" d="M${round(toX(at))} ${PLOT.top}v${PLOT.height}"/>`,
      text(toX(at), PLOT.top + PLOT.height + 20, label, 'middle'),
    ]),
    text(PLOT.left + PLOT.width / 2, PLOT.top + PLOT.height + 44, x.label, 'middle'),
    `<text class="middle" transform="translate(18 ${PLOT.top + PLOT.height / 2}) rotate(-90)">${escaped(y.label)}</text>`,
    ...lines.map((line, index) => drawn(line, index, toX, toY)),
    ...lines.map(({ name }, index) => legend(name, index)),
  ]
  const label = `role="img" aria-label="${escaped(title)}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" ${label}>\n${inner.join('\n')}\n</svg>\n`
}

function drawn(
  { points }: Line,
  index: number,
  toX: (value: number) => number,
  toY: (value: number) => number,
): string {
  const places = points.map(([x, y]) => [round(toX(x)), round(toY(y))] as const)
  const path = places.map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${x} ${y}`).join('')
  return `<g class="line-${index}"><path class="line" d="${path}"/>${places.map(([x, y]) => mark(index, x, y)).join('')}</g>`
}

function legend(name: string, index: number): string {
  const left = PLOT.left + PLOT.width + 24
  const top = PLOT.top + 10 + index * LEGEND_LINE
  const line = `<path class="line" d="M${left} ${top}h24"/>${mark(index, left + 12, top)}`
  return `<g class="line-${index}">${line}</g>${text(left + 32, top + 4, name, 'start')}`
}

function mark(index: number, x: number, y: number): string {
  const kind = MARKS[index % MARKS.length]
  if (kind === 'circle') return `<circle class="mark" cx="${x}" cy="${y}" r="3.5"/>`
  if (kind === 'square') return `<path class="mark" d="M${round(x - 3.2)} ${round(y - 3.2)}h6.4v6.4h-6.4z"/>`
  if (kind === 'diamond')
    return `<path class="mark" d="M${x} ${round(y - 4.5)}l4.5 4.5l-4.5 4.5l-4.5 -4.5z"/>`
  return `<path class="mark" d="M${x} ${round(y - 4.5)}l4.2 7.6h-8.4z"/>`
}

function text(x: number, y: number, content: string, kind: string): string {
  return `<text class="${kind}" x="${round(x)}" y="${round(y)}">${escaped(content)}</text>`
}

// --- scales -----------------------------------------------------------------------------------------

function scaleOf(axis: Axis, values: readonly number[]): Scale {
  const logarithmic = axis.scale === 'logarithmic'
  const to = (value: number): number => (logarithmic ? Math.log10(value) : value)
  const chosen = axis.ticks ?? (logarithmic ? decades(values) : steps(values))
  const all = [...values, ...chosen.map(({ at }) => at)].map(to)
  const [low, high] = all.length === 0 ? [0, 1] : [Math.min(...all), Math.max(...all)]
  const range = high - low || 1
  return { ticks: chosen, place: (value) => (to(value) - low) / range }
}

/** 1, 10, 100 around the values; 1, 2, 5, 10 where they are close to each other. */
function decades(values: readonly number[]): Scale['ticks'] {
  if (values.length === 0) return []
  const low = Math.floor(Math.log10(Math.min(...values)))
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))))
  const within = high - low <= 2 ? [1, 2, 5] : [1]
  const ticks = Array.from({ length: high - low }, (_, decade) =>
    within.map((digit) => digit * 10 ** (low + decade)),
  ).flat()
  return [...ticks, 10 ** high].map(labelled)
}

/** From 0 in about five even steps. */
function steps(values: readonly number[]): Scale['ticks'] {
  const most = Math.max(0, ...values)
  if (most === 0) return [labelled(0)]
  const rough = most / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5].find((digit) => digit * power >= rough) ?? 10) * power
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, index) => labelled(index * step))
}

function labelled(at: number): { at: number; label: string } {
  return { at, label: Number.isInteger(at) ? figure(at) : String(Number(at.toPrecision(3))) }
}

function valuesOf(lines: readonly Line[], axis: 0 | 1): number[] {
  return lines.flatMap(({ points }) => points.map((point) => point[axis]))
}

/** A logarithmic axis has no zero. */
function isOn({ scale }: Axis, value: number): boolean {
  return Number.isFinite(value) && (scale === 'linear' || value > 0)
}

// --- text -------------------------------------------------------------------------------------------

function style(count: number): string {
  const colours = (which: 0 | 1): string =>
    Array.from({ length: count }, (_, index) => {
      const colour = COLOURS[index % COLOURS.length]?.[which]
      return `.line-${index}{stroke:${colour};fill:${colour}}`
    }).join('')
  const dashes = Array.from({ length: count }, (_, index) =>
    index < COLOURS.length ? '' : `.line-${index} .line{stroke-dasharray:6 4}`,
  )
  return `<style>
text{font:13px system-ui,sans-serif;fill:#1f2328;stroke:none}
.title{font-size:15px;font-weight:600}
.middle{text-anchor:middle}.end{text-anchor:end}
.ground{fill:#ffffff}.grid{stroke:#d8dee4;fill:none}
.line{fill:none;stroke-width:2;stroke-linejoin:round}
${dashes.join('')}${colours(0)}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.ground{fill:#0d1117}.grid{stroke:#30363d}${colours(1)}}
</style>`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

/** Escapes text for XML. */
function escaped(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
