/** Tables of figures, for a terminal and for Markdown. */

export interface Table {
  readonly title: string
  readonly columns: readonly string[]
  /** One cell for each column; null: not measured. */
  readonly rows: readonly (readonly Cell[])[]
}

export type Cell = string | number | null

/** Columns as wide as needed, numbers aligned right. */
export function asText({ title, columns, rows }: Table): string {
  const lines = [columns, ...rows.map((row) => row.map(cellText))]
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)))
  const isNumeric = columns.map((_, column) => isNumbers(rows, column))
  const pad = (cell: string, column: number): string => {
    const width = widths[column] ?? 0
    return isNumeric[column] === true ? cell.padStart(width) : cell.padEnd(width)
  }
  return [title, ...lines.map((line) => line.map(pad).join('  ').trimEnd())].join('\n')
}

export function asMarkdown({ columns, rows }: Table): string {
  const rule = columns.map((_, column) => (isNumbers(rows, column) ? '--:' : '---'))
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`
  return [line(columns), `| ${rule.join(' | ')} |`, ...rows.map((row) => line(row.map(cellText)))].join('\n')
}

/** Whole numbers as they are, others with three significant digits, thousands apart: 27, 0.123, 1.23, 12.3, 12 345. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '-'
  const size = Math.abs(value)
  if (size >= 99.95 || Number.isInteger(value)) return value.toFixed(0).replace(/\B(?=(?:\d{3})+$)/g, ' ')
  if (size >= 9.995) return value.toFixed(1)
  return value.toFixed(size >= 0.9995 ? 2 : 3)
}

function cellText(cell: Cell): string {
  if (cell === null) return '-'
  return typeof cell === 'number' ? figure(cell) : cell
}

/** Numbers, and texts that begin with a number: `1.23 (1.20 to 1.31)`. */
function isNumbers(rows: readonly (readonly Cell[])[], column: number): boolean {
  return rows.every((row) => {
    const cell = row[column] ?? null
    return typeof cell !== 'string' || /^[-\d]/.test(cell)
  })
}

function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|')
}
