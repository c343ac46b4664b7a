/**
 * The terminal: a prompt that survives the messages coming in while one types.
 *
 * Everything is drawn by one move, at most once per turn of the event loop and in one write: erase the prompt and
 * the draft, print new lines, draw both again below them. The screen is the normal one and is only appended to,
 * so the scrollback keeps every line, once.
 *
 * keys.ts reads the bytes of a terminal, editor.ts has the effect of keys, layout.ts the rows of a draft; here are the
 * tty and its sequences.
 */
import type { ReadStream, WriteStream } from 'node:tty'
import { LineEditor, type EditorEvent, type Shortcut } from './editor.ts'
import { sanitize, sanitizeLine } from '../../chat/sanitize.ts'
import { KeyReader, TerminalDecoder, type Key } from './keys.ts'
import { crop, excerpt, layout, rowsAboveCursor } from './layout.ts'
import type { Clock } from '../../chat/clock.ts'
import type { Completion } from './completion.ts'
import type { Layout, Reflow } from './layout.ts'

export interface TerminalOptions {
  readonly input: ReadStream
  readonly output: WriteStream
  /** It may have colours (SGR sequences). */
  readonly prompt: string
  readonly clock: Clock
  readonly listener: TerminalListener
  /** What this terminal does to long rows when it becomes narrower: `reflowOf(process.env)`. */
  readonly reflow?: Reflow
}

/** The program behind the prompt. */
export interface TerminalListener {
  /** Candidates for Tab. */
  complete(line: string, cursor: number): Completion
  /** Enter. The line may be empty, and may have newlines that were pasted. It is off the screen already. */
  onLine(line: string): void
  /** Enter, after a paste at the beginning: no command, whatever it looks like. */
  onText(text: string): void
  /** Ctrl-C on an empty line. */
  onInterrupt(): void
  /** Ctrl-D on an empty line. */
  onEnd(): void
  /** The window was closed, or the connection to the terminal is lost. */
  onLost(): void
  onShortcut(shortcut: Shortcut): void
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
  readonly #decoder = new TerminalDecoder()
  readonly #reader = new KeyReader()
  /** Ends the wait for silence. */
  #stopWaiting = (): void => undefined
  #prompt: string
  #pending = bracketedPaste.on
  #drawn = nothing
  #redraw: NodeJS.Immediate | undefined
  #state: 'open' | 'lost' | 'closed' = 'open'

  /** Takes the terminal over; `close()` gives it back. */
  constructor(options: TerminalOptions) {
    const { input, output } = options
    this.#options = options
    this.#prompt = options.prompt
    this.#editor = new LineEditor((line, cursor) => options.listener.complete(line, cursor))
    input.setRawMode(true)
    input.on('data', this.#onData)
    // These listeners stay to the end: an unhandled error, EIO on a closed window, would end the process.
    for (const event of ['end', 'close', 'error']) input.on(event, this.#onLost)
    for (const event of ['close', 'error']) output.on(event, this.#onLost)
    output.on('resize', this.#schedule)
    input.resume()
    this.#schedule()
  }

  /** Width in columns; 80 if unknown. */
  get columns(): number {
    return this.#options.output.columns || 80
  }

  /** Prints one or more lines above the prompt, on the next turn of the event loop. */
  print(text: string): void {
    this.#pending += crlf(text.endsWith('\n') ? text : `${text}\n`)
    if (this.#state === 'open') this.#schedule()
    else this.#writePending()
  }

  /** Types a text for the user. */
  type(text: string): void {
    this.#press([{ kind: 'text', text }])
  }

  setPrompt(prompt: string): void {
    this.#prompt = prompt
    this.#schedule()
  }

  /** From now on Up and Ctrl-R find the lines entered under this key. The draft stays. */
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
    this.#stopWaiting()
    input.off('data', this.#onData)
    output.off('resize', this.#schedule)
    this.#pending = this.#eraseDrawing() + this.#pending + bracketedPaste.off
    this.#writePending()
    input.setRawMode(false)
    input.pause()
  }

  readonly #onData = (data: Buffer | string): void => {
    this.#stopWaiting()
    this.#press(this.#reader.push(this.#decoder.decode(typeof data === 'string' ? Buffer.from(data) : data)))
    this.#waitForSilence()
  }

  /** Input that arrived while this process was busy comes before the silence. */
  #waitForSilence(): void {
    const { timeout } = this.#reader
    if (timeout === undefined || this.#state !== 'open') return
    let looking: NodeJS.Immediate | undefined
    const cancel = this.#options.clock.after(timeout, () => {
      looking = setImmediate(() => {
        this.#press(this.#reader.silence())
      })
    })
    this.#stopWaiting = () => {
      cancel()
      clearImmediate(looking)
    }
  }

  #press(keys: readonly Key[]): void {
    for (const key of keys) {
      if (this.#state !== 'open') return
      const event = this.#editor.press(key)
      if (event !== undefined) this.#handle(event)
    }
    this.#schedule()
  }

  readonly #onLost = (): void => {
    if (this.#state !== 'open') return
    this.#state = 'lost'
    this.#stopWaiting()
    this.#options.listener.onLost()
  }

  #handle(event: EditorEvent): void {
    switch (event.kind) {
      case 'line':
        this.#options.listener.onLine(event.line)
        break
      case 'text':
        this.#options.listener.onText(event.text)
        break
      case 'interrupt':
        this.#options.listener.onInterrupt()
        break
      case 'end':
        this.#options.listener.onEnd()
        break
      case 'clear-screen':
        this.#pending += this.#newPage()
        break
      default:
        this.#options.listener.onShortcut(event)
    }
  }

  /** An immediate, not a microtask: everything that the sockets and keys of one turn bring is one redraw. */
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

  /** A resize may have moved the cursor. */
  #eraseDrawing(): string {
    const above = rowsAboveCursor(this.#drawn, this.columns, this.#options.reflow ?? 'wrap')
    this.#drawn = nothing
    return `${up(above)}\r${eraseBelow}`
  }

  /** At most half a screen: the other half stays for the conversation. */
  #layout(): Layout {
    const { text, cursor } = this.#editor.draft
    const height = Math.max(1, Math.floor(this.#height / 2))
    const { isFromStart, before, after } = excerpt(text, cursor, height * this.columns)
    const prompt = isFromStart ? this.#visiblePrompt() : ''
    return crop(layout(prompt, sanitize(before), sanitize(after), this.columns), height)
  }

  #visiblePrompt(): string {
    const { search } = this.#editor
    if (search === undefined) return this.#prompt
    return `(${search.failed ? 'no' : 'search'} "${sanitizeLine(search.query)}") `
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
