/**
 * Lines of a pipe or a file, sent one after the other. A line waits until there is a recipient for it, and until no
 * recipient has too many messages waiting; the last line waits for every delivery. Waiting for recipients has one limit
 * for all lines; a recipient that takes messages is waited for as long as it goes on taking them.
 */
import { LIMITS } from '../../../chat/limits.ts'
import { ChatError } from '../../../chat/errors.ts'
import { readInput, type Input } from '../commands/read-input.ts'
import { EXIT } from '../../system/exit-codes.ts'
import { addressed } from '../commands/recipients.ts'
import { systemClock } from '../../system/clock.ts'
import type { ChatPeer } from '../../../peer/peer.ts'
import type { Lines } from './lines.ts'
import type { ChatSession } from '../session.ts'

type Recipients = Pick<ChatPeer, 'members' | 'peers' | 'remembers' | 'join' | 'room' | 'drained'>

export interface Said {
  readonly status: number
  /** Lines that were read. */
  readonly count: number
}

export interface SayOptions {
  readonly lines: Lines
  readonly session: ChatSession
  readonly peer: Recipients
  /** In milliseconds. */
  readonly limit: number
  /** Every line is text, whatever it begins with. */
  readonly isText: boolean
  /** Aborted when no more lines are to be sent. */
  readonly quitting: AbortSignal
}

/** Resolves when the input has ended or `quitting` is aborted, and all is delivered. Rejects with the error of the input. */
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
    patience -= await waitForRecipient(line, options, patience)
    if (!isOver(quitting)) await say(line, options)
  }
  const isDrained = await peer.drained(limit)
  if (session.failed) return { status: EXIT.failure, count }
  return { status: isDrained && !session.undelivered ? EXIT.ok : EXIT.undelivered, count }
}

/** A function, because the compiler takes a property for constant across `await`. */
function isOver({ aborted }: AbortSignal): boolean {
  return aborted
}

async function say(line: string, { session, isText }: SayOptions): Promise<void> {
  if (!isText) await session.perform(line)
  else if (line.trim() !== '') await session.say(line)
}

/** Waits until there is a recipient for this line, at most `ms`; returns how long it waited, in milliseconds. */
async function waitForRecipient(line: string, options: SayOptions, ms: number): Promise<number> {
  const { session, peer, isText, quitting } = options
  const begin = systemClock.now()
  try {
    const input: Input = isText && line.trim() !== '' ? { kind: 'text', text: line } : readInput(line)
    // Only those who join a channel learn who is in it.
    if (input.kind === 'channel' && input.text !== '') await peer.join(input.channel)
    while (!hasRecipient(input, session, peer) && systemClock.now() - begin < ms && !quitting.aborted) {
      await new Promise<void>((resolve) => systemClock.after(20, resolve))
    }
  } catch {
    // The error of a line is printed when it is performed.
  }
  return systemClock.now() - begin
}

function hasRecipient(input: Input, { current }: ChatSession, peer: Recipients): boolean {
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
      // A known peer gets it when it is back.
      return peer.remembers(addressed(peer.peers, input.rest).word)
  }
}

function tooLong(count: number): ChatError {
  const sentence = `line ${count} was not sent: a message must have at most ${LIMITS.textCharacters} characters`
  return new ChatError(422, 'invalid_field', sentence)
}
