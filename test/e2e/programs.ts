/** The built program as a process that the test ends. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import { ChildProgram } from '../../src/cli/system/child-program.ts'
import { freePort } from '../support/ports.ts'

export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** For what takes milliseconds on an idle machine. */
export const PATIENCE = 30_000

/** Without the settings of the user: no colours, no name, only the loopback interface. */
export const ENV = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', PARLEY_INTERFACE: 'lo' }

export class Program extends ChildProgram {
  /** Starts it; the end of the test kills it. `main`: of another build. */
  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}, main = MAIN) {
    const data = mkdtempSync(join(tmpdir(), 'parley-'))
    super(process.execPath, [main, ...args], { env: { ...ENV, XDG_DATA_HOME: data, ...env } })
    onTestFinished(async () => {
      this.signal('SIGKILL')
      await this.ended
      rmSync(data, { recursive: true, force: true })
    })
  }

  /** Complete lines of standard output so far. */
  get lines(): string[] {
    return this.out.split('\n').slice(0, -1)
  }
}

export interface RunningTracker {
  readonly program: Program
  readonly port: number
  readonly url: string
}

/** A tracker on a free port, ready. */
export async function tracker(port?: number): Promise<RunningTracker> {
  const at = port ?? (await freePort())
  const program = new Program(['tracker', '--ip', '127.0.0.1', '--port', String(at)])
  await program.prints('tracker listening')
  return { program, port: at, url: `http://127.0.0.1:${at}` }
}

/** Flags of a peer on a free port of 127.0.0.1. The tests of one machine must not find each other on the LAN. */
export async function peerFlags(name: string, trackerPort: number): Promise<string[]> {
  const at = ['--ip', '127.0.0.1', '--port', String(await freePort()), '--no-lan']
  return ['peer', '--name', name, ...at, '--tracker-ip', '127.0.0.1', '--tracker-port', String(trackerPort)]
}

/** A peer between pipes, registered. */
export async function peer(name: string, trackerPort: number, ...more: string[]): Promise<Program> {
  const program = new Program([...(await peerFlags(name, trackerPort)), ...more])
  await program.prints(/registered with the tracker|"state":"registered"/)
  return program
}

/** A peer to whom all of this is said through a pipe, which then ends. */
export async function pipe(
  name: string,
  trackerPort: number,
  input: string,
  ...more: string[]
): Promise<Program> {
  const program = new Program([...(await peerFlags(name, trackerPort)), ...more])
  program.type(input)
  program.endInput()
  return program
}

/** Names in an answer of /get-list. */
export async function listed(url: string, channel?: string): Promise<string[]> {
  const query = channel === undefined ? '' : `?channel=${channel}`
  const { peers } = (await (await fetch(`${url}/get-list${query}`)).json()) as { peers: { name: string }[] }
  return peers.map(({ name }) => name).sort()
}

/** Waits until the tracker lists exactly these in #general. */
export async function everybodyListed(url: string, names: readonly string[], ms = PATIENCE): Promise<void> {
  await expect.poll(() => listed(url, 'general'), { timeout: ms, interval: 100 }).toEqual(names)
}

/** Texts that a peer has printed as said by `name`, also before it was started. */
export function heardFrom(name: string, { all }: Program): string[] {
  const said = new RegExp(`^[0-9:]{5} \\S+ <${name}> (.*?)(?: \\(relayed\\))?$`)
  return all.split('\n').flatMap((line) => said.exec(line)?.[1] ?? [])
}
