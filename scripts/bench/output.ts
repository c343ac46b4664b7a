/** What a benchmark prints while it runs and when it is done, and what it writes. */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { GOALS, isMet } from './goals.ts'
import { asText, figure } from './table.ts'
import type { Result } from './result.ts'

/** One line that says what is going on, on standard error: over itself in a terminal, else now and then. */
const EVERY_MS = 5_000
let lastProgress = performance.now()

export function progress(text: string): void {
  if (process.stderr.isTTY) {
    process.stderr.write(`\r\u001b[K${text}`)
    return
  }
  if (performance.now() - lastProgress < EVERY_MS) return
  lastProgress = performance.now()
  process.stderr.write(`... ${text}\n`)
}

/** Prints a result, and writes it where it is wanted. */
export function publish(result: Result, json: string | undefined): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  console.log(`${result.title}\n${result.about.join('\n')}\n${machine()}\n`)
  for (const table of result.tables) console.log(`${asText(table)}\n`)
  for (const note of result.notes) console.log(`Note: ${note}`)
  if (result.quick) console.log('A quick run: that it works is shown, the times mean nothing.')
  else for (const { goal, value } of result.goals) console.log(verdict(goal, value))
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(result)}\n`)
}

/** `Intel Xeon x 2, Node v20.20.2, loopback`. */
function machine(): string {
  return `${cpus()[0]?.model.trim() ?? 'unknown CPU'} x ${cpus().length}, Node ${process.version}, loopback`
}

function verdict(key: keyof typeof GOALS, value: number): string {
  const { what, bound, limit, unit } = GOALS[key]
  const wanted = `${bound === 'at most' ? '<=' : '>='} ${figure(limit)} ${unit}`
  return `${isMet(GOALS[key], value) ? 'met   ' : 'MISSED'}  ${what}: ${figure(value)} (goal ${wanted})`
}
