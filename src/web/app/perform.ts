/** Carries out the input of the composer. */
import { channelTitle } from '../../chat/closed-label.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import type { Conversation } from '../../chat/wire/local-api.ts'
import { GENERAL } from '../../chat/model.ts'
import { directWith, personNamed } from '../model/conversations.ts'
import { readInput, type Input } from '../model/input.ts'
import { fragmentOf } from '../model/location.ts'
import type { Problem } from '../model/problem.ts'
import { PARTICIPLES, type HushKind } from '../../chat/hush.ts'
import type { Chat } from './chat.ts'

/** False when the draft must stay. */
export async function perform(chat: Chat, draft: string): Promise<boolean> {
  const input = readInput(draft, chat.view.open)
  switch (input.kind) {
    case 'nothing':
      return false
    case 'say':
      chat.settle()
      chat.sendQueue.say(input.conversation, input.text, input.action)
      return true
    case 'post':
      chat.settle()
      chat.sendQueue.say(GENERAL, input.text, false)
      go(chat, GENERAL)
      return true
    case 'message-to':
      return messageTo(chat, input)
    case 'join':
      return joinOrComplain(chat, input.channel)
    case 'part':
      return part(chat, input.channel)
    case 'nick':
      return chat.attempt(async () => {
        const { name } = await chat.api.setProfile({ name: input.name })
        chat.notice(`You are now ${name}.`)
      })
    case 'same':
      return chat.attempt(async () => {
        const { name } = await chat.api.same(input.was, input.is)
        chat.notice(`What was kept for ${input.was} is ${name}'s now.`)
      })
    case 'search':
      chat.panel({ kind: 'search', words: input.words })
      return true
    case 'retry':
      return retryAll(chat)
    case 'whois':
    case 'verify':
    case 'unverify':
    case 'accept':
      return judge(chat, input)
    case 'hush':
      return hush(chat, input)
    case 'ignored':
      return ignored(chat, input)
    case 'create':
      return chat.attempt(() => createClosed(chat, input.name))
    case 'members':
      chat.panel({ kind: 'members', channel: input.channel })
      return true
    case 'invite':
    case 'remove':
      return changeMembers(chat, input)
    case 'contacts':
      chat.panel({ kind: 'contacts' })
      return true
    case 'help':
      chat.panel({ kind: 'keys' })
      return true
    case 'refused':
      chat.complain(input.reason)
      return false
  }
}

/** Opens a conversation through the address, so that the browser's back button works. */
export function go(chat: Chat, conversation: Conversation): void {
  if (chat.view.open !== conversation) location.hash = fragmentOf(conversation)
}

/** Creates a closed channel and opens it. */
export async function createClosed(chat: Chat, name: string): Promise<void> {
  const created = await chat.api.createClosed(name)
  go(chat, created.name)
}

function changeMembers(
  chat: Chat,
  { kind, channel, name }: Extract<Input, { kind: 'invite' | 'remove' }>,
): boolean | Promise<boolean> {
  const found = personNamed(chat.view.local, name)
  if ('problem' in found) {
    chat.complain(found.problem)
    return false
  }
  chat.settle()
  return kind === 'invite' ? invite(chat, channel, found) : remove(chat, channel, found)
}

interface Named {
  readonly id: string
  readonly name: string
}

export function invite(chat: Chat, channel: string, { id, name }: Named): Promise<boolean> {
  return chat.attempt(async () => {
    await chat.api.invite({ channel, person: id })
    chat.notice(
      `${sanitizeLine(name)} is invited to ${channelTitle(sanitizeLine(channel))}, and reads what is said from now on.`,
    )
  })
}

export function remove(chat: Chat, channel: string, { id, name }: Named): Promise<boolean> {
  return chat.attempt(async () => {
    await chat.api.remove({ channel, person: id })
    const { links } = await chat.api.members(channel)
    chat.notice(
      `${sanitizeLine(name)} reads nothing that is said in ${channelTitle(sanitizeLine(channel))} from now on.${stillOpen(links.length)}`,
    )
  })
}

/** A person that has a link can come in by it, also one that was just removed. */
function stillOpen(links: number): string {
  if (links === 0) return ''
  const are = links === 1 ? '1 open link still lets' : `${links} open links still let`
  return ` ${are} people in: withdraw ${links === 1 ? 'it' : 'them'} in the list of members.`
}

/** Joins a channel and opens it. Resolves to the problem, if any. */
export async function join(chat: Chat, channel: string): Promise<Problem | undefined> {
  return chat.tried(async () => {
    const { name } = await chat.api.join(channel)
    go(chat, name)
  })
}

export async function joinOrComplain(chat: Chat, channel: string): Promise<boolean> {
  const problem = await join(chat, channel)
  if (problem !== undefined) chat.complain(problem.text)
  return problem === undefined
}

export async function part(chat: Chat, channel: string): Promise<boolean> {
  return chat.attempt(async () => {
    await chat.api.part(channel)
    chat.notice(`You left ${channelTitle(sanitizeLine(channel))}.`)
    if (chat.view.open === channel) go(chat, otherChannel(chat, channel))
  })
}

export async function retryAll(chat: Chat): Promise<boolean> {
  return chat.attempt(async () => {
    const count = await chat.sendQueue.retryAll()
    chat.notice(
      count === 0 ? 'Nothing has failed.' : `Trying again: ${count} message${count === 1 ? '' : 's'}.`,
    )
  })
}

/** The user compared the safety number with a person, or takes that back. */
export function setVerified(chat: Chat, id: string, name: string, isVerified: boolean): Promise<boolean> {
  return chat.attempt(async () => {
    await chat.api.setVerified({ person: id, isVerified })
    chat.notice(isVerified ? `${name} is verified.` : `${name} is no longer verified.`)
  })
}

/** A mute of the page lasts a working day. */
const USUAL_MUTE = 8 * 3_600_000

/** `kind` undefined: what holds is undone. */
export function setHushed(chat: Chat, { id, name, now, kind, ms }: HushChange): Promise<boolean> {
  const time = ms ?? (kind === 'mute' ? USUAL_MUTE : undefined)
  return chat.attempt(async () => {
    if (kind !== undefined)
      await chat.api.hush({ target: id, kind, ...(time === undefined ? {} : { ms: time }) })
    else if (now !== undefined) await chat.api.unhush({ target: id, kind: now })
    const what = kind ?? now
    if (what !== undefined)
      chat.notice(`${name} is ${kind === undefined ? 'no longer ' : ''}${PARTICIPLES[what]}${forTime(time)}.`)
  })
}

/** ` for 10 minutes`. */
function forTime(ms: number | undefined): string {
  if (ms === undefined) return ''
  const [unit, of] = UNITS.find(([, each]) => ms % each === 0) ?? ['second', 1_000]
  const count = Math.round(ms / of)
  return ` for ${count} ${unit}${count === 1 ? '' : 's'}`
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** Sends the own ignore list. */
export function shareIgnored(chat: Chat, conversation: Conversation): Promise<boolean> {
  return chat.attempt(() => chat.api.shareIgnored(conversation))
}

export interface HushChange {
  readonly id: string
  readonly name: string
  /** For how long, in milliseconds. */
  readonly ms?: number | undefined
  /** What is undone, if `kind` is undefined. */
  readonly now: HushKind | undefined
  readonly kind: HushKind | undefined
}

function hush(
  chat: Chat,
  { hush: kind, isUndo, name, ms }: Extract<Input, { kind: 'hush' }>,
): boolean | Promise<boolean> {
  const found = name.startsWith('#') ? { id: name } : personNamed(chat.view.local, name)
  if ('problem' in found) {
    chat.complain(found.problem)
    return false
  }
  chat.settle()
  return setHushed(chat, { id: found.id, name, now: kind, kind: isUndo ? undefined : kind, ms })
}

function ignored(chat: Chat, { how, name }: Extract<Input, { kind: 'ignored' }>): boolean | Promise<boolean> {
  if (how === 'list') {
    chat.panel({ kind: 'settings' })
    return true
  }
  if (how === 'share' && name.startsWith('#')) return shareIgnored(chat, name.slice(1))
  const found = personNamed(chat.view.local, name)
  if ('problem' in found) {
    chat.complain(found.problem)
    return false
  }
  if (how === 'share') return shareIgnored(chat, directWith(found.id))
  chat.settle()
  chat.panel({ kind: 'ignore-list', id: found.id })
  return true
}

function judge(
  chat: Chat,
  { kind, name }: Extract<Input, { kind: 'whois' | 'verify' | 'unverify' | 'accept' }>,
): boolean | Promise<boolean> {
  const found = personNamed(chat.view.local, name)
  if ('problem' in found) {
    chat.complain(found.problem)
    return false
  }
  chat.settle()
  if (kind === 'unverify') return setVerified(chat, found.id, name, false)
  if (kind === 'accept') return chat.attempt(() => chat.api.acceptName(found.id))
  chat.panel({ kind: kind === 'whois' ? 'person' : kind, id: found.id })
  return true
}

function messageTo(chat: Chat, { name, text }: Extract<Input, { kind: 'message-to' }>): boolean {
  const found = personNamed(chat.view.local, name)
  if ('problem' in found) {
    chat.complain(found.problem)
    return false
  }
  chat.settle()
  const conversation = directWith(found.id)
  go(chat, conversation)
  if (text !== '') chat.sendQueue.say(conversation, text, false)
  return true
}

function otherChannel(chat: Chat, left: string): Conversation {
  const others = chat.view.local?.channels.filter(({ name }) => name !== left) ?? []
  return others[0]?.name ?? GENERAL
}
