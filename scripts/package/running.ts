/** The installed command as a process: lines in, lines out, an exit status. */
import { spawn, type ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

/** How long to wait for something that should take milliseconds, on a machine that does other things too. */
const PATIENCE = 15_000

export class Running {
  out = ''
  err = ''
  /** The exit status, -1 after a signal; undefined while it runs. */
  status: number | undefined
  readonly #child: ChildProcess
  readonly #command: string

  constructor(command: string, args: readonly string[], options: { env: NodeJS.ProcessEnv; cwd: string }) {
    const child = spawn(command, args, { ...options, stdio: 'pipe' })
    this.#child = child
    this.#command = [command, ...args].join(' ')
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.err += text))
    child.stdin.on('error', () => undefined)
    child.on('error', (error) => (this.err += String(error)))
    child.on('close', (code) => (this.status = code ?? -1))
  }

  type(line: string): void {
    this.#child.stdin?.write(`${line}\n`)
  }

  endInput(): void {
    this.#child.stdin?.end()
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Resolves to the match. Rejects when it is not printed in time. */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    await this.#until(() => this.status !== undefined || pattern.test(this.out + this.err), PATIENCE)
    const match = pattern.exec(this.out + this.err)
    if (match !== null) return match
    throw new Error(`${this.#command} did not print ${String(pattern)}:\n${this.out}${this.err}`)
  }

  /** Resolves to the exit status. Rejects when it does not end in time. */
  async ends(patience = PATIENCE): Promise<number> {
    await this.#until(() => this.status !== undefined, patience)
    if (this.status !== undefined) return this.status
    throw new Error(`${this.#command} did not end within ${patience} ms`)
  }

  async #until(condition: () => boolean, patience: number): Promise<void> {
    const end = Date.now() + patience
    while (!condition() && Date.now() < end) await sleep(20)
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }
}
