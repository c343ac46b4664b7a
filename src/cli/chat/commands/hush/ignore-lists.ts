/** `/ignored` and what may follow it: who is hushed, and the ignore lists that people share. */
import { ChatError } from '../../../../chat/errors.ts'
import { fold } from '../../../../chat/fold.ts'
import { countOf, PARTICIPLES } from '../../../../chat/hush.ts'
import { labelOf, peerId, type Peer, type PeerId } from '../../../../chat/model.ts'
import { sanitizeLine } from '../../../../chat/sanitize.ts'
import { anyChannel } from '../../../../chat/wire/closed.ts'
import { matchingIds, shortId } from '../../../../identity/short-id.ts'
import { unmetLabel } from '../../../../peer/hush/hush.ts'
import type { SharedList, SharedPerson } from '../../../../peer/hush/ignore-lists.ts'
import { dayOf } from '../../../terminal/days.ts'
import { clockTime, name } from '../../../terminal/render.ts'
import { say, usage, type Session } from '../command.ts'
import { addressed, peerNamed } from '../recipients.ts'
import { asWord, firstWord, nameIn, wordsOf } from '../words.ts'

const USAGE = '/ignored [share #channel|nick, show nick, take nick [who], undo nick]'

type Run = (session: Session, rest: string) => void | Promise<void>

/** What may follow `/ignored`, in the order of USAGE. Each needs more words. */
const WAYS: ReadonlyMap<string, Run> = new Map<string, Run>([
  ['share', share],
  ['show', show],
  ['take', take],
  ['undo', undo],
])

/** Throws, or rejects with, ChatError. `list`: without any word. */
export function runIgnored(session: Session, rest: string, list: () => void): void | Promise<void> {
  if (rest === '') {
    list()
    return
  }
  const { word, rest: more } = firstWord(rest)
  const way = WAYS.get(word.toLowerCase())
  if (way === undefined || more === '') throw usage(USAGE)
  return way(session, more)
}

/** Sends the own list as a message. */
async function share(session: Session, where: string): Promise<void> {
  const { chat, print } = session
  const { text, listed, all } = chat.ignoreLists.own()
  if (where.startsWith('#')) say(session, anyChannel(where), text)
  else chat.directTo(peerId(await peerNamed(chat, nameIn(where))), text)
  if (listed < all) print(`-- you ignore ${all} people: the list has the latest ${listed}`)
}

/** The lists that the user of a chat looked at last, by the person that shared each: another one may come meanwhile. */
const LOOKED_AT = new WeakMap<object, Map<PeerId, string>>()

function linesOf({ people }: SharedList): string {
  return people.map(({ key }) => key).join(' ')
}

async function show({ chat, print }: Session, rest: string): Promise<void> {
  const { from, list } = await listNamed(chat, rest)
  LOOKED_AT.set(chat, (LOOKED_AT.get(chat) ?? new Map<PeerId, string>()).set(peerId(from), linesOf(list)))
  const heading = `-- list of ${name(from)}, ${dayOf(list.at)} ${clockTime(list.at)}: ${countOf(list.people.length)}`
  const lines = list.people.map((person, index) => `    ${index + 1} ${labelIn(person)}${stateOf(person)}`)
  const how = `-- /ignored take ${asWord(name(from))} ignores all of them, with numbers or names only those`
  print([heading, ...lines, how].join('\n'))
}

async function take({ chat, print }: Session, rest: string): Promise<void> {
  const { from, list, more } = await listNamed(chat, rest)
  const seen = LOOKED_AT.get(chat)?.get(peerId(from))
  if (seen !== undefined && seen !== linesOf(list))
    throw new ChatError(
      409,
      'other_list',
      `${name(from)} has shared another list since you looked: /ignored show ${asWord(name(from))}`,
    )
  const ids = more === '' ? undefined : wordsOf(more).map((word) => meant(list, word).key)
  const count = await chat.ignoreLists.take(from, ids)
  const left = (ids?.length ?? list.people.length) - count
  const others = left === 0 ? '' : `; ${left} ${left === 1 ? 'was' : 'were'} muted, ignored or blocked before`
  print(
    `-- ${countOf(count)} more, from the list of ${name(from)}${others}; /ignored undo ${asWord(name(from))}`,
  )
}

async function undo({ chat, print }: Session, rest: string): Promise<void> {
  const from = await peerNamed(chat, nameIn(rest))
  const count = chat.ignoreLists.undo(from)
  if (count === 0) print(`-- nothing was taken over from ${name(from)}`)
  else print(`-- ${countOf(count)} fewer: what was taken over from ${name(from)} is undone`)
}

/** The list of the person at the beginning of a line, and the text behind the name. Rejects with ChatError. */
async function listNamed(chat: Session['chat'], line: string): Promise<Named> {
  const { word, rest } = addressed(chat.peers, line)
  const from = await peerNamed(chat, word)
  return { from, list: await chat.ignoreLists.of(from), more: rest }
}

interface Named {
  readonly from: Peer
  readonly list: SharedList
  readonly more: string
}

/** The person on the list with this number, name, short id or key. Throws ChatError. */
function meant({ from, people }: SharedList, word: string): SharedPerson {
  const byNumber = /^[0-9]{1,3}$/.test(word) ? people[Number(word) - 1] : undefined
  if (byNumber !== undefined) return byNumber
  const ids = matchingIds(
    word,
    people.map(({ key }) => key),
  )
  const isMeant = ({ key, known, name: told }: SharedPerson): boolean => {
    const labels =
      known === undefined ? [told, unmetLabel({ target: key, name: told })] : [told, labelOf(known)]
    return ids.includes(key) || key === word || labels.map(fold).includes(fold(word))
  }
  const [found, ...others] = people.filter(isMeant)
  if (found !== undefined && others.length === 0) return found
  const problem = found === undefined ? `has no ${word}` : `has more than one ${word}`
  throw new ChatError(
    404,
    'not_listed',
    `the list of ${name(from)} ${problem}: say a number of /ignored show`,
  )
}

/** What a person on a list is called: as here, or else as on the list, with the beginning of the key. */
function labelIn({ key, known, name: told }: SharedPerson): string {
  if (known === undefined) return sanitizeLine(unmetLabel({ target: key, name: told }))
  const label = name(known)
  const short = shortId(key)
  return label.endsWith(short) ? label : `${label} (${short})`
}

function stateOf({ hushed, isTaken }: SharedPerson): string {
  if (hushed === undefined) return ''
  return isTaken ? ', ignored from this list' : `, ${PARTICIPLES[hushed]}`
}
