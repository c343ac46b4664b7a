/** All that the page knows, as one plain value. It changes only by what reduce.ts makes of an action. */
import type { Conversation, LocalMessage, LocalPage, LocalState } from '../../chat/wire/local-api.ts'
import { GENERAL } from '../../chat/model.ts'

export interface View {
  /** The last that our own peer told of itself; undefined until it has told anything. */
  readonly local: LocalState | undefined
  readonly link: Link
  /** The conversation that is shown. */
  readonly open: Conversation
  readonly logs: ReadonlyMap<Conversation, Log>
  /** Until when each conversation was read: the greatest arrivalOf() that was seen. */
  readonly marks: ReadonlyMap<Conversation, number>
  /** What was written here and has not been taken by our own peer yet, in the order of writing. */
  readonly outgoing: readonly Outgoing[]
  /** Somebody looks at the end of the open conversation: what comes is read. */
  readonly watching: boolean
  readonly notices: readonly Notice[]
  /** What could not be done last; it stands at the composer until something is done. */
  readonly complaint: Notice | undefined
  readonly panel: Panel
  /** What is shown of the open conversation instead of its log, which is elsewhere. */
  readonly excerpt: Excerpt | undefined
  /** A message of the open conversation that is to be shown; another value each time. */
  readonly target: Target | undefined
}

export interface Target {
  readonly key: string
}

/** A part of a conversation far above its end. As soon as it reaches the log, both are one. */
export interface Excerpt {
  readonly conversation: Conversation
  readonly log: Log
  /** The cursor of the page behind it. */
  readonly after: string | undefined
  readonly newer: 'idle' | 'loading' | 'failed'
}

/** Between this page and our own peer. */
export type Link =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  /** How often it was tried since it broke. */
  | { readonly kind: 'lost'; readonly attempts: number }
  /** The token is wrong: the peer was started again. */
  | { readonly kind: 'refused' }

/** What is loaded of a conversation. */
export interface Log {
  /** By `at`, the oldest first. */
  readonly messages: readonly LocalMessage[]
  /** The cursor of the page before, as far as it is known. */
  readonly before: string | undefined
  /** Nothing was said before. */
  readonly isWhole: boolean
  readonly newest: 'missing' | 'loading' | 'loaded' | 'failed'
  readonly older: 'idle' | 'loading' | 'failed'
  readonly unread: number
  /** Of the unread ones: those that name us. */
  readonly mentions: number
  /** The unread line stands before the first message that was received after this. */
  readonly line: number | undefined
}

/** A message on its way from the page to our own peer. */
export interface Outgoing {
  /** That of the message, too: sent again with it, it is still one message. */
  readonly id: string
  readonly conversation: Conversation
  readonly text: string
  readonly action: boolean
  /** Unix time in milliseconds, by the clock of the page. */
  readonly at: number
  readonly state: 'waiting' | 'sending' | 'refused'
  /** Why it was refused. */
  readonly reason: string
  /** Of a direct message: the name of its recipient. */
  readonly to?: string | undefined
  /** False: the browser does not keep it, and it is lost with this tab. */
  readonly isKept?: boolean | undefined
}

interface Notice {
  readonly id: number
  readonly text: string
}

/** What lies over the page. */
export type Panel =
  | { readonly kind: 'none' }
  | { readonly kind: 'switcher' }
  | { readonly kind: 'search'; readonly words: string }
  | { readonly kind: 'join' }
  | { readonly kind: 'profile' }
  | { readonly kind: 'person'; readonly id: string }
  | { readonly kind: 'keys' }
  | { readonly kind: 'settings' }
  /** On narrow screens. */
  | { readonly kind: 'people' }
  | { readonly kind: 'navigation' }

export type Action =
  | { readonly kind: 'state'; readonly state: LocalState }
  | { readonly kind: 'message'; readonly message: LocalMessage }
  | {
      readonly kind: 'delivery'
      readonly conversation: Conversation
      readonly key: string
      readonly delivery: LocalMessage['delivery']
    }
  | { readonly kind: 'link'; readonly link: Link }
  /** Something was missed: what is loaded may have a hole at its end. */
  | { readonly kind: 'gap' }
  | { readonly kind: 'page-asked'; readonly conversation: Conversation; readonly which: Which }
  | {
      readonly kind: 'page'
      readonly conversation: Conversation
      readonly which: Which
      readonly page: LocalPage
    }
  | { readonly kind: 'page-failed'; readonly conversation: Conversation; readonly which: Which }
  /** The surroundings of a message. */
  | { readonly kind: 'excerpt'; readonly conversation: Conversation; readonly page: LocalPage }
  | { readonly kind: 'excerpt-asked' | 'excerpt-failed'; readonly which: Direction }
  /** `of`: the cursor that was given; an answer to an older excerpt is none to this one. */
  | {
      readonly kind: 'excerpt-page'
      readonly which: Direction
      readonly of: string
      readonly page: LocalPage
    }
  | { readonly kind: 'excerpt-left' }
  | { readonly kind: 'open'; readonly conversation: Conversation }
  | { readonly kind: 'watching'; readonly watching: boolean }
  | { readonly kind: 'read'; readonly conversation: Conversation }
  /** Read elsewhere: in another tab or browser. */
  | { readonly kind: 'marks'; readonly marks: ReadonlyMap<Conversation, number> }
  | { readonly kind: 'outgoing'; readonly outgoing: readonly Outgoing[] }
  | { readonly kind: 'accepted'; readonly id: string; readonly message: LocalMessage }
  | { readonly kind: 'notice'; readonly notice: Notice }
  | { readonly kind: 'notice-closed'; readonly id: number }
  /** undefined: something was done. */
  | { readonly kind: 'complaint'; readonly complaint: Notice | undefined }
  | { readonly kind: 'panel'; readonly panel: Panel }
  | { readonly kind: 'target'; readonly key: string }

export type Which = 'newest' | 'older'
export type Direction = 'older' | 'newer'

export const EMPTY_LOG: Log = {
  messages: [],
  before: undefined,
  isWhole: false,
  newest: 'missing',
  older: 'idle',
  unread: 0,
  mentions: 0,
  line: undefined,
}

export const FIRST_VIEW: View = {
  local: undefined,
  link: { kind: 'connecting' },
  open: GENERAL,
  logs: new Map(),
  marks: new Map(),
  outgoing: [],
  watching: false,
  notices: [],
  complaint: undefined,
  panel: { kind: 'none' },
  excerpt: undefined,
  target: undefined,
}

/** What is shown of the open conversation. */
export function shownLog(view: View): Log {
  return view.excerpt?.log ?? logOf(view, view.open)
}

export function logOf(view: View, conversation: Conversation): Log {
  return view.logs.get(conversation) ?? EMPTY_LOG
}
