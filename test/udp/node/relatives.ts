/**
 * Foreign LSNP programs, each as one row of habits: how it reads and writes, what it requires in a message, what it
 * acknowledges, and for which acknowledgements it waits. They share no code with our codec. Tests look at the screen of a
 * program: what its user sees, each copy on a line of its own.
 */
import { DISCOVERY_PORT } from '../../../src/udp/lsnp/ports.ts'
import { rfc, seed, splitAt, StandIn, type Lines } from '../stand-ins.ts'
import type { Address } from '../../../src/http/message.ts'
import type { LanEffect } from '../../../src/udp/node/model.ts'

type Fields = Readonly<Record<string, string | number>>

/** Handles a kind of message: returns the line for the screen, or throws the error that the program prints. */
type Handler = (lines: Lines, program: Relative) => string | undefined

export interface Habits {
  readonly dialect: 'rfc' | 'seed'
  /** The port it sends from: the discovery port, a port of its own that it listens on, or one that it does not read. */
  readonly port: number
  readonly read: (bytes: Buffer) => Lines | undefined
  readonly write: (type: string, fields: Fields) => string
  /** The forms of its group messages. */
  readonly groups: 'none' | 'rfc' | 'action'
  readonly scopes: Readonly<Record<string, string>>
  readonly handlers: Readonly<Record<string, Handler>>
  /** Types that it acknowledges, each copy. */
  readonly acknowledges: readonly string[]
  /** Types that it sends up to three times, every 2 s, until they are acknowledged. */
  readonly waits: readonly string[]
  /** Its own ids. */
  readonly id: (count: number) => string
  /** Types that it does not know and ignores without an error. */
  readonly ignores: readonly string[]
}

const SCOPES = {
  POST: 'broadcast',
  LIKE: 'broadcast',
  DM: 'chat',
  FOLLOW: 'follow',
  UNFOLLOW: 'follow',
  FILE_OFFER: 'file',
  FILE_REJECT: 'file',
  GROUP_CREATE: 'group',
  GROUP_UPDATE: 'group',
  GROUP_MESSAGE: 'group',
  TICTACTOE_INVITE: 'game',
}

interface Unanswered {
  readonly key: string
  readonly to: string | Address
  readonly text: string
  copies: number
  nextAt: number
}

/** Our user id, and our address. */
export const US = 'ada@10.77.0.1'
const OUR_HOST = '10.77.0.1'

export class Relative extends StandIn {
  readonly habits: Habits
  readonly screen: string[] = []
  /** The messages that it gave up without an ACK. */
  readonly failed: string[] = []
  /** Groups by the id or name by which it knows them. */
  readonly groups = new Map<string, { readonly name: string; members: string[] }>()
  /** The source of our datagrams: a legacy client sends there. */
  #we: Address = { host: OUR_HOST, port: DISCOVERY_PORT }
  #unanswered: Unanswered[] = []
  #ids = 0
  #now = 0

  constructor(userId: string, habits: Habits) {
    super(userId)
    this.habits = habits
  }

  receive(bytes: Buffer, from: Address, now: number): readonly LanEffect[] {
    this.#now = now
    const lines = this.habits.read(bytes)
    const sender = lines?.get('USER_ID') ?? lines?.get('FROM')
    if (lines === undefined || sender === this.userId) return []
    if (sender === US && this.habits.dialect === 'seed') this.#we = from
    this.#handle(lines)
    return this.takeOutbox()
  }

  #handle(lines: Lines): void {
    const type = lines.get('TYPE') ?? 'None'
    const { handlers, ignores, acknowledges } = this.habits
    if (type === 'ACK' && this.habits.waits.length > 0) {
      this.#unanswered = this.#unanswered.filter(({ key }) => key !== lines.get('MESSAGE_ID'))
      return
    }
    if (ignores.includes(type)) return
    const handler = handlers[type]
    if (handler === undefined) {
      this.errors.push(`unknown type ${type}`)
      return
    }
    try {
      const line = handler(lines, this)
      if (line !== undefined) this.screen.push(line)
    } catch (error) {
      this.errors.push(String(error))
      return
    }
    this.received.push(lines)
    const MESSAGE_ID = lines.get('MESSAGE_ID') ?? ''
    if (acknowledges.includes(type)) this.#send(this.habits.write('ACK', { MESSAGE_ID, STATUS: 'RECEIVED' }))
  }

  /** Throws if the token of a message is not of its sender, not for this type, or expired. */
  checkToken(lines: Lines): void {
    const [user, expiry, scope] = (lines.get('TOKEN') ?? '').split('|')
    const isGood = user === (lines.get('USER_ID') ?? lines.get('FROM')) && Number(expiry) * 1000 > this.#now
    if (!isGood || scope !== this.habits.scopes[lines.get('TYPE') ?? ''])
      throw new Error(`invalid token ${lines.get('TOKEN') ?? 'None'}`)
  }

  // --- what its user does ---------------------------------------------------------------------------

  announce(): void {
    this.sendEverybody(
      this.habits.write('PROFILE', { USER_ID: this.userId, DISPLAY_NAME: 'Rel', STATUS: 'here' }),
    )
  }

  post(CONTENT: string): void {
    this.#say('POST', { USER_ID: this.userId, CONTENT, TTL: 3600 })
  }

  direct(CONTENT: string): void {
    this.#say('DM', { FROM: this.userId, TO: US, CONTENT })
  }

  follow(type: 'FOLLOW' | 'UNFOLLOW' = 'FOLLOW'): void {
    this.#say(type, { FROM: this.userId, TO: US })
  }

  /** Of our post of this second; without an id, as most programs write it. */
  like(POST_TIMESTAMP: number, ACTION: 'LIKE' | 'UNLIKE' = 'LIKE'): void {
    const TIMESTAMP = Math.floor(this.#now / 1000)
    const fields = { FROM: this.userId, TO: US, POST_TIMESTAMP, ACTION, TIMESTAMP }
    this.#sendUntilAcknowledged('LIKE', String(TIMESTAMP), { ...fields, TOKEN: this.#token('LIKE') })
  }

  createGroup(GROUP_NAME: string, members: readonly string[]): void {
    const ids = this.habits.groups === 'action' ? {} : { GROUP_ID: `id of ${GROUP_NAME}` }
    this.groups.set(ids.GROUP_ID ?? GROUP_NAME, { name: GROUP_NAME, members: [...members] })
    this.#say('GROUP_CREATE', { FROM: this.userId, ...ids, GROUP_NAME, MEMBERS: members.join(',') })
  }

  sayInGroup(group: string, CONTENT: string): void {
    const MESSAGE = Buffer.from(CONTENT).toString('base64')
    if (this.habits.groups === 'rfc')
      this.#say('GROUP_MESSAGE', { FROM: this.userId, GROUP_ID: group, CONTENT })
    else {
      const ID = `${this.userId}|${Math.floor(this.#now / 1000)}|group_msg`
      const fields = {
        GROUP_NAME: group,
        FROM: this.userId,
        MESSAGE,
        TOKEN: this.#token('GROUP_MESSAGE'),
        ID,
      }
      this.#send(this.habits.write('GROUP_MESSAGE', fields))
    }
  }

  offer(fields: Fields): void {
    this.#send(this.habits.write('FILE_OFFER', { ...fields, ...this.#tokenOf('FILE_OFFER') }))
  }

  /** Sends what a test has written. */
  sendRaw(text: string): void {
    this.#send(text)
  }

  #say(type: string, fields: Fields): void {
    const MESSAGE_ID = this.habits.id(++this.#ids)
    const TIMESTAMP = Math.floor(this.#now / 1000)
    const all = { ...fields, TIMESTAMP, MESSAGE_ID, ...this.#tokenOf(type) }
    this.#sendUntilAcknowledged(type, MESSAGE_ID, all)
  }

  #sendUntilAcknowledged(type: string, key: string, fields: Fields): void {
    const text = this.habits.write(type, fields)
    this.#send(text)
    if (!this.habits.waits.includes(type)) return
    this.#unanswered.push({ key, to: this.#we, text, copies: 1, nextAt: this.#now + 2_000 })
  }

  #tokenOf(type: string): Fields {
    return this.habits.scopes[type] === undefined ? {} : { TOKEN: this.#token(type) }
  }

  #token(type: string): string {
    return `${this.userId}|${Math.floor(this.#now / 1000) + 3600}|${this.habits.scopes[type] ?? ''}`
  }

  #send(text: string): void {
    this.send(this.#we, text)
  }

  protected override onTick(now: number): void {
    this.#now = now
    for (const message of this.#unanswered.filter(({ nextAt }) => nextAt <= now)) {
      if (message.copies === 3) {
        this.failed.push(message.text)
        this.#unanswered.splice(this.#unanswered.indexOf(message), 1)
      } else {
        message.copies++
        message.nextAt = now + 2_000
        this.send(message.to, message.text)
      }
    }
  }
}

// --- reading ----------------------------------------------------------------------------------------

/** `KEY: VALUE`; a line without the space is no line. It strips the whole text first. */
function spaced(bytes: Buffer): Lines {
  const pairs = bytes.toString().trim().split('\n')
  return new Map(pairs.filter((line) => line.includes(': ')).map((line) => splitAt(line, ': ')))
}

/** Anything with a colon, trimmed. Of two halves it takes the second, whose type it does not know: PEER_DISCOVERY. */
function lenient(bytes: Buffer): Lines {
  const pairs = bytes
    .toString()
    .split('\n')
    .filter((line) => line.includes(':'))
  return new Map(pairs.map((line) => splitAt(line, ':')).map(([key, value]) => [key.trim(), value.trim()]))
}

/** `KEY:VALUE`, nothing trimmed. */
function unspaced(bytes: Buffer): Lines {
  const pairs = bytes
    .toString()
    .split('\n')
    .filter((line) => line.includes(':'))
  return new Map(pairs.map((line) => splitAt(line, ':')))
}

/** A receive buffer of so many bytes, and a message that has to be complete. */
function complete(mostBytes: number) {
  return (bytes: Buffer): Lines | undefined => {
    const text = bytes.subarray(0, mostBytes).toString()
    return text.startsWith('TYPE: ') && text.endsWith('\n\n') ? spaced(bytes) : undefined
  }
}

// --- what is shown ----------------------------------------------------------------------------------

/** A value that it fails without. */
function need(lines: Lines, key: string): string {
  const value = lines.get(key)
  if (value === undefined) throw new Error(`no ${key}`)
  return value
}

const nothing: Handler = () => undefined

function checked(handler: Handler): Handler {
  return (lines, program) => {
    program.checkToken(lines)
    return handler(lines, program)
  }
}

function forItself(handler: Handler): Handler {
  return (lines, program) => (need(lines, 'TO') === program.userId ? handler(lines, program) : undefined)
}

/** Kinds that all of them handle alike. */
const COMMON: Readonly<Record<string, Handler>> = {
  PROFILE: (lines) => {
    for (const key of ['USER_ID', 'DISPLAY_NAME']) need(lines, key)
    return undefined
  },
  PING: nothing,
  POST: checked((lines) => `POST ${need(lines, 'USER_ID')}: ${need(lines, 'CONTENT')}`),
  DM: checked(forItself((lines) => `DM ${need(lines, 'FROM')}: ${need(lines, 'CONTENT')}`)),
  FOLLOW: checked(forItself((lines) => `${need(lines, 'FROM')} follows you`)),
  UNFOLLOW: checked(forItself((lines) => `${need(lines, 'FROM')} follows you no longer`)),
  LIKE: checked(
    forItself((lines) => `${need(lines, 'FROM')} ${need(lines, 'ACTION')}s ${need(lines, 'POST_TIMESTAMP')}`),
  ),
  TICTACTOE_RESULT: forItself((lines) => `game over: ${need(lines, 'RESULT')}`),
  REVOKE: nothing,
}

function listOf(text: string): string[] {
  return text.split(',').filter((member) => member !== '')
}

/** Groups by GROUP_ID, with ADD and REMOVE. */
const GROUPS: Readonly<Record<string, Handler>> = {
  GROUP_CREATE: checked((lines, { groups }) => {
    const name = need(lines, 'GROUP_NAME')
    groups.set(need(lines, 'GROUP_ID'), { name, members: listOf(need(lines, 'MEMBERS')) })
    return `you are in ${name}`
  }),
  GROUP_UPDATE: checked((lines, { groups }) => {
    const group = groups.get(need(lines, 'GROUP_ID'))
    if (group === undefined) throw new Error('no such group')
    const remove = listOf(lines.get('REMOVE') ?? '')
    const all = [...group.members, ...listOf(lines.get('ADD') ?? '')]
    group.members = all.filter((member) => !remove.includes(member))
    return `${group.name}: ${group.members.join(' ')}`
  }),
  GROUP_MESSAGE: checked((lines, { groups }) => {
    const group = groups.get(need(lines, 'GROUP_ID'))
    return `[${group?.name ?? 'None'}] ${need(lines, 'FROM')}: ${need(lines, 'CONTENT')}`
  }),
}

/** Groups by GROUP_NAME, with ACTION, and texts in base64. */
const NAMED_GROUPS: Readonly<Record<string, Handler>> = {
  GROUP_CREATE: (lines, { groups }) => {
    const name = need(lines, 'GROUP_NAME')
    if (groups.has(name)) return undefined
    groups.set(name, { name, members: listOf(need(lines, 'MEMBERS')) })
    return `you are in ${name}`
  },
  GROUP_UPDATE: (lines, { groups }) => {
    const group = groups.get(need(lines, 'GROUP_NAME'))
    const [action, members] = [need(lines, 'ACTION'), listOf(need(lines, 'MEMBERS'))]
    if (group === undefined) throw new Error('no such group')
    if (action === 'ADD') group.members = [...group.members, ...members]
    else group.members = group.members.filter((member) => !members.includes(member))
    return `${group.name}: ${group.members.join(' ')}`
  },
  GROUP_MESSAGE: (lines, { groups }) => {
    const group = groups.get(need(lines, 'GROUP_NAME'))
    if (group?.members.includes(need(lines, 'FROM')) !== true) return undefined
    return `[${group.name}] ${need(lines, 'FROM')}: ${Buffer.from(need(lines, 'MESSAGE'), 'base64').toString()}`
  },
}

// --- the programs -----------------------------------------------------------------------------------

function hex(digits: number) {
  return (count: number): string => count.toString(16).padStart(digits, 'a')
}

const PLAIN: Habits = {
  dialect: 'rfc',
  port: DISCOVERY_PORT,
  read: spaced,
  write: rfc,
  groups: 'rfc',
  scopes: SCOPES,
  handlers: { ...COMMON, ...GROUPS },
  acknowledges: [],
  waits: [],
  id: hex(16),
  ignores: ['ACK', 'FILE_REJECT', 'FILE_IGNORED'],
}

function main(port: number, more: Partial<Habits>): Habits {
  const ignores = ['PING', 'PEER_DISCOVERY']
  return { ...PLAIN, dialect: 'seed', port, read: unspaced, write: seed, ...more, ignores }
}

/** Early programs have no tokens, groups, likes or followers. */
const WITHOUT_TOKENS: Readonly<Record<string, Handler>> = {
  PROFILE: nothing,
  POST: (lines) => `POST ${need(lines, 'USER_ID')}: ${need(lines, 'CONTENT')}`,
  DM: forItself((lines) => `DM ${need(lines, 'FROM')}: ${need(lines, 'CONTENT')}`),
}

export const RELATIVES: Readonly<Record<string, Habits>> = {
  'a legacy client': main(8_421, { groups: 'none', scopes: {}, handlers: WITHOUT_TOKENS }),
  'a later legacy client': main(8_554, {
    handlers: {
      ...COMMON,
      ...GROUPS,
      FOLLOW_RESPONSE: (lines) => `follow: ${need(lines, 'STATUS')}`,
      UNFOLLOW_RESPONSE: (lines) => `unfollow: ${need(lines, 'STATUS')}`,
      FILE_REJECT: (lines) => `${need(lines, 'receiver_name')} refused ${need(lines, 'transfer_id')}`,
    },
  }),
  'a program that sends from any port, with ids of 15 digits': { ...PLAIN, port: 43_063, id: hex(15) },
  'a program that acknowledges DMs and reads FILE_IGNORED': {
    ...PLAIN,
    acknowledges: ['DM'],
    handlers: {
      ...PLAIN.handlers,
      FILE_IGNORED: forItself((lines) => `${need(lines, 'FROM')} ignores ${need(lines, 'FILEID')}`),
    },
    ignores: ['ACK', 'FILE_REJECT'],
  },
  'a program with groups by name, ACTION and base64': {
    ...PLAIN,
    port: 43_114,
    read: lenient,
    write: (type, fields) => (type.startsWith('GROUP_') ? seed(type, fields) : rfc(type, fields)),
    groups: 'action',
    handlers: { ...COMMON, ...NAMED_GROUPS },
    id: hex(8),
    ignores: [...PLAIN.ignores, 'PEER_DISCOVERY'],
  },
  'a program that needs ADD, REMOVE and GROUP_NAME, and acknowledges': {
    ...PLAIN,
    handlers: {
      ...PLAIN.handlers,
      GROUP_UPDATE: (lines, program) => {
        for (const key of ['ADD', 'REMOVE', 'GROUP_NAME']) need(lines, key)
        return GROUPS['GROUP_UPDATE']?.(lines, program)
      },
    },
    acknowledges: ['DM'],
    waits: ['DM'],
  },
  'a program with a buffer of 4096 bytes that wants complete messages': {
    ...PLAIN,
    read: complete(4_096),
    ignores: ['ACK', 'FILE_REJECT', 'FILE_IGNORED'],
  },
  'a program with scopes of its own that waits for every ACK': {
    ...PLAIN,
    read: lenient,
    write: (type, fields) => rfc(type, fields).slice(0, -1),
    scopes: { ...SCOPES, POST: 'post', LIKE: 'like', UNFOLLOW: 'unfollow' },
    handlers: {
      ...PLAIN.handlers,
      FILE_REJECT: checked(forItself((lines) => `${need(lines, 'FROM')} rejected ${need(lines, 'FILEID')}`)),
    },
    acknowledges: ['DM', 'POST', 'FOLLOW', 'UNFOLLOW'],
    waits: ['DM', 'POST', 'FOLLOW', 'UNFOLLOW', 'LIKE', 'GROUP_MESSAGE'],
    id: (count) => `c36bb0b2-1f4e-4c0a-9a5e-${hex(12)(count)}`,
    ignores: ['FILE_IGNORED', 'PEER_DISCOVERY'],
  },
}
