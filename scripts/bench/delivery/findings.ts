/** Tables, charts and goals of the delivery benchmark. */
import { median } from '../../../src/cli/bench/distribution.ts'
import {
  PERCENTILE_TICKS,
  percentileCells,
  percentileLine,
  type Measurements,
} from '../harness/measurements.ts'
import { SYSTEMS, type SystemName } from './systems.ts'
import type { Axis, Chart } from '../harness/chart.ts'
import type { Findings } from '../harness/scenario.ts'
import type { Table } from '../harness/table.ts'

/** Other sizes and loads are measured for these. */
export const CLOSELY: readonly SystemName[] = ['floor', 'parley']

export interface Collected {
  readonly systems: readonly SystemName[]
  readonly bytes: number
  readonly sizes: readonly number[]
  readonly loads: readonly number[]
  /** Microseconds by keyOf(), and messages a second by system. */
  readonly measured: Measurements
}

/** `what`: `300 B`, `2000/s`. */
export function keyOf(system: SystemName, what: string): string {
  return `${system} ${what}`
}

export function tables({ systems, bytes, sizes, loads, measured }: Collected): Table[] {
  /** One row for each system and size or load that was measured, with the unit behind the number. */
  const rows = (
    numbers: readonly number[],
    unit: string,
    cells: (system: SystemName, what: string, number: number) => Table['rows'][number],
  ): Table['rows'] =>
    numbers.flatMap((number) =>
      systems
        .filter((system) => measured.has(keyOf(system, `${number}${unit}`)))
        .map((system) => cells(system, `${number}${unit}`, number)),
    )
  const percentiles = (system: SystemName, what: string): number[] =>
    percentileCells(measured.samples(keyOf(system, what)))
  const toFloor = (system: SystemName, what: string): string =>
    measured.ratio(keyOf(system, what), keyOf('floor', what))
  const own = `${bytes} B`
  const all: Table[] = [
    {
      title: `One message of ${bytes} B a time, in µs`,
      columns: ['system', 'p50', 'p90', 'p99', 'max', 'p50 of the rounds', 'p50 to bare TCP'],
      rows: systems.map((system) => [
        SYSTEMS[system].title,
        ...percentiles(system, own),
        measured.spread(keyOf(system, own)),
        toFloor(system, own),
      ]),
    },
    {
      title: 'By size of the text, in µs',
      columns: ['text', 'system', 'p50', 'p99', 'p50 to bare TCP'],
      rows: rows(sizes.length > 1 ? sizes : [], ' B', (system, what) => {
        const [p50 = NaN, , p99 = NaN] = percentiles(system, what)
        return [what, SYSTEMS[system].title, p50, p99, toFloor(system, what)]
      }).filter(([, title]) => CLOSELY.some((system) => SYSTEMS[system].title === title)),
    },
    {
      title: 'A saturated sender: messages a second, each acknowledged by the receiver, in order',
      columns: ['system', 'messages/s', 'of the rounds', 'to bare TCP'],
      rows: systems
        .filter((system) => measured.has(system))
        .map((system) => [
          SYSTEMS[system].title,
          measured.median(system),
          measured.spread(system),
          measured.ratio(system, 'floor'),
        ]),
    },
    {
      title: 'From idle to saturated, in µs',
      columns: ['messages/s', 'system', 'p50', 'p99', 'max'],
      rows: rows(loads, '/s', (system, what, load) => {
        const [p50 = NaN, , p99 = NaN, max = NaN] = percentiles(system, what)
        return [load, SYSTEMS[system].title, p50, p99, max]
      }),
    },
  ]
  return all.filter((table) => table.rows.length > 0)
}

export function charts({ systems, bytes, sizes, loads, measured }: Collected): Chart[] {
  const y = { label: 'µs', scale: 'logarithmic' } as const
  const axis = (label: string, numbers: readonly number[]): Axis => ({
    label,
    scale: 'logarithmic',
    ticks: numbers.map((at) => ({ at, label: `${at}` })),
  })
  const curves = (numbers: readonly number[], unit: string): Chart['lines'] =>
    systems
      .filter((system) => CLOSELY.includes(system))
      .flatMap((system) =>
        (['p50', 'p99'] as const).map((share) => ({
          name: `${SYSTEMS[system].title}, ${share}`,
          points: numbers
            .map((at) => [at, measured.distribution(keyOf(system, `${at}${unit}`))[share]] as const)
            .filter(([, value]) => Number.isFinite(value)),
        })),
      )
  const all: Chart[] = [
    {
      file: 'delivery-latency',
      title: `One-way delivery of ${bytes} B: how late, for which share of the messages`,
      x: { label: 'share of the messages', scale: 'logarithmic', ticks: PERCENTILE_TICKS },
      y,
      lines: systems.map((system) => ({
        name: SYSTEMS[system].title,
        points: percentileLine(measured.samples(keyOf(system, `${bytes} B`))),
      })),
    },
    {
      file: 'delivery-size',
      title: 'One-way delivery by size of the text',
      x: axis('bytes of text', sizes),
      y,
      lines: curves(sizes, ' B'),
    },
    {
      file: 'delivery-load',
      title: 'One-way delivery from idle to saturated',
      x: axis('messages a second', loads),
      y,
      lines: curves(loads, '/s'),
    },
  ]
  return all.filter(({ lines }) => lines.some(({ points }) => points.length > 1))
}

/** Only a history on disk counts. */
export function goals({ bytes, measured }: Collected): NonNullable<Findings['goals']> {
  const own = keyOf('parley', `${bytes} B`)
  return {
    'delivery-floor': median(measured.ratios(own, keyOf('floor', `${bytes} B`))),
    'delivery-p99': measured.distribution(own).p99 / 1000,
    'delivery-saturated': measured.median('parley'),
  }
}
