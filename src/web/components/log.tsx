/**
 * The messages of the open conversation: a window into the loaded ones. At its end it follows new messages; further up it
 * stays in place.
 *
 * Rows come and go for other reasons than new messages, so aria-live is off here, and announcer.tsx announces what is
 * new.
 */
import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import type { Conversation } from '../../chat/wire/local-api.ts'
import { copyMessages } from '../app/copying.ts'
import { useChat, useView } from '../app/hooks.ts'
import { useReader } from '../app/reader.ts'
import { titleInText } from '../model/conversations.ts'
import { followsOwn } from '../model/rows.ts'
import { shownIn } from '../model/outgoing.ts'
import { logOf } from '../model/view.ts'
import { JumpButton } from './jump-button.tsx'
import { LogBottom } from './log-bottom.tsx'
import { LogRows } from './log-rows.tsx'
import { LogTop } from './log-top.tsx'
import { OutgoingRow } from './outgoing-row.tsx'

export function OpenLog(): VNode {
  const open = useView((view) => view.open)
  return <LogOf key={open} conversation={open} />
}

function LogOf({ conversation }: { readonly conversation: Conversation }): VNode {
  const chat = useChat()
  const log = useView((view) => logOf(view, conversation))
  const excerpt = useView((view) => (view.excerpt?.conversation === conversation ? view.excerpt : undefined))
  const shown = excerpt?.log ?? log
  const outgoing = useView((view) => view.outgoing)
  const target = useView((view) => view.target)
  const title = useView(({ local }) => titleInText(local, conversation))
  const written = useMemo(() => shownIn(outgoing, conversation), [outgoing, conversation])
  const { element, from, to, isFollowing, follow, onScroll } = useReader({
    log: shown,
    isExcerpt: excerpt !== undefined,
    written: written.length,
    target,
  })
  return (
    <div class="log-frame">
      <div
        class="log"
        id="log"
        role="log"
        aria-live="off"
        aria-label={`Messages in ${title}`}
        aria-busy={log.newest === 'loading'}
        tabIndex={0}
        ref={element}
        onScroll={onScroll}
        onCopy={(event) => {
          copyMessages(chat, event.currentTarget, event)
        }}
      >
        <div class="log-rows">
          <LogTop conversation={conversation} log={shown} isShown={from === 0} />
          <LogRows log={shown} from={from} to={to} found={target?.key} />
          {excerpt !== undefined && to === shown.messages.length && <LogBottom excerpt={excerpt} />}
          {excerpt === undefined &&
            to === log.messages.length &&
            written.map((one, index) => (
              <OutgoingRow
                key={one.id}
                one={one}
                isFirst={!followsOwn(written[index - 1] ?? log.messages.at(-1), one)}
              />
            ))}
        </div>
      </div>
      {!isFollowing && <JumpButton unread={log.unread} onClick={follow} />}
    </div>
  )
}
