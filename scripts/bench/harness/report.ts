/** The results of all benchmarks as one page of Markdown. */
import { GOALS, headroom, isGoal, isMet, type GoalKey } from './goals.ts'
import { REASONS } from './reasons.ts'
import { asMarkdown, figure } from './table.ts'
import type { Chart } from './chart.ts'
import type { Result } from './result.ts'

export interface Run {
  readonly results: readonly Result[]
  /** Benchmarks that ended without a result, and why. */
  readonly failed: readonly { readonly name: string; readonly reason: string }[]
  /** `2026-01-31`. */
  readonly date: string
  /** Sentences about the machine and the versions. */
  readonly machine: readonly string[]
  /** The command that runs the same again. */
  readonly command: string
  /** How long all of it took. */
  readonly seconds: number
}

/** The folder of the charts, relative to the page. */
const PLOTS = 'plots'
/** Notes about what was tried, written by hand. */
const NOTES = 'performance-notes.md'

export function asReport(run: Run): string {
  const parts = [
    '# Performance',
    `Written by \`${run.command}\` on ${run.date} in ${minutes(run.seconds)}: do not edit. What was tried and what it gave is in [${NOTES}](${NOTES}).`,
    'Absolute figures drift from run to run and from machine to machine. What counts are ratios inside one run: the yardstick runs beside Parley, alternating, and the ratio is taken in each round. What runs is compiled code, as it is installed.',
    list(run.machine),
    '## Goals',
    goalTable(run.results),
    ...run.results.map(section),
    failures(run),
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

/** Values by goal; goals that were not measured are missing. */
function reachedGoals(results: readonly Result[]): ReadonlyMap<GoalKey, number> {
  return new Map(results.flatMap(({ goals }) => goals.map(({ goal, value }) => [goal, value])))
}

function goalTable(results: readonly Result[]): string {
  const reached = reachedGoals(results)
  const rows = Object.entries(GOALS).map(([key, goal]) => {
    const value = isGoal(key) ? reached.get(key) : undefined
    const wanted = `${goal.bound} ${figure(goal.limit)} ${goal.unit}`
    if (value === undefined) return [goal.what, wanted, '-', '-', 'not measured', '']
    const met = isMet(goal, value)
    const why = met || !isGoal(key) ? '' : (REASONS[key] ?? '')
    const share = goal.limit === 0 ? '-' : `${figure(headroom(goal, value))} x`
    return [goal.what, wanted, `${figure(value)} ${goal.unit}`, share, met ? 'met' : '**missed**', why]
  })
  const columns = ['what', 'goal', 'reached', 'to the goal', '', 'why']
  const note = 'To the goal: 1 is exactly at it, more is better.'
  return `${asMarkdown({ title: '', columns, rows })}\n\n${note}`
}

function section(result: Result): string {
  const { title, about, command, quick, seconds, tables, charts, notes } = result
  const warning = quick ? '**A quick run: it shows that the benchmark works, its times mean nothing.**' : ''
  return [
    `## ${title}`,
    warning,
    about.join(' '),
    `\`${command}\` (${minutes(seconds)})`,
    ...tables.map((table) => `**${table.title}**\n\n${asMarkdown(table)}`),
    ...charts.map(picture),
    list(notes),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function picture({ title, file }: Chart): string {
  return `![${title}](${PLOTS}/${file}.svg)`
}

function failures({ failed }: Run): string {
  if (failed.length === 0) return ''
  return [
    '## Not measured',
    list(failed.map(({ name, reason }) => `\`npm run bench:${name}\`: ${reason}`)),
  ].join('\n\n')
}

function list(sentences: readonly string[]): string {
  return sentences.map((sentence) => `- ${sentence}`).join('\n')
}

function minutes(seconds: number): string {
  return seconds < 100 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(1)} min`
}
