/** Seeded randomness, and inputs for fuzzers: known messages, damaged and joined. */

/** Between 0 and 1, the same series for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32
  }
}

type Random = () => number

function pick<Item>(items: readonly Item[], random: Random): Item {
  return items[Math.floor(random() * items.length)] as Item
}

/** Texts on which parsers often fail. */
const TRAPS = [
  '\r',
  '\n',
  '\r\n',
  '\r\n\r\n',
  ' ',
  '\t',
  ':',
  ',',
  ';',
  '"',
  '\\',
  '\0',
  '\x7f',
  '\x80',
  '\xff',
  '0',
  '5',
  'f',
  '+',
  '-',
  '_',
  'chunked',
  'Transfer-Encoding: chunked\r\n',
  'Content-Length: 5\r\n',
  'Host: a\r\n',
  'Connection: close\r\n',
  'Expect: 100-continue\r\n',
  '5\r\nhello\r\n',
  '0\r\n\r\n',
  'HTTP/1.1',
  'HTTP/1.0',
  'x'.repeat(150),
  'x'.repeat(700),
]

/** One or several seeds in a row, with up to a few changes. Latin-1 in, bytes out. */
export function mutate(seeds: readonly string[], random: Random): Buffer {
  let text = pick(seeds, random)
  while (random() < 0.3) text += pick(seeds, random)
  const changes = random() < 0.2 ? 0 : Math.ceil(random() * 4)
  for (let change = 0; change < changes; change++) text = damage(text, seeds, random)
  return Buffer.from(text.slice(0, 20_000), 'latin1')
}

function damage(text: string, seeds: readonly string[], random: Random): string {
  const at = Math.floor(random() * (text.length + 1))
  const to = Math.min(text.length, at + Math.ceil(random() * 12))
  switch (Math.floor(random() * 7)) {
    case 0:
      return text.slice(0, at) + pick(TRAPS, random) + text.slice(at)
    case 1:
      return text.slice(0, at) + text.slice(to)
    case 2:
      return text.slice(0, at) + pick(TRAPS, random) + text.slice(to)
    case 3:
      return text.slice(0, at) + String.fromCharCode(Math.floor(random() * 256)) + text.slice(at + 1)
    case 4:
      return text.slice(0, to) + text.slice(at)
    case 5: {
      const other = pick(seeds, random)
      return text.slice(0, at) + other.slice(Math.floor(random() * other.length))
    }
    default:
      return text.slice(0, at)
  }
}
