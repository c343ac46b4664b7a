/** Breaks lines between words, so that a message reads well on a narrow screen. */
import { widthOf } from './graphemes.ts'

/** The rows of a line after the first are indented under the text, behind the time of day. */
const INDENT = 6

/** Each line of `text` in rows of at most `columns`. The terminal breaks a word that is longer. */
export function wrap(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, columns))
    .join('\n')
}

function wrapLine(line: string, columns: number): string {
  if (widthOf(line) <= columns || columns < 3 * INDENT) return line
  let rows = ''
  let used = 0
  for (const word of line.split(/(?<= )(?! )/)) {
    const width = widthOf(word.trimEnd())
    if (used > INDENT && used + width > columns) {
      rows = `${rows.trimEnd()}\n${' '.repeat(INDENT)}`
      used = INDENT
    }
    rows += word
    used += width > columns ? width % columns : widthOf(word)
  }
  return rows
}
