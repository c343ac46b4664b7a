/** What Tab offers: commands, channels, people. Pure. */
import { fold } from '../chat/fold.ts'
import { COMMANDS } from './commands.ts'
import { harmlessLine } from './harmless.ts'
import type { Chat } from './command.ts'
import type { Completion } from './editor.ts'

/** `recent`: names of those who spoke, the latest first. */
export function complete(chat: Chat, recent: readonly string[], line: string, cursor: number): Completion {
  const before = line.slice(0, cursor)
  const from = before.lastIndexOf(' ') + 1
  const word = before.slice(from)
  return { from, candidates: candidates(chat, recent, word, from === 0) }
}

function candidates(chat: Chat, recent: readonly string[], word: string, isFirst: boolean): string[] {
  if (word === '') return []
  if (word.startsWith('/'))
    return isFirst
      ? matching(
          COMMANDS.map(({ names }) => `/${names[0] ?? ''}`),
          word,
          ' ',
        )
      : []
  if (word.startsWith('#'))
    return matching(
      chat.channels.map((channel) => `#${channel}`),
      word,
      ' ',
    )
  const at = word.startsWith('@') ? '@' : ''
  const people = [...new Set([...recent, ...chat.peers.map(({ name }) => harmlessLine(name))])]
  return matching(
    people.map((name) => at + name),
    word,
    isFirst && at === '' ? ': ' : ' ',
  )
}

function matching(all: readonly string[], word: string, end: string): string[] {
  const start = fold(word)
  return all.filter((each) => fold(each).startsWith(start)).map((each) => each + end)
}
