/**
 * An excerpt: the messages around one far above the end of its conversation. It is shown instead of the log and grows in
 * both directions until the user leaves it or it meets the log.
 */
import { placeOf } from '../../chat/moment.ts'
import { withOlder } from './log.ts'
import { EMPTY_LOG, logOf, type Action, type Excerpt, type Log, type View } from './view.ts'

type ExcerptAction = Extract<Action, { kind: `excerpt${string}` }>

export function withExcerpt(view: View, action: ExcerptAction): View {
  if (action.kind === 'excerpt') return begun(view, action)
  const { excerpt } = view
  if (excerpt === undefined) return view
  switch (action.kind) {
    case 'excerpt-asked':
      return { ...view, excerpt: withProgress(excerpt, action.which, 'loading') }
    case 'excerpt-failed':
      return { ...view, excerpt: withProgress(excerpt, action.which, 'failed') }
    case 'excerpt-page':
      return grown(view, excerpt, action)
    case 'excerpt-left':
      return { ...view, excerpt: undefined, target: undefined }
  }
}

/** Ignored when the user has opened another conversation meanwhile. */
function begun(view: View, { conversation, page }: Extract<Action, { kind: 'excerpt' }>): View {
  if (conversation !== view.open) return view
  const { messages, before, after } = page
  const log: Log = {
    ...EMPTY_LOG,
    messages,
    before,
    isWhole: before === undefined,
    newest: 'loaded',
  }
  return joined({ ...view, watching: false }, { conversation, log, after, newer: 'idle' })
}

function grown(view: View, excerpt: Excerpt, action: Extract<Action, { kind: 'excerpt-page' }>): View {
  const { which, of, page } = action
  if (which === 'older') {
    if (of !== excerpt.log.before) return view
    return { ...view, excerpt: { ...excerpt, log: withOlder(excerpt.log, page) } }
  }
  if (of !== excerpt.after) return view
  const messages = [...excerpt.log.messages, ...page.messages]
  return joined(view, { ...excerpt, log: { ...excerpt.log, messages }, after: page.after, newer: 'idle' })
}

/** The excerpt becomes the log when it reaches the end of the conversation or a message of the log. */
function joined(view: View, excerpt: Excerpt): View {
  const log = logOf(view, excerpt.conversation)
  const inLog = new Map(log.messages.map((message) => [message.key, message]))
  const meets = excerpt.log.messages.some(({ key }) => inLog.has(key))
  if (excerpt.after !== undefined && !meets) return { ...view, excerpt }
  const messages = excerpt.log.messages.map((message) => inLog.get(message.key) ?? message)
  const known = new Set(messages.map(({ key }) => key))
  const [oldest] = messages
  const begin = oldest === undefined ? Infinity : placeOf(oldest)
  const rest = log.messages.filter(({ key }) => !known.has(key))
  const earlier = meets ? rest.filter((message) => placeOf(message) < begin) : []
  const later = rest.filter((message) => placeOf(message) >= begin)
  const { before, isWhole, older } = earlier.length > 0 ? log : excerpt.log
  const whole: Log = { ...log, messages: [...earlier, ...messages, ...later], before, isWhole, older }
  return { ...view, logs: new Map(view.logs).set(excerpt.conversation, whole), excerpt: undefined }
}

function withProgress(excerpt: Excerpt, which: 'older' | 'newer', progress: 'loading' | 'failed'): Excerpt {
  if (which === 'newer') return { ...excerpt, newer: progress }
  return { ...excerpt, log: { ...excerpt.log, older: progress } }
}
