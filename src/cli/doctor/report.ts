/** A diagnosis as text for users, and as JSON for programs. */
import { sanitizeLine } from '../../chat/sanitize.ts'
import { wrap } from '../terminal/wrap.ts'
import type { Style } from '../terminal/style.ts'
import type { Diagnosis } from './diagnose.ts'
import type { Findings } from './findings.ts'
import type { Check, Problem, Verdict } from './checks/check-result.ts'

const SIGNS: Readonly<Record<Verdict, string>> = { ok: 'ok', note: '!', fault: 'x', skipped: '-' }

/** Columns of the table. */
const WIDTHS = { sign: 2, area: 9 }

/** The text in rows of at most `columns`. Commands stay whole, so that they can be copied. */
export function fitted(text: string, columns: number): string {
  const isCommand = (line: string): boolean => line.startsWith('  ')
  return text
    .split('\n')
    .map((line) => (isCommand(line) ? line : wrap(line, columns)))
    .join('\n')
}

/** The likely cause first, then how to fix it, other problems, and the table of checks. */
export function asText({ isWrong, cause, fix, manual, problems, checks }: Diagnosis, style: Style): string {
  const others = problems.filter((problem) => !cause.endsWith(problem.cause))
  const headline = sanitizeLine(cause)
  return [
    isWrong ? style.red(headline) : style.bold(headline),
    ...commands('fix it:', fix, style),
    ...commands('by hand:', manual, style),
    ...others.flatMap((problem) => also(problem, style)),
    '',
    ...checks.map((check) => row(check, style)),
  ].join('\n')
}

function also({ severity, cause, fix }: Problem, style: Style): readonly string[] {
  return ['', `${SIGNS[severity]} ${sanitizeLine(cause)}`, ...commands('fix it:', fix, style)]
}

function commands(title: string, lines: readonly string[], style: Style): readonly string[] {
  return lines.map(
    (line, index) => `  ${(index === 0 ? title : '').padEnd(8)}  ${style.bold(sanitizeLine(line))}`,
  )
}

function row({ area, verdict, text }: Check, style: Style): string {
  const sign = SIGNS[verdict].padEnd(WIDTHS.sign)
  const line = `${area.padEnd(WIDTHS.area)}  ${sanitizeLine(text)}`
  if (verdict === 'fault') return `${style.red(sign)}  ${line}`
  return verdict === 'skipped' ? style.dim(`${sign}  ${line}`) : `${sign}  ${line}`
}

/** One object on one line. Its texts are sanitized too, because it may be read in a terminal. */
export function asJson(diagnosis: Diagnosis, findings: Findings): string {
  const { isWrong, cause, fix, manual, problems, checks } = diagnosis
  const report = { status: isWrong ? 'wrong' : 'ok', cause, fix, manual, problems, checks, findings }
  return JSON.stringify(report, (_key, value: unknown) =>
    typeof value === 'string' ? sanitizeLine(value) : value,
  )
}
