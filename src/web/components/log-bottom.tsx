/** The line under the last message of an excerpt: the way to later ones. */
import type { VNode } from 'preact'
import { useChat } from '../app/hooks.ts'
import type { Excerpt } from '../model/view.ts'
import { Offer } from './offer.tsx'

export function LogBottom({ excerpt: { newer } }: { readonly excerpt: Excerpt }): VNode {
  const chat = useChat()
  return (
    <Offer
      words={newer === 'failed' ? 'Later messages could not be loaded.' : ''}
      button={newer === 'loading' ? 'Loading…' : 'Later messages'}
      onClick={() => void chat.loadShown('newer')}
    />
  )
}
