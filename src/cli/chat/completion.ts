/** Candidates for Tab: commands, channels, people. */
import { isClosedLabel, nameInLabel } from '../../chat/closed-label.ts'
import { fold } from '../../chat/fold.ts'
import { labelOf, peerId, type Peer } from '../../chat/model.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { COMMANDS } from './commands/registry.ts'
import { asWord, lastWord } from './commands/words.ts'
import type { Completion } from '../terminal/completion.ts'
import type { Chat, Command } from './commands/command.ts'

/** `recent`: peers that spoke, the latest first. */
export function complete(chat: Chat, recent: readonly Peer[], line: string, cursor: number): Completion {
  const before = line.slice(0, cursor)
  const spoke = recent.map((peer) => chat.known(peerId(peer)) ?? peer)
  const people = [...new Set([...spoke, ...chat.peers].map((peer) => sanitizeLine(labelOf(peer))))]
  return nameForCommand(people, before) ?? anyWord(chat, people, before)
}

/** A name where a command takes one: in quotes if it has spaces. */
function nameForCommand(people: readonly string[], before: string): Completion | undefined {
  const [head = '', slashed = '', word = ''] = /^\s*(?:\/(\S+)|([A-Z]+))\s+/.exec(before) ?? []
  const isMeant = ({ names, word: own = '/' }: Command): boolean =>
    names.includes(slashed.toLowerCase()) || own === word
  const command = COMMANDS.find(isMeant)
  if (command?.people === undefined) return undefined
  const written = before.slice(head.length)
  const { from, word: last } = nameBegun(command, people, written) ?? {}
  if (from === undefined || last === undefined || last === '' || /^[/#]/.test(last)) return undefined
  const at = last.startsWith('@') ? '@' : ''
  const found = matching(people, last.slice(at.length), '')
  return { from: head.length + from, candidates: found.map((name) => `${at}${asWord(name)} `) }
}

/** The beginning of a name, and where it is: several words without quotes, or the last word. */
function nameBegun(
  { people: which }: Command,
  people: readonly string[],
  written: string,
): { readonly from: number; readonly word: string } | undefined {
  if (matching(people, written.replace(/^@/, ''), '').length > 0) return { from: 0, word: written }
  const last = lastWord(written)
  return which === 'all' || last.from === 0 ? last : undefined
}

function anyWord(chat: Chat, people: readonly string[], before: string): Completion {
  const from = Math.max(before.lastIndexOf(' '), before.lastIndexOf('\n')) + 1
  const word = before.slice(from)
  return { from, candidates: candidates(chat, people, word, from === 0) }
}

function candidates({ channels }: Chat, people: readonly string[], word: string, isFirst: boolean): string[] {
  if (word === '') return []
  if (word.startsWith('/')) {
    const commands = COMMANDS.map(({ names }) => `/${names[0] ?? ''}`)
    return isFirst ? matching(commands, word, ' ') : []
  }
  if (word.startsWith('#')) {
    const start = fold(word)
    const isMeant = (channel: string): boolean =>
      [channel, isClosedLabel(channel) ? nameInLabel(channel) : channel].some((each) =>
        fold(`#${each}`).startsWith(start),
      )
    return channels.filter(isMeant).map((channel) => `#${channel} `)
  }
  const at = word.startsWith('@') ? '@' : ''
  const all = people.map((name) => at + name)
  return matching(all, word, isFirst && at === '' ? ': ' : ' ')
}

function matching(all: readonly string[], word: string, end: string): string[] {
  const start = fold(word)
  return all.filter((each) => fold(each).startsWith(start)).map((each) => each + end)
}
