/**
 * A host that begins secure connections with a peer at an even rate, from one process and an address of its own. Of each it
 * completes the handshake, or leaves it half open.
 */
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { KeyPair } from '../../src/identity/key-pair.ts'
import { SecureSelf } from '../../src/secure/self.ts'

export type Kind = 'half open' | 'completed'

/** Not the address of the pair, whose handshakes are counted apart. */
const ADDRESS = '127.0.0.66'
/** Handshakes are begun so often, in milliseconds. */
const TICK = 5

const self = new SecureSelf({ keys: new KeyPair(randomBytes(32)), kind: 'peer', random: randomBytes })
let timer: NodeJS.Timeout | undefined
let tallied: Record<string, number> = {}

/** Begins the attack on this port of 127.0.0.1. */
export function attack(port: number, kind: Kind, perSecond: number): void {
  const begin = performance.now()
  let begun = 0
  tallied = {}
  timer = setInterval(() => {
    const due = ((performance.now() - begin) / 1_000) * perSecond
    for (; begun < due; begun++) handshake(port, kind)
  }, TICK)
}

/** Ends the attack. Returns what became of its handshakes: their number by status, or by the error of the connection. */
export function cease(): Readonly<Record<string, number>> {
  clearInterval(timer)
  return tallied
}

function count(what: string): void {
  tallied[what] = (tallied[what] ?? 0) + 1
}

function handshake(port: number, kind: Kind): void {
  const half = self.begin('initiator')
  const message = half.writeFirst().toString('base64url')
  const socket = connect({ port, host: '127.0.0.1', localAddress: ADDRESS, noDelay: true })
  let received = ''
  count('begun')
  socket.write(
    `GET /p2p/secure HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: parley-noise/1\r\nSec-Parley-Noise: ${message}\r\n\r\n`,
  )
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1')
    if (!received.includes('\r\n\r\n')) return
    const second = /^Sec-Parley-Noise: (\S+)/im.exec(received)?.[1]
    count(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1] ?? 'no answer')
    received = ''
    if (second === undefined) socket.destroy()
    else if (kind === 'completed') {
      half.readProof(Buffer.from(second, 'base64url'))
      const third = half.writeProof()
      const length = Buffer.alloc(2)
      length.writeUInt16BE(third.length)
      socket.end(Buffer.concat([length, third]))
    }
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    count(error.code ?? error.message)
  })
}
