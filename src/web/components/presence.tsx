/** Whether somebody is here: a sign and a word, so that no colour is needed to tell. */
import type { VNode } from 'preact'

export function Presence({ isHere }: { readonly isHere: boolean }): VNode {
  return (
    <span class={isHere ? 'presence is-here' : 'presence'}>
      <span aria-hidden="true">{isHere ? '●' : '○'}</span> {isHere ? 'here' : 'away'}
    </span>
  )
}
