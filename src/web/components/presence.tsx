/** Presence as a sign and a word, so that it does not depend on colour. */
import type { VNode } from 'preact'

export function Presence({ isHere }: { readonly isHere: boolean }): VNode {
  return (
    <span class={isHere ? 'presence is-here' : 'presence'}>
      <span aria-hidden="true">{isHere ? '●' : '○'}</span> {isHere ? 'here' : 'away'}
    </span>
  )
}
