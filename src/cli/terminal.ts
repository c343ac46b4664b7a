/**
 * The terminal: a prompt that survives the messages coming in while one types.
 *
 * Everything is drawn by one move, at most once per turn of the event loop and in one write: erase the prompt and
 * the draft, print what came in, draw both again below it. The screen is the normal one and is only appended to,
 * so the scrollback keeps every line, once.
 *
 * What keys do is in editor.ts, how a draft lies on the screen in layout.ts; here are the tty and its sequences.
 */
import { emitKeypressEvents } from 'node:readline'
import type { ReadStream, WriteStream } from 'node:tty'
import { LineEditor } from './editor.ts'
import type { Complete, EditorEvent, Key, Shortcut } from './editor.ts'
import { harmless, harmlessLine } from './harmless.ts'
import { crop, layout, rowsAboveCursor } from './layout.ts'
import type { Layout, Reflow } from './layout.ts'

export type { Completion, Shortcut } from './editor.ts'

/** `prompt` may hold colours (SGR sequences). */
export interface TerminalOptions {
  readonly input: ReadStream
  readonly output: WriteStream
  readonly prompt: string
  readonly complete: Complete
  /** Enter; the line may be empty, and after a paste have newlines. It is off the screen by then. */
  readonly onLine: (line: string) => void
  /** Ctrl-C on an empty line. */
  readonly onInterrupt: () => void
  /** Ctrl-D on an empty line, or the terminal went away. */
  readonly onEnd: () => void
  readonly onShortcut?: (shortcut: Shortcut) => void
  /** What this terminal does to long rows when it becomes narrower: `reflowOf(process.env)`. */
  readonly reflow?: Reflow
}

// ECMA-48 (section 8.3) and, for the private modes, xterm's "Control Sequences".
const ESC = '\x1b['
const eraseBelow = `${ESC}J`
const topLeft = `${ESC}H`
const autowrap = { on: `${ESC}?7h`, off: `${ESC}?7l` }
const bracketedPaste = { on: `${ESC}?2004h`, off: `${ESC}?2004l` }

const nothing: Layout = { rows: [''], cursor: { row: 0, column: 0 } }

export class Terminal {
  readonly #options: TerminalOptions
  readonly #editor: LineEditor
  #prompt: string
  #pending = bracketedPaste.on
  #drawn = nothing
  #redraw: NodeJS.Immediate | undefined
  #state: 'open' | 'gone' | 'closed' = 'open'

  /** Takes the terminal over; `close()` gives it back. */
  constructor(options: TerminalOptions) {
    const { input, output } = options
    this.#options = options
    this.#prompt = options.prompt
    this.#editor = new LineEditor(options.complete)
    emitKeypressEvents(input)
    input.setRawMode(true)
    input.on('keypress', this.#onKeypress)
    // These stay when all is over: an error nobody listens to, EIO on a closed window, would end the process.
    for (const event of ['end', 'close', 'error']) input.on(event, this.#onGone)
    for (const event of ['close', 'error']) output.on(event, this.#onGone)
    output.on('resize', this.#schedule)
    input.resume()
    this.#schedule()
  }

  /** Of the screen; 80 where it does not tell. */
  get columns(): number {
    return this.#options.output.columns || 80
  }

  /** Prints one or more lines above the prompt, on the next turn of the event loop. */
  print(text: string): void {
    this.#pending += crlf(text.endsWith('\n') ? text : `${text}\n`)
    if (this.#state === 'open') this.#schedule()
    else this.#writePending()
  }

  setPrompt(prompt: string): void {
    this.#prompt = prompt
    this.#schedule()
  }

  /** The lines that Up and Ctrl-R find from now on: those entered under this key. The draft stays. */
  setHistory(key: string): void {
    this.#editor.setHistory(key)
    this.#schedule()
  }

  /** Prints what is pending, erases the prompt and restores the tty. */
  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    const { input, output } = this.#options
    clearImmediate(this.#redraw)
    input.off('keypress', this.#onKeypress)
    output.off('resize', this.#schedule)
    this.#pending = this.#eraseDrawing() + this.#pending + bracketedPaste.off
    this.#writePending()
    input.setRawMode(false)
    input.pause()
  }

  readonly #onKeypress = (_text: string | undefined, key: Key): void => {
    const event = this.#editor.press(key)
    if (event !== undefined) this.#handle(event)
    this.#schedule()
  }

  readonly #onGone = (): void => {
    if (this.#state !== 'open') return
    this.#state = 'gone'
    this.#options.onEnd()
  }

  #handle(event: EditorEvent): void {
    switch (event.kind) {
      case 'line':
        this.#options.onLine(event.line)
        break
      case 'interrupt':
        this.#options.onInterrupt()
        break
      case 'end':
        this.#options.onEnd()
        break
      case 'clear-screen':
        this.#pending += this.#newPage()
        break
      default:
        this.#options.onShortcut?.(event)
    }
  }

  /** An immediate, not a microtask: all that one turn's sockets and keys bring is one redraw. */
  readonly #schedule = (): void => {
    if (this.#state === 'open') this.#redraw ??= setImmediate(this.#show)
  }

  readonly #show = (): void => {
    this.#redraw = undefined
    const erased = this.#eraseDrawing()
    this.#drawn = this.#layout()
    this.#pending = erased + this.#pending + draw(this.#drawn)
    this.#writePending()
  }

  #writePending(): void {
    const { output } = this.#options
    if (output.writable) output.write(this.#pending)
    this.#pending = ''
  }

  /** From wherever a resize has left the cursor. */
  #eraseDrawing(): string {
    const above = rowsAboveCursor(this.#drawn, this.columns, this.#options.reflow ?? 'wrap')
    this.#drawn = nothing
    return `${up(above)}\r${eraseBelow}`
  }

  /** At most half a screen: the other half stays for the talk. */
  #layout(): Layout {
    const { text, cursor } = this.#editor.draft
    const [before, after] = [harmless(text.slice(0, cursor)), harmless(text.slice(cursor))]
    const height = Math.max(1, Math.floor(this.#height / 2))
    return crop(layout(this.#visiblePrompt(), before, after, this.columns), height)
  }

  #visiblePrompt(): string {
    const { search } = this.#editor
    if (search === undefined) return this.#prompt
    return `(${search.failed ? 'no' : 'search'} "${harmlessLine(search.query)}") `
  }

  /** Scrolls the screen into the scrollback instead of clearing it. */
  #newPage(): string {
    return '\r\n'.repeat(this.#height - 1) + topLeft
  }

  get #height(): number {
    return this.#options.output.rows || 24
  }
}

/**
 * The rows, then back to the cursor's place. Without autowrap: where terminal and `layout` disagree on the width of
 * a character, a row loses its end instead of becoming two.
 */
function draw({ rows, cursor }: Layout): string {
  const text = autowrap.off + rows.join('\r\n') + autowrap.on
  return `${text}${up(rows.length - 1 - cursor.row)}\r${right(cursor.column)}`
}

function up(rows: number): string {
  return rows === 0 ? '' : `${ESC}${rows}A`
}

function right(columns: number): string {
  return columns === 0 ? '' : `${ESC}${columns}C`
}

/** In raw mode the tty need not add the CR. */
function crlf(text: string): string {
  return text.replace(/\r?\n/g, '\r\n')
}
