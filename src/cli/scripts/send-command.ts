/** `parley send`: sends one message through the running peer, or through a temporary one, and reports its delivery. */
import { ChatError } from '../../chat/errors.ts'
import { anyChannel } from '../../chat/wire/closed.ts'
import { messageText } from '../../chat/wire/fields.ts'
import { Client } from '../../http/client.ts'
import { ClientError } from '../../http/client-connection.ts'
import { sendAndWait, type Recipient, type Sent } from './send-and-wait.ts'
import { EXIT, ExitError } from '../system/exit-codes.ts'
import { sanitizeLine } from '../../chat/sanitize.ts'
import { onSignals, stopped } from '../system/signals.ts'
import { LOCAL_CLIENT, type LocalClient } from '../running/local-client.ts'
import { whatIsLeft } from '../chat/pipes/pipe-summary.ts'
import { personCalled, renamedFrom } from '../running/local-person.ts'
import { findPeer, othersThatRun } from '../running/running-peers.ts'
import { systemClock } from '../system/clock.ts'
import { dataHome } from '../system/paths.ts'
import { givenText } from './read-stdin.ts'
import type { HttpClient } from '../../http/network.ts'
import type { StartFlags } from '../running/start-peer.ts'

export interface SendFlags extends StartFlags {
  /** `#channel`, or a person, with or without `@`: a name, a short id, a key or an address. */
  readonly to: string
  /** Empty, or `-`: standard input is the text. */
  readonly words: readonly string[]
  /** How long to wait for a recipient, and then for deliveries, in seconds. */
  readonly timeout: number
  readonly json: boolean
}

/** A peer that sends the message. */
interface Speaker {
  readonly local: LocalClient
  /** What happens to a message that a recipient does not have in time. */
  readonly later: string
  /** What happens to a message to an empty channel. */
  readonly alone: string
  readonly closedToNewcomers?: (() => Promise<void>) | undefined
  readonly close: () => Promise<void>
}

/** Resolves to the exit status. Rejects with ExitError. */
export async function runSend(flags: SendFlags): Promise<number> {
  const to = usage(() => recipientIn(flags.to))
  const given = await givenText(flags.words, process.stdin)
  const text = usage(() => messageText(given, 'the message'))
  const stopping = new AbortController()
  onSignals(stopping)
  await using client = new Client(LOCAL_CLIENT)
  const speaker = await speakerFor(client, flags)
  try {
    return await Promise.race([stopped(stopping), speak(speaker, to, text, flags)])
  } catch (error) {
    throw failure(error)
  } finally {
    await speaker.close()
  }
}

async function speak(
  { local, later, alone, closedToNewcomers }: Speaker,
  to: Recipient,
  text: string,
  { to: shown, timeout, json }: SendFlags,
): Promise<number> {
  const sent = await sendAndWait(to, text, {
    local,
    clock: systemClock,
    timeout: timeout * 1_000,
    closedToNewcomers,
  })
  if (json) process.stdout.write(`${JSON.stringify({ to: shown, id: sent.id, ...sent.delivery })}\n`)
  if (sent.note !== undefined) process.stderr.write(`parley: ${sanitizeLine(sent.note)}\n`)
  const problems = problemsOf(sent, to, { timeout, later, alone })
  for (const problem of problems) process.stderr.write(`parley: ${problem}\n`)
  if (problems.length > 0) return EXIT.undelivered
  if (!json && process.stdout.isTTY) process.stdout.write(`delivered to ${sent.delivery.delivered}\n`)
  return EXIT.ok
}

/** The running peer, or else a temporary one. Rejects with ExitError. */
async function speakerFor(client: HttpClient, flags: SendFlags): Promise<Speaker> {
  const { isNamed, storage } = flags
  const network = storage.network?.label
  const wanted = { name: isNamed ? flags.name : undefined, data: storage.data, network }
  const running = storage.ephemeral ? undefined : await findPeer(client, wanted)
  if (running !== undefined) {
    const peer = sanitizeLine(running.name)
    const later = `it waits with ${peer}, and gets there when they are back`
    const alone = `${peer} has it, and who comes while ${peer} is in the channel can still read it`
    return { local: running.local, later, alone, close: () => Promise.resolve() }
  }
  if (isNamed) await refuseNewPerson(client, flags)
  const { startTemporaryPeer } = await import('../running/temporary-peer.ts')
  const { local, directory, closedToNewcomers, close } = await startTemporaryPeer(
    client,
    flags,
    (sentence) => {
      process.stderr.write(`parley: ${sanitizeLine(sentence)}\n`)
    },
  )
  const later =
    directory === undefined
      ? 'it is given up'
      : `it waits in ${directory}, and is tried again when a peer of this name is started`
  const alone = whatIsLeft(1, { directory, history: storage.history })
  return { local, later, alone, closedToNewcomers, close }
}

/**
 * A misspelt name must not make a new person, which others would see and which lasts. Rejects with ExitError. In a directory that
 * the user named, and without one, no other person can be meant.
 */
async function refuseNewPerson(client: HttpClient, { name, storage }: SendFlags): Promise<void> {
  const isKept = storage.data === undefined && !storage.ephemeral && dataHome() !== undefined
  if (!isKept || personCalled(name) !== undefined) return
  const shown = sanitizeLine(name)
  const renamed = renamedFrom(name)
  const now = renamed === undefined ? '' : `; the one who had this name is ${sanitizeLine(renamed)} now`
  throw new ExitError(
    EXIT.usage,
    `no person of this machine is called ${shown}, and no peer of that name runs${now}${await othersThatRun(client)}. "parley peer --name ${shown}" makes that person; with --ephemeral it is said by a person who is not kept`,
  )
}

/** Throws ChatError. */
function recipientIn(word: string): Recipient {
  if (word.startsWith('#')) return { kind: 'channel', channel: anyChannel(word) }
  const person = word.replace(/^@/, '').trim()
  if (person === '')
    throw new ChatError(400, 'invalid_field', "name a recipient: a channel ('#ops') or a person (bob)")
  return { kind: 'person', person }
}

/** The recipients that did not get it, and why: one sentence each. */
function problemsOf(
  { id, delivery }: Sent,
  to: Recipient,
  { timeout, later, alone }: Pick<SendFlags, 'timeout'> & Pick<Speaker, 'later' | 'alone'>,
): string[] {
  const { recipients, waiting, failed } = delivery
  if (id === undefined && to.kind === 'person') {
    const hint = `(for a channel: '#${sanitizeLine(to.person)}')`
    return [`nobody here is called ${sanitizeLine(to.person)}: looked for ${timeout} s ${hint}`]
  }
  const problems = failed.map(
    ({ name, reason }) => `not delivered to ${sanitizeLine(name)}: ${sanitizeLine(reason)}`,
  )
  if (waiting.length > 0) {
    const names = waiting.map(sanitizeLine).join(', ')
    problems.push(`not delivered to ${names} within ${timeout} s; ${later}`)
  }
  if (recipients === 0 && to.kind === 'channel')
    problems.push(`no one else was in #${to.channel} within ${timeout} s; ${alone}`)
  return problems
}

/** A ChatError here is a mistake in the command line. */
function usage<Value>(read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    if (error instanceof ChatError) throw new ExitError(EXIT.usage, error.message)
    throw error
  }
}

function failure(error: unknown): unknown {
  if (error instanceof ChatError) return new ExitError(EXIT.failure, sanitizeLine(error.message))
  if (error instanceof ClientError)
    return new ExitError(EXIT.failure, `the peer does not answer: ${error.message}`)
  return error
}
