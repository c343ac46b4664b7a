/** What a check of this start says of a person, as a word: nothing for a person that nothing was checked of. */
import type { VNode } from 'preact'
import type { LocalPerson } from '../../chat/wire/local-api.ts'

export function Mark({ mark }: { readonly mark: LocalPerson['mark'] }): VNode | null {
  if (mark !== 'verified') return null
  return (
    <span class="tag" title="You compared the key of this person">
      verified
    </span>
  )
}
