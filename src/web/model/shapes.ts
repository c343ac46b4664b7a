/** Unknown JSON -> the shapes of src/chat/wire/local-api.ts, once, at the border. Pure. What does not fit is undefined. */
import type {
  FailureCode,
  LocalChannel,
  LocalDelivery,
  LocalEvents,
  LocalFailure,
  LocalMessage,
  LocalPage,
  LocalPerson,
  LocalRead,
  LocalRefusal,
  LocalSelf,
  LocalState,
} from '../../chat/wire/local-api.ts'

type Guard<T> = (value: unknown) => value is T

const text: Guard<string> = (value) => typeof value === 'string'
const yes: Guard<true> = (value) => value === true
const number: Guard<number> = (value) => typeof value === 'number'
const flag: Guard<boolean> = (value) => typeof value === 'boolean'

/** A member that may be missing. */
function maybe<T>(guard: Guard<T>): Guard<T | undefined> {
  return (value): value is T | undefined => value === undefined || guard(value)
}

function list<T>(guard: Guard<T>): Guard<readonly T[]> {
  return (value): value is readonly T[] => Array.isArray(value) && value.every(guard)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An object with at least these members. */
function object<T>(members: { readonly [Name in keyof T]-?: Guard<T[Name]> }): Guard<T> {
  const entries = Object.entries<Guard<unknown>>(members)
  return (value): value is T => isRecord(value) && entries.every(([name, guard]) => guard(value[name]))
}

const trackerState: Guard<LocalState['tracker']['state']> = (value) =>
  value === 'none' || value === 'connecting' || value === 'registered' || value === 'lost'

const failureCode: Guard<FailureCode> = (value) =>
  value === 'unreachable' || value === 'other_peer' || value === 'refused'

const self = object<LocalSelf>({
  id: text,
  address: maybe(text),
  name: text,
  status: text,
  picture: maybe(text),
  identity: maybe(text),
})
const person = object<LocalPerson>({
  id: text,
  name: text,
  status: text,
  picture: maybe(text),
  channels: list(text),
  sources: list(text),
  isHere: flag,
  isLsnp: flag,
})
const channel = object<LocalChannel>({ name: text, isGroup: flag })
const delivery = object<LocalDelivery>({
  recipients: number,
  delivered: number,
  unconfirmed: number,
  waiting: list(text),
  failed: list(object<LocalFailure>({ name: text, reason: text, code: maybe(failureCode) })),
})
const message = object<LocalMessage>({
  key: text,
  id: text,
  conversation: text,
  from: object<LocalMessage['from']>({ id: text, name: text }),
  own: flag,
  text,
  action: flag,
  at: number,
  receivedAt: number,
  clockShift: maybe(number),
  late: flag,
  relayed: maybe(yes),
  delivery: maybe(delivery),
})
const mark = object<LocalRead>({ conversation: text, upTo: number })
const state = object<LocalState>({
  version: text,
  self,
  channels: list(channel),
  directs: list(text),
  people: list(person),
  tracker: object<LocalState['tracker']>({
    state: trackerState,
    detail: text,
    code: maybe(failureCode),
  }),
  lan: maybe(list(text)),
  problem: maybe(text),
  outbox: object<LocalState['outbox']>({ waiting: number, failed: number }),
  read: list(mark),
  eventId: text,
})
const page = object<LocalPage>({ messages: list(message), before: maybe(text), after: maybe(text) })
const deliveryEvent = object<LocalEvents['delivery']>({ key: text, conversation: text, delivery })
const notice = object<LocalEvents['notice']>({ text })
const retried = object<{ readonly retried: number }>({ retried: number })
const refusal: Guard<LocalRefusal> = (value): value is LocalRefusal =>
  isRecord(value) && text(value['error']) && text(value['detail']) && maybe(text)(value['field'])

/** JSON text -> a value of that shape; undefined when it is none. */
export type Reader<T> = (json: string) => T | undefined

function reader<T>(guard: Guard<T>): Reader<T> {
  return (json) => {
    const value = parsed(json)
    return guard(value) ? value : undefined
  }
}

/** undefined for what is no JSON. */
export function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

export const read = {
  state: reader(state),
  self: reader(self),
  channel: reader(channel),
  message: reader(message),
  page: reader(page),
  delivery: reader(deliveryEvent),
  notice: reader(notice),
  mark: reader(mark),
  retried: reader(retried),
  refusal: reader(refusal),
}
