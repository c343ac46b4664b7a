/**
 * Uses the installed package: a tracker and two peers, messages both ways, the page, the history after a restart, Ctrl-C.
 * The same for every version of Node.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { ChildProgram } from '../../src/cli/system/child-program.ts'
import { freePort } from '../../src/cli/system/free-port.ts'
import { PACKAGE, ROOT } from './archive.ts'

export interface Trial {
  /** A folder with the package in its node_modules. */
  readonly folder: string
  /** The folder of the `node` to run it with. */
  readonly node: string
}

/** The steps in order; each continues from the one before. */
export const STEPS = ['version', 'start', 'talk', 'page', 'history', 'end', 'library'] as const
export type Step = (typeof STEPS)[number]

/** A program ends within this time of Ctrl-C, in milliseconds. */
const ORDERLY = 5_000

/** Calls `onStep` after each step that passed. Rejects at the first that fails, with what was seen. */
export async function tryOut(trial: Trial, onStep: (step: Step) => void): Promise<void> {
  const stage = new Stage(trial)
  try {
    for (const step of STEPS) {
      await stage[step]()
      onStep(step)
    }
  } finally {
    stage.close()
  }
}

class Stage {
  readonly #trial: Trial
  readonly #data = mkdtempSync(join(tmpdir(), 'parley-package-'))
  readonly #programs: ChildProgram[] = []
  #tracker: ChildProgram | undefined
  #trackerPort = 0
  #ann: ChildProgram | undefined
  #ben: ChildProgram | undefined

  constructor(trial: Trial) {
    this.#trial = trial
  }

  close(): void {
    for (const program of this.#programs) program.signal('SIGKILL')
    rmSync(this.#data, { recursive: true, force: true })
  }

  /** Through npx, as a user would start it. */
  async version(): Promise<void> {
    const npx = this.#run('npx', ['--no', 'parley', '--', '--version'])
    expectEqual(await npx.ends(60_000), 0, npx.err)
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
    expectEqual(npx.out, `${version}\n`, 'the version')
  }

  async start(): Promise<void> {
    this.#trackerPort = await freePort()
    this.#tracker = this.#parley(['tracker', '--ip', '127.0.0.1', '--port', String(this.#trackerPort)])
    await this.#tracker.prints(/tracker listening/)
    const metrics = await fetch(`http://127.0.0.1:${this.#trackerPort}/metrics`)
    expectEqual(metrics.status, 200, 'the status of /metrics')
    this.#ann = await this.#peer('package-ann', '--web-port', String(await freePort()))
    this.#ben = await this.#peer('package-ben')
    // A channel of their own, because other peers may be on the LAN of this machine.
    for (const peer of [this.#ann, this.#ben]) peer.enter('/join #package')
  }

  async talk(): Promise<void> {
    const [ann, ben] = this.#both()
    ann.enter('#package hello from ann')
    await ben.prints(/<package-ann> hello from ann\n/)
    ben.enter('#package hello from ben')
    await ann.prints(/<package-ben> hello from ben\n/)
  }

  /** The files that a browser loads first, and the state that the page shows. */
  async page(): Promise<void> {
    const [ann] = this.#both()
    const [, origin = '', token = ''] = await ann.prints(/^(http:\/\/127\.0\.0\.1:\d+)\/chat#token=(\S+)$/m)
    const page = await (await fetch(`${origin}/chat`)).text()
    const assets = [...page.matchAll(/(?:src|href)="(\/chat\/assets\/[^"]+)"/g)].map(([, path = '']) => path)
    expectEqual(assets.length >= 3, true, `a script, a style and an icon in the page:\n${page}`)
    for (const path of assets) {
      const answer = await fetch(`${origin}${path}`)
      expectEqual(answer.status, 200, path)
      expectEqual((await answer.arrayBuffer()).byteLength > 0, true, path)
    }
    const headers = { Authorization: `Bearer ${token}` }
    const state: unknown = await (await fetch(`${origin}/api/state`, { headers })).json()
    expectEqual(JSON.stringify(state).includes('package-ann'), true, 'our name in the state')
  }

  async history(): Promise<void> {
    const [, ben] = this.#both()
    await endedByCtrlC(ben)
    this.#ben = await this.#peer('package-ben')
    this.#ben.enter('/join #package')
    this.#ben.enter('#package')
    this.#ben.enter('/history 10')
    await this.#ben.prints(/<package-ann> hello from ann\n(?:.*\n)*?.*<package-ben> hello from ben\n/)
  }

  async end(): Promise<void> {
    for (const program of [...this.#both(), this.#tracker])
      if (program !== undefined) await endedByCtrlC(program)
  }

  /** `import … from 'parley-chat/http/…'`. */
  async library(): Promise<void> {
    const script = `
      import { Server } from '${PACKAGE}/http/server'
      const server = await Server.listen(() => ({ status: 200, body: 'hello' }))
      const { host, port } = server.address
      process.stdout.write(await (await fetch('http://' + host + ':' + port)).text())
      await server.close()`
    const node = this.#run('node', ['--input-type=module', '--eval', script])
    expectEqual(await node.ends(), 0, node.err)
    expectEqual(node.out, 'hello', 'what the server answered')
  }

  // --- running --------------------------------------------------------------------------------------

  async #peer(name: string, ...more: string[]): Promise<ChildProgram> {
    const at = ['--ip', '127.0.0.1', '--port', String(await freePort()), '--interface', 'lo']
    const tracker = ['--tracker-ip', '127.0.0.1', '--tracker-port', String(this.#trackerPort)]
    const data = ['--data', join(this.#data, name)]
    const peer = this.#parley(['peer', '--name', name, ...at, ...tracker, ...data, ...more])
    await peer.prints(/registered with the tracker/)
    return peer
  }

  #parley(args: readonly string[]): ChildProgram {
    return this.#run(join(this.#trial.folder, 'node_modules', '.bin', 'parley'), args)
  }

  #run(command: string, args: readonly string[]): ChildProgram {
    const { folder: cwd, node } = this.#trial
    const PATH = [node, process.env['PATH']].join(delimiter)
    const env = { PATH, HOME: this.#data, NO_UPDATE_NOTIFIER: '1', npm_config_update_notifier: 'false' }
    const running = new ChildProgram(command, args, { env, cwd })
    this.#programs.push(running)
    return running
  }

  #both(): readonly [ChildProgram, ChildProgram] {
    if (this.#ann === undefined || this.#ben === undefined) throw new Error('not started')
    return [this.#ann, this.#ben]
  }
}

/** Nothing unexpected on standard error, no warning of Node either. */
async function endedByCtrlC(program: ChildProgram): Promise<void> {
  program.signal('SIGINT')
  expectEqual(await program.ends(ORDERLY), 130, `the exit status after Ctrl-C: ${program.err}`)
  const complaints = program.err.split('\n').filter((line) => !/^(?:|-- .*|http:.*)$/.test(line))
  expectEqual(complaints.join('\n'), '', 'what is on stderr beside remarks')
}

function expectEqual(seen: unknown, expected: unknown, what: string): void {
  if (seen === expected) return
  throw new Error(`${what}: ${JSON.stringify(seen)} instead of ${JSON.stringify(expected)}`)
}
