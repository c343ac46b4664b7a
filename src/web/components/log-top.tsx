/** The top of the log: the way to earlier messages, or the beginning of the conversation. */
import type { VNode } from 'preact'
import { isClosedLabel } from '../../chat/closed-label.ts'
import type { Conversation } from '../../chat/wire/local-api.ts'
import { useChat, useView } from '../app/hooks.ts'
import { aloneWords, isDirect, membersOf, titleOf } from '../model/conversations.ts'
import { listed } from '../model/delivery.ts'
import { awayWords, directWords } from '../model/privacy.ts'
import type { Log } from '../model/view.ts'
import { Lock } from './icons.tsx'
import { Offer } from './offer.tsx'

interface LogTopProps {
  readonly conversation: Conversation
  readonly log: Log
  /** The first loaded message is in the document. */
  readonly isShown: boolean
}

export function LogTop({ conversation, log, isShown }: LogTopProps): VNode | null {
  const chat = useChat()
  if (!isShown) return null
  if (log.newest === 'failed')
    return (
      <Offer
        words="The messages could not be loaded."
        button="Try again"
        onClick={() => void chat.load(conversation, 'newest')}
      />
    )
  if (log.newest !== 'loaded' && log.messages.length === 0) return <p class="log-top note">Loading…</p>
  if (log.before !== undefined)
    return (
      <Offer
        words={log.older === 'failed' ? 'Earlier messages could not be loaded.' : ''}
        button={log.older === 'loading' ? 'Loading…' : 'Earlier messages'}
        onClick={() => void chat.loadShown('older')}
      />
    )
  return log.isWhole ? <Beginning conversation={conversation} isEmpty={log.messages.length === 0} /> : null
}

interface BeginningProps {
  readonly conversation: Conversation
  readonly isEmpty: boolean
}

function Beginning({ conversation, isEmpty }: BeginningProps): VNode {
  const title = useView(({ local }) => titleOf(local, conversation))
  const local = useView((view) => view.local)
  const members = membersOf(local, conversation)
  const hasKey = members[0]?.key !== undefined
  if (isDirect(conversation))
    return (
      <div class="beginning">
        <h2 dir="auto">{title}</h2>
        <p>{directWords(title, hasKey)}</p>
        {members[0]?.isHere !== true && <p>{awayWords(title, hasKey)}</p>}
      </div>
    )
  return (
    <div class="beginning">
      <h2 dir="auto">
        {isClosedLabel(conversation) && <Lock />}
        {title}
      </h2>
      <p>
        {isEmpty
          ? 'Nothing has been said here yet: write the first message below.'
          : 'This is the first message that your Parley keeps.'}
      </p>
      <p>
        {members.length === 0
          ? aloneWords(conversation)
          : `With you: ${listed(members.map(({ name }) => name))}.`}
      </p>
    </div>
  )
}
