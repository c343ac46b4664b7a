/** The suggestions over the composer. The focus stays in the text; aria-activedescendant names the chosen one. */
import type { VNode } from 'preact'
import type { CompletionControl } from '../app/use-completion.ts'

interface SuggestionsProps {
  readonly id: string
  readonly completion: CompletionControl
}

export function Suggestions({ id, completion }: SuggestionsProps): VNode {
  const { isOpen, suggestions, chosen, take } = completion
  return (
    <>
      {isOpen && (
        <ul class="options suggestions" id={id} role="listbox" aria-label="Suggestions">
          {suggestions.map(({ label, detail }, index) => (
            <li
              key={label + detail}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === chosen}
              class="option"
              onMouseDown={(event) => {
                event.preventDefault()
                take(index)
              }}
            >
              <span dir="auto">{label}</span>
              <span class="note">{detail}</span>
            </li>
          ))}
        </ul>
      )}
      <p class="only-heard" role="status">
        {isOpen ? `${suggestions.length} suggestion${suggestions.length === 1 ? '' : 's'}` : ''}
      </p>
    </>
  )
}
