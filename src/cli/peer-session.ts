/** A running peer and the session in front of it, its page and its hook: what a terminal and a pipe have in common. */
import { randomBytes } from 'node:crypto'
import { ExitError } from './exit-codes.ts'
import { harmless, harmlessLine } from './harmless.ts'
import { Hook } from './hook.ts'
import { hookMessage } from './hook-message.ts'
import { readPicture } from './picture-file.ts'
import { ChatSession, type SessionOptions } from './session.ts'
import { startPeer, type StartedPeer } from './start-peer.ts'
import { styleFor } from './style.ts'
import { systemClock } from './system-clock.ts'
import { WebPage } from './web-page.ts'
import type { ChatEvent } from '../chat/model.ts'
import type { LocalPeer } from '../peer/peer.ts'
import type { PeerFlags } from './peer-command.ts'

/** The face of it: where lines go, and what is wanted of them. */
export interface PeerSessionOptions extends Pick<
  SessionOptions,
  'print' | 'onChannel' | 'onQuit' | 'echo' | 'quiet' | 'optionalTracker'
> {
  readonly flags: PeerFlags
  /** There is a page, unless nobody may have one. */
  readonly hasPage: boolean
}

export class PeerSession {
  readonly peer: LocalPeer
  readonly session: ChatSession
  /** Why there is no page although there should be one. */
  pageProblem: string | undefined
  readonly #options: PeerSessionOptions
  readonly #hook: Hook | undefined
  #page: WebPage | undefined
  readonly #untold: ChatEvent[] = []
  #tell: ((event: ChatEvent) => void) | undefined

  private constructor(options: PeerSessionOptions, started: StartedPeer) {
    const { flags, hasPage } = options
    this.#options = options
    this.peer = started.peer
    this.session = this.#newSession()
    this.#hook = this.#newHook(started)
    if (hasPage) this.#page = this.#newPage(started)
    this.peer.traceDatagrams(flags.verbose)
  }

  /** Rejects with ExitError. */
  static async start(options: PeerSessionOptions): Promise<PeerSession> {
    const early: ChatEvent[] = []
    let take = (event: ChatEvent): void => void early.push(event)
    const started = await startPeer(options.flags, (event) => {
      take(event)
    })
    const chat = new PeerSession(options, started)
    take = chat.#take
    early.forEach(take)
    await chat.#openPage()
    return chat
  }

  /** Undefined: there is none. */
  get page(): WebPage | undefined {
    return this.#page
  }

  /** From now on `tell` is told what happens, and what has not been told yet first. */
  begin(tell: (event: ChatEvent) => void): void {
    this.#tell = tell
    for (const event of this.#untold.splice(0)) tell(event)
  }

  async close(): Promise<void> {
    this.session.flush()
    this.#hook?.close()
    await this.#page?.close()
    await this.peer.close()
  }

  readonly #take = (event: ChatEvent): void => {
    this.#page?.show(event)
    const message = this.#hook === undefined ? undefined : hookMessage(event)
    if (message !== undefined) this.#hook?.push(message)
    if (this.#tell === undefined) this.#untold.push(event)
    else this.#tell(event)
  }

  #newSession(): ChatSession {
    const { flags, print, onChannel, onQuit, echo, quiet, optionalTracker } = this.#options
    return new ChatSession({
      ...{ chat: this.peer, clock: systemClock, verbose: flags.verbose },
      ...{ print, onChannel, onQuit, echo, quiet, optionalTracker, readFile: readPicture },
      style: styleFor(process.stdout.isTTY, process.env, flags.color),
      newId: () => randomBytes(8).toString('hex'),
    })
  }

  #newHook({ directory }: StartedPeer): Hook | undefined {
    const { flags, print } = this.#options
    if (flags.exec === undefined) return undefined
    return new Hook({
      ...{ command: flags.exec, directory },
      onProblem: (sentence) => {
        print(`-- ${harmlessLine(sentence)}`)
      },
      onOutput: (text) => {
        print(harmless(text.trimEnd()))
      },
    })
  }

  #newPage({ peer, directory }: StartedPeer): WebPage | undefined {
    const { flags, print } = this.#options
    const { web, lan, allowHosts, color } = flags
    if (web === undefined) return undefined
    return new WebPage({
      ...{ peer, directory, flags: web, lan, allowHosts },
      color: process.stdout.isTTY && color,
      onError: (error) => {
        print(`-- something went wrong: ${harmlessLine(String(error))}`)
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
