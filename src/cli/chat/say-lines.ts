/**
 * Lines of a pipe or a file, said one after the other: each waits until a peer is there that could get it, and until
 * no recipient has too much waiting; the last waits for everybody's answer. All the waiting for people together has one
 * limit; a recipient that takes messages is waited for as long as it goes on taking.
 */
import { LIMITS } from '../../chat/limits.ts'
import { ChatError } from '../../chat/errors.ts'
import { readInput, type Input } from './commands.ts'
import { EXIT } from '../system/exit-codes.ts'
import { addressed } from './lan-people.ts'
import { systemClock } from '../system/clock.ts'
import type { ChatPeer } from '../../peer/peer.ts'
import type { Lines } from './lines.ts'
import type { ChatSession } from './session.ts'

/** The peer, as far as it is used. */
type Listeners = Pick<ChatPeer, 'members' | 'peers' | 'remembers' | 'join' | 'room' | 'drained'>

export interface Said {
  readonly status: number
  /** Lines that were read. */
  readonly count: number
}

export interface SayOptions {
  readonly lines: Lines
  readonly session: ChatSession
  readonly peer: Listeners
  /** In milliseconds. */
  readonly limit: number
  /** Every line is a text, whatever it begins with. */
  readonly isText: boolean
  /** Nothing more is to be said. */
  readonly quitting: AbortSignal
}

/** Resolves when the input has ended, or `quitting`, and all is delivered. Rejects with the error of the input. */
export async function sayLines(options: SayOptions): Promise<Said> {
  const { lines, session, peer, limit, quitting } = options
  let patience = limit
  let count = 0
  for (;;) {
    const next = isOver(quitting) ? undefined : await lines.next()
    if (next === undefined || isOver(quitting)) break
    count++
    const { line } = next
    if (line === undefined) {
      session.fail(tooLong(count))
      continue
    }
    await peer.room(limit)
    patience -= await waitForAudience(line, options, patience)
    if (!isOver(quitting)) await say(line, options)
  }
  const isDrained = await peer.drained(limit)
  if (session.failed) return { status: EXIT.failure, count }
  return { status: isDrained && !session.undelivered ? EXIT.ok : EXIT.undelivered, count }
}

/** A function, because it changes while something is waited for. */
function isOver({ aborted }: AbortSignal): boolean {
  return aborted
}

async function say(line: string, { session, isText }: SayOptions): Promise<void> {
  if (!isText) await session.perform(line)
  else if (line.trim() !== '') await session.say(line)
}

/** Waits until a peer could get this line, at most `ms`; returns how long it waited, in milliseconds. */
async function waitForAudience(line: string, options: SayOptions, ms: number): Promise<number> {
  const { session, peer, isText, quitting } = options
  const begin = systemClock.now()
  try {
    const input: Input = isText && line.trim() !== '' ? { kind: 'text', text: line } : readInput(line)
    // Who is in a channel one learns by joining it.
    if (input.kind === 'channel' && input.text !== '') await peer.join(input.channel)
    while (!hasAudience(input, session, peer) && systemClock.now() - begin < ms && !quitting.aborted) {
      await new Promise<void>((resolve) => systemClock.after(20, resolve))
    }
  } catch {
    // What is wrong with the line is said when it is performed.
  }
  return systemClock.now() - begin
}

function hasAudience(input: Input, { current }: ChatSession, peer: Listeners): boolean {
  switch (input.kind) {
    case 'nothing':
      return true
    case 'text':
      return current !== undefined && peer.members(current).length > 0
    case 'channel':
      return input.text === '' || peer.members(input.channel).length > 0
    case 'command':
      if (input.command.speaks === 'here') return current !== undefined && peer.members(current).length > 0
      if (input.command.speaks === undefined || peer.peers.length > 0) return true
      // Somebody who was met before gets it when it is back.
      return peer.remembers(addressed(peer.peers, input.rest).word)
  }
}

function tooLong(count: number): ChatError {
  const sentence = `line ${count} was not sent: a message must have at most ${LIMITS.textCharacters} characters`
  return new ChatError(422, 'invalid_field', sentence)
}
