/** Announces new messages to screen readers, those of a moment together. */
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { LocalMessage } from '../../chat/wire/local-api.ts'
import { useChat } from '../app/hooks.ts'
import { spoken } from '../model/announce.ts'
import { titleOf } from '../model/conversations.ts'

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
      const words = spoken(fresh, open, titleOf(local, open), local?.self.name ?? '')
      fresh = []
      timer = 0
      if (words !== '') setSaid(({ count }) => ({ count: count + 1, words }))
    }
    const hear = (message: LocalMessage): void => {
      fresh.push(message)
      if (timer === 0) timer = window.setTimeout(speak, GATHERED_FOR)
    }
    chat.heard.add(hear)
    return () => {
      chat.heard.delete(hear)
      clearTimeout(timer)
    }
  }, [chat])
  return (
    <div class="only-heard" aria-live="polite" data-spoken>
      {said.words !== '' && <p key={said.count}>{said.words}</p>}
    </div>
  )
}
