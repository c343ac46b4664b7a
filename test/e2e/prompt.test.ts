/** The prompt on a real pseudo-terminal of 40 columns, its screen read by a terminal emulator. */
import { spawn } from '@lydell/node-pty'
import xterm from '@xterm/headless'
import { expect, onTestFinished, test } from 'vitest'
import { MAIN, peer, tracker } from './programs.ts'
import { freePort } from '../support/ports.ts'

/** A window in which the program runs. */
class Window {
  status: number | undefined
  readonly #screen = new xterm.Terminal({ cols: 40, rows: 16, scrollback: 5000, allowProposedApi: true })
  readonly #pty

  constructor(args: readonly string[]) {
    const env = {
      PATH: process.env['PATH'] ?? '',
      TERM: 'xterm-256color',
      NO_COLOR: '1',
      PARLEY_INTERFACE: 'lo',
      PARLEY_EPHEMERAL: '1',
    }
    this.#pty = spawn(process.execPath, [MAIN, ...args], { cols: 40, rows: 16, env })
    this.#pty.onData((data) => {
      this.#screen.write(data)
    })
    this.#pty.onExit(({ exitCode }) => (this.status = exitCode))
    onTestFinished(() => {
      if (this.status === undefined) this.#pty.kill('SIGKILL')
    })
  }

  type(text: string): void {
    this.#pty.write(text)
  }

  /** Every row from the first of the scrollback, without the spaces at its end. */
  get rows(): string[] {
    const { active } = this.#screen.buffer
    return Array.from(
      { length: active.length },
      (_, row) => active.getLine(row)?.translateToString(true) ?? '',
    )
  }

  get text(): string {
    return this.rows.join('\n').trimEnd()
  }

  async shows(text: string | RegExp): Promise<void> {
    await expect.poll(() => this.text).toMatch(text)
  }
}

test('a draft over three lines stays whole while 20 messages a second arrive, and none is lost', async () => {
  const { port } = await tracker()
  const at = String(await freePort())
  const alice = new Window([
    'peer',
    '--ip',
    '127.0.0.1',
    '--port',
    at,
    '--name',
    'alice',
    '--no-lan',
    '--tracker-port',
    String(port),
  ])
  await alice.shows('registered with the tracker')
  const bob = await peer('bob', port)
  await alice.shows('bob joined #general')
  const draft = 'this draft is long enough to lie on three lines of a screen that has forty columns.'
  const count = 60
  for (let number = 0; number < count; number++) {
    bob.type(`message number ${number}.\n`)
    if (number % 2 === 0) alice.type(draft.slice(number, number + 2))
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  alice.type(draft.slice(count))
  await alice.shows(`message number ${count - 1}.`)
  const flat = (): string => alice.rows.join('').replaceAll(/\s+/g, ' ').trim()
  await expect
    .poll(flat)
    .toMatch(new RegExp(`#general> ${draft.replaceAll(/[ .]/g, (c) => (c === ' ' ? ' ?' : '\\.'))}$`))
  const numbers = [...alice.text.matchAll(/message\s+number\s+(\d+)\./g)].map(([, number]) => Number(number))
  expect(numbers).toEqual(Array.from({ length: count }, (_, index) => index))
  expect(flat().split('#general>')).toHaveLength(2)
  alice.type('\r')
  await bob.prints(`<alice> ${draft}`)
})

test('Ctrl-C clears the line, then leaves with 130; Ctrl-D leaves with 0', async () => {
  const { port } = await tracker()
  const args = ['peer', '--ip', '127.0.0.1', '--no-lan', '--tracker-port', String(port)]
  const first = new Window(args)
  await first.shows('registered with the tracker')
  first.type('half a thought')
  await first.shows('half a thought')
  first.type('\x03')
  await expect.poll(() => first.text).not.toContain('half a thought')
  first.type('\x03')
  await expect.poll(() => first.status).toBe(130)
  const second = new Window(args)
  await second.shows('registered with the tracker')
  second.type('\x04')
  await expect.poll(() => second.status).toBe(0)
})

test('Tab completes, Up brings back, and what others write cannot move the cursor', async () => {
  const { port } = await tracker()
  const alice = new Window([
    'peer',
    '--ip',
    '127.0.0.1',
    '--name',
    'alice',
    '--no-lan',
    '--tracker-port',
    String(port),
  ])
  await alice.shows('registered with the tracker')
  const bob = await peer('bob', port)
  await alice.shows('bob joined #general')
  alice.type('/hel\t')
  await alice.shows(/#general> \/help/)
  alice.type('\x15bo\thello\r')
  await bob.prints('<alice> bob: hello')
  alice.type('\x1b[A')
  await alice.shows(/#general> bob: hello/)
  bob.type('a\x1b[2J\x1b[31mred\x07 \u202etxet\n')
  await alice.shows('a␛[2J␛[31mred␇')
  await alice.shows(/#general> bob: hello$/)
})

test('a paste is text, also one that begins with /quit; leaving tells what waits', async () => {
  const { port } = await tracker()
  const alice = new Window([
    ...['peer', '--ip', '127.0.0.1', '--name', 'alice', '--no-lan', '--tracker-port', String(port)],
  ])
  await alice.shows('registered with the tracker')
  const bob = await peer('bob', port)
  await alice.shows('bob joined #general')
  alice.type('\x1b[200~/quit\rhello\x1b[201~')
  alice.type('\x1b[?62;22c\x1b]11;rgb:0/0/0\x07')
  alice.type('\r')
  await bob.prints('<alice> /quit\n      hello\n')
  // On a busy machine the line is shown before the answer is here, which gets a line of its own then.
  await alice.shows(/hello ✓|✓ delivered 1\/1/)
  bob.signal('SIGSTOP')
  alice.type('are you there?\r')
  await alice.shows(/are you there\? …/)
  alice.type('\x04')
  await expect.poll(() => alice.status).toBe(0)
  await alice.shows(/1 message was not delivered/)
})
