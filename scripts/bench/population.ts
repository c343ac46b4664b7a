/** Made-up peers of a tracker. Pure. */
import type { Peer } from '../../src/chat/model.ts'

export interface Population {
  readonly peers: number
  /** Each peer is in one of these. */
  readonly channels: number
}

/** Each on loopback, where whoever does not answer may be asked at its port. */
export function peerNumber(number: number): Peer {
  const ip = `127.${1 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`
  return { ip, port: 8000, name: `peer-${number}` }
}

export function channelOf(number: number, { channels }: Population): string {
  return `room-${number % channels}`
}

/** Some peer of the population, another for each index, all over it. */
export function someNumber(index: number, { peers }: Population): number {
  return (index * 7_919) % peers
}
