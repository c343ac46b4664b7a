/** The composer: a text field that grows with the text, keeps a draft per conversation, and completes names and commands. */
import type { RefObject, VNode } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Conversation } from '../../chat/wire/local-api.ts'
import { useChat, useView } from '../app/hooks.ts'
import { perform } from '../app/perform.ts'
import { useCompletion } from '../app/use-completion.ts'
import { titleInText } from '../model/conversations.ts'
import { roomFor } from '../model/text-length.ts'
import { Icon } from './icons.tsx'
import { Suggestions } from './suggestions.tsx'

/** In some browsers the Enter that ends an IME composition follows it as an ordinary key, within these milliseconds. */
const AFTER_COMPOSITION = 50
/** The counter appears when fewer characters than this are left. */
const COUNTED_FROM = 500

export function OpenComposer(): VNode {
  const open = useView((view) => view.open)
  return <Composer key={open} conversation={open} />
}

function Composer({ conversation }: { readonly conversation: Conversation }): VNode {
  const chat = useChat()
  const title = useView(({ local }) => titleInText(local, conversation))
  const area = useRef<HTMLTextAreaElement>(null)
  const [draft, write] = useDraft(conversation, area)
  const composedAt = useRef(-Infinity)
  const listId = useId()
  const hintId = useId()
  const left = roomFor(draft)
  const isComplainedOf = useView(({ complaint }) => complaint !== undefined)

  const completion = useCompletion(area, write)

  const send = (): void => {
    if (left < 0) return
    completion.close()
    void perform(chat, draft).then((isDone) => {
      // Text that was written meanwhile stays.
      if (isDone && area.current?.value === draft) write('')
    })
    area.current?.focus()
  }

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.isComposing || event.timeStamp - composedAt.current < AFTER_COMPOSITION) return
    if (completion.onKeyDown(event)) return
    if (event.key !== 'Enter' || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    send()
  }

  useEffect(() => {
    if (matchMedia('(pointer: fine)').matches) area.current?.focus()
  }, [])

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <Suggestions id={listId} completion={completion} />
      <div class="composer-box">
        <textarea
          ref={area}
          id="composer"
          rows={1}
          dir="auto"
          aria-label={`Message to ${title}`}
          placeholder={`Write to ${title}`}
          enterkeyhint="send"
          autoComplete="off"
          aria-autocomplete="list"
          aria-describedby={isComplainedOf ? `complaint ${hintId}` : hintId}
          aria-haspopup="listbox"
          aria-controls={completion.isOpen ? listId : undefined}
          aria-activedescendant={completion.isOpen ? `${listId}-${completion.chosen}` : undefined}
          value={draft}
          onInput={({ currentTarget }) => {
            write(currentTarget.value)
            completion.look()
          }}
          onClick={completion.look}
          onBlur={completion.close}
          onKeyDown={onKeyDown}
          onCompositionEnd={({ timeStamp }) => {
            composedAt.current = timeStamp
          }}
        />
        <SendButton disabled={draft.trim() === '' || left < 0} />
      </div>
      <Hint id={hintId} left={left} />
    </form>
  )
}

function SendButton({ disabled }: { readonly disabled: boolean }): VNode {
  return (
    <button type="submit" class="send-button" aria-label="Send" disabled={disabled}>
      <Icon name="send" />
    </button>
  )
}

/** `left`: characters that still fit. */
function Hint({ id, left }: { readonly id: string; readonly left: number }): VNode {
  return (
    <p class={left < 0 ? 'composer-hint is-too-long' : 'composer-hint'} id={id} role="status">
      {roomWords(left)}
    </p>
  )
}

/** The draft of a conversation, and how to change it: `cursor` moves the cursor, too. */
function useDraft(
  conversation: Conversation,
  area: RefObject<HTMLTextAreaElement | null>,
): [draft: string, write: (text: string, cursor?: number) => void] {
  const { drafts } = useChat()
  const [draft, setDraft] = useState(() => drafts.of(conversation))
  useEffect(
    () =>
      drafts.subscribe(() => {
        setDraft(drafts.of(conversation))
      }),
    [drafts, conversation],
  )
  useLayoutEffect(() => {
    grow(area.current)
  }, [draft])
  const write = (text: string, cursor?: number): void => {
    setDraft(text)
    drafts.set(conversation, text)
    const element = area.current
    if (cursor === undefined || element === null) return
    element.value = text
    element.setSelectionRange(cursor, cursor)
  }
  return [draft, write]
}

function roomWords(left: number): string {
  if (left >= COUNTED_FROM) return ''
  const count = Math.abs(left)
  const characters = count === 1 ? 'character' : 'characters'
  return left < 0 ? `${count} ${characters} too many: it is not sent` : `${count} ${characters} left`
}

/**
 * Fits the height to the text; styles/composer.css has the maximum. The box keeps its height during the measurement, or
 * else the log would move.
 */
function grow(area: HTMLTextAreaElement | null): void {
  const box = area?.parentElement
  if (area === null || box === null || box === undefined) return
  box.style.minHeight = `${box.offsetHeight}px`
  area.style.height = 'auto'
  area.style.height = `${area.scrollHeight}px`
  box.style.minHeight = ''
}
