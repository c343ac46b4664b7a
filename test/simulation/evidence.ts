/** What is left of a run when it is over: what the checks look at. */
import { textOf } from '../../src/chat/content.ts'
import { DIRECT, addressKey, senderKey, type ChatMessage, type Peer } from '../../src/chat/model.ts'
import { Life } from './life.ts'
import type { Entry, PendingMessage } from '../../src/store/store.ts'
import type { Person } from './person.ts'
import type { Log, Said } from './record.ts'
import type { World } from './world.ts'

const CHANNELS = ['general', 'tea', 'maps']
const ALL = 10_000

/** What is on the disk of somebody. */
export interface Kept {
  readonly person: Pick<Person, 'name' | 'id' | 'isGone' | 'channels'>
  /** When the disk was written to. */
  readonly writes: readonly number[]
  readonly identity: string
  /** By conversation, each as a page of it is shown. */
  readonly conversations: ReadonlyMap<string, readonly Entry[]>
  readonly unsettled: readonly PendingMessage[]
}

export interface Evidence {
  readonly log: Log
  readonly kept: readonly Kept[]
}

export async function evidenceOf({ log, people }: World): Promise<Evidence> {
  const conversations = [...CHANNELS, ...people.map(({ id }) => `@${id}`)]
  const kept: Kept[] = []
  for (const person of people) {
    const store = await person.disk.read(new Life(person.machine, () => undefined))
    const pages = conversations.map((name) => [name, store.page(name, ALL).entries] as const)
    const { identity } = store
    const unsettled = store.unsettled()
    store.close()
    person.disk.close()
    kept.push({ person, writes: person.disk.writes, identity, conversations: new Map(pages), unsettled })
  }
  return { log, kept }
}

export function keptBy({ kept }: Evidence, name: string): Kept {
  const found = kept.find(({ person }) => person.name === name)
  if (found === undefined) throw new RangeError(`nobody is called ${name}`)
  return found
}

/** Whether the peer at this address does not want to be in this channel: what was said to it there may wait a while. */
export function isOutside(
  recipient: Peer,
  channel: string,
  people: readonly Pick<Person, 'id' | 'channels'>[],
): boolean {
  const person = people.find(({ id }) => id === addressKey(recipient))
  return channel !== DIRECT && person?.channels.has(channel) === false
}

/** How often somebody has a message in its history. Texts are unique. */
export function copiesOf({ conversations }: Kept, { text }: Pick<Said, 'text'>): number {
  let copies = 0
  for (const entries of conversations.values())
    for (const { message } of entries) if (textOf(message.content) === text) copies++
  return copies
}

/** Whether what was done then in a life of somebody may be forgotten: it was killed before it was written. */
export function mayBeForgotten({ crashes }: Log, who: string, life: number, at: number): boolean {
  return crashes.some((crash) => crash.who === who && crash.life === life && at >= crash.savedAt)
}

/** Where a message belongs for whoever gets it. */
export function conversationOf(message: ChatMessage): string {
  return message.channel === DIRECT ? `@${senderKey(message)}` : message.channel
}
