/** The button back to the newest message. */
import type { VNode } from 'preact'

export function JumpButton({
  unread,
  onClick,
}: {
  readonly unread: number
  readonly onClick: () => void
}): VNode {
  return (
    <button type="button" class={unread > 0 ? 'jump-button has-unread' : 'jump-button'} onClick={onClick}>
      {unread > 0 ? `${unread > 99 ? '99+' : unread} new` : 'Newest'} <span aria-hidden="true">↓</span>
    </button>
  )
}
