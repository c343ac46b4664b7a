/** The search dialog: finds messages by their words and shows them in their conversation. */
import type { VNode } from 'preact'
import { useEffect, useId, useState } from 'preact/hooks'
import { sanitize, sanitizeLine } from '../../chat/sanitize.ts'
import type { Conversation, LocalMessage, LocalState } from '../../chat/wire/local-api.ts'
import { useChat, useView } from '../app/hooks.ts'
import { go } from '../app/perform.ts'
import { problemIn } from '../net/api.ts'
import { isDirect, titleInText } from '../model/conversations.ts'
import type { Problem } from '../model/problem.ts'
import { machineTime, shortTime } from '../model/times.ts'
import { Dialog } from './dialog.tsx'
import { ProblemLine } from './problem-line.tsx'

/** The pause after the last key, in milliseconds. */
const SEARCH_AFTER = 250
/** Characters shown of a message. */
const SHOWN = 300

type Outcome =
  | { readonly kind: 'none' }
  | { readonly kind: 'found'; readonly messages: readonly LocalMessage[] }
  | { readonly kind: 'failed'; readonly problem: Problem }

export function SearchPanel({ firstWords }: { readonly firstWords: string }): VNode {
  const title = useView(({ local, open }) => titleInText(local, open))
  const [words, setWords] = useState(firstWords)
  const [isHere, setIsHere] = useState(false)
  const id = useId()
  const outcome = useSearch(words, isHere)
  return (
    <Dialog title="Search messages" kind="top">
      <input
        class="field"
        type="text"
        role="searchbox"
        enterkeyhint="search"
        aria-label="Words"
        placeholder="Words"
        aria-invalid={outcome.kind === 'failed'}
        aria-describedby={`${id}-problem ${id}-note`}
        autoComplete="off"
        autoFocus
        value={words}
        onInput={({ currentTarget }) => {
          setWords(currentTarget.value)
        }}
      />
      <label class="choice">
        <input
          type="checkbox"
          checked={isHere}
          onInput={({ currentTarget }) => {
            setIsHere(currentTarget.checked)
          }}
        />
        only in {title}
      </label>
      <ProblemLine id={`${id}-problem`} problem={outcome.kind === 'failed' ? outcome.problem : undefined} />
      <p class="note" id={`${id}-note`} role="status">
        {outcomeWords(outcome)}
      </p>
      {outcome.kind === 'found' && <Found messages={outcome.messages} />}
    </Dialog>
  )
}

/** Searches after a pause in typing; a new search ends the one before. */
function useSearch(words: string, isHere: boolean): Outcome {
  const chat = useChat()
  const [outcome, setOutcome] = useState<Outcome>({ kind: 'none' })
  useEffect(() => {
    const ending = new AbortController()
    const finish = (next: Outcome): void => {
      if (!ending.signal.aborted) setOutcome(next)
    }
    const timer = setTimeout(() => {
      if (words.trim() === '') {
        finish({ kind: 'none' })
        return
      }
      chat.search(words, isHere ? chat.view.open : undefined, ending.signal).then(
        ({ messages }) => {
          finish({ kind: 'found', messages: messages.toReversed() })
        },
        (error: unknown) => {
          finish({ kind: 'failed', problem: problemIn(error) })
        },
      )
    }, SEARCH_AFTER)
    return () => {
      ending.abort()
      clearTimeout(timer)
    }
  }, [chat, words, isHere])
  return outcome
}

function outcomeWords(outcome: Outcome): string {
  if (outcome.kind === 'failed') return ''
  if (outcome.kind === 'none') return 'All the words have to be in a message; their order does not matter.'
  const { length } = outcome.messages
  if (length === 0) return 'Nothing found. Fewer or shorter words find more.'
  return `${length} ${length === 1 ? 'message' : 'messages'}, the newest first`
}

function Found({ messages }: { readonly messages: readonly LocalMessage[] }): VNode {
  const chat = useChat()
  const local = useView((view) => view.local)
  return (
    <ul class="found">
      {messages.map((message) => (
        <li key={message.key}>
          <button
            type="button"
            class="found-button"
            onClick={() => {
              chat.closePanel()
              go(chat, message.conversation)
              void chat.goTo(message)
            }}
          >
            <span class="found-head">
              <span class="name" dir="auto">
                {sanitizeLine(message.from.name)}
              </span>
              <span class="note">{placeOf(local, message.conversation)}</span>
              <time class="note" dateTime={machineTime(message.at)}>
                {shortTime(message.at, Date.now())}
              </time>
            </span>
            <span class="found-text" dir="auto">
              {sanitize(message.text).slice(0, SHOWN)}
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}

function placeOf(local: LocalState | undefined, conversation: Conversation): string {
  const title = titleInText(local, conversation)
  return isDirect(conversation) ? `direct, with ${title}` : title
}
