/** The button at an edge of the loaded messages: loads more without scrolling, or again after a failure. */
import type { VNode } from 'preact'

interface OfferProps {
  readonly words: string
  readonly button: string
  readonly onClick: () => void
}

export function Offer({ words, button, onClick }: OfferProps): VNode {
  return (
    <div class="log-top">
      {words !== '' && <span class="note">{words}</span>}
      <button type="button" class="button button-quiet" onClick={onClick}>
        {button}
      </button>
    </div>
  )
}
