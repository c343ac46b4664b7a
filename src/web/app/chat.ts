/** The page as a running program: events of the local peer go into the store, actions of the user go to the local peer. */
import { placeOf } from '../../chat/moment.ts'
import { fromJson } from '../../chat/wire/json.ts'
import {
  LocalEvent,
  type Conversation,
  type LocalEvents,
  type LocalMessage,
  type LocalPage,
  type LocalState,
} from '../../chat/wire/local-api.ts'
import { Api, problemIn, Refusal } from '../net/api.ts'
import { Backoff } from '../net/backoff.ts'
import { Pictures } from '../net/pictures.ts'
import { SharedStream } from '../net/shared-stream.ts'
import { allConversations } from '../model/conversations.ts'
import { backOff } from '../model/back-off.ts'
import { hashOf } from '../model/hash.ts'
import { noticeSentence, type Problem } from '../model/problem.ts'
import { successorOf } from '../model/follow.ts'
import { indexOfKey } from '../model/log.ts'
import { fragmentOf } from '../model/location.ts'
import { ownerOf } from '../model/owner.ts'
import { logOf, shownLog, type Direction, type Panel, type View, type Which } from '../model/view.ts'
import type { ServerEvent } from '../model/event-text.ts'
import { newId } from './new-id.ts'
import { SendQueue } from './send-queue.ts'
import { Drafts } from './drafts.ts'
import { ReadMarkers } from './read-markers.ts'
import { Store } from './store.ts'

/** Messages per page. The newest page is small, so that it loads fast. */
const PAGE = { newest: 60, older: 100, around: 100, search: 50 } as const
/** Pages that are searched for a message, from its time on. */
const MOST_PAGES = 10
/** The lifetime of a notice, in milliseconds. */
const NOTICE_FOR = 8_000
/** The same with a button; a flood that goes on has another one by then. */
const FLOOD_NOTICE_FOR = 60_000

type Flooding = LocalEvents['notice']['flooding']

export type MessageListener = (message: LocalMessage, isLeading: boolean) => void

export class Chat {
  readonly store = new Store()
  readonly api: Api
  readonly pictures: Pictures
  readonly drafts = new Drafts()
  readonly sendQueue: SendQueue
  /** Called for every new message of others, not for messages of older pages. */
  readonly messageListeners = new Set<MessageListener>()
  /** Called when the log must scroll to its end. */
  readonly scrollToEndListeners = new Set<() => void>()
  readonly #marks: ReadMarkers
  readonly #name: string
  #stream: SharedStream | undefined
  readonly #pause = new Backoff()
  #noticeId = 0
  /** The drafts and messages stored for this peer are restored. */
  #isBegun = false
  /** The id of this page among those of the same peer. */
  readonly #id = newId()

  constructor(token: string) {
    this.api = new Api(token)
    this.pictures = new Pictures(this.api)
    this.sendQueue = new SendQueue(this.api, this.store)
    // Only tabs with the same token share a stream.
    this.#name = `parley.${hashOf(token)}`
    this.#marks = new ReadMarkers(this.api, this.store)
  }

  get view(): View {
    return this.store.view
  }

  async start(): Promise<void> {
    const eventId = await this.#firstState()
    if (eventId === undefined) return
    this.#openFirst()
    this.#stream = new SharedStream(this.api, this.#name, eventId, {
      opened: () => {
        this.#opened()
      },
      alive: () => undefined,
      event: (event, isGap) => {
        this.#take(event, isGap)
      },
      lost: (attempts) => {
        this.store.dispatch({ kind: 'link', link: { kind: 'lost', attempts } })
      },
      refused: () => {
        this.store.dispatch({ kind: 'link', link: { kind: 'refused' } })
      },
    })
    this.#opened()
    await this.#loadUnseen()
  }

  /** The first conversation: from the address, else #general, else the first channel. */
  #openFirst(): void {
    const channels = this.view.local?.channels ?? []
    const [first] = channels
    const isKnown = channels.some(({ name }) => name === this.view.open)
    if (first !== undefined && !isKnown && location.hash === '') this.open(first.name)
    if (location.hash === '') history.replaceState(null, '', fragmentOf(this.view.open))
  }

  /** The network is back, or the user looks at the page again: ends all pauses between attempts. */
  wake(): void {
    this.#pause.end()
    this.#stream?.wake()
    this.sendQueue.takeOver()
  }

  /** A conversation with an address is that with the person who is reached there. */
  open(wanted: Conversation): void {
    const conversation = successorOf(this.view.local, wanted)
    if (conversation !== wanted) history.replaceState(null, '', fragmentOf(conversation))
    this.store.dispatch({ kind: 'open', conversation })
    void this.load(conversation, 'newest')
  }

  /** Marks the open conversation as read and scrolls to its end. */
  readAll(): void {
    this.store.dispatch({ kind: 'read', conversation: this.view.open })
    this.leaveExcerpt()
    for (const listener of this.scrollToEndListeners) listener()
  }

  panel(panel: Panel): void {
    this.store.dispatch({ kind: 'panel', panel })
  }

  closePanel(): void {
    this.panel({ kind: 'none' })
  }

  /** Loads a page unless it is loaded or loading. */
  async load(conversation: Conversation, which: Which): Promise<void> {
    const log = logOf(this.view, conversation)
    const isIdle =
      which === 'newest' ? needsNewest(log.newest) : log.before !== undefined && log.older !== 'loading'
    if (!isIdle) return
    this.store.dispatch({ kind: 'page-asked', conversation, which })
    try {
      const page = await (which === 'newest' || log.before === undefined
        ? this.api.page(conversation, PAGE.newest)
        : this.api.page(conversation, PAGE.older, { before: log.before }))
      this.store.dispatch({ kind: 'page', conversation, which, page })
    } catch (error) {
      this.#failed(error)
      this.store.dispatch({ kind: 'page-failed', conversation, which })
    }
  }

  /** Loads the page before or after the part on the screen, unless it is loaded or loading. */
  async loadShown(which: Direction): Promise<void> {
    const { excerpt, open } = this.view
    if (excerpt === undefined) {
      if (which === 'older') await this.load(open, 'older')
      return
    }
    const place = which === 'older' ? excerpt.log.before : excerpt.after
    const isLoading = (which === 'older' ? excerpt.log.older : excerpt.newer) === 'loading'
    if (place === undefined || isLoading) return
    this.store.dispatch({ kind: 'excerpt-asked', which })
    try {
      const where = which === 'older' ? { before: place } : { after: place }
      const page = await this.api.page(excerpt.conversation, PAGE.older, where)
      this.store.dispatch({ kind: 'excerpt-page', which, of: place, page })
    } catch (error) {
      this.#failed(error)
      this.store.dispatch({ kind: 'excerpt-failed', which })
    }
  }

  /** Back to the end of the conversation. */
  leaveExcerpt(): void {
    this.store.dispatch({ kind: 'excerpt-left' })
  }

  /** Shows a message among those around it. */
  async goTo(message: LocalMessage): Promise<void> {
    const { conversation, key } = message
    this.open(conversation)
    await this.load(conversation, 'newest')
    const isHere = (): boolean => indexOfKey(shownLog(this.view).messages, key) >= 0
    if (!isHere() && indexOfKey(logOf(this.view, conversation).messages, key) >= 0) this.leaveExcerpt()
    if (!isHere()) {
      const isDone = await this.attempt(async () => {
        const page = await this.api.page(conversation, PAGE.around, { around: String(placeOf(message)) })
        this.store.dispatch({ kind: 'excerpt', conversation, page })
      })
      if (!isDone) return
    }
    // Many messages may have the same time.
    for (let pages = 0; !isHere() && pages < MOST_PAGES; pages++) await this.loadShown('newer')
    if (this.view.open !== conversation) return
    if (isHere()) this.store.dispatch({ kind: 'target', key })
    else this.notice('That message is not kept any more.')
  }

  search(words: string, conversation: Conversation | undefined, signal: AbortSignal): Promise<LocalPage> {
    return this.api.search({ words, conversation, limit: PAGE.search, client: this.#id }, signal)
  }

  notice(text: string, flooding?: Flooding): void {
    const id = ++this.#noticeId
    this.store.dispatch({ kind: 'notice', notice: { id, text, flooding } })
    setTimeout(
      () => {
        this.store.dispatch({ kind: 'notice-closed', id })
      },
      flooding === undefined ? NOTICE_FOR : FLOOD_NOTICE_FOR,
    )
  }

  /** Shows a problem at the composer, in place of an earlier one. */
  complain(text: string): void {
    this.store.dispatch({ kind: 'complaint', complaint: { id: ++this.#noticeId, text } })
  }

  /** A command worked: removes the problem from the composer. */
  settle(): void {
    this.store.dispatch({ kind: 'complaint', complaint: undefined })
  }

  /** Runs `work`. Resolves to its problem, for a dialog to show. */
  async tried(work: () => Promise<void>): Promise<Problem | undefined> {
    try {
      await work()
      this.settle()
      return undefined
    } catch (error) {
      this.#failed(error)
      return problemIn(error)
    }
  }

  /** Runs `work` and shows its problem at the composer. True if it worked. */
  async attempt(work: () => Promise<void>): Promise<boolean> {
    const problem = await this.tried(work)
    if (problem !== undefined) this.complain(problem.text)
    return problem === undefined
  }

  /** Tries until the first state is here. Resolves to its event id, or to undefined when the token is wrong. */
  async #firstState(): Promise<string | undefined> {
    for (let attempts = 0; ; attempts++) {
      try {
        const state = await this.api.state()
        this.#takeState(state)
        return state.eventId
      } catch (error) {
        if (this.#failed(error)) return undefined
        this.store.dispatch({ kind: 'link', link: { kind: 'lost', attempts: attempts + 1 } })
        await this.#pause.take(backOff(attempts, Math.random()))
      }
    }
  }

  #opened(): void {
    this.store.dispatch({ kind: 'link', link: { kind: 'open' } })
    void this.load(this.view.open, 'newest')
    this.sendQueue.takeOver()
  }

  #take({ event, data }: ServerEvent, isGap: boolean): void {
    if (event === 'state') {
      const state = fromJson(LocalEvent.state, data)
      if (state !== undefined) this.#takeState(state)
      if (isGap) this.#afterGap()
    } else if (event === 'message') {
      const message = fromJson(LocalEvent.message, data)
      if (message !== undefined) this.#hear(message)
    } else if (event === 'delivery') {
      const update = fromJson(LocalEvent.delivery, data)
      if (update !== undefined) this.store.dispatch({ kind: 'delivery', ...update })
    } else if (event === 'notice') {
      const notice = fromJson(LocalEvent.notice, data)
      if (notice !== undefined) this.notice(noticeSentence(notice.text, this.#names()), notice.flooding)
    } else if (event === 'read') {
      const mark = fromJson(LocalEvent.read, data)
      if (mark !== undefined) this.#marks.take([mark])
    }
  }

  #names(): string[] {
    return (this.view.local?.people ?? []).map(({ name }) => name)
  }

  #takeState(state: LocalState): void {
    this.#marks.take(state.read)
    const { open } = this.view
    this.store.dispatch({ kind: 'state', state })
    if (!this.#isBegun) {
      this.#isBegun = true
      this.drafts.begin(ownerOf(state.self))
      this.sendQueue.begin(ownerOf(state.self))
    }
    this.drafts.move((conversation) => successorOf(state, conversation))
    if (this.view.open !== open) this.open(open)
  }

  #hear(message: LocalMessage): void {
    const isKnown = indexOfKey(logOf(this.view, message.conversation).messages, message.key) >= 0
    this.store.dispatch({ kind: 'message', message })
    if (isKnown || message.own) return
    for (const listener of this.messageListeners) listener(message, this.#stream?.isLeading === true)
  }

  #afterGap(): void {
    this.store.dispatch({ kind: 'gap' })
    void this.#loadUnseen()
  }

  /** Loads the newest page of every conversation, the open one first, to count unread messages. */
  async #loadUnseen(): Promise<void> {
    await this.load(this.view.open, 'newest')
    for (const conversation of allConversations(this.view)) await this.load(conversation, 'newest')
  }

  /** True when the token is wrong: nothing works without another one. */
  #failed(error: unknown): boolean {
    const isRefused = error instanceof Refusal && error.status === 401
    if (isRefused) this.store.dispatch({ kind: 'link', link: { kind: 'refused' } })
    return isRefused
  }
}

function needsNewest(newest: 'missing' | 'loading' | 'loaded' | 'failed'): boolean {
  return newest === 'missing' || newest === 'failed'
}
