/** The delivery status under an own message, with its buttons. */
import type { ComponentChildren, VNode } from 'preact'
import type { DeliveryStatus } from '../model/delivery.ts'

export function DeliveryStatusLine({
  status,
  children,
}: {
  readonly status: DeliveryStatus
  readonly children?: ComponentChildren
}): VNode | null {
  if (status.kind === 'none') return null
  return (
    <div class={`fate fate-${status.kind}`}>
      <span>
        <span aria-hidden="true">{status.sign} </span>
        {status.kind === 'delivered' && <span class="only-heard">delivered </span>}
        {status.words}
      </span>
      {children}
    </div>
  )
}
