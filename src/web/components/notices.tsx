/** What our peer says by the way, and what could not be done. */
import type { VNode } from 'preact'
import { harmless } from '../../chat/harmless.ts'
import { useChat, useView } from '../app/hooks.ts'
import type { Notice } from '../model/view.ts'
import { Icon } from './icons.tsx'

export function Notices(): VNode {
  const notices = useView((view) => view.notices)
  return (
    <div class="notices">
      <div role="status">{notices.filter(({ isError }) => !isError).map(noticeNode)}</div>
      <div role="alert">{notices.filter(({ isError }) => isError).map(noticeNode)}</div>
    </div>
  )
}

function noticeNode(notice: Notice): VNode {
  return <NoticeLine key={notice.id} notice={notice} />
}

function NoticeLine({ notice: { id, text, isError } }: { readonly notice: Notice }): VNode {
  const { store } = useChat()
  return (
    <div class={isError ? 'notice notice-error' : 'notice'}>
      <p dir="auto">{harmless(text)}</p>
      <button
        type="button"
        class="icon-button"
        aria-label="Dismiss"
        onClick={() => {
          store.dispatch({ kind: 'notice-closed', id })
        }}
      >
        <Icon name="close" />
      </button>
    </div>
  )
}
