/** Results of scenarios, as text for users or as JSON for programs. */
import stringWidth from 'string-width'
import { milliseconds } from './screen.ts'
import { PROMPT, type Summary } from './summary.ts'
import type { Style } from '../terminal/style.ts'
import type { Check, ScenarioResult } from './model.ts'
import type { Scenario } from './runner.ts'

export interface Paper {
  /** Columns of the terminal. */
  readonly columns: number
  readonly style: Style
}

/** Printed before a scenario: its title, and what will happen on the wire. */
export function openingText(
  { title, wire }: Pick<Scenario, 'title' | 'wire'>,
  number: number,
  of: number,
  paper: Paper,
): string {
  const { style, columns } = paper
  const heading = folded(`${number}/${of}  ${title}`, columns, '', '      ')
  return `\n${style.bold(heading)}\n${folded(wire, columns, '  ', '  ')}\n\n`
}

/** Printed after a scenario: the processes it started, what each terminal shows, its checks. */
export function closingText({ started, screens, checks }: ScenarioResult, { columns, style }: Paper): string {
  const width = Math.max(
    ...screens.map(({ name }) => name.length),
    ...started.map(({ name }) => name.length),
    0,
  )
  const rows: string[] = []
  for (const { name, pid, port } of started) {
    const row = style.dim(`process ${pid} on 127.0.0.1:${port}`)
    rows.push(`  ${name.padEnd(width)}  ${row}`)
  }
  if (started.length > 0) rows.push('')
  for (const screen of screens) {
    screen.rows.forEach((row, index) => {
      const name = index === 0 ? screen.name : ''
      const indent = ' '.repeat(width + 10)
      rows.push(folded(row, columns, `  ${name.padEnd(width)}  `, indent))
    })
  }
  if (screens.length > 0) rows.push('')
  for (const check of checks) rows.push(folded(checkText(check, style), columns, '  ', '    '))
  return `${rows.join('\n')}\n`
}

function checkText({ expected, passed, ms, missing }: Check, style: Style): string {
  // What was already the case took no time.
  const time = ms === undefined || ms < 0.1 ? '' : `  ${style.dim(milliseconds(ms))}`
  if (passed) return `✓ ${expected}${time}`
  return style.red(`✗ ${expected}${missing === undefined ? '' : `: ${missing}`}`)
}

/** Printed at the end. */
export function summaryText(summary: Summary, { columns, style }: Paper): string {
  const { acts, checks, passed, deliveries, p50, p99, max, slow, ms } = summary
  const times = [
    ['p50', p50],
    ['p99', p99],
    ['max', max],
  ] as const
  const shown = times.flatMap(([name, time]) => (time === undefined ? [] : `${name} ${milliseconds(time)}`))
  const prompt = slow === 0 ? 'yes, all of them' : `no, ${slow} took longer`
  const verdict = `${passed} of ${checks} checks passed in ${acts} acts, ${milliseconds(ms)}`
  const rows = [
    `${deliveries} deliveries from one process to another: ${shown.join(', ')}`,
    ...(deliveries === 0 ? [] : [`< ${PROMPT} ms: ${prompt}`]),
    summary.complete ? `✓ ${verdict}` : style.red(`✗ ${verdict}`),
  ]
  return `\n${style.bold('Summary')}\n${rows.map((row) => folded(row, columns, '  ', '    ')).join('\n')}\n`
}

/** One scenario as a line of JSON. Times in milliseconds. */
export function actJson({ screens, ...result }: ScenarioResult): string {
  const terminals = Object.fromEntries(screens.map(({ name, rows }) => [name, rows]))
  return `${JSON.stringify({ kind: 'act', ...result, terminals }, toMicroseconds)}\n`
}

export function summaryJson(summary: Summary): string {
  return `${JSON.stringify({ kind: 'summary', ...summary }, toMicroseconds)}\n`
}

function toMicroseconds(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 1000) / 1000 : value
}

/** Text in rows of at most so many columns, broken between words; a longer word is left whole. */
export function folded(text: string, columns: number, first: string, next: string): string {
  let done = ''
  let row = first
  let isEmpty = true
  for (const word of text.split(/(?<= )(?! )/)) {
    if (!isEmpty && stringWidth(row) + stringWidth(word.trimEnd()) > columns) {
      done += `${row.trimEnd()}\n`
      row = next
    }
    row += word
    isEmpty = false
  }
  return `${done}${row}`.trimEnd()
}
