/** Everything the page knows, as one plain value. Only reduce() makes a new one. */
import type {
  Conversation,
  LocalMessage,
  LocalPage,
  LocalPerson,
  LocalState,
} from '../../chat/wire/local-api.ts'
import { GENERAL } from '../../chat/model.ts'

export interface View {
  /** The last state of the local peer; undefined before the first. */
  readonly local: LocalState | undefined
  readonly link: Link
  /** The conversation on the screen. */
  readonly open: Conversation
  readonly logs: ReadonlyMap<Conversation, Log>
  /** Read marks: the greatest arrivalOf() that was seen in each conversation. */
  readonly marks: ReadonlyMap<Conversation, number>
  /** Messages that the local peer has not accepted yet, in the order of writing. */
  readonly outgoing: readonly Outgoing[]
  /** The user looks at the end of the open conversation: new messages are read at once. */
  readonly watching: boolean
  readonly notices: readonly Notice[]
  /** The last command that failed, shown at the composer until another one works. */
  readonly complaint: Notice | undefined
  readonly panel: Panel
  /** Shown instead of the log of the open conversation, for a message far above its end. */
  readonly excerpt: Excerpt | undefined
  /** The message to scroll to; a new object for each request. */
  readonly target: Target | undefined
}

export interface Target {
  readonly key: string
}

/** A part of a conversation far above its end. It merges with the log as soon as they meet. */
export interface Excerpt {
  readonly conversation: Conversation
  readonly log: Log
  /** The cursor of the next page. */
  readonly after: string | undefined
  readonly newer: 'idle' | 'loading' | 'failed'
}

/** The connection from this page to the local peer. */
export type Link =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  /** Attempts since it broke. */
  | { readonly kind: 'lost'; readonly attempts: number }
  /** The token is wrong: the peer was restarted. */
  | { readonly kind: 'refused' }

/** The loaded part of a conversation. */
export interface Log {
  /** Oldest first. */
  readonly messages: readonly LocalMessage[]
  /** The cursor of the page before; undefined when it is not known or there is none. */
  readonly before: string | undefined
  /** The first message is the first of the conversation. */
  readonly isWhole: boolean
  readonly newest: 'missing' | 'loading' | 'loaded' | 'failed'
  readonly older: 'idle' | 'loading' | 'failed'
  readonly unread: number
  /** Unread messages that mention the user. */
  readonly mentions: number
  /** The unread line stands before the first message that arrived after this. */
  readonly line: number | undefined
}

/** A message on its way from the page to the local peer. */
export interface Outgoing {
  /** The id of the message, too: sent again with it, it is still one message. */
  readonly id: string
  readonly conversation: Conversation
  readonly text: string
  readonly action: boolean
  /** Unix time in milliseconds, by the clock of the page. */
  readonly at: number
  readonly state: 'waiting' | 'sending' | 'refused'
  /** Why it was refused; empty otherwise. */
  readonly reason: string
  /** The name of the recipient of a direct message. */
  readonly to?: string | undefined
  /** False: browser storage failed, and the message is lost with this tab. */
  readonly isKept?: boolean | undefined
}

interface Notice {
  readonly id: number
  readonly text: string
  /** A person who sends a lot: a button ignores it. */
  readonly flooding?: { readonly id: string; readonly name: string } | undefined
}

/** The dialog over the page. */
export type Panel =
  | { readonly kind: 'none' }
  | { readonly kind: 'switcher' }
  | { readonly kind: 'search'; readonly words: string }
  | { readonly kind: 'join' }
  | { readonly kind: 'profile' }
  /** `known`: what was last read of a person who is not in the state. */
  | { readonly kind: 'person'; readonly id: string; readonly known?: LocalPerson }
  | { readonly kind: 'verify'; readonly id: string }
  /** The list of ignored people that this person shared. */
  | { readonly kind: 'ignore-list'; readonly id: string }
  | { readonly kind: 'members'; readonly channel: string }
  | { readonly kind: 'contacts' }
  | { readonly kind: 'keys' }
  | { readonly kind: 'settings' }
  /** These two only on narrow screens. */
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
  /** Events were missed: each loaded log may have a gap at its end. */
  | { readonly kind: 'gap' }
  | { readonly kind: 'page-asked'; readonly conversation: Conversation; readonly which: Which }
  | {
      readonly kind: 'page'
      readonly conversation: Conversation
      readonly which: Which
      readonly page: LocalPage
    }
  | { readonly kind: 'page-failed'; readonly conversation: Conversation; readonly which: Which }
  /** The page around a message. */
  | { readonly kind: 'excerpt'; readonly conversation: Conversation; readonly page: LocalPage }
  | { readonly kind: 'excerpt-asked' | 'excerpt-failed'; readonly which: Direction }
  /** `of`: the cursor of the request, so that an answer for an earlier excerpt is ignored. */
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
  /** Read in another tab or browser. */
  | { readonly kind: 'marks'; readonly marks: ReadonlyMap<Conversation, number> }
  | { readonly kind: 'outgoing'; readonly outgoing: readonly Outgoing[] }
  | { readonly kind: 'accepted'; readonly id: string; readonly message: LocalMessage }
  | { readonly kind: 'notice'; readonly notice: Notice }
  | { readonly kind: 'notice-closed'; readonly id: number }
  /** Undefined: a command worked. */
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

/** The part of the open conversation on the screen. */
export function shownLog(view: View): Log {
  return view.excerpt?.log ?? logOf(view, view.open)
}

export function logOf(view: View, conversation: Conversation): Log {
  return view.logs.get(conversation) ?? EMPTY_LOG
}
