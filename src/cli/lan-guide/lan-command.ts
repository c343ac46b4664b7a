/**
 * `parley lan`: a peer on the LAN, without a tracker, that is used by questions and answers.
 *
 * In a terminal the question is the prompt, which stays whole when a line is printed; between pipes the lines of the input
 * answer the questions in order, and the end of the input is QUIT.
 */
import { networkInterfaces } from 'node:os'
import { addressKey } from '../../chat/model.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { ChatPeer } from '../../peer/peer.ts'
import { readPicture } from '../chat/picture-file.ts'
import { ChatSession } from '../chat/session.ts'
import { userIdFor } from '../chat/user-ids.ts'
import { keepName } from '../running/local-person.ts'
import { openPeerStore, type StorageFlags } from '../running/open-store.ts'
import { PeerEvents } from '../running/peer-events.ts'
import { CANNOT_START_PEER, checkPorts } from '../running/port-check.ts'
import { leftBehind } from '../running/start-peer.ts'
import { systemClock } from '../system/clock.ts'
import { EXIT, listenError } from '../system/exit-codes.ts'
import { addressOnLan, chosenNetworks, isThisMachineOnly } from '../system/interfaces.ts'
import { systemRandom } from '../system/random.ts'
import { isInteractive, onSignals, stopped } from '../system/signals.ts'
import { styleFor } from '../terminal/style.ts'
import { TerminalAsker, pipeAsker, type ClosingAsker } from './askers.ts'
import { askName, askVerbose, converse, verboseLine } from './dialogue.ts'
import { DirectStatuses } from './direct-status.ts'
import { HeldProfiles } from './profiles.ts'
import { calledIn, lanProfile, lanWording, type Mode } from './render.ts'
import type { Network } from '../../udp/node/model.ts'
import type { ChatView } from '../chat/view.ts'

export interface LanFlags {
  /** Undefined: the program asks for it. */
  readonly name: string | undefined
  /** Undefined: every address of this machine, or 127.0.0.1 if the LAN reaches no other machine. */
  readonly ip: string | undefined
  readonly port: number | undefined
  /** Names of interfaces; empty: all. */
  readonly interfaces: readonly string[]
  /** Undefined: the program asks for it. */
  readonly verbose: boolean | undefined
  /** Between pipes: how long to wait for recipients and for deliveries, in seconds. */
  readonly timeout: number
  readonly storage: StorageFlags
}

/** Resolves to the exit status. Rejects with ExitError. */
export async function runLan(flags: LanFlags): Promise<number> {
  const stopping = new AbortController()
  const asker = isInteractive() ? new TerminalAsker(stopping) : pipeAsker()
  onSignals(stopping)
  const program = new LanProgram(flags, asker)
  try {
    return await Promise.race([stopped(stopping), program.run()])
  } finally {
    await program.close()
    asker.close()
  }
}

class LanProgram implements ChatView {
  readonly #flags: LanFlags
  readonly #asker: ClosingAsker
  readonly #events = new PeerEvents()
  readonly #quitting = new AbortController()
  /** Messages stay on disk. */
  #isKept = false
  #starting: Promise<ChatPeer> | undefined
  #flush = (): void => undefined
  /** The rest of the time for which a pipe waits for recipients, in milliseconds; a terminal does not wait. */
  #patience: number

  constructor(flags: LanFlags, asker: ClosingAsker) {
    this.#flags = flags
    this.#asker = asker
    this.#patience = asker.isPipe ? flags.timeout * 1_000 : 0
  }

  /** Resolves to the exit status. */
  async run(): Promise<number> {
    const { name: given, verbose, port = 0, timeout } = this.#flags
    const { print, ask, isPipe } = this.#asker
    // Before the first question and the first line.
    await checkPorts([{ host: this.#host, port, purpose: CANNOT_START_PEER, flag: '--port' }])
    const name = given ?? (await askName(this.#asker))
    if (name === undefined) return EXIT.ok
    const mode: Mode = { verbose: verbose ?? (await askVerbose(this.#asker)) }
    const peer = await this.#start(name, mode)
    const { session, statuses } = this.#converseWith(peer, mode)
    const allDone = await converse({
      chat: peer,
      mode,
      print,
      ask,
      readFile: readPicture,
      now: () => peer.now(),
      perform: (line) => session.perform(line),
      waitUntil: (holds) => this.#waitUntil(holds),
      statusOf: (messageId, to) => statuses.of(messageId, to),
      quitting: this.#quitting.signal,
    })
    const settled = await peer.settled(isPipe ? timeout * 1_000 : 1_000)
    if (!isPipe) return EXIT.ok
    if (!allDone || session.failed) return EXIT.failure
    return settled && !session.undelivered ? EXIT.ok : EXIT.undelivered
  }

  /** Says goodbye to other peers, also if the start is not over yet. Idempotent. */
  async close(): Promise<void> {
    const peer = await this.#starting?.catch(() => undefined)
    // Messages that were just sent are on their way; a moment is enough on one network.
    await peer?.settled(1_000)
    this.#flush()
    const left = peer === undefined ? undefined : leftBehind(peer, this.#isKept)
    if (left !== undefined) this.#asker.print(left)
    await peer?.close()
  }

  // --- what the session shows -----------------------------------------------------------------------

  print(text: string): void {
    this.#asker.print(text)
  }

  note(text: string): void {
    this.#asker.print(text)
  }

  problem(text: string): void {
    this.#asker.print(text)
  }

  /** The prompt is a question, not a channel. */
  showChannel(): void {
    return
  }

  quit(): void {
    this.#quitting.abort()
  }

  // --- the peer -------------------------------------------------------------------------------------

  get #networks(): readonly Network[] {
    return chosenNetworks(this.#flags.interfaces, networkInterfaces())
  }

  get #host(): string {
    return this.#flags.ip ?? (isThisMachineOnly(this.#networks) ? '127.0.0.1' : '0.0.0.0')
  }

  /** Rejects with ExitError. */
  async #start(name: string, mode: Mode): Promise<ChatPeer> {
    const { interfaces, port, storage } = this.#flags
    const { print } = this.#asker
    const host = this.#host
    const notice = (text: string): void => {
      this.#events.show({ kind: 'notice', text })
    }
    const { store, secure, person } = await openPeerStore(name, storage, notice)
    this.#isKept = person !== undefined
    this.#starting = ChatPeer.start({
      name,
      secure,
      host,
      port,
      store,
      clock: systemClock,
      random: systemRandom,
      lan: { interfaces },
      onRename: (newName) => {
        keepName(person, newName, notice)
      },
      onEvent: (event) => {
        this.#events.show(event)
      },
      onError: (error) => {
        notice(`something went wrong: ${String(error)}`)
      },
    })
    const peer = await this.#starting.catch((error: unknown) => {
      store.close()
      throw listenError(error, CANNOT_START_PEER, host, port ?? 8000)
    })
    print(verboseLine(mode))
    print(`Peer started as ${sanitizeLine(userIdFor(name, addressOnLan(this.#networks)))}`)
    print(`Listening on ${addressKey({ ip: peer.address.host, port: peer.address.port })}`)
    return peer
  }

  /** Shows what happens to the peer from now on, and what has happened. */
  #converseWith(peer: ChatPeer, mode: Mode): { session: ChatSession; statuses: DirectStatuses } {
    const { print, isPipe } = this.#asker
    const style = styleFor(process.stdout.isTTY, process.env, true)
    const session = new ChatSession({
      chat: peer,
      view: this,
      style,
      clock: systemClock,
      random: systemRandom,
      verbose: false,
      echo: false,
      quiet: false,
      summarizes: false,
      readFile: readPicture,
      wording: lanWording(peer, mode, style),
    })
    this.#asker.setCompletion(session.complete)
    if (!isPipe) session.begin()
    const profiles = new HeldProfiles(systemClock, (shown) => {
      print(lanProfile(shown, peer, mode))
    })
    const statuses = new DirectStatuses({
      clock: systemClock,
      print,
      called: (to) => calledIn(mode, to, peer),
    })
    this.#flush = () => {
      profiles.flush()
      session.flush()
    }
    this.#events.listen({
      show: (event) => {
        statuses.take(event)
        if (event.kind === 'profile' || event.kind === 'renamed') profiles.changed(event.peer)
        else session.show(event)
      },
    })
    return { session, statuses }
  }

  async #waitUntil(holds: () => boolean): Promise<void> {
    const begin = systemClock.now()
    while (!holds() && systemClock.now() - begin < this.#patience && !this.#quitting.signal.aborted) {
      await new Promise<void>((resolve) => systemClock.after(20, resolve))
    }
    this.#patience -= systemClock.now() - begin
  }
}
