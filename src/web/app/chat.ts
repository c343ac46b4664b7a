/** The page as a running program: what our peer tells goes into the store, what somebody does goes to our peer. */
import { placeOf } from '../../chat/moment.ts'
import { fromJson } from '../../chat/wire/json.ts'
import {
  LocalEvent,
  type Conversation,
  type LocalMessage,
  type LocalPage,
  type LocalState,
} from '../../chat/wire/local-api.ts'
import { Api, problemIn, Refusal } from '../net/api.ts'
import { Backoff } from '../net/pause.ts'
import { Pictures } from '../net/pictures.ts'
import { SharedStream } from '../net/shared-stream.ts'
import { allConversations } from '../model/conversations.ts'
import { backOff } from '../model/back-off.ts'
import { hashOf } from '../model/hash.ts'
import { noticeSentence, type Problem } from '../model/problem.ts'
import { indexOfKey } from '../model/log.ts'
import { fragmentOf } from '../model/location.ts'
import { ownerOf } from '../model/owner.ts'
import { logOf, shownLog, type Direction, type Panel, type View, type Which } from '../model/view.ts'
import type { ServerEvent } from '../model/event-text.ts'
import { newId } from './new-id.ts'
import { SendQueue } from './courier.ts'
import { Drafts } from './drafts.ts'
import { ReadMarkers } from './marks.ts'
import { Store } from './store.ts'

/** Messages in a page: the newest one is small, so that it is there at once. */
const PAGE = { newest: 60, older: 100, around: 100, search: 50 } as const
/** Pages behind the time of a message that are looked through for it. */
const MOST_PAGES = 10
/** Notices go by themselves. In milliseconds. */
const NOTICE_FOR = 8_000

export type HeardListener = (message: LocalMessage, isLeading: boolean) => void

export class Chat {
  readonly store = new Store()
  readonly api: Api
  readonly pictures: Pictures
  readonly drafts = new Drafts()
  readonly courier: SendQueue
  /** Called for every message that is new, not for those of older pages. */
  readonly heard = new Set<HeardListener>()
  /** Called when the log shall go to its end. */
  readonly toEnd = new Set<() => void>()
  readonly #marks: ReadMarkers
  readonly #name: string
  #stream: SharedStream | undefined
  readonly #pause = new Backoff()
  #noticeId = 0
  /** What was kept in the browser for this peer is here. */
  #isBegun = false
  /** Which page this is, among those of the same peer. */
  readonly #id = newId()

  constructor(token: string) {
    this.api = new Api(token)
    this.pictures = new Pictures(this.api)
    this.courier = new SendQueue(this.api, this.store)
    // Tabs with the same token, and only those, share a stream.
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

  /** The conversation to begin with: that of the address, else #general, else the first channel. */
  #openFirst(): void {
    const channels = this.view.local?.channels ?? []
    const [first] = channels
    const isKnown = channels.some(({ name }) => name === this.view.open)
    if (first !== undefined && !isKnown && location.hash === '') this.open(first.name)
    if (location.hash === '') history.replaceState(null, '', fragmentOf(this.view.open))
  }

  /** The network is back, or somebody looks at the page again: what waits is tried at once. */
  wake(): void {
    this.#pause.end()
    this.#stream?.wake()
    this.courier.takeOver()
  }

  open(conversation: Conversation): void {
    this.store.dispatch({ kind: 'open', conversation })
    void this.load(conversation, 'newest')
  }

  /** All of the open conversation is read; whoever reads above goes to its end. */
  readAll(): void {
    this.store.dispatch({ kind: 'read', conversation: this.view.open })
    this.leaveExcerpt()
    for (const listener of this.toEnd) listener()
  }

  panel(panel: Panel): void {
    this.store.dispatch({ kind: 'panel', panel })
  }

  closePanel(): void {
    this.panel({ kind: 'none' })
  }

  /** Loads a page, unless it is here or on its way. */
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

  /** The page before or behind what is shown of the open conversation, unless it is here or on its way. */
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

  /** Shows a message where it was said, with what was said around it. */
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
    // Many may have been said in the same moment.
    for (let pages = 0; !isHere() && pages < MOST_PAGES; pages++) await this.loadShown('newer')
    if (this.view.open !== conversation) return
    if (isHere()) this.store.dispatch({ kind: 'target', key })
    else this.notice('That message is not kept any more.')
  }

  search(words: string, conversation: Conversation | undefined, signal: AbortSignal): Promise<LocalPage> {
    return this.api.search({ words, conversation, limit: PAGE.search, client: this.#id }, signal)
  }

  notice(text: string): void {
    const id = ++this.#noticeId
    this.store.dispatch({ kind: 'notice', notice: { id, text } })
    setTimeout(() => {
      this.store.dispatch({ kind: 'notice-closed', id })
    }, NOTICE_FOR)
  }

  /** What could not be done, said at the composer in place of what could not be done before. */
  complain(text: string): void {
    this.store.dispatch({ kind: 'complaint', complaint: { id: ++this.#noticeId, text } })
  }

  /** Something was done: what could not be done before is not said any more. */
  settle(): void {
    this.store.dispatch({ kind: 'complaint', complaint: undefined })
  }

  /** Does it; what was in the way, for a dialog to say where it happened. */
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

  /** Does it, and says at the composer when it cannot be done. */
  async attempt(work: () => Promise<void>): Promise<boolean> {
    const problem = await this.tried(work)
    if (problem !== undefined) this.complain(problem.text)
    return problem === undefined
  }

  /** The state, however long it takes; its event id, or undefined when the token is wrong. */
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
    this.courier.takeOver()
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
      if (notice !== undefined) this.notice(noticeSentence(notice.text, this.#names()))
    } else if (event === 'read') {
      const mark = fromJson(LocalEvent.read, data)
      if (mark !== undefined) this.#marks.know([mark])
    }
  }

  #names(): string[] {
    return (this.view.local?.people ?? []).map(({ name }) => name)
  }

  #takeState(state: LocalState): void {
    this.#marks.know(state.read)
    this.store.dispatch({ kind: 'state', state })
    if (this.#isBegun) return
    this.#isBegun = true
    this.drafts.begin(ownerOf(state.self))
    this.courier.begin(ownerOf(state.self))
  }

  #hear(message: LocalMessage): void {
    const isKnown = indexOfKey(logOf(this.view, message.conversation).messages, message.key) >= 0
    this.store.dispatch({ kind: 'message', message })
    if (isKnown || message.own) return
    for (const listener of this.heard) listener(message, this.#stream?.isLeading === true)
  }

  #afterGap(): void {
    this.store.dispatch({ kind: 'gap' })
    void this.#loadUnseen()
  }

  /** The newest page of everything, the open conversation first: so unread messages are counted. */
  async #loadUnseen(): Promise<void> {
    await this.load(this.view.open, 'newest')
    for (const conversation of allConversations(this.view)) await this.load(conversation, 'newest')
  }

  /** True when nothing can be done any more without another token. */
  #failed(error: unknown): boolean {
    const isRefused = error instanceof Refusal && error.status === 401
    if (isRefused) this.store.dispatch({ kind: 'link', link: { kind: 'refused' } })
    return isRefused
  }
}

function needsNewest(newest: 'missing' | 'loading' | 'loaded' | 'failed'): boolean {
  return newest === 'missing' || newest === 'failed'
}
