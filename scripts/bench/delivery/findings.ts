/** What was collected about deliveries, as tables, charts and goals. Pure. */
import { PERCENTILE_TICKS, median, percentileLine, spread, summarize, type Rounds } from '../statistics.ts'
import { SYSTEMS, type SystemName } from './systems.ts'
import type { Chart, Line } from '../chart.ts'
import type { Reached } from '../result.ts'
import type { Table } from '../table.ts'

/** Samples are in microseconds, by `SYSTEM SIZE` or `SYSTEM LOAD`: `parley 300 B`, `floor 2000/s`. */
export interface Collected {
  readonly systems: readonly SystemName[]
  readonly bytes: number
  readonly sizes: readonly number[]
  readonly loads: readonly number[]
  readonly samples: ReadonlyMap<string, readonly number[]>
  /** The median of each round, by the same keys. */
  readonly latency: Rounds
  /** Messages a second, by system. */
  readonly throughput: Rounds
}

export function tables(collected: Collected): Table[] {
  const all = [latencyTable(collected), sizeTable(collected), saturatedTable(collected), loadTable(collected)]
  return all.filter(({ rows }) => rows.length > 0)
}

function latencyTable({ systems, bytes, samples, latency }: Collected): Table {
  return {
    title: `One message of ${bytes} B a time, in µs`,
    columns: ['system', 'p50', 'p90', 'p99', 'max', 'p50 of the rounds', 'p50 to bare TCP'],
    rows: systems.map((system) => {
      const key = `${system} ${bytes} B`
      const { p50, p90, p99, max } = summarize(samples.get(key) ?? [])
      const ratios = latency.ratios(key, `floor ${bytes} B`)
      return [SYSTEMS[system].title, p50, p90, p99, max, spread(latency.of(key)), spread(ratios)]
    }),
  }
}

function sizeTable({ systems, sizes, samples, latency }: Collected): Table {
  const rows = sizes.flatMap((size) =>
    systems
      .filter((system) => sizes.every((other) => samples.has(`${system} ${other} B`)))
      .map((system) => {
        const key = `${system} ${size} B`
        const { p50, p99 } = summarize(samples.get(key) ?? [])
        return [`${size} B`, SYSTEMS[system].title, p50, p99, spread(latency.ratios(key, `floor ${size} B`))]
      }),
  )
  const columns = ['text', 'system', 'p50', 'p99', 'p50 to bare TCP']
  return { title: 'By size of the text, in µs', columns, rows: sizes.length > 1 ? rows : [] }
}

function saturatedTable({ systems, throughput }: Collected): Table {
  const measured = systems.filter((system) => throughput.of(system).length > 0)
  return {
    title: 'A saturated sender: messages a second, each acknowledged by the receiver, in order',
    columns: ['system', 'messages/s', 'of the rounds', 'to bare TCP'],
    rows: measured.map((system) => {
      const values = throughput.of(system)
      const ratios = spread(throughput.ratios(system, 'floor'))
      return [SYSTEMS[system].title, median(values), spread(values), ratios]
    }),
  }
}

function loadTable({ systems, loads, samples }: Collected): Table {
  const rows = loads.flatMap((load) =>
    systems
      .filter((system) => samples.has(`${system} ${load}/s`))
      .map((system) => {
        const { p50, p99, max } = summarize(samples.get(`${system} ${load}/s`) ?? [])
        return [load, SYSTEMS[system].title, p50, p99, max]
      }),
  )
  const columns = ['messages/s', 'system', 'p50', 'p99', 'max']
  return { title: 'From idle to saturated, in µs', columns, rows }
}

export function charts({ systems, bytes, sizes, loads, samples }: Collected): Chart[] {
  const line = (name: string, key: string): Line => ({ name, points: percentileLine(samples.get(key) ?? []) })
  const curve = (system: SystemName, of: readonly number[], unit: string, share: 'p50' | 'p99'): Line => ({
    name: `${SYSTEMS[system].title}, ${share}`,
    points: of
      .filter((at) => samples.has(`${system} ${at}${unit}`))
      .map((at) => [at, summarize(samples.get(`${system} ${at}${unit}`) ?? [])[share]]),
  })
  const closely = systems.filter((system) => system === 'floor' || system === 'parley')
  const microseconds = { label: 'µs', scale: 'logarithmic' } as const
  const all: Chart[] = [
    {
      file: 'delivery-latency',
      title: `One-way delivery of ${bytes} B: how late, for which share of the messages`,
      x: { label: 'share of the messages', scale: 'logarithmic', ticks: PERCENTILE_TICKS },
      y: microseconds,
      lines: systems.map((system) => line(SYSTEMS[system].title, `${system} ${bytes} B`)),
    },
    {
      file: 'delivery-size',
      title: 'One-way delivery by size of the text',
      x: { label: 'bytes of text', scale: 'logarithmic', ticks: sizes.map((at) => ({ at, label: `${at}` })) },
      y: microseconds,
      lines: closely.flatMap((system) => [
        curve(system, sizes, ' B', 'p50'),
        curve(system, sizes, ' B', 'p99'),
      ]),
    },
    {
      file: 'delivery-load',
      title: 'One-way delivery from idle to saturated',
      x: {
        label: 'messages a second',
        scale: 'logarithmic',
        ticks: loads.map((at) => ({ at, label: `${at}` })),
      },
      y: microseconds,
      lines: closely.flatMap((system) => [
        curve(system, loads, '/s', 'p50'),
        curve(system, loads, '/s', 'p99'),
      ]),
    },
  ]
  return all.filter(({ lines }) => lines.some(({ points }) => points.length > 1))
}

/** Those that were measured: only a history on disk counts. */
export function goals({ bytes, samples, latency, throughput }: Collected): Reached[] {
  const key = `parley ${bytes} B`
  const ratio = median(latency.ratios(key, `floor ${bytes} B`))
  const p99 = summarize(samples.get(key) ?? []).p99 / 1000
  const reached: Reached[] = [
    { goal: 'delivery-floor', value: ratio },
    { goal: 'delivery-p99', value: p99 },
    { goal: 'delivery-saturated', value: median(throughput.of('parley')) },
  ]
  return reached.filter(({ value }) => Number.isFinite(value))
}
