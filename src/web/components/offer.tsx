/** At an edge of what is loaded: a way to more of it, for whoever does not scroll, or when loading failed. */
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
