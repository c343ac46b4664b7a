/** The form of a benchmark, and what it is given. Everything opened through Bench is closed when the benchmark ends. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../../src/cli/system/clock.ts'
import { Tracker, type TrackerOptions } from '../../../src/tracker/tracker.ts'
import { showProgress } from './output.ts'
import { RemoteProcess, type RemoteOptions } from './remote.ts'
import { settings, type Settings, type Wanted } from './settings.ts'
import type { Chart } from './chart.ts'
import type { GoalKey } from './goals.ts'
import type { Table } from './table.ts'

export interface Findings {
  /** How it was measured: sentences. */
  readonly about: readonly string[]
  readonly tables: readonly Table[]
  readonly charts?: readonly Chart[]
  /** In the unit of the goal; NaN: not measured. */
  readonly goals?: Readonly<Partial<Record<GoalKey, number>>>
  /** Sentences about anything that was left out. */
  readonly notes?: readonly string[]
  /** Why the benchmark fails, apart from goals. */
  readonly failures?: readonly string[]
}

interface Definition<Count extends string, Text extends string, Flag extends string> extends Wanted<
  Count,
  Text,
  Flag
> {
  readonly title: string
  /** A benchmark that misses one of these fails, unless it is quick. */
  readonly required?: readonly GoalKey[]
  /** Programs that must be installed, and how to get them. */
  readonly needs?: readonly [programs: readonly string[], install: string]
  readonly run: (bench: Bench<Count, Text, Flag>) => Promise<Findings>
}

export interface Scenario {
  readonly title: string
  readonly required: readonly GoalKey[]
  readonly needs: readonly [programs: readonly string[], install: string]
  /** Reads the flags; ends the script when one is wrong. */
  readonly prepare: (name: string, args: readonly string[]) => Prepared
}

interface Prepared extends Pick<Settings<never, never, never>, 'quick' | 'json' | 'command'> {
  readonly run: () => Promise<Findings>
  readonly close: () => Promise<void>
}

export function scenario<Count extends string, Text extends string = never, Flag extends string = never>(
  definition: Definition<Count, Text, Flag>,
): Scenario {
  const { title, required = [], needs = [[], ''], run } = definition
  return {
    title,
    required,
    needs,
    prepare: (name, args) => {
      const given = settings<Count, Text, Flag>(definition, name, args)
      const bench = new Bench(name, given)
      return { ...given, run: () => run(bench), close: () => bench.close() }
    },
  }
}

export class Bench<Count extends string = never, Text extends string = never, Flag extends string = never> {
  readonly numbers: Readonly<Record<Count, number>>
  readonly texts: Readonly<Record<Text, string>>
  readonly flags: Readonly<Record<Flag, boolean>>
  /** Tiny counts: it shows that the benchmark works, its times mean nothing. */
  readonly quick: boolean
  readonly #name: string
  readonly #cleanup: (() => unknown)[] = []

  constructor(name: string, { numbers, texts, flags, quick }: Settings<Count, Text, Flag>) {
    this.#name = name
    this.numbers = numbers
    this.texts = texts
    this.flags = flags
    this.quick = quick
  }

  /** Says on standard error what is going on. */
  progress(text: string): void {
    showProgress(`${this.#name}: ${text}`)
  }

  /** Calls `measure` for each system in each round, in a different order each time. */
  async rounds<System>(
    systems: readonly System[],
    measure: (system: System, round: number) => Promise<void> | void,
    count: number,
  ): Promise<void> {
    for (let round = 1; round <= count; round++)
      for (const [index] of systems.entries()) {
        const system = systems[(index + round - 1) % systems.length]
        if (system === undefined) continue
        this.progress(`round ${round} of ${count}: ${String(system)}`)
        await measure(system, round)
      }
  }

  /** A process for the exported functions of `module`, a URL; ended with the benchmark at the latest. */
  process(module: string, options?: RemoteOptions): RemoteProcess {
    const remote = new RemoteProcess(module, options)
    this.onEnd(() => remote.end())
    return remote
  }

  /** A new folder. */
  folder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'))
    this.onEnd(() => {
      rmSync(folder, { recursive: true, force: true })
    })
    return folder
  }

  /** A tracker on loopback, in this process. */
  async tracker(options: Partial<TrackerOptions> = {}): Promise<Tracker> {
    const tracker = await Tracker.start({ host: '127.0.0.1', port: 0, clock: systemClock, ...options })
    this.onEnd(() => tracker.close())
    return tracker
  }

  onEnd(task: () => unknown): void {
    this.#cleanup.push(task)
  }

  /** Closes everything, the latest first. */
  async close(): Promise<void> {
    for (const task of this.#cleanup.splice(0).reverse()) await task()
  }
}
