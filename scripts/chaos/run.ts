/** A run of chaos: starts a tracker and peers, follows the plan, waits until all is quiet, and checks every peer. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GENERAL, type ChatEvent } from '../../src/chat/model.ts'
import { seededRandom } from '../fuzz/mutate.ts'
import { keptIn } from './kept.ts'
import { check, isSettled, type Remembered, type Report, type Witness } from './checker.ts'
import { planOf, TRACKER, type Fault, type Step } from './plan.ts'
import { freePort } from '../../src/cli/system/free-port.ts'
import { Restartable } from './restartable.ts'

export interface ChaosOptions {
  readonly seed: number
  readonly seconds: number
  /** How many peers, 2 to 6. */
  readonly peers: number
  /** Lines a second, of all peers together. */
  readonly rate: number
  /** A file for everything that the peers printed. */
  readonly log?: string | undefined
}

export interface Outcome extends Report {
  /** Number of faults by kind and program: `kill peer`. */
  readonly faults: ReadonlyMap<string, number>
  /** Wrong ends, unexpected output, and everything on standard error. */
  readonly complaints: readonly string[]
  /** From the end of the traffic until everything was shown or nothing happened for a while, in milliseconds. */
  readonly quietAfter: number
}

const NAMES = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank']
/** Milliseconds. */
const START = 60_000
/** Longer than the longest pause between two attempts to deliver. */
const SILENCE = 40_000
const MAX_WAIT = 180_000
const ORDERLY = 5_000

/** Rejects when something could not be started at all. */
export async function runChaos({ seed, seconds, peers: count, rate, log }: ChaosOptions): Promise<Outcome> {
  const random = seededRandom(seed)
  const names = NAMES.slice(0, count)
  const directory = mkdtempSync(join(tmpdir(), 'parley-chaos-'))
  const network = await Network.prepare(directory, names)
  try {
    await network.begin()
    const faults = await network.perform(planOf({ peers: names, seconds, rate, random }))
    const quietAfter = await network.quiet()
    const histories = await network.histories()
    const complaints = await network.end()
    if (log !== undefined) writeFileSync(log, `${logOf(network.peers).join('\n')}\n`)
    const witnesses = network.peers.map(async ({ name, lives, data }) => ({
      name,
      lives,
      history: histories.get(name) ?? [],
      kept: await keptIn(data),
    }))
    const report = check(await Promise.all(witnesses))
    return { ...report, faults, complaints, quietAfter }
  } finally {
    await network.killAll()
    rmSync(directory, { recursive: true, force: true })
  }
}

class Peer extends Restartable {
  readonly address: string
  /** The profile directory. */
  readonly data: string

  constructor(name: string, port: number, trackerPort: number, data: string) {
    const at = ['--ip', '127.0.0.1', '--port', String(port), '--no-lan', '--data', data]
    const tracker = ['--tracker-ip', '127.0.0.1', '--tracker-port', String(trackerPort)]
    super(name, ['peer', '--json', '--name', name, '--timeout', '86400', ...at, ...tracker])
    this.address = `127.0.0.1:${port}`
    this.data = data
  }
}

class Network {
  readonly peers: readonly Peer[]
  readonly #tracker: Restartable
  readonly #programs: ReadonlyMap<string, Restartable>
  #numbers = 0

  private constructor(tracker: Restartable, peers: readonly Peer[]) {
    this.#tracker = tracker
    this.peers = peers
    this.#programs = new Map([tracker, ...peers].map((program) => [program.name, program]))
  }

  static async prepare(directory: string, names: readonly string[]): Promise<Network> {
    const trackerPort = await freePort()
    const tracker = new Restartable(TRACKER, ['tracker', '--ip', '127.0.0.1', '--port', String(trackerPort)])
    const peers: Peer[] = []
    for (const name of names) peers.push(new Peer(name, await freePort(), trackerPort, join(directory, name)))
    return new Network(tracker, peers)
  }

  /** Starts everything; resolves when all peers know each other. */
  async begin(): Promise<void> {
    this.#tracker.start()
    for (const peer of this.peers) peer.start()
    const others = this.peers.length - 1
    await until(() => this.peers.every(({ events }) => namesMet(events).size === others), START)
    for (const { name, events, life } of this.peers) {
      if (namesMet(events).size < others) throw new Error(`${name} did not meet everybody: ${life.errors}`)
    }
  }

  /** Follows the plan; resolves to the number of faults when everything is up again. */
  async perform(plan: readonly Step[]): Promise<ReadonlyMap<string, number>> {
    const faults = new Map<string, number>()
    const mended: Promise<void>[] = []
    const begin = performance.now()
    for (const step of plan) {
      await sleep(begin + step.at - performance.now())
      if (step.kind === 'say') {
        this.#say(step.who, step.to)
        continue
      }
      const kind = `${step.kind} ${step.what === TRACKER ? TRACKER : 'peer'}`
      faults.set(kind, (faults.get(kind) ?? 0) + 1)
      mended.push(this.#suffer(step))
    }
    await Promise.all(mended)
    return faults
  }

  /** Resolves to the time until everything was shown and is told to others, or nothing new was printed for a while. */
  async quiet(): Promise<number> {
    const begin = performance.now()
    let printed = 0
    let lastOutput = begin
    await until(async () => {
      const total = this.peers.reduce((sum, { events }) => sum + events.length, 0)
      if (total > printed) lastOutput = performance.now()
      printed = total
      return isSettled(await this.#witnesses()) || performance.now() - lastOutput > SILENCE
    }, MAX_WAIT)
    return performance.now() - begin
  }

  /** The answer of each peer about #general. Rejects when a peer does not answer. */
  async histories(): Promise<ReadonlyMap<string, readonly Remembered[]>> {
    const answers = this.peers.map(async (peer) => [peer.name, await history(peer)] as const)
    return new Map(await Promise.all(answers))
  }

  /** Ends everything in order; resolves to complaints. */
  async end(): Promise<readonly string[]> {
    const programs = [...this.#programs.values()]
    for (const program of programs) program.signal('SIGTERM')
    await until(() => programs.every(({ isUp }) => !isUp), ORDERLY)
    return programs.flatMap(({ name, isUp, lives, life }) => [
      ...(isUp ? [`${name} did not end within ${ORDERLY} ms of SIGTERM`] : []),
      ...(!isUp && life.end !== 0 ? [`${name} ended with ${life.end ?? 'nothing'}`] : []),
      ...lives.flatMap(({ errors }) => (errors === '' ? [] : [`${name} wrote: ${errors}`])),
      ...(name === TRACKER ? [] : lives.flatMap((each) => wrongLines(name, each))),
    ])
  }

  /** Kills whatever still runs. */
  async killAll(): Promise<void> {
    const running = [...this.#programs.values()].filter(({ isUp }) => isUp)
    await Promise.all(running.map((program) => program.kill()))
  }

  #say(who: string, to: string | undefined): void {
    const text = `${who} ${++this.#numbers}`
    this.#programs.get(who)?.type(to === undefined ? text : `/msg ${to} ${text} to ${to}`)
  }

  async #suffer({ kind, what, ms }: Fault): Promise<void> {
    const program = this.#programs.get(what)
    if (program === undefined) return
    if (kind === 'kill') await program.kill()
    else program.signal('SIGSTOP')
    await sleep(ms)
    if (kind === 'stop') program.signal('SIGCONT')
    if (kind === 'stop and kill') await program.kill()
    // On a busy machine the next fault may have begun, and ended, before this one.
    if (kind !== 'stop' && !program.isUp) program.start()
  }

  async #witnesses(): Promise<Omit<Witness, 'kept'>[]> {
    const witnesses = this.peers.map(async (peer) => {
      const { name, lives } = peer
      // A peer that does not answer in time is asked again.
      return { name, lives, history: await history(peer).catch(() => []) }
    })
    return Promise.all(witnesses)
  }
}

/** Names of the peers that a peer has met. */
function namesMet(events: readonly ChatEvent[]): ReadonlySet<string> {
  const names = events.flatMap((event) => {
    if (event.kind === 'present') return event.peers.map(({ name }) => name)
    return event.kind === 'joined' ? [event.peer.name] : []
  })
  return new Set(names)
}

/** Starts, ends and events of all peers, a line each, ordered by time. */
function logOf(peers: readonly Restartable[]): string[] {
  const lines = peers.flatMap(({ name, lives }) =>
    lives.flatMap(({ startedAt, endedAt, end, events, times }) => [
      { at: startedAt, name, text: 'starts' },
      ...events.map((event, index) => ({ at: times[index] ?? 0, name, text: JSON.stringify(event) })),
      { at: endedAt ?? 0, name, text: `ends: ${end ?? ''}` },
    ]),
  )
  const sorted = lines.sort((one, other) => one.at - other.at)
  return sorted.map(({ at, name, text }) => `${new Date(at).toISOString().slice(11, -1)} ${name} ${text}`)
}

/** Every line of standard output is an event; only SIGKILL may leave half a line. */
function wrongLines(name: string, { otherLines, end }: Restartable['life']): string[] {
  const wrong = end === 'SIGKILL' ? otherLines.slice(0, -1) : otherLines
  return wrong.map((line) => `${name} printed something else than an event: ${line}`)
}

async function history({ address }: Peer): Promise<readonly Remembered[]> {
  const answer = await fetch(`http://${address}/p2p/history?channel=${GENERAL}&within=86400`)
  const value: unknown = await answer.json()
  if (!isHistory(value)) throw new Error(`${address} answered ${answer.status}: ${JSON.stringify(value)}`)
  return value.messages
}

function isHistory(value: unknown): value is { readonly messages: readonly Remembered[] } {
  return typeof value === 'object' && value !== null && 'messages' in value && Array.isArray(value.messages)
}

async function until(condition: () => boolean | Promise<boolean>, ms: number): Promise<void> {
  const late = performance.now() + ms
  while (!(await condition()) && performance.now() < late) await sleep(250)
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)))
}
