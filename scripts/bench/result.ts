/** What a benchmark found: the same for all of them, so that one report can be made of it. Plain JSON. */
import { isGoal, type GoalKey } from './goals.ts'
import type { Chart } from './chart.ts'
import type { Table } from './table.ts'

export interface Result {
  /** As in `npm run bench:NAME`. */
  readonly name: string
  readonly title: string
  /** How it was measured: sentences. */
  readonly about: readonly string[]
  /** How to run the same again. */
  readonly command: string
  /** Its counts were tiny: no time of it means anything. */
  readonly quick: boolean
  /** How long it took. */
  readonly seconds: number
  readonly tables: readonly Table[]
  readonly charts: readonly Chart[]
  readonly goals: readonly Reached[]
  /** What was left out, and why: sentences. */
  readonly notes: readonly string[]
}

/** How far a goal was reached, in the unit of the goal. */
export interface Reached {
  readonly goal: GoalKey
  readonly value: number
}

/** A result out of a file, or undefined when it has not the form of one. Goals that nobody knows are left out. */
export function asResult(value: unknown, name: string): Result | undefined {
  if (!isPartOfResult(value)) return undefined
  return {
    name,
    title: value.title ?? name,
    about: value.about ?? [],
    command: value.command ?? `npm run bench:${name}`,
    quick: value.quick ?? false,
    seconds: value.seconds ?? NaN,
    tables: value.tables,
    charts: value.charts ?? [],
    goals: value.goals.filter(({ goal }) => isGoal(goal)),
    notes: value.notes ?? [],
  }
}

function isPartOfResult(value: unknown): value is Partial<Result> & Pick<Result, 'tables' | 'goals'> {
  if (typeof value !== 'object' || value === null) return false
  return 'tables' in value && Array.isArray(value.tables) && 'goals' in value && Array.isArray(value.goals)
}
