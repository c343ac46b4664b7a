/** The result of a benchmark: the same form for all, as plain JSON, so that one report can be made of them. */
import type { Chart } from './chart.ts'
import type { GoalKey } from './goals.ts'
import type { Table } from './table.ts'

export interface Result {
  /** NAME of `npm run bench:NAME`. */
  readonly name: string
  readonly title: string
  /** How it was measured: sentences. */
  readonly about: readonly string[]
  /** The command that runs the same again. */
  readonly command: string
  /** Its counts were tiny: no time of it means anything. */
  readonly quick: boolean
  /** How long it took. */
  readonly seconds: number
  readonly tables: readonly Table[]
  readonly charts: readonly Chart[]
  readonly goals: readonly Reached[]
  /** Sentences about anything that was left out. */
  readonly notes: readonly string[]
}

/** In the unit of the goal. */
interface Reached {
  readonly goal: GoalKey
  readonly value: number
}
