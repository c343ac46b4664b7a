/** The built program in a window: on a real pseudo-terminal, its screen read by a terminal emulator. */
import { spawn, type IPty } from '@lydell/node-pty'
import xterm from '@xterm/headless'
import { expect, onTestFinished } from 'vitest'
import { ENV, MAIN } from './programs.ts'

export interface WindowEnd {
  readonly exitCode: number
  readonly signal?: number
}

/** Killed after the test if it still runs. It keeps no messages. */
export class Window {
  /** How the program ended; undefined while it runs. */
  end: WindowEnd | undefined
  readonly #screen
  readonly #pty: IPty

  constructor(args: readonly string[], { cols = 80, rows = 24 } = {}) {
    this.#screen = new xterm.Terminal({ cols, rows, scrollback: 5_000, allowProposedApi: true })
    const env = { ...ENV, TERM: 'xterm-256color', NO_COLOR: '1', PARLEY_EPHEMERAL: '1' }
    this.#pty = spawn(process.execPath, [MAIN, ...args], { cols, rows, env })
    this.#pty.onData((data) => {
      this.#screen.write(data)
    })
    this.#pty.onExit((end) => (this.end = end))
    onTestFinished(() => {
      if (this.end === undefined) this.#pty.kill('SIGKILL')
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

  /** Waits for the end of the program. */
  async ends(): Promise<WindowEnd | undefined> {
    await expect.poll(() => this.end).toBeDefined()
    return this.end
  }

  /** Closes the window: from now on the program reads and writes EIO, and is sent SIGHUP. */
  close(): void {
    // Not kill(): that would leave the side of the terminal emulator open.
    ;(this.#pty as IPty & { destroy(): void }).destroy()
  }
}
