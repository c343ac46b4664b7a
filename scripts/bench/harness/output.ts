/** Output of a benchmark: progress while it runs, and its result. */
import { cpus } from 'node:os'
import { GOALS, isMet } from './goals.ts'
import { asText, figure } from './table.ts'
import type { Result } from './result.ts'

/** Between two lines of progress outside a terminal, in milliseconds. */
const PROGRESS_MS = 5_000
let lastProgress = performance.now()

/** One line on standard error: over itself in a terminal, else now and then. */
export function showProgress(text: string): void {
  if (process.stderr.isTTY) {
    process.stderr.write(`\r\u001b[K${text}`)
    return
  }
  if (performance.now() - lastProgress < PROGRESS_MS) return
  lastProgress = performance.now()
  process.stderr.write(`... ${text}\n`)
}

export function print({ title, about, tables, notes, quick, goals }: Result): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  const machine = `${cpus()[0]?.model.trim() ?? 'unknown CPU'} x ${cpus().length}, Node ${process.version}, loopback`
  console.log(`${title}\n${about.join('\n')}\n${machine}\n`)
  for (const table of tables) console.log(`${asText(table)}\n`)
  for (const note of notes) console.log(`Note: ${note}`)
  if (quick) console.log('A quick run: it shows that the benchmark works, its times mean nothing.')
  else for (const { goal, value } of goals) console.log(verdict(goal, value))
}

function verdict(key: keyof typeof GOALS, value: number): string {
  const { what, bound, limit, unit } = GOALS[key]
  const wanted = `${bound === 'at most' ? '<=' : '>='} ${figure(limit)} ${unit}`
  return `${isMet(GOALS[key], value) ? 'met   ' : 'MISSED'}  ${what}: ${figure(value)} (goal ${wanted})`
}
