/** A run of chaos: starts a tracker and peers, does what the plan says, waits until it is quiet, and asks everybody. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GENERAL, type ChatEvent } from '../../src/chat/model.ts'
import { seededRandom } from '../fuzz/mutate.ts'
import { keptIn } from './kept.ts'
import { isAllShown, judge, type Remembered, type Verdict, type Witness } from './judge.ts'
import { planOf, TRACKER, type Fault, type Step } from './plan.ts'
import { freePort } from '../free-port.ts'
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

export interface Outcome extends Verdict {
  /** Faults by kind and whom they befell: `kill peer`. */
  readonly faults: ReadonlyMap<string, number>
  /** How programs ended that were asked to end in order, and what they wrote to standard error. */
  readonly complaints: readonly string[]
  /** From the end of the traffic until everything was shown, or nothing happened any more, in milliseconds. */
  readonly quietAfter: number
}

const NAMES = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank']
/** Milliseconds. */
const START = 20_000
/** Longer than the longest pause between two attempts to deliver. */
const SILENCE = 40_000
const LONGEST_WAIT = 180_000
const ORDERLY = 5_000

/** Rejects when something could not be started at all. */
export async function runChaos({ seed, seconds, peers: count, rate, log }: ChaosOptions): Promise<Outcome> {
  const random = seededRandom(seed)
  const names = NAMES.slice(0, count)
  const directory = mkdtempSync(join(tmpdir(), 'parley-chaos-'))
  const scene = await Scene.set(directory, names)
  try {
    await scene.begin()
    const faults = await scene.perform(planOf({ peers: names, seconds, rate, random }))
    const quietAfter = await scene.quiet()
    const histories = await scene.histories()
    const complaints = await scene.end()
    if (log !== undefined) writeFileSync(log, `${logOf(scene.peers).join('\n')}\n`)
    const conversations = [GENERAL, ...scene.peers.map(({ address }) => `@${address}`)]
    const witnesses = scene.peers.map(async ({ name, lives, data }) => ({
      name,
      lives,
      history: histories.get(name) ?? [],
      kept: await keptIn(data, conversations),
    }))
    const verdict = judge(await Promise.all(witnesses))
    return { ...verdict, faults, complaints, quietAfter }
  } finally {
    await scene.strike()
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

class Scene {
  readonly peers: readonly Peer[]
  readonly #tracker: Restartable
  readonly #cast: ReadonlyMap<string, Restartable>
  #numbers = 0

  private constructor(tracker: Restartable, peers: readonly Peer[]) {
    this.#tracker = tracker
    this.peers = peers
    this.#cast = new Map([tracker, ...peers].map((program) => [program.name, program]))
  }

  static async set(directory: string, names: readonly string[]): Promise<Scene> {
    const trackerPort = await freePort()
    const tracker = new Restartable(TRACKER, ['tracker', '--ip', '127.0.0.1', '--port', String(trackerPort)])
    const peers: Peer[] = []
    for (const name of names) peers.push(new Peer(name, await freePort(), trackerPort, join(directory, name)))
    return new Scene(tracker, peers)
  }

  /** Everybody is there and knows everybody. */
  async begin(): Promise<void> {
    this.#tracker.start()
    for (const peer of this.peers) peer.start()
    const others = this.peers.length - 1
    await until(() => this.peers.every(({ events }) => namesMet(events).size === others), START)
    for (const { name, events, life } of this.peers) {
      if (namesMet(events).size < others) throw new Error(`${name} did not meet everybody: ${life.errors}`)
    }
  }

  /** Resolves to the faults, counted, when all of it is done and everything is up again. */
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

  /** Resolves to the time it took until everything was shown, or nothing new was printed for a while. */
  async quiet(): Promise<number> {
    const begin = performance.now()
    let heard = 0
    let lastNews = begin
    await until(async () => {
      const total = this.peers.reduce((sum, { events }) => sum + events.length, 0)
      if (total > heard) lastNews = performance.now()
      heard = total
      return isAllShown(await this.#witnesses()) || performance.now() - lastNews > SILENCE
    }, LONGEST_WAIT)
    return performance.now() - begin
  }

  /** What each peer answers about #general. Rejects when one does not answer. */
  async histories(): Promise<ReadonlyMap<string, readonly Remembered[]>> {
    const answers = this.peers.map(async (peer) => [peer.name, await history(peer)] as const)
    return new Map(await Promise.all(answers))
  }

  /** Ends everything in order; resolves to what was wrong with that. */
  async end(): Promise<readonly string[]> {
    const programs = [...this.#cast.values()]
    for (const program of programs) program.signal('SIGTERM')
    await until(() => programs.every(({ isUp }) => !isUp), ORDERLY)
    return programs.flatMap(({ name, isUp, lives, life }) => [
      ...(isUp ? [`${name} did not end within ${ORDERLY} ms of SIGTERM`] : []),
      ...(!isUp && life.end !== 0 ? [`${name} ended with ${life.end ?? 'nothing'}`] : []),
      ...lives.flatMap(({ errors }) => (errors === '' ? [] : [`${name} wrote: ${errors}`])),
      ...(name === TRACKER ? [] : lives.flatMap((each) => wrongLines(name, each))),
    ])
  }

  /** Nothing of it runs any more, whatever happened. */
  async strike(): Promise<void> {
    const running = [...this.#cast.values()].filter(({ isUp }) => isUp)
    await Promise.all(running.map((program) => program.kill()))
  }

  #say(who: string, to: string | undefined): void {
    const text = `${who} ${++this.#numbers}`
    this.#cast.get(who)?.type(to === undefined ? text : `/msg ${to} ${text} to ${to}`)
  }

  async #suffer({ kind, what, ms }: Fault): Promise<void> {
    const program = this.#cast.get(what)
    if (program === undefined) return
    if (kind === 'kill') await program.kill()
    else program.signal('SIGSTOP')
    await sleep(ms)
    if (kind === 'stop') program.signal('SIGCONT')
    if (kind === 'stop and kill') await program.kill()
    // On a busy machine the next fault may be here before this one is over, and has started it.
    if (kind !== 'stop' && !program.isUp) program.start()
  }

  async #witnesses(): Promise<Omit<Witness, 'kept'>[]> {
    const witnesses = this.peers.map(async (peer) => {
      const { name, lives } = peer
      // It may have no time to answer; then it is asked again.
      return { name, lives, history: await history(peer).catch(() => []) }
    })
    return Promise.all(witnesses)
  }
}

/** Whom a peer has met, by name. */
function namesMet(events: readonly ChatEvent[]): ReadonlySet<string> {
  const names = events.flatMap((event) => {
    if (event.kind === 'present') return event.peers.map(({ name }) => name)
    return event.kind === 'joined' ? [event.peer.name] : []
  })
  return new Set(names)
}

/** Starts, ends and events of all peers, a line each, in the order of time. */
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

/** Every line of standard output is an event; only a death may leave half a one. */
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
