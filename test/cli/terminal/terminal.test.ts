/**
 * The terminal on a real pseudo-terminal, its screen read by a terminal emulator; and on streams of our own where
 * the point is what is called when.
 */
import { PassThrough } from 'node:stream'
import type { ReadStream, WriteStream } from 'node:tty'
import { spawn } from '@lydell/node-pty'
import xterm from '@xterm/headless'
import type { ITerminalOptions } from '@xterm/headless'
import stringWidth from 'string-width'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Terminal } from '../../../src/cli/terminal/terminal.ts'
import { ManualClock } from '../../support/clock.ts'
import type { TerminalListener, TerminalOptions } from '../../../src/cli/terminal/terminal.ts'

vi.setConfig({ testTimeout: 60_000 })

const root = new URL('../../..', import.meta.url)
const chat = 'test/cli/fixtures/terminal-chat.ts'

interface Setup extends ITerminalOptions {
  readonly messages?: readonly string[]
  /** What the terminal says of itself; xterm.js is the terminal of VS Code. */
  readonly env?: Readonly<Record<string, string>>
}

/** A window of 40 columns in which the chat runs. */
class Window {
  readonly #pty
  readonly #screen

  constructor({ messages = [], env = { TERM_PROGRAM: 'vscode' }, ...options }: Setup = {}) {
    this.#screen = new xterm.Terminal({ cols: 40, rows: 12, allowProposedApi: true, ...options })
    this.#screen.unicode.register(widthsOfToday)
    this.#screen.unicode.activeVersion = widthsOfToday.version
    this.#pty = spawn(process.execPath, ['--import', 'tsx', chat, JSON.stringify(messages)], {
      cols: 40,
      rows: 12,
      cwd: root.pathname,
      env: { PATH: process.env['PATH'] ?? '', ...env },
    })
    this.#pty.onData((data) => {
      this.#screen.write(data)
    })
    let running = true
    this.#pty.onExit(() => (running = false))
    onTestFinished(() => {
      if (running) this.#pty.kill()
    })
  }

  type(text: string): void {
    this.#pty.write(text)
  }

  resize(columns: number): void {
    this.#screen.resize(columns, 12)
    this.#pty.resize(columns, 12)
  }

  /** Scrollback and screen, without the empty rows at the end; what the terminal has wrapped is one line. */
  get lines(): readonly string[] {
    const { active } = this.#screen.buffer
    const lines: string[] = []
    for (let y = 0; y < active.length; y++) {
      const row = active.getLine(y)
      const text = row?.translateToString(true) ?? ''
      if (row?.isWrapped === true) lines.push((lines.pop() ?? '') + text)
      else lines.push(text)
    }
    return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1)
  }

  get cursor(): { readonly row: string; readonly column: number } {
    const { active } = this.#screen.buffer
    const row = active.getLine(active.baseY + active.cursorY)?.translateToString(true) ?? ''
    return { row, column: active.cursorX }
  }

  /** Waits until exactly this is there: a row too many, and it never is. */
  async shows(lines: readonly string[], cursor?: Window['cursor']): Promise<void> {
    const seen = (): object => ({ lines: this.lines, cursor: cursor === undefined ? undefined : this.cursor })
    await expect.poll(seen, { interval: 25 }).toEqual({ lines, cursor })
  }

  async showsLine(line: string): Promise<void> {
    await expect.poll(() => this.lines, { interval: 25 }).toContain(line)
  }

  /** Types piece by piece while the messages come in: each piece after a few more of them. */
  async typeAmid(messages: readonly string[], pieces: readonly string[]): Promise<void> {
    await this.showsLine('> ')
    this.type('/flood\r')
    for (const [index, piece] of pieces.entries()) {
      await this.showsLine(messages[Math.floor((index * messages.length) / pieces.length)] ?? '')
      this.type(piece)
    }
  }
}

/** xterm.js counts by Unicode 6, in which an emoji is narrow. Like most terminals, this one knows no sequences. */
const widthsOfToday = {
  version: 'today',
  wcwidth(codePoint: number): 0 | 1 | 2 {
    return Math.min(2, stringWidth(String.fromCodePoint(codePoint))) as 0 | 1 | 2
  },
  /** The format of xterm.js: `width << 1`, and bit 0 for "joins the character before". */
  charProperties(codePoint: number, preceding: number): number {
    const own = this.wcwidth(codePoint)
    const before = (preceding >> 1) & 3
    return own === 0 && before > 0 ? (before << 1) | 1 : own << 1
  },
}

/** Of many lengths, some longer than a row or two, one just as long as a row; each of them its number. */
function numbered(count: number, filling = 'x'): string[] {
  return Array.from({ length: count }, (_, index) => `#${String(index).padStart(3, '0')}`).map(
    (number, index) => `${number}:${filling.repeat(index % 90)}.`,
  )
}

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789'
const hundred = letters.repeat(3).slice(0, 100)

function inPieces(text: string, size: number): string[] {
  const pieces: string[] = []
  for (let at = 0; at < text.length; at += size) pieces.push(text.slice(at, at + size))
  return pieces
}

describe('a draft of three rows while 100 messages come in', () => {
  test('stays whole, and every message is there once, in order', async () => {
    const messages = numbered(100)
    const window = new Window({ messages })
    await window.typeAmid(messages, inPieces(hundred, 5))
    const rows = [`> ${hundred.slice(0, 38)}`, hundred.slice(38, 78), hundred.slice(78)]
    await window.shows([...messages, ...rows], { row: hundred.slice(78), column: 22 })
    window.type('\r')
    await window.shows([...messages, `line ${JSON.stringify(hundred)}`, '> '], { row: '> ', column: 2 })
  })

  test('of CJK and emoji', async () => {
    const messages = numbered(100, '字')
    const window = new Window({ messages })
    const draft = '你好👍世界한국어🎉abc'.repeat(5)
    await window.typeAmid(messages, Array.from(draft))
    // 21 cells each time; a wide character does not fit into the last cell of the first row.
    const rows = [
      '> 你好👍世界한국어🎉abc你好👍世界한국어',
      '🎉abc你好👍世界한국어🎉abc你好👍世界한국',
      '어🎉abc你好👍世界한국어🎉abc',
    ]
    await window.shows([...messages, ...rows], { row: rows[2] ?? '', column: 28 })
    window.type('\r')
    await window.shows([...messages, `line ${JSON.stringify(draft)}`, '> '])
  })

  test('with the cursor in its middle', async () => {
    const messages = numbered(100)
    const window = new Window({ messages })
    const left = '\x1b[D'.repeat(10)
    await window.typeAmid(messages, [hundred, left, left, left, left, left, 'X', 'Y'])
    const typed = `${hundred.slice(0, 50)}XY${hundred.slice(50)}`
    const rows = [`> ${typed.slice(0, 38)}`, typed.slice(38, 78), typed.slice(78)]
    await window.shows([...messages, ...rows], { row: rows[1] ?? '', column: 14 })
    window.type('\r')
    await window.shows([...messages, `line ${JSON.stringify(typed)}`, '> '])
  })

  test('with characters that terminal and editor do not agree on', async () => {
    const messages = numbered(100)
    const window = new Window({ messages })
    const draft = '👨‍👩‍👧'.repeat(30) // 2 cells each for the editor, 6 for this terminal
    await window.typeAmid(messages, Array.from(draft))
    window.type('\r')
    await window.shows([...messages, `line ${JSON.stringify(draft)}`, '> '])
  })

  test('and 60 rows more than the screen has', async () => {
    const messages = numbered(100)
    const window = new Window({ messages })
    const pasted = Array.from({ length: 60 }, (_, index) => `pasted ${index}`)
    await window.typeAmid(messages, [`\x1b[200~${pasted.join('\r')}`, '\x1b[201~', '!'])
    await window.shows([...messages, ...pasted.slice(-6, -1), 'pasted 59!'])
    window.type('\r')
    await window.shows([...messages, `text ${JSON.stringify(`${pasted.join('\n')}!`)}`, '> '])
  })
})

describe('resize 40 -> 30 -> 60 leaves no orphan', () => {
  /** The rows of `> ` and the hundred letters at that width. */
  function rowsAt(columns: number): string[] {
    return inPieces(`> ${hundred}`, columns)
  }

  async function check(window: Window, cells: number): Promise<void> {
    const messages = numbered(20)
    await window.showsLine('> ')
    window.type('/flood\r')
    await window.showsLine(messages.at(-1) ?? '')
    window.type(hundred + '\x1b[D'.repeat(102 - cells))
    for (const columns of [40, 30, 60]) {
      if (columns !== 40) window.resize(columns)
      const rows = rowsAt(columns)
      const row = rows[Math.floor(cells / columns)] ?? ''
      await window.shows([...messages, ...rows], { row, column: cells % columns })
    }
    window.type('\r')
    await window.shows([...messages, `line ${JSON.stringify(hundred)}`, '> '])
  }

  test.each([
    ['the end', 102],
    ['the last row', 82],
    ['the part of the second row that 30 columns cut off', 75],
    ['the first part of the second row', 45],
    ['the first row', 10],
  ])('in VS Code, the cursor in %s', async (_name, cells) => {
    await check(new Window({ messages: numbered(20) }), cells)
  })

  // xterm.js can wrap the row with the cursor too, but then leaves the cursor in the last part of it.
  test.each([
    ['the end', 102],
    ['the second part of the second row', 75],
  ])('in a terminal that wraps all rows, the cursor in %s', async (_name, cells) => {
    await check(new Window({ messages: numbered(20), reflowCursorLine: true, env: {} }), cells)
  })
})

describe('keys on a real terminal', () => {
  test('Tab, shortcuts, Ctrl-C, Ctrl-R, Ctrl-D', async () => {
    const window = new Window()
    await window.showsLine('> ')
    window.type('/fl\t')
    await window.showsLine('> /flood')
    window.type('\x03\x03')
    await window.shows(['interrupt', '> '])
    window.type('\x1b3\x1ba')
    const shortcuts = ['shortcut {"kind":"channel","number":3}', 'shortcut {"kind":"next-unread"}']
    await window.shows(['interrupt', ...shortcuts, '> '])
    window.type('hello\r\x12el')
    await window.showsLine('(search "el") hello')
    window.type('z')
    await window.showsLine('(no "elz") hello')
    window.type('\x07\x04')
    await window.shows(['interrupt', ...shortcuts, 'line "hello"', 'end'])
  })

  test('a paste of lines waits for Enter; what it hides is shown', async () => {
    const window = new Window()
    await window.showsLine('> ')
    window.type('\x1b[200~one\rtwo\x1b[2J\u202E\x1b[201~')
    await window.shows(['> one', 'two␛[2J\uFFFD'])
    window.type('\r')
    await window.shows([`text ${JSON.stringify('one\ntwo\x1b[2J\u202E')}`, '> '])
  })

  test('Ctrl-L starts a new page and keeps the old one in the scrollback', async () => {
    const window = new Window()
    await window.showsLine('> ')
    window.type('one\r')
    await window.showsLine('line "one"')
    window.type('two\r')
    await window.showsLine('line "two"')
    window.type('draft\x0c')
    await window.shows(['line "one"', 'line "two"', '> draft'], { row: '> draft', column: 7 })
    window.type('\r')
    await window.shows(['line "one"', 'line "two"', 'line "draft"', '> '])
  })
})

describe('with streams of the test', () => {
  class FakeTty extends PassThrough {
    readonly columns = 40
    readonly rows = 12
    readonly modes: boolean[] = []
    readonly writes: string[] = []

    setRawMode(mode: boolean): this {
      this.modes.push(mode)
      return this
    }

    override write(chunk: string): boolean {
      this.writes.push(chunk)
      return true
    }
  }

  function open({ clock, ...listener }: Partial<TerminalListener & Pick<TerminalOptions, 'clock'>> = {}) {
    const [input, output] = [new FakeTty(), new FakeTty()]
    const onLost = vi.fn()
    const terminal = new Terminal({
      input: input as unknown as ReadStream,
      output: output as unknown as WriteStream,
      prompt: '> ',
      clock: clock ?? new ManualClock(),
      listener: {
        complete: (_line, cursor) => ({ from: cursor, candidates: [] }),
        onLine: vi.fn(),
        onInterrupt: vi.fn(),
        onText: vi.fn(),
        onEnd: vi.fn(),
        onLost,
        onShortcut: vi.fn(),
        ...listener,
      },
    })
    return { input, output, onLost, terminal }
  }

  function turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }

  test('a turn of the event loop is one write, whatever happened in it', async () => {
    const { input, output, terminal } = open()
    await turn()
    expect(output.writes).toHaveLength(1)
    for (const text of ['one', 'two\n', 'three\nfour']) terminal.print(text)
    terminal.setPrompt('#ops> ')
    input.emit('data', 'draft')
    await Promise.resolve().then(() => {
      terminal.print('five')
    })
    expect(output.writes).toHaveLength(1)
    await turn()
    expect(output.writes).toHaveLength(2)
    expect(output.writes[1]).toContain('one\r\ntwo\r\nthree\r\nfour\r\nfive\r\n')
    expect(output.writes[1]).toContain('#ops> draft')
  })

  test('nothing happens, nothing is written', async () => {
    const { output } = open()
    await turn()
    await turn()
    expect(output.writes).toHaveLength(1)
  })

  test('close prints pending lines, erases the prompt and restores the tty, once', async () => {
    const { input, output, terminal } = open()
    await turn()
    terminal.print('bye')
    terminal.close()
    terminal.close()
    await turn()
    expect(input.modes).toEqual([true, false])
    expect(input.isPaused()).toBe(true)
    expect(output.writes.slice(1)).toEqual(['\r\x1b[Jbye\r\n\x1b[?2004l'])
    expect(output.writes[0]).toContain('\x1b[?2004h')
  })

  test('keys after close are not read, and text is still printed', async () => {
    const onLine = vi.fn()
    const { input, output, terminal } = open({ onLine })
    terminal.close()
    input.emit('data', 'late\r')
    terminal.print('late')
    await turn()
    expect(onLine).not.toHaveBeenCalled()
    expect(output.writes.at(-1)).toBe('late\r\n')
  })

  test('closing in the middle of a chunk of keys ends the reading', () => {
    const onLine = vi.fn<(line: string) => void>(() => {
      terminal.close()
    })
    const { input, terminal } = open({ onLine })
    input.emit('data', 'one\r\x05two\r')
    expect(onLine.mock.calls).toEqual([['one']])
  })

  test.each([
    ['input ends', 'input', 'end'],
    ['input closes', 'input', 'close'],
    ['input fails', 'input', 'error'],
    ['output closes', 'output', 'close'],
    ['output fails', 'output', 'error'],
  ] as const)('the terminal goes away: %s', async (_name, stream, event) => {
    const { onLost, terminal, ...streams } = open()
    streams[stream].emit(event, new Error('EIO'))
    streams.output.emit('error', new Error('EPIPE'))
    expect(onLost).toHaveBeenCalledOnce()
    terminal.print('nobody reads this')
    terminal.close()
    streams.input.emit('error', new Error('EIO'))
    await turn()
    expect(onLost).toHaveBeenCalledOnce()
  })

  /** Lines of 50 characters, as a terminal sends them. */
  function pasted(lines: number, line = 'x'.repeat(50)): string {
    return `\x1b[200~${`${line}\r`.repeat(lines)}\x1b[201~`
  }

  /** UTF-16 units that were handed to a segmenter, and written to the screen, while `act` ran and was drawn. */
  async function costOf(act: (terminal: ReturnType<typeof open>) => void, draft: string) {
    const opened = open()
    opened.input.emit('data', draft)
    await turn()
    const segment = vi.spyOn(Intl.Segmenter.prototype, 'segment')
    const before = opened.output.writes.length
    act(opened)
    await turn()
    const segmented = segment.mock.calls.reduce((sum, [text]) => sum + text.length, 0)
    segment.mockRestore()
    return { segmented, written: opened.output.writes.slice(before).join('').length, ...opened }
  }

  const press =
    (...keys: string[]) =>
    ({ input }: ReturnType<typeof open>): void => {
      for (const key of keys) input.emit('data', key)
    }

  describe.each<[name: string, draft: (size: number) => string]>([
    ['lines', (size) => pasted(size)],
    ['one line', (size) => `\x1b[200~${'word '.repeat(size * 10)}\x1b[201~`],
    ['one word', (size) => `\x1b[200~${'x'.repeat(size * 50)}\x1b[201~`],
    ['CJK', (size) => pasted(size, '字'.repeat(50))],
    ['punctuation', (size) => `\x1b[200~${'!'.repeat(size * 50)}\x1b[201~`],
    ['line ends', (size) => `\x1b[200~${'\r'.repeat(size * 50)}\x1b[201~`],
  ])('a key in a draft of many %s', (_name, draft) => {
    test.each<[name: string, act: (opened: ReturnType<typeof open>) => void]>([
      ['typing', press('a')],
      ['left, right', press('\x1b[D', '\x1b[D', '\x1b[C')],
      ['home', press('\x01')],
      ['word left, word right', press('\x1bb', '\x1bf')],
      ['delete a word', press('\x17')],
      ['backspace', press('\x7f')],
      ['kill and yank', press('\x15', '\x19')],
      ['exchange', press('\x14')],
      ['up and down', press('\x1b[A', '\x1b[B')],
      ['search', press('\x12', 'o')],
      ['complete', press('\t')],
      [
        'a message comes',
        ({ terminal }) => {
          terminal.print('hello')
        },
      ],
      [
        'resize',
        ({ output }) => {
          output.emit('resize')
        },
      ],
    ])('costs no more in a draft of twice the length: %s', async (_key, act) => {
      const once = await costOf(act, draft(500))
      const twice = await costOf(act, draft(1_000))
      expect(twice.segmented).toBeLessThanOrEqual(once.segmented + 1_000)
      expect(twice.segmented).toBeLessThan(100_000)
      expect(twice.written).toBeLessThan(4_000)
    })
  })

  test.each<[name: string, reads: string[]]>([
    ['in brackets', pasted(5_000).match(/[^]{1,4096}/g) ?? []],
    ['without brackets', ('x'.repeat(50) + '\r').repeat(5_000).match(/[^]{1,4096}/g) ?? []],
    ['one line of a megabyte', 'x'.repeat(1_000_000).match(/[^]{1,4096}/g) ?? []],
  ])('a paste that comes in many reads, each drawn: %s', async (_name, reads) => {
    const segment = vi.spyOn(Intl.Segmenter.prototype, 'segment')
    onTestFinished(() => {
      segment.mockRestore()
    })
    const [onLine, onText] = [vi.fn(), vi.fn()]
    const { input, output } = open({ onLine, onText })
    for (const read of reads) {
      input.emit('data', read)
      await turn()
    }
    expect(output.writes.join('').length).toBeLessThan(4_000 * reads.length)
    const segmented = segment.mock.calls.reduce((sum, [text]) => sum + text.length, 0)
    expect(segmented).toBeLessThan(50_000 * reads.length)
    expect(onLine).not.toHaveBeenCalled()
    expect(onText).not.toHaveBeenCalled()
  })

  test('silence ends a paste whose end never comes, and Ctrl-C clears it', async () => {
    const clock = new ManualClock()
    const [onText, onInterrupt] = [vi.fn(), vi.fn()]
    const { input } = open({ clock, onText, onInterrupt })
    input.emit('data', '\x1b[200~abc')
    await clock.advance(1_000)
    await turn()
    input.emit('data', '\r')
    expect(onText.mock.calls).toEqual([['abc']])
    input.emit('data', '\x1b[200~abc')
    input.emit('data', '\x03')
    expect(onInterrupt).not.toHaveBeenCalled()
    input.emit('data', '\x03')
    expect(onInterrupt).toHaveBeenCalledOnce()
  })

  test('what comes before the silence is looked at counts: a paste without brackets goes on', async () => {
    let due = (): void => undefined
    const clock = {
      now: () => 0,
      wall: () => 0,
      after: (_ms: number, task: () => void) => ((due = task), () => undefined),
    }
    const onText = vi.fn()
    const { input } = open({ clock, onText })
    input.emit('data', 'one\rtwo')
    due()
    input.emit('data', ' more\r')
    await turn()
    expect(onText).not.toHaveBeenCalled()
    due()
    await turn()
    input.emit('data', '\r')
    expect(onText.mock.calls).toEqual([['one\ntwo more\n']])
  })
})
