/**
 * The rows of a prompt and a half-typed draft on a terminal.
 *
 * Rows are broken here, not by the terminal, and drawn with a line end between them. So their number is known however
 * wide the terminal draws an emoji, and a resize can only split a row, never join it with the next.
 *
 * Text here may have newlines and SGR colour sequences; `sanitize` has replaced any other control character.
 */
import { COLOUR, REACH, boundary, graphemeAt, graphemesOf, widthOf } from './graphemes.ts'

export interface Layout {
  readonly rows: readonly string[]
  /** Zero-based. The column is always less than the terminal's columns: the cursor has a cell of its own. */
  readonly cursor: { readonly row: number; readonly column: number }
}

/** The part of a draft that fits on a screen, cut in two at the cursor. */
export interface Excerpt {
  /** It begins where the draft begins. */
  readonly isFromStart: boolean
  readonly before: string
  readonly after: string
}

/**
 * At least `cells` on either side of the cursor and never much more, so that the layout costs the same however long the
 * draft is. In a long draft the excerpt begins with a line, if one begins nearby.
 */
export function excerpt(text: string, cursor: number, cells: number): Excerpt {
  const reach = Math.max(REACH, cells)
  const near = boundary(text, cursor - reach)
  const line = near === 0 ? 0 : text.indexOf('\n', near) + 1
  const from = line > 0 && line < near + reach / 2 ? line : near
  return {
    isFromStart: from === 0,
    before: text.slice(from, cursor),
    after: text.slice(cursor, boundary(text, cursor + reach)),
  }
}

/** The cursor lies between `before` and `after`. */
export function layout(prompt: string, before: string, after: string, columns: number): Layout {
  const pen = new Pen(columns)
  pen.write(prompt + before)
  pen.makeRoom(widthAtStart(after))
  const cursor = { row: pen.rows.length - 1, column: pen.column }
  pen.write(after)
  return { rows: pen.rows, cursor }
}

/** At most `height` rows around the cursor: rows that scrolled off the screen cannot be redrawn. */
export function crop({ rows, cursor }: Layout, height: number): Layout {
  const first = Math.max(0, Math.min(cursor.row - Math.floor(height / 2), rows.length - height))
  return {
    rows: rows.slice(first, first + height),
    cursor: { row: cursor.row - first, column: cursor.column },
  }
}

/**
 * What a terminal does to rows that are too long after it became narrower: most `wrap` them, some `cut` them, xterm.js has
 * its own rule.
 */
export type Reflow = 'wrap' | 'cut' | 'xterm.js'

/** How many screen rows of `drawn` lie above the cursor, on a terminal that has `columns` by now. */
export function rowsAboveCursor(drawn: Layout, columns: number, reflow: Reflow): number {
  const { row, column } = drawn.cursor
  if (reflow === 'cut') return row
  const heights = drawn.rows.map((text) => rowCount(text, columns))
  if (reflow === 'xterm.js') return rowsAboveCursorInXtermjs(heights, row)
  const above = heights.slice(0, row).reduce((sum, height) => sum + height, 0)
  return above + rowCount(throughColumn(drawn.rows[row] ?? '', column), columns) - 1
}

/**
 * xterm.js (`Buffer._reflowSmaller`, without its option `reflowCursorLine`) wraps from the last row upwards, moves
 * the cursor down for each row that this adds, wherever it adds it, and spares the row where the cursor is then.
 */
function rowsAboveCursorInXtermjs(heights: readonly number[], cursorRow: number): number {
  return heights.reduceRight(
    (cursor, height, row) => (row === cursor ? cursor : cursor + height - 1),
    cursorRow,
  )
}

/** Variables that identify a terminal. A multiplexer inherits those of the terminal around it. */
export interface TerminalEnvironment {
  readonly TMUX?: string | undefined
  readonly STY?: string | undefined
  readonly TERM_PROGRAM?: string | undefined
  readonly XTERM_VERSION?: string | undefined
}

/** Most terminals wrap; VS Code's is xterm.js, and GNU screen and xterm cut. */
export function reflowOf(env: TerminalEnvironment): Reflow {
  if (env.TMUX !== undefined) return 'wrap'
  if (env.STY !== undefined) return 'cut'
  if (env.TERM_PROGRAM === 'vscode') return 'xterm.js'
  return env.XTERM_VERSION === undefined ? 'wrap' : 'cut'
}

/** Writes text into rows of so many columns, as a terminal would. */
class Pen {
  column = 0
  readonly #columns: number
  readonly #full: string[] = []
  #row = ''

  constructor(columns: number) {
    this.#columns = columns
  }

  get rows(): string[] {
    return [...this.#full, this.#row]
  }

  write(text: string): void {
    for (const piece of pieces(text)) {
      if (piece === '\n') this.#startRow()
      else this.#put(piece, widthOf(piece))
    }
  }

  /** A character that does not fit into the rest of a row, a wide one perhaps, goes to the next as a whole. */
  makeRoom(width: number): void {
    if (this.column > 0 && this.column + width > this.#columns) this.#startRow()
  }

  #put(piece: string, width: number): void {
    this.makeRoom(width)
    this.#row += piece
    this.column += width
  }

  #startRow(): void {
    this.#full.push(this.#row)
    this.#row = ''
    this.column = 0
  }
}

/** Graphemes and colour sequences. */
function* pieces(text: string): Generator<string> {
  let at = 0
  for (const colour of text.matchAll(COLOUR)) {
    yield* graphemesOf(text.slice(at, colour.index))
    yield colour[0]
    at = colour.index + colour[0].length
  }
  yield* graphemesOf(text.slice(at))
}

/** The cells under the cursor: those of its character, or one at the end of a line. */
function widthAtStart(text: string): number {
  return Math.max(1, widthOf(graphemeAt(text, 0)?.segment ?? ''))
}

function rowCount(text: string, columns: number): number {
  const pen = new Pen(columns)
  pen.write(text)
  return pen.rows.length
}

/** The part of a row up to and with the character in that column. */
function throughColumn(row: string, column: number): string {
  let through = ''
  let width = 0
  for (const piece of pieces(row)) {
    if (width > column) break
    through += piece
    width += widthOf(piece)
  }
  return through
}
