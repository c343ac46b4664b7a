/** Complete values of the local API, for tests to change. */
import type { LocalDelivery, LocalMessage, LocalPerson, LocalState } from '../../src/chat/wire/local-api.ts'
import { EMPTY_LOG, FIRST_VIEW, type Log, type Outgoing, type View } from '../../src/web/model/view.ts'

/** Noon of a Saturday, wherever the test runs. */
export const NOON = new Date(2026, 2, 14, 12, 0, 0).getTime()
export const MINUTE = 60_000

/** A message of bob in #general, so many minutes after noon. Its key is its text. */
export function message(text: string, minutes = 0, more: Partial<LocalMessage> = {}): LocalMessage {
  return {
    key: text,
    id: text,
    conversation: 'general',
    from: { id: '10.0.0.2:8000', name: 'bob' },
    own: false,
    text,
    action: false,
    at: NOON + minutes * MINUTE,
    receivedAt: NOON + minutes * MINUTE,
    late: false,
    delivery: undefined,
    ...more,
  }
}

export function ownMessage(text: string, minutes = 0, more: Partial<LocalMessage> = {}): LocalMessage {
  return message(text, minutes, { own: true, from: { id: 'alice-key', name: 'alice' }, ...more })
}

export function delivery(more: Partial<LocalDelivery> = {}): LocalDelivery {
  return { recipients: 2, delivered: 2, unconfirmed: 0, waiting: [], failed: [], ...more }
}

export function person(name: string, more: Partial<LocalPerson> = {}): LocalPerson {
  return {
    id: `${name}-id`,
    name,
    addresses: [`${name}-address`],
    status: '',
    picture: undefined,
    channels: ['general'],
    sources: ['lan'],
    isHere: true,
    isLsnp: false,
    ...more,
  }
}

export function state(more: Partial<LocalState> = {}): LocalState {
  return {
    version: '0.1.0',
    self: { id: 'alice-key', short: 'a11c-e000', name: 'alice', status: '', picture: undefined },
    channels: [
      { name: 'general', isGroup: false },
      { name: 'ops', isGroup: false },
    ],
    invitations: [],
    directs: ['@bob-id'],
    people: [person('bob'), person('carol', { isHere: false })],
    tracker: { state: 'registered', detail: '' },
    lan: ['eth0'],
    problem: undefined,
    hushed: [],
    outbox: { waiting: 0, failed: 0 },
    read: [],
    eventId: '0',
    ...more,
  }
}

export function view(more: Partial<View> = {}): View {
  return { ...FIRST_VIEW, local: state(), link: { kind: 'open' }, ...more }
}

export function log(messages: readonly LocalMessage[], more: Partial<Log> = {}): Log {
  return { ...EMPTY_LOG, messages, newest: 'loaded', isWhole: true, ...more }
}

export function outgoing(id: string, more: Partial<Outgoing> = {}): Outgoing {
  return {
    id,
    conversation: 'general',
    text: id,
    action: false,
    at: NOON,
    state: 'waiting',
    reason: '',
    ...more,
  }
}

export function keys(messages: readonly LocalMessage[]): string {
  return messages.map(({ key }) => key).join(' ')
}
