/**
 * The terminal: a prompt that survives the messages coming in while one types.
 *
 * Everything is drawn by one move, at most once per turn of the event loop and in one write: erase the prompt and
 * the draft, print what came in, draw both again below it. The screen is the normal one and is only appended to,
 * so the scrollback keeps every line, once.
 *
 * What a terminal sends is read in keys.ts, what keys do is in editor.ts, how a draft lies on the screen in layout.ts;
 * here are the tty and its sequences.
 */
import type { ReadStream, WriteStream } from 'node:tty'
import { LineEditor } from './editor.ts'
import type { Complete, EditorEvent, Shortcut } from './editor.ts'
import { sanitize, sanitizeLine } from '../../chat/sanitize.ts'
import { KeyReader, TerminalDecoder, type Key } from './keys.ts'
import { crop, excerpt, layout, rowsAboveCursor } from './layout.ts'
import type { Clock } from '../../chat/clock.ts'
import type { Layout, Reflow } from './layout.ts'

/** `prompt` may hold colours (SGR sequences). */
export interface TerminalOptions {
  readonly input: ReadStream
  readonly output: WriteStream
  readonly prompt: string
  readonly complete: Complete
  readonly clock: Clock
  /** Enter; the line may be empty, and have newlines that were pasted. It is off the screen by then. */
  readonly onLine: (line: string) => void
  /** Enter, after a paste at the beginning: it is no command, whatever it looks like. */
  readonly onText: (text: string) => void
  /** Ctrl-C on an empty line. */
  readonly onInterrupt: () => void
  /** Ctrl-D on an empty line. */
  readonly onEnd: () => void
  /** The terminal is gone: its window was closed, or its connection is lost. */
  readonly onGone: () => void
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
  readonly #decoder = new TerminalDecoder()
  readonly #reader = new KeyReader()
  /** Ends the wait for silence. */
  #stopWaiting = (): void => undefined
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
    input.setRawMode(true)
    input.on('data', this.#onData)
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

  /** What came meanwhile, while this process was busy, comes before the silence. */
  #waitForSilence(): void {
    const { patience } = this.#reader
    if (patience === undefined || this.#state !== 'open') return
    let looking: NodeJS.Immediate | undefined
    const cancel = this.#options.clock.after(patience, () => {
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

  readonly #onGone = (): void => {
    if (this.#state !== 'open') return
    this.#state = 'gone'
    this.#stopWaiting()
    this.#options.onGone()
  }

  #handle(event: EditorEvent): void {
    switch (event.kind) {
      case 'line':
        this.#options.onLine(event.line)
        break
      case 'text':
        this.#options.onText(event.text)
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
