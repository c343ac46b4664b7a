/** The delivery status under an own message, with its buttons. */
import type { ComponentChildren, VNode } from 'preact'
import type { Fate } from '../model/delivery.ts'

export function FateLine({
  fate,
  children,
}: {
  readonly fate: Fate
  readonly children?: ComponentChildren
}): VNode | null {
  if (fate.kind === 'none') return null
  return (
    <div class={`fate fate-${fate.kind}`}>
      <span>
        <span aria-hidden="true">{fate.sign} </span>
        {fate.kind === 'delivered' && <span class="only-heard">delivered </span>}
        {fate.words}
      </span>
      {children}
    </div>
  )
}
