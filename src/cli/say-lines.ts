/**
 * Lines of a pipe or a file, said one after the other: each waits until somebody is there who could get it, and
 * the last for everybody's answer. All the waiting for people together has one limit.
 */
import { createInterface } from 'node:readline'
import { readInput, type Input } from './commands.ts'
import { EXIT } from './exit-codes.ts'
import { systemClock } from './system-clock.ts'
import { firstWord } from './words.ts'
import type { LocalPeer } from '../peer/peer.ts'
import type { ChatSession } from './session.ts'

/** Messages that may wait for their answers before the next line is read. */
const AHEAD = 256

/** Resolves to the exit status when the input has ended, or `quitting`. `limit` is in milliseconds. */
export async function sayLines(
  input: NodeJS.ReadableStream,
  session: ChatSession,
  peer: LocalPeer,
  limit: number,
  quitting: AbortSignal,
): Promise<number> {
  let patience = limit
  for await (const line of createInterface({ input })) {
    patience -= await waitForAudience(line, session, peer, patience, quitting)
    if (!quitting.aborted) await session.perform(line)
    if (peer.waiting > AHEAD) patience -= await timed(() => peer.settled(Math.max(0, patience)))
    if (quitting.aborted) break
  }
  const settled = await peer.settled(limit)
  if (session.failed) return EXIT.failure
  return settled && !session.undelivered ? EXIT.ok : EXIT.undelivered
}

/** Waits until somebody could get this line, at most `ms`; returns how long it waited. */
async function waitForAudience(
  line: string,
  session: ChatSession,
  peer: LocalPeer,
  ms: number,
  quitting: AbortSignal,
): Promise<number> {
  return timed(async () => {
    const begin = systemClock.now()
    try {
      const input = readInput(line)
      // Who is in a channel one learns by joining it.
      if (input.kind === 'channel' && input.text !== '') await peer.join(input.channel)
      while (!hasAudience(input, session, peer) && systemClock.now() - begin < ms && !quitting.aborted) {
        await new Promise<void>((resolve) => systemClock.after(20, resolve))
      }
    } catch {
      // What is wrong with the line is said when it is performed.
    }
  })
}

/** How long it took, in milliseconds. */
async function timed(task: () => Promise<unknown>): Promise<number> {
  const begin = systemClock.now()
  await task()
  return systemClock.now() - begin
}

function hasAudience(input: Input, { current }: ChatSession, peer: LocalPeer): boolean {
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
      return peer.remembers(firstWord(input.rest).word)
  }
}
