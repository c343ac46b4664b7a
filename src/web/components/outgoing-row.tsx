/** A message in the log that the local peer has not accepted yet. */
import type { VNode } from 'preact'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { useChat, useView } from '../app/hooks.ts'
import { outgoingStatus } from '../model/delivery.ts'
import { clockTime, machineTime } from '../model/times.ts'
import type { Outgoing } from '../model/view.ts'
import { Avatar } from './avatar.tsx'
import { DeliveryStatusLine } from './delivery-status.tsx'
import { MessageText } from './message-text.tsx'

export function OutgoingRow({ one, isFirst }: { readonly one: Outgoing; readonly isFirst: boolean }): VNode {
  const { sendQueue } = useChat()
  const self = useView(({ local }) => local?.self)
  const isLinkOpen = useView(({ link }) => link.kind === 'open')
  const name = sanitizeLine(self?.name ?? '')
  const isHeaded = isFirst && !one.action
  return (
    <article
      class={`message is-own${isFirst ? ' is-first' : ''}${one.action ? ' is-action' : ''}`}
      data-key={one.id}
    >
      {isHeaded && <Avatar id={self?.id ?? ''} name={name} picture={self?.picture} />}
      <span class={isHeaded ? 'author' : 'author only-heard'}>{name}</span>
      <div class="text" dir="auto">
        {one.action && <span class="action-name">* {name} </span>}
        <MessageText text={one.text} ownName="" />
      </div>
      <time class="time" dateTime={machineTime(one.at)}>
        {clockTime(one.at)}
      </time>
      <DeliveryStatusLine status={outgoingStatus(one, isLinkOpen)}>
        {one.state === 'refused' && (
          <>
            <button
              type="button"
              class="link-button"
              onClick={() => {
                sendQueue.retry(one.id)
              }}
            >
              Retry
            </button>
            <button
              type="button"
              class="link-button"
              onClick={() => {
                sendQueue.discard(one.id)
              }}
            >
              Delete
            </button>
          </>
        )}
      </DeliveryStatusLine>
    </article>
  )
}
