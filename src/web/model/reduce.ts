/** The view after an action: the only place where it changes. */
import { arrivalOf } from '../../chat/moment.ts'
import type { Conversation, LocalMessage, LocalPage, LocalState } from '../../chat/wire/local-api.ts'
import {
  counted,
  KEPT,
  lastReceived,
  trimmed,
  withDelivery,
  withMessage,
  withNewest,
  withOlder,
} from './log.ts'
import { withExcerpt } from './excerpt.ts'
import { followed } from './follow.ts'
import { marked } from './hushed.ts'
import { logOf, type Action, type Log, type View, type Which } from './view.ts'

/** Notices shown at the same time; beyond that the oldest go. */
const NOTICES = 4

export function reduce(view: View, action: Action): View {
  switch (action.kind) {
    case 'state':
      return recounted(
        withHushed(followed({ ...view, local: action.state }), view.local?.hushed),
        view.local?.self.name,
      )
    case 'message':
      return heard(view, action.message)
    case 'delivery': {
      const { conversation, key, delivery } = action
      return changed(
        inExcerpt(view, conversation, (log) => withDelivery(log, key, delivery)),
        conversation,
        (log) => withDelivery(log, key, delivery),
      )
    }
    case 'link':
      return { ...view, link: action.link }
    case 'gap':
      return { ...view, logs: mapped(view.logs, missing) }
    case 'page-asked':
      return changed(view, action.conversation, (log) => withProgress(log, action.which, 'loading'))
    case 'page-failed':
      return changed(view, action.conversation, (log) => withProgress(log, action.which, 'failed'))
    case 'page':
      return action.which === 'newest'
        ? withNewestPage(view, action.conversation, action.page)
        : changed(view, action.conversation, (log) => withOlder(log, action.page))
    case 'excerpt':
    case 'excerpt-asked':
    case 'excerpt-page':
    case 'excerpt-failed':
    case 'excerpt-left':
      return withExcerpt(view, action)
    case 'open':
      return opened(view, action.conversation)
    case 'watching':
      return action.watching ? read({ ...view, watching: true }, view.open) : { ...view, watching: false }
    case 'read':
      return read(
        changed(view, action.conversation, (log) => ({ ...log, line: undefined })),
        action.conversation,
      )
    case 'marks':
      return withMarks(view, action.marks)
    case 'outgoing':
      return { ...view, outgoing: action.outgoing }
    case 'accepted':
      return heard(taken(view, action.id), action.message)
    case 'notice':
      return { ...view, notices: [...view.notices, action.notice].slice(-NOTICES) }
    case 'notice-closed':
      return { ...view, notices: view.notices.filter(({ id }) => id !== action.id) }
    case 'complaint':
      return view.complaint === action.complaint ? view : { ...view, complaint: action.complaint }
    case 'panel':
      return { ...view, panel: action.panel }
    case 'target':
      return { ...view, target: { key: action.key } }
  }
}

function heard(view: View, message: LocalMessage): View {
  const { conversation } = message
  const isSeen = view.watching && conversation === view.open
  const seen = isSeen ? { ...view, marks: withMark(view.marks, conversation, arrivalOf(message)) } : view
  const told = message.own ? taken(seen, message.id) : seen
  return changed(told, conversation, (log) => {
    const most = conversation === view.open ? KEPT.open : KEPT.closed
    return trimmed(withMessage(log, message), most)
  })
}

/** The event of an own message may come before the answer to its request, or instead of it. */
function taken(view: View, messageId: string): View {
  if (!view.outgoing.some(({ id }) => id === messageId)) return view
  return { ...view, outgoing: view.outgoing.filter(({ id }) => id !== messageId) }
}

function withNewestPage(view: View, conversation: Conversation, page: LocalPage): View {
  const marks = view.marks.has(conversation)
    ? view.marks
    : new Map(view.marks).set(conversation, firstMark(logOf(view, conversation), page))
  const next = changed({ ...view, marks }, conversation, (log) => withNewest(log, page))
  return view.watching && conversation === view.open ? read(next, conversation) : next
}

/** Messages from before the page was first opened count as read. */
function firstMark(log: Log, page: LocalPage): number {
  const heardSince = new Set(log.messages.map(({ key }) => key))
  const before = page.messages.filter(({ key }) => !heardSince.has(key))
  return before.reduce((last, message) => Math.max(last, arrivalOf(message)), 0)
}

function opened(view: View, conversation: Conversation): View {
  if (conversation === view.open) return view
  const left = changed(view, view.open, (log) => {
    const kept = trimmed(log, KEPT.closed)
    return kept.unread === 0 ? { ...kept, line: undefined } : kept
  })
  const shown = { excerpt: undefined, target: undefined, complaint: undefined }
  return { ...left, ...shown, open: conversation, watching: false }
}

/** A delivery update may concern a message of the excerpt, too. */
function inExcerpt(view: View, conversation: Conversation, change: (log: Log) => Log): View {
  const { excerpt } = view
  if (excerpt?.conversation !== conversation) return view
  const log = change(excerpt.log)
  return log === excerpt.log ? view : { ...view, excerpt: { ...excerpt, log } }
}

function read(view: View, conversation: Conversation): View {
  const last = lastReceived(logOf(view, conversation))
  const marks = withMark(view.marks, conversation, last)
  return marks === view.marks ? view : changed({ ...view, marks }, conversation, (log) => log)
}

function withMarks(view: View, others: ReadonlyMap<Conversation, number>): View {
  let { marks } = view
  for (const [conversation, mark] of others) marks = withMark(marks, conversation, mark)
  return marks === view.marks ? view : recounted({ ...view, marks })
}

/** A read mark only moves forward. */
function withMark(marks: View['marks'], conversation: Conversation, mark: number): View['marks'] {
  if (mark <= (marks.get(conversation) ?? 0)) return marks
  return new Map(marks).set(conversation, mark)
}

/** What is hushed has changed: messages that are loaded are marked as those that are loaded again. */
function withHushed(view: View, before: LocalState['hushed'] | undefined): View {
  const hushed = view.local?.hushed ?? []
  if (JSON.stringify(hushed) === JSON.stringify(before)) return view
  const mark = (log: Log): Log => {
    const messages = marked(log.messages, hushed)
    return messages === log.messages ? log : { ...log, messages }
  }
  const excerpt = view.excerpt && { ...view.excerpt, log: mark(view.excerpt.log) }
  return recounted({ ...view, logs: mapped(view.logs, mark), excerpt })
}

/** Changes one log and counts its unread messages again. */
function changed(view: View, conversation: Conversation, change: (log: Log) => Log): View {
  const before = logOf(view, conversation)
  const mark = view.marks.get(conversation) ?? 0
  const after = counted(change(before), mark, view.local?.self.name ?? '')
  if (after === before) return view
  return { ...view, logs: new Map(view.logs).set(conversation, after) }
}

/** Counts everywhere again; not when `nameBefore` is still the user's name. */
function recounted(view: View, nameBefore?: string): View {
  const ownName = view.local?.self.name ?? ''
  if (nameBefore === ownName) return view
  const logs = new Map<Conversation, Log>()
  for (const [conversation, log] of view.logs)
    logs.set(conversation, counted(log, view.marks.get(conversation) ?? 0, ownName))
  return { ...view, logs }
}

function withProgress(log: Log, which: Which, progress: 'loading' | 'failed'): Log {
  return which === 'newest' ? { ...log, newest: progress } : { ...log, older: progress }
}

function missing(log: Log): Log {
  return log.newest === 'loaded' ? { ...log, newest: 'missing' } : log
}

function mapped(
  logs: ReadonlyMap<Conversation, Log>,
  change: (log: Log) => Log,
): ReadonlyMap<Conversation, Log> {
  return new Map([...logs].map(([conversation, log]) => [conversation, change(log)]))
}
