/**
 * A running peer with its page and its hook, and the session of its user.
 *
 * Invariant: the page and the hook get every event at once; those for the session wait in `events` until it listens.
 */
import { sanitize, sanitizeLine } from '../../chat/sanitize.ts'
import { Hook } from '../running/hook.ts'
import { HookListener } from '../running/hook-listener.ts'
import { PeerEvents, type PeerListener } from '../running/peer-events.ts'
import { leftBehind, goOnline, openPeer, placeOfMoment, type StartedPeer } from '../running/start-peer.ts'
import { WebPage } from '../running/web-page.ts'
import { systemClock } from '../system/clock.ts'
import { ExitError } from '../system/exit-codes.ts'
import { systemRandom } from '../system/random.ts'
import { styleFor } from '../terminal/style.ts'
import { readPicture } from './picture-file.ts'
import { ChatSession, type SessionOptions } from './session.ts'
import type { ChatEvent } from '../../chat/model.ts'
import type { ChatPeer } from '../../peer/peer.ts'
import type { PeerFlags } from './peer-flags.ts'
import type { ChatView } from './view.ts'

export interface RunningChatOptions extends Pick<
  SessionOptions,
  'summarizes' | 'echo' | 'quiet' | 'optionalTracker'
> {
  /** There is a page, unless the flags forbid it. */
  readonly hasPage: boolean
}

export class RunningChat implements PeerListener {
  readonly peer: ChatPeer
  readonly session: ChatSession
  /** Where the peer keeps its messages; undefined: nowhere. */
  readonly directory: string | undefined
  /** The key of the peer as people read it out. */
  readonly shortId: string
  /** Why the peer has not the name asked for, as the end of a line; else empty. */
  readonly nameNote: string
  /** The start, as a place in the order of stored messages (src/chat/moment.ts). */
  readonly begun: number
  /** What happens to the peer, for the session. */
  readonly events = new PeerEvents()
  page: WebPage | undefined
  /** Why there is no page although there should be one. */
  pageProblem: string | undefined
  readonly #hook: HookListener | undefined

  private constructor(
    flags: PeerFlags,
    view: ChatView,
    options: RunningChatOptions,
    { peer, directory, shortId, nameNote }: StartedPeer,
    begun: number,
  ) {
    this.peer = peer
    this.directory = directory
    this.shortId = shortId
    this.nameNote = nameNote
    this.begun = placeOfMoment(peer, begun)
    this.session = new ChatSession({
      ...options,
      chat: peer,
      view,
      style: styleFor(process.stdout.isTTY, process.env, flags.color),
      clock: systemClock,
      random: systemRandom,
      verbose: flags.verbose,
      readFile: readPicture,
    })
    this.#hook = newHook(flags, directory, view, this.begun)
    this.page = options.hasPage ? newPage(flags, peer, directory, view) : undefined
    peer.traceDatagrams(flags.verbose)
  }

  /** Resolves when other peers see this one. Rejects with ExitError. */
  static async start(flags: PeerFlags, view: ChatView, options: RunningChatOptions): Promise<RunningChat> {
    const begun = systemClock.now()
    const events = new PeerEvents()
    const started = await openPeer(flags, events, flags.isWebWanted ? flags.web : undefined)
    const chat = new RunningChat(flags, view, options, started, begun)
    events.listen(chat)
    try {
      await chat.#openPage(flags)
      await goOnline(started, flags)
    } catch (error) {
      await chat.close()
      throw error
    }
    return chat
  }

  show(event: ChatEvent): void {
    this.page?.show(event)
    this.#hook?.show(event)
    this.events.show(event)
  }

  /** What happens to messages that still wait, in a sentence; undefined: none waits. */
  get leftBehind(): string | undefined {
    return leftBehind(this.peer, this.directory !== undefined)
  }

  async close(): Promise<void> {
    this.session.flush()
    await Promise.all([this.#hook?.close(), this.page?.close()])
    await this.peer.close()
  }

  /** Rejects with ExitError if the user asked for the page and it cannot be opened. */
  async #openPage(flags: PeerFlags): Promise<void> {
    try {
      await this.page?.open()
    } catch (error) {
      if (!(error instanceof ExitError) || flags.isWebWanted) throw error
      this.pageProblem = `-- ${error.message}; the chat goes on without it`
      this.page = undefined
    }
  }
}

function newHook(
  flags: PeerFlags,
  directory: string | undefined,
  view: ChatView,
  begun: number,
): HookListener | undefined {
  if (flags.exec === undefined) return undefined
  const hook = new Hook({
    command: flags.exec,
    directory,
    onProblem: (sentence) => {
      view.problem(`-- ${sanitizeLine(sentence)}`)
    },
    onOutput: (text) => {
      view.print(sanitize(text.trimEnd()))
    },
  })
  return new HookListener(hook, flags.execBacklog ? -Infinity : begun)
}

function newPage(
  { web, lan, isTrackerOptional, allowHosts, color }: PeerFlags,
  peer: ChatPeer,
  directory: string | undefined,
  view: ChatView,
): WebPage | undefined {
  if (web === undefined) return undefined
  return new WebPage({
    peer,
    directory,
    flags: web,
    lan,
    isTrackerOptional,
    allowHosts,
    color: process.stdout.isTTY && color,
    onError: (error) => {
      view.problem(`-- something went wrong: ${sanitizeLine(String(error))}`)
    },
  })
}
