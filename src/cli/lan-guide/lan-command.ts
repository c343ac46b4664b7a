/**
 * `parley lan`: a peer on the LAN, without a tracker, that is told what to do by questions and answers.
 *
 * In a terminal the question is the prompt, which stays whole when something comes in; between pipes the lines
 * answer the questions in their order, and the end of the input is QUIT.
 */
import { randomBytes } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import { addressKey } from '../../chat/model.ts'
import { ChatPeer } from '../../peer/peer.ts'
import { EXIT, listenError } from '../system/exit-codes.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { addressOnLan, chosenNetworks, isThisMachineOnly } from '../system/interfaces.ts'
import { pipeAsker, terminalAsker, type ClosingAsker } from './askers.ts'
import { askName, askVerbose, converse, verboseLine } from './dialogue.ts'
import { openKept, type KeepingFlags } from '../running/open-store.ts'
import { systemRandom } from '../system/random.ts'
import { HeldProfiles } from './profiles.ts'
import { userIdFor } from '../chat/lan-people.ts'
import { DirectFates } from './direct-fates.ts'
import { calledIn, lanProfile, lanWording, type Mode } from './render.ts'
import { isInteractive, onSignals, stopped } from '../system/signals.ts'
import { readPicture } from '../chat/picture-file.ts'
import { CANNOT_START_PEER, checkPorts } from '../running/port-check.ts'
import { leftBehind } from '../running/start-peer.ts'
import { ChatSession } from '../chat/session.ts'
import { styleFor } from '../terminal/style.ts'
import { systemClock } from '../system/clock.ts'
import type { ChatEvent } from '../../chat/model.ts'
import type { Network } from '../../udp/node/model.ts'

export interface LanFlags {
  /** Undefined: it is asked. */
  readonly name: string | undefined
  /** Undefined: every address of this machine, or 127.0.0.1 when nobody else is to be reached. */
  readonly ip: string | undefined
  readonly port: number | undefined
  /** Names; all when there are none. */
  readonly interfaces: readonly string[]
  /** Undefined: it is asked. */
  readonly verbose: boolean | undefined
  /** Between pipes: how long to wait for people and for deliveries, in seconds. */
  readonly timeout: number
  readonly keeping: KeepingFlags
}

/** Resolves to the exit status. Rejects with ExitError. */
export async function runLan(flags: LanFlags): Promise<number> {
  const stopping = new AbortController()
  const asker = isInteractive() ? terminalAsker(stopping) : pipeAsker()
  onSignals(stopping)
  const program = new LanProgram(flags, asker)
  try {
    return await Promise.race([stopped(stopping), program.run()])
  } finally {
    await program.close()
    asker.close()
  }
}

class LanProgram {
  readonly #flags: LanFlags
  readonly #asker: ClosingAsker
  readonly #quitting = new AbortController()
  /** Messages stay on disk. */
  #isKept = false
  #starting: Promise<ChatPeer> | undefined
  #flush = (): void => undefined
  /** What is left of the time that a pipe waits for people, in milliseconds; a terminal does not wait. */
  #patience: number

  constructor(flags: LanFlags, asker: ClosingAsker) {
    this.#flags = flags
    this.#asker = asker
    this.#patience = asker.isPipe ? flags.timeout * 1_000 : 0
  }

  /** Resolves to the exit status. */
  async run(): Promise<number> {
    const { name: given, verbose, port = 0 } = this.#flags
    const { print, ask, isPipe } = this.#asker
    // Before anything is asked or printed.
    await checkPorts([{ host: this.#host, port, purpose: CANNOT_START_PEER, flag: '--port' }])
    const name = given ?? (await askName(this.#asker))
    if (name === undefined) return EXIT.ok
    const mode: Mode = { verbose: verbose ?? (await askVerbose(this.#asker)) }
    const { peer, session, fates } = await this.#start(name, mode)
    const allDone = await converse({
      ...{ chat: peer, mode, print, ask, readFile: readPicture },
      now: () => peer.now(),
      perform: (line) => session.perform(line),
      waitUntil: (holds) => this.#waitUntil(holds),
      fateOf: (messageId, to) => fates.of(messageId, to),
      quitting: this.#quitting.signal,
    })
    const settled = await peer.settled(isPipe ? this.#flags.timeout * 1_000 : 1_000)
    if (!isPipe) return EXIT.ok
    if (!allDone || session.failed) return EXIT.failure
    return settled && !session.undelivered ? EXIT.ok : EXIT.undelivered
  }

  /** Says goodbye to the others, also when the start is not over yet. Idempotent. */
  async close(): Promise<void> {
    const peer = await this.#starting?.catch(() => undefined)
    // What was just said is on its way; a moment is enough on one network.
    await peer?.settled(1_000)
    this.#flush()
    const left = peer === undefined ? undefined : leftBehind(peer, this.#isKept)
    if (left !== undefined) this.#asker.print(left)
    await peer?.close()
  }

  get #networks(): readonly Network[] {
    return chosenNetworks(this.#flags.interfaces, networkInterfaces())
  }

  get #host(): string {
    return this.#flags.ip ?? (isThisMachineOnly(this.#networks) ? '127.0.0.1' : '0.0.0.0')
  }

  async #start(
    name: string,
    mode: Mode,
  ): Promise<{ peer: ChatPeer; session: ChatSession; fates: DirectFates }> {
    const { interfaces, port } = this.#flags
    const { print } = this.#asker
    const host = this.#host
    const early: ChatEvent[] = []
    let show = (event: ChatEvent): void => void early.push(event)
    const { store, directory } = await openKept(name, this.#flags.keeping, (text) => {
      show({ kind: 'notice', text })
    })
    this.#isKept = directory !== undefined
    this.#starting = ChatPeer.start({
      ...{ name, host, port, store, clock: systemClock, random: systemRandom, lan: { interfaces } },
      onEvent: (event) => {
        show(event)
      },
      onError: (error) => {
        show({ kind: 'notice', text: `something went wrong: ${String(error)}` })
      },
    })
    const peer = await this.#starting.catch((error: unknown) => {
      store.close()
      throw listenError(error, CANNOT_START_PEER, host, port ?? 8000)
    })
    print(verboseLine(mode))
    print(`Peer started as ${sanitizeLine(userIdFor(name, addressOnLan(this.#networks)))}`)
    print(`Listening on ${addressKey({ ip: peer.address.host, port: peer.address.port })}`)
    const session = this.#session(peer, mode)
    if (!this.#asker.isPipe) session.begin()
    const profiles = new HeldProfiles(systemClock, (shown) => {
      print(lanProfile(shown, peer, mode))
    })
    const fates = new DirectFates({
      ...{ clock: systemClock, print },
      called: (to) => calledIn(mode, to, peer),
    })
    this.#flush = () => {
      profiles.flush()
      session.flush()
    }
    show = (event) => {
      fates.take(event)
      if (event.kind === 'profile' || event.kind === 'renamed') profiles.changed(event.peer)
      else session.show(event)
    }
    for (const event of early) show(event)
    return { peer, session, fates }
  }

  #session(peer: ChatPeer, mode: Mode): ChatSession {
    const style = styleFor(process.stdout.isTTY, process.env, true)
    const session = new ChatSession({
      ...{ chat: peer, style, clock: systemClock, verbose: false, echo: false, quiet: false },
      print: this.#asker.print,
      onChannel: () => undefined,
      onQuit: () => {
        this.#quitting.abort()
      },
      readFile: readPicture,
      newId: () => randomBytes(8).toString('hex'),
      wording: lanWording(peer, mode, style),
    })
    this.#asker.setCompletion(session.complete)
    return session
  }

  async #waitUntil(holds: () => boolean): Promise<void> {
    const begin = systemClock.now()
    while (!holds() && systemClock.now() - begin < this.#patience && !this.#quitting.signal.aborted) {
      await new Promise<void>((resolve) => systemClock.after(20, resolve))
    }
    this.#patience -= systemClock.now() - begin
  }
}
