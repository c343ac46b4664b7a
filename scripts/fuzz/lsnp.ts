/**
 * Fuzzes the datagram codec: any bytes give a message or a reason, nothing is thrown, in linear time and without growth.
 * A decoded message can be sent on: its encoding decodes to a message that encodes to the same bytes, or encode() refuses
 * it with a TypeError, for one of the reasons for which sending is stricter than reading.
 *
 *   npm run fuzz:lsnp -- [--count 100000 | --seconds 10] [--seed N]
 *
 * Prints the seed; a failure prints the input in hex. Exit 1 when something was found.
 */
import { decode, encode, LSNP_LIMITS, type Dialect, type LsnpMessage } from '../../src/udp/lsnp/codec.ts'
import { DIVERGENCES, EXAMPLES, REFUSED } from '../../test/udp/lsnp/samples.ts'
import { commandLine, refuse } from '../support/command-line.ts'
import { mutate, seededRandom } from './mutate.ts'

const { numbers } = commandLine({
  numbers: { count: 100_000, seconds: 0, seed: Date.now() % 2 ** 31 },
})
const { seed, seconds } = numbers
const random = seededRandom(seed)
const count = seconds === 0 ? numbers.count : Infinity
const until = seconds === 0 ? Infinity : performance.now() + seconds * 1000
if (count < 1) refuse(`--count ${count}: must be 1 or more, or nothing is tried`)

const SLOWEST_MILLISECONDS = 500
/** Inputs between two measurements of the heap, and how much it may grow after the first, in bytes. */
const MEASURED_EVERY = 10_000
const MOST_GROWTH = 4 * 2 ** 20
/** Messages that are kept in memory, as a running program keeps names and groups. */
const KEPT = 512

/** Why encode() may refuse what decode() accepted: other programs are less strict. */
const STRICTER =
  /^(?:[A-Z_]+ (?:must be whole seconds|must be 16 lower-case hexadecimal digits|must be user\|whole seconds\|scope|must be one line|is missing)|the datagram is longer than 65507 bytes)$/

// --- inputs -------------------------------------------------------------------------------------------

const SEEDS = [...EXAMPLES, ...DIVERGENCES]
  .map(({ datagram }) => datagram)
  .concat(REFUSED.map(([, datagram]) => datagram))
  .map((datagram) => Buffer.from(datagram).toString('latin1'))
const KEYS = [...new Set(SEEDS.flatMap((datagram) => datagram.match(/^[A-Za-z_]+(?=:)/gm) ?? []))]
const TYPES = [...new Set(EXAMPLES.map(({ message }) => message.type))]
const VALUES = [
  ...[
    '',
    ' ',
    '0',
    '-1',
    '1.5',
    '1e9',
    '999999999999999',
    '9999999999999999',
    'NaN',
    'None',
    'true',
    'yes',
    'no',
  ],
  ...[
    'a@b',
    '@',
    'a@',
    '@b',
    'a@b@c',
    'a b@c',
    'a@b|5|chat',
    'a@b|5.5|game',
    '|||',
    'a@b,c@d',
    ',,,',
    'X',
    'WIN',
  ],
  ...[
    '[',
    '["a@b","\\ud800@c","d\\n@e"]',
    '{}',
    '[[[]]]',
    'AAAA',
    'A===',
    'YQ==',
    '/w==',
    '0,4,8',
    '__proto__',
  ],
  ...[
    '\r',
    '\x0b',
    '\x1b[2J',
    '\xc2\x85',
    '\xe2\x80\xa8',
    '\xef\xbb\xbf',
    '\xc2\xa0',
    '\xff\xfe',
    '\xf0\x9f\x98',
  ],
  ...['x'.repeat(64), 'x'.repeat(129), 'x'.repeat(9000), ' '.repeat(9000), '\xc3\xa9'.repeat(300)],
]

function pick<Item>(items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new RangeError('nothing to pick from')
  return item
}

function input(): Buffer {
  const kind = random()
  if (kind < 0.05) return Buffer.from(Array.from({ length: random() * 200 }, () => random() * 256))
  if (kind < 0.5) return mutate(SEEDS, random)
  if (kind < 0.99) return Buffer.from(lines(), 'latin1')
  return Buffer.from(pick(SEEDS) + `${pick(KEYS)}: ${pick(VALUES)}`.repeat(random() * 8000), 'latin1')
}

/** A sample with some lines changed, doubled, left out or added. */
function lines(): string {
  const separator = pick([': ', ':', ' :  ', ':\t'])
  const kept = pick(SEEDS)
    .split('\n')
    .filter(() => random() < 0.95)
    .flatMap((line) => (random() < 0.05 ? [line, line] : [line]))
    .map((line) => (random() < 0.1 ? line.replace(/:.*/, () => separator + pick(VALUES)) : line))
  if (random() < 0.2) kept.push(`TYPE${separator}${pick(TYPES)}`)
  while (random() < 0.4) kept.push(`${pick(KEYS)}${separator}${pick(VALUES)}`)
  return kept.join(pick(['\n', '\n', '\n', '\r\n', '\r']))
}

// --- what must hold -------------------------------------------------------------------------------------

function found(bytes: Buffer, what: unknown): never {
  console.error(`FOUND with --seed ${seed}`)
  console.error(bytes.toString('hex'))
  console.error(what)
  process.exit(1)
}

/** The message in these bytes, if there is one. */
function check(bytes: Buffer): LsnpMessage | undefined {
  // CPU time instead of the clock, so that a busy machine does not count.
  const begin = process.cpuUsage()
  const decoded = decode(bytes)
  const { user, system } = process.cpuUsage(begin)
  const took = (user + system) / 1000
  if (took > SLOWEST_MILLISECONDS) found(bytes, `took ${took} ms`)
  if (decoded.ok) return decoded.message
  if (decoded.reason === '' || decoded.reason.length > 200) found(bytes, decoded)
  return undefined
}

/** The bytes of a message; undefined if encode() refuses it for an expected reason. */
function sent(bytes: Buffer, message: LsnpMessage, form: Dialect): Buffer | undefined {
  try {
    return encode(message, form)
  } catch (error) {
    if (!(error instanceof TypeError) || !STRICTER.test(error.message)) found(bytes, error)
    return undefined
  }
}

/** Checks that encoding is stable. Returns whether the message could be sent on. */
function checkRoundTrip(bytes: Buffer, message: LsnpMessage, form: Dialect): boolean {
  const once = sent(bytes, message, form)
  if (once === undefined) return false
  const decoded = decode(once)
  if (!decoded.ok || decoded.dialect !== form || decoded.message.type !== message.type)
    return found(bytes, { form, once: once.toString(), decoded })
  const twice = encode(decoded.message, form)
  if (!twice.equals(once)) found(bytes, { form, once: once.toString(), twice: twice.toString() })
  return true
}

/** Short texts among white space that fills the datagram: keeping the texts must not keep the white space. */
function padded(index: number): Buffer {
  const space = pick([' ', '\t', '\u00a0', '\u3000']).repeat(10_000)
  const lines = [
    'TYPE: PROFILE',
    `USER_ID: user${index}@10.77.0.11`,
    `DISPLAY_NAME: ${space}name of user ${index}`,
    `CHANNELS: channel-of-many-${index},${space}channel-of-few-${index}`,
  ]
  return Buffer.from(lines.join('\n'))
}

// --- the run --------------------------------------------------------------------------------------------

console.log(`seed ${seed}, ${seconds === 0 ? `${count} inputs` : `${seconds} s`}`)
const counts = { inputs: 0, bytes: 0, decoded: 0, sentOn: 0 }
const kept: (LsnpMessage | undefined)[] = Array.from({ length: KEPT })
const heap: number[] = []
measure(Buffer.alloc(0))
try {
  while (counts.inputs < count && performance.now() < until) {
    const bytes = input()
    try {
      const message = check(bytes)
      if (message !== undefined) {
        counts.decoded++
        const forms = (['rfc', 'seed', 'polyglot'] as const).filter((form) =>
          checkRoundTrip(bytes, message, form),
        )
        if (forms.length > 0) counts.sentOn++
      }
    } catch (error) {
      found(bytes, error)
    }
    counts.inputs++
    counts.bytes += bytes.length
    if (counts.inputs % 10 === 0) kept[(counts.inputs / 10) % KEPT] = check(padded(counts.inputs))
    if (counts.inputs % MEASURED_EVERY === 0) measure(bytes)
  }
} finally {
  kept.length = 0
}

function measure(bytes: Buffer): void {
  if (globalThis.gc === undefined) return
  globalThis.gc()
  heap.push(process.memoryUsage().heapUsed)
  const growth = (heap.at(-1) ?? 0) - (heap[0] ?? 0)
  if (growth > MOST_GROWTH) found(bytes, `the heap has grown by ${growth} bytes`)
}

const mebibytes = heap.map((bytes) => (bytes / 2 ** 20).toFixed(1))
const memory =
  mebibytes.length === 0
    ? 'heap not measured (node --expose-gc)'
    : `heap ${mebibytes[0]} MiB at first, ${mebibytes.at(-1)} MiB at last`
console.log(
  `${counts.inputs} inputs, ${counts.bytes} bytes: ${counts.decoded} decoded, ${counts.sentOn} of them sent on in a form; ` +
    `datagrams of up to ${LSNP_LIMITS.datagramBytes} bytes; ${memory}; nothing found`,
)
