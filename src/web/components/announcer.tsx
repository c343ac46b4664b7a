/** Announces new messages to screen readers, those of a moment together. */
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { LocalMessage } from '../../chat/wire/local-api.ts'
import { useChat } from '../app/hooks.ts'
import { announcement } from '../model/announce.ts'
import { titleInText } from '../model/conversations.ts'

/** The length of that moment, in milliseconds. */
const GATHERED_FOR = 700

export function Announcer(): VNode {
  const chat = useChat()
  const [said, setSaid] = useState({ count: 0, words: '' })
  useEffect(() => {
    let fresh: LocalMessage[] = []
    let timer = 0
    const speak = (): void => {
      const { open, local } = chat.view
      const words = announcement(fresh, open, titleInText(local, open), local?.self.name ?? '')
      fresh = []
      timer = 0
      if (words !== '') setSaid(({ count }) => ({ count: count + 1, words }))
    }
    const hear = (message: LocalMessage): void => {
      fresh.push(message)
      if (timer === 0) timer = window.setTimeout(speak, GATHERED_FOR)
    }
    chat.messageListeners.add(hear)
    return () => {
      chat.messageListeners.delete(hear)
      clearTimeout(timer)
    }
  }, [chat])
  return (
    <div class="only-heard" aria-live="polite" data-announcement>
      {said.words !== '' && <p key={said.count}>{said.words}</p>}
    </div>
  )
}
