/** The suggestions of the composer: the list, the chosen one, and the keys for them. */
import type { RefObject } from 'preact'
import { useState } from 'preact/hooks'
import { complete, completed, NO_COMPLETION, recentSpeakers, type Suggestion } from '../model/completion.ts'
import { moved } from '../model/switcher.ts'
import { logOf } from '../model/view.ts'
import { useChat } from './hooks.ts'

export interface CompletionControl {
  readonly isOpen: boolean
  readonly suggestions: readonly Suggestion[]
  readonly chosen: number
  /** To be called when the text or the cursor changes. */
  readonly look: () => void
  readonly close: () => void
  readonly take: (index: number) => void
  /** True when the suggestions used the key. */
  readonly onKeyDown: (event: KeyboardEvent) => boolean
}

export function useCompletion(
  area: RefObject<HTMLTextAreaElement | null>,
  write: (draft: string, cursor: number) => void,
): CompletionControl {
  const chat = useChat()
  const [completion, setCompletion] = useState(NO_COMPLETION)
  const [chosen, setChosen] = useState(0)
  const { suggestions } = completion
  const isOpen = suggestions.length > 0

  const close = (): void => {
    setCompletion(NO_COMPLETION)
  }
  const look = (): void => {
    if (area.current === null) return
    const { value, selectionStart, selectionEnd } = area.current
    const { local, open } = chat.view
    const recent = recentSpeakers(logOf(chat.view, open).messages)
    setChosen(0)
    setCompletion(
      selectionStart === selectionEnd ? complete(local, recent, value, selectionStart) : NO_COMPLETION,
    )
  }
  const take = (index: number): void => {
    const suggestion = suggestions[index]
    if (suggestion === undefined || area.current === null) return
    const { draft, cursor } = completed(area.current.value, completion, suggestion)
    write(draft, cursor)
    close()
  }
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (!isOpen || event.altKey || event.ctrlKey || event.metaKey) return false
    if (event.key === 'ArrowDown') setChosen(moved(chosen, 1, suggestions.length))
    else if (event.key === 'ArrowUp') setChosen(moved(chosen, -1, suggestions.length))
    else if (event.key === 'Escape') close()
    else if (event.key === 'Tab' && !event.shiftKey) take(chosen)
    else if (event.key === 'Enter' && !event.shiftKey && !isWritten(chosen)) take(chosen)
    else return false
    event.preventDefault()
    event.stopPropagation()
    return true
  }
  /** Enter after the whole word means: send it. */
  const isWritten = (index: number): boolean => {
    const word = area.current?.value.slice(completion.from, completion.to)
    return word === suggestions[index]?.text.trim()
  }
  return { isOpen, suggestions, chosen, look, close, take, onKeyDown }
}
