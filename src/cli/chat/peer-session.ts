/** A running peer and the session in front of it, its page and its hook: what a terminal and a pipe have in common. */
import { randomBytes } from 'node:crypto'
import { ExitError } from '../system/exit-codes.ts'
import { sanitize, sanitizeLine } from '../../chat/sanitize.ts'
import { Hook } from '../running/hook.ts'
import { hookMessage } from '../running/hook-message.ts'
import { readPicture } from './picture-file.ts'
import type { Kept } from './pipe-summary.ts'
import { ChatSession, type SessionOptions } from './session.ts'
import { leftBehind, goOnline, openPeer, placeOfMoment, type StartedPeer } from '../running/start-peer.ts'
import { styleFor } from '../terminal/style.ts'
import { systemClock } from '../system/clock.ts'
import { WebPage } from '../running/web-page.ts'
import type { ChatEvent } from '../../chat/model.ts'
import type { ChatPeer } from '../../peer/peer.ts'
import type { PeerFlags } from './peer-flags.ts'

/** The face of it: where lines go, and what is wanted of them. */
export interface PeerSessionOptions extends Pick<
  SessionOptions,
  'print' | 'note' | 'problem' | 'summarizes' | 'onChannel' | 'onQuit' | 'echo' | 'quiet' | 'optionalTracker'
> {
  readonly flags: PeerFlags
  /** There is a page, unless nobody may have one. */
  readonly hasPage: boolean
}

export class PeerSession {
  readonly peer: ChatPeer
  readonly session: ChatSession
  /** When it was started, as a place in the order of what is kept (src/chat/moment.ts). */
  readonly begun: number
  /** Where messages stay when it ends. */
  readonly kept: Kept
  /** Why there is no page although there should be one. */
  pageProblem: string | undefined
  readonly #options: PeerSessionOptions
  readonly #hook: Hook | undefined
  /** The command runs for what has its place from there on. */
  readonly #hookSince: number
  #page: WebPage | undefined
  readonly #untold: ChatEvent[] = []
  #tell: ((event: ChatEvent) => void) | undefined

  private constructor(options: PeerSessionOptions, started: StartedPeer, begun: number) {
    const { flags, hasPage } = options
    this.#options = options
    this.peer = started.peer
    this.kept = { directory: started.directory, history: flags.keeping.history }
    this.session = this.#newSession()
    this.#hook = this.#newHook(started)
    this.begun = placeOfMoment(started.peer, begun)
    this.#hookSince = flags.execBacklog ? -Infinity : this.begun
    if (hasPage) this.#page = this.#newPage(started)
    this.peer.traceDatagrams(flags.verbose)
  }

  /** Rejects with ExitError. */
  static async start(options: PeerSessionOptions): Promise<PeerSession> {
    const begun = systemClock.now()
    const early: ChatEvent[] = []
    let take = (event: ChatEvent): void => void early.push(event)
    const { flags } = options
    const onEvent = (event: ChatEvent): void => {
      take(event)
    }
    const started = await openPeer(flags, onEvent, flags.isWebWanted ? flags.web : undefined)
    const chat = new PeerSession(options, started, begun)
    take = chat.#take
    early.forEach(take)
    await chat.#openPage()
    try {
      await goOnline(started, flags)
    } catch (error) {
      await chat.close()
      throw error
    }
    return chat
  }

  /** Undefined: there is none. */
  get page(): WebPage | undefined {
    return this.#page
  }

  /** What becomes of messages that wait, in a sentence; undefined: none waits. */
  get leftBehind(): string | undefined {
    return leftBehind(this.peer, this.kept.directory !== undefined)
  }

  /** From now on `tell` is told what happens, and what has not been told yet first. */
  begin(tell: (event: ChatEvent) => void): void {
    this.#tell = tell
    for (const event of this.#untold.splice(0)) tell(event)
  }

  async close(): Promise<void> {
    this.session.flush()
    await Promise.all([this.#hook?.close(), this.#page?.close()])
    await this.peer.close()
  }

  readonly #take = (event: ChatEvent): void => {
    this.#page?.show(event)
    const message = this.#hook === undefined ? undefined : hookMessage(event, this.#hookSince)
    if (message !== undefined) this.#hook?.push(message)
    if (this.#tell === undefined) this.#untold.push(event)
    else this.#tell(event)
  }

  #newSession(): ChatSession {
    const { flags, print, onChannel, onQuit, echo, quiet, optionalTracker } = this.#options
    const { note = print, problem = note, summarizes = false } = this.#options
    return new ChatSession({
      ...{ chat: this.peer, clock: systemClock, verbose: flags.verbose },
      ...{ print, note, problem, summarizes, onChannel, onQuit, echo, quiet, optionalTracker },
      readFile: readPicture,
      style: styleFor(process.stdout.isTTY, process.env, flags.color),
      newId: () => randomBytes(8).toString('hex'),
    })
  }

  #newHook({ directory }: StartedPeer): Hook | undefined {
    const { flags, print, note = print, problem = note } = this.#options
    if (flags.exec === undefined) return undefined
    return new Hook({
      ...{ command: flags.exec, directory },
      onProblem: (sentence) => {
        problem(`-- ${sanitizeLine(sentence)}`)
      },
      onOutput: (text) => {
        print(sanitize(text.trimEnd()))
      },
    })
  }

  #newPage({ peer, directory }: StartedPeer): WebPage | undefined {
    const { flags, print, note = print, problem = note } = this.#options
    const { web, lan, allowHosts, color } = flags
    if (web === undefined) return undefined
    return new WebPage({
      ...{ peer, directory, flags: web, lan, allowHosts },
      color: process.stdout.isTTY && color,
      onError: (error) => {
        problem(`-- something went wrong: ${sanitizeLine(String(error))}`)
      },
    })
  }

  /** Rejects with ExitError when the page that was asked for cannot be opened. */
  async #openPage(): Promise<void> {
    try {
      await this.#page?.open()
    } catch (error) {
      if (!(error instanceof ExitError) || this.#options.flags.isWebWanted) {
        await this.close()
        throw error
      }
      this.pageProblem = `-- ${error.message}; the chat goes on without it`
      this.#page = undefined
    }
  }
}
